"""The two embedded servers together, over one data folder."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from cxprofiles.stack.folder import DataFolder, Endpoints
from cxprofiles.stack.postgres import Postgres
from cxprofiles.stack.processes import server_account
from cxprofiles.stack.sockets import make_run_dir, remove_run_dir
from cxprofiles.stack.valkey import Valkey


@contextmanager
def running_servers(folder: DataFolder, *, durable: bool = True) -> Iterator[Endpoints]:
    """Both servers, started now and stopped at the end. The caller holds the folder."""
    folder.create()
    account = server_account()
    with ExitStack() as stack:
        run_dir = make_run_dir(account)
        stack.callback(remove_run_dir, run_dir)
        postgres = Postgres(folder.postgres, run_dir, account, durable=durable)
        stack.callback(postgres.stop)
        postgres.start(stack.enter_context(open_log(folder, "postgres")))
        valkey = Valkey(folder.valkey, run_dir, account)
        stack.callback(valkey.stop)
        valkey.start(stack.enter_context(open_log(folder, "valkey")))
        yield Endpoints(postgres.url, valkey.url, str(run_dir))


def open_log(folder: DataFolder, name: str) -> IO[bytes]:
    """The log of one child, to write at its end."""
    return (folder.logs / f"{name}.log").open("ab", buffering=0)
