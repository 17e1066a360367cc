"""Child processes that never outlive their parent, and the account that servers run under."""

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Account:
    """The user that a server runs as; None of it set: the user who starts it."""

    user: int | None = None
    group: int | None = None

    def popen_arguments(self) -> dict[str, Any]:
        """What subprocess needs to start a process under this account, without the groups of the one who starts it."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Make the account the owner of one folder of ours; nothing above or beside it is touched."""
        if self.user is not None:
            os.chown(path, self.user, self.group if self.group is not None else -1)


class FolderHandle:
    """A path to a server's folder that works for `nobody` even where a folder above it is closed to others.

    The folder is opened by the one who may, and the open descriptor is handed down: /proc/self/fd leads straight
    to it. So no permission above the folder is ever changed, and the data stay in the data folder.
    """

    def __init__(self, folder: Path) -> None:
        self.descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self.path = f"/proc/self/fd/{self.descriptor}"

    def __enter__(self) -> "FolderHandle":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)


def server_account() -> Account:
    """PostgreSQL refuses to run as root, so root's servers run as `nobody`; anyone else's as that user."""
    if os.geteuid() != 0:
        return Account()
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def spawn(
    command: Sequence[str | Path],
    *,
    log: IO[bytes],
    end_with: signal.Signals,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    keep_open: Sequence[int] = (),
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that a Ctrl-C reaches only us; if we die it is sent `end_with`.

    It must be called from the main thread: the kernel's promise is tied to the thread that forks.
    """
    parent = os.getpid()

    def die_with_parent() -> None:
        # After the change of account: that change would clear the promise.
        LIBC.prctl(PR_SET_PDEATHSIG, int(end_with), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return subprocess.Popen(
        [os.fspath(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=environment,
        pass_fds=keep_open,
        cwd=folder,
        start_new_session=True,
        preexec_fn=die_with_parent,
        **(account or Account()).popen_arguments(),
    )


def stop(child: subprocess.Popen[bytes], how: signal.Signals, patience: float) -> None:
    """Ask the child to end, wait, and end its whole process group by force when it has not after `patience` seconds."""
    if child.poll() is None:
        child.send_signal(how)
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
