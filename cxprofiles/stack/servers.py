"""The two embedded servers together, over one data folder."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cxprofiles.stack.folder import DataFolder, Endpoints
from cxprofiles.stack.leftovers import claim_processes
from cxprofiles.stack.postgres import Postgres
from cxprofiles.stack.processes import server_account
from cxprofiles.stack.sockets import make_run_dir, remove_run_dir
from cxprofiles.stack.valkey import Valkey

LARGEST_LOG = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of a stack: where they listen, those that we started, and the lock that every process inherits."""

    endpoints: Endpoints
    postgres: Postgres | None
    valkey: Valkey | None
    inherited: int

    def processes(self) -> dict[str, subprocess.Popen[bytes]]:
        """The servers' processes by name."""
        named = {"postgres": self.postgres, "valkey": self.valkey}
        return {name: server.process for name, server in named.items() if server and server.process}


@contextmanager
def running_servers(folder: DataFolder, *, durable: bool = True, ours_only: bool = True) -> Iterator[Servers]:
    """The servers, started now and stopped at the end. The caller holds the folder.

    `ours_only` False: a server that DATABASE_URL or REDIS_URL names is used in place of an embedded one.
    """
    given = (None, None) if ours_only else (os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL"))
    account = server_account()
    with ExitStack() as stack:
        processes = claim_processes(folder.processes_lock)
        stack.callback(processes.release)
        forget_last(folder)
        run_dir = make_run_dir(account)
        stack.callback(remove_run_dir, run_dir)
        postgres = valkey = None
        if not given[0]:
            postgres = Postgres(folder.postgres, run_dir, account, durable=durable)
            stack.callback(postgres.stop)
            postgres.start(stack.enter_context(open_log(folder, "postgres")), (processes.descriptor,))
        if not given[1]:
            valkey = Valkey(folder.valkey, run_dir, account)
            stack.callback(valkey.stop)
            valkey.start(stack.enter_context(open_log(folder, "valkey")), (processes.descriptor,))
        endpoints = Endpoints(
            database_url=given[0] or (postgres.url if postgres else ""),
            redis_url=given[1] or (valkey.url if valkey else ""),
            run_dir=str(run_dir),
        )
        folder.write_endpoints(endpoints)
        stack.callback(folder.forget_endpoints)
        yield Servers(endpoints, postgres, valkey, processes.descriptor)


def forget_last(folder: DataFolder) -> None:
    """Remove the sockets' folder of a stack that was killed and could not do so itself."""
    last = folder.last_endpoints()
    if last is not None:
        remove_run_dir(Path(last.run_dir))
    folder.forget_endpoints()


def open_log(folder: DataFolder, name: str) -> IO[bytes]:
    """The log of one child, to write at its end. One that has grown large is set aside first."""
    path = folder.log(name)
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab", buffering=0)
