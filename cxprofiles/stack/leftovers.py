"""What an earlier stack over the same folder left running, and how it is ended.

Every process of a stack inherits one locked file. The lock is free when the last of them is gone; who still has the
file open can be read from /proc, so nothing is ever ended by a remembered process number that now names a stranger.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from cxprofiles.stack import StackError
from cxprofiles.stack.folder import Hold

PATIENCE_IN_ORDER = 10.0
PATIENCE_BY_FORCE = 5.0


def claim_processes(lock: Path) -> Hold:
    """The lock that all processes of a new stack inherit, taken when the processes of any earlier one have ended.

    Normally the kernel has told them to end when their supervisor died; one that has not heard it is told again,
    and ended by force after ten seconds.
    """
    for how, patience in ((signal.SIGINT, PATIENCE_IN_ORDER), (signal.SIGKILL, PATIENCE_BY_FORCE)):
        hold = Hold.take(lock)
        if hold is not None:
            return hold
        tell(lock, how)
        hold = wait_for(lock, patience)
        if hold is not None:
            return hold
    raise StackError(
        f"Processes of an earlier stack do not end: {', '.join(map(str, holders(lock))) or 'unknown'}. End them."
    )


def tell(lock: Path, how: signal.Signals) -> None:
    """Send a signal to every process that has the lock's file open."""
    for pid in holders(lock):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            continue
        except PermissionError:
            raise StackError(f"Process {pid} of another user still works in this data folder: end it first.") from None


def wait_for(lock: Path, patience: float) -> Hold | None:
    """The lock as soon as it is free; None when it is not within the patience."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        hold = Hold.take(lock)
        if hold is not None:
            return hold
        time.sleep(0.1)
    return None


def holders(lock: Path) -> list[int]:
    """The processes, other than this one, that have the lock's file open."""
    wanted = lock.stat()
    return [
        pid
        for pid in sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        if pid != os.getpid() and any((f.st_dev, f.st_ino) == (wanted.st_dev, wanted.st_ino) for f in open_files(pid))
    ]


def open_files(pid: int) -> Iterator[os.stat_result]:
    """The files that a process has open; none where it is gone or another user's."""
    try:
        descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return
    for descriptor in descriptors:
        try:
            yield descriptor.stat()
        except OSError:
            continue
