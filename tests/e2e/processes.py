"""What runs on this machine, read from /proc: who descends from whom, under which command, with how much memory."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

CLOCK_START = 19  # position of the start time among the fields after the command in /proc/PID/stat
ZOMBIE = "Z"


@dataclass(frozen=True, slots=True)
class Process:
    """One process. The start time tells it from a later one under the same number."""

    pid: int
    parent: int
    started: int
    command: str

    def alive(self) -> bool:
        """Whether this very process still runs; one that only waits to be reaped does not."""
        now = read_process(self.pid)
        return now is not None and now.started == self.started

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def resident_mebibytes(self) -> float:
        """The memory that it holds now; 0 for one that is gone."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return 0.0


def read_process(pid: int) -> Process | None:
    """The process of this number, or None where there is none or only a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == ZOMBIE else Process(pid, int(fields[1]), int(fields[CLOCK_START]), command)


def all_processes() -> Iterator[Process]:
    """Every process of the machine."""
    for entry in Path("/proc").iterdir():
        process = read_process(int(entry.name)) if entry.name.isdigit() else None
        if process is not None:
            yield process


def descendants(pid: int) -> list[Process]:
    """All that a process started, however far down; the nearest first."""
    everyone = list(all_processes())
    found: list[Process] = []
    parents = {pid}
    while parents:
        children = [process for process in everyone if process.parent in parents]
        found += children
        parents = {child.pid for child in children}
    return found


def with_open(path: Path) -> list[Process]:
    """The processes that have this file open."""
    wanted = path.stat()
    return [process for process in all_processes() if (wanted.st_dev, wanted.st_ino) in open_files(process.pid)]


def open_files(pid: int) -> set[tuple[int, int]]:
    """Device and inode of the files that a process has open; none where it is gone."""
    files: set[tuple[int, int]] = set()
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                status = descriptor.stat()
                files.add((status.st_dev, status.st_ino))
    return files
