"""CPU time of processes and of all that descends from them: it survives a busy machine better than wall-clock time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
PARENT, USED = 1, slice(11, 15)  # places in /proc/PID/stat behind the command's name; children that ended are in it


@dataclass(slots=True)
class Spent:
    """Seconds of CPU that were used by some processes while something was measured, by the processes' name."""

    seconds: dict[str, float]


@contextmanager
def measured_cpu(processes: dict[str, int]) -> Iterator[Spent]:
    """Measure what processes (name to id) and their descendants use inside the block."""
    before = {name: cpu_seconds(pid) for name, pid in processes.items()}
    spent = Spent({})
    yield spent
    spent.seconds = {name: max(0.0, cpu_seconds(pid) - before[name]) for name, pid in processes.items()}


def cpu_seconds(root: int) -> float:
    """What a process and its descendants have used so far."""
    stats = dict(read_all())
    return sum(sum(map(int, stats[pid][USED])) for pid in family(root, stats) if pid in stats) * TICK


def descendants(root: int) -> list[int]:
    """A process and all that descends from it, by id."""
    return list(family(root, dict(read_all())))


def family(root: int, stats: dict[int, list[str]]) -> Iterator[int]:
    """A process and all that descends from it, of those in `stats`."""
    children: dict[int, list[int]] = {}
    for pid, fields in stats.items():
        children.setdefault(int(fields[PARENT]), []).append(pid)
    left = [root]
    while left:
        pid = left.pop()
        left.extend(children.get(pid, ()))
        yield pid


def read_all() -> Iterator[tuple[int, list[str]]]:
    """Every process's id and the fields of its stat file behind the name, which may hold spaces."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except OSError:
                continue
            yield int(folder.name), text.rpartition(")")[2].split()
