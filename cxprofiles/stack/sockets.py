"""A short, private folder for the servers' sockets: a socket's path may not be longer than about 107 bytes."""

import re
import shutil
import tempfile
from pathlib import Path

from cxprofiles.stack.processes import Account

PREFIX = "cxprofiles-"
PLAIN = re.compile(r"[\w/.-]+", re.ASCII)
LONGEST = 103 - len("/.s.PGSQL.5432")


def make_run_dir(account: Account) -> Path:
    """A new folder for sockets that only the servers' account, and root, can enter; its name is good in addresses."""
    place = tempfile.gettempdir()
    if len(place) + len(PREFIX) + 9 > LONGEST or not PLAIN.fullmatch(place):
        place = "/tmp"  # noqa: S108  (mkdtemp below makes a fresh private folder)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    account.own(folder)
    return folder


def remove_run_dir(folder: Path) -> None:
    """Remove a folder made by `make_run_dir`, and nothing else."""
    if folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
