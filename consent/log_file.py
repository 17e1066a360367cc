"""An append-only file of JSON lines that shows when it was cut or changed: each line holds the hash of the one before.

Lines are written whole, one after the other across processes, and are on disk when `append_line` returns. Of a line
that a power cut left half written nothing is believed, and the next one takes its place.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

NOTHING_BEFORE = "0" * 64
BLOCK = 64 * 1024


class LogBroken(Exception):
    """The file's lines do not follow one another: it was cut or changed."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Line(NamedTuple):
    """A line: its place, from 1 on, and what it says."""

    position: int
    content: dict[str, Any]


class _Last(NamedTuple):
    """Where the whole lines of a file end, and its last one."""

    ends_at: int
    position: int
    digest: str


def append_line(path: Path, content: Mapping[str, Any]) -> int:
    """Write one line more; its position. Raises `LogBroken` and OSError."""
    with _locked(path) as file:
        last = _last(file)
        os.ftruncate(file, last.ends_at)
        line = {"n": last.position + 1, "prev": last.digest, **content}
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        _write_whole(file, data)
        os.fsync(file)
    return last.position + 1


def read_lines(path: Path, after: int = 0) -> list[Line]:
    """The lines after a position, checked against one another. No file: no lines. Raises `LogBroken` and OSError.

    It reads from the end, so that it costs what is new, not what is there.
    """
    found: list[Line] = []
    wanted = ""
    for raw in _backwards(path):
        line = _parsed(raw)
        if found and (_digest(raw) != wanted or line.position != found[-1].position - 1):
            raise LogBroken
        if line.position <= after:
            break
        wanted = line.content["prev"]
        found.append(line)
    else:
        if found and (found[-1].position != 1 or wanted != NOTHING_BEFORE):
            raise LogBroken
    return found[::-1]


def last_position(path: Path) -> int:
    """The position of the last line; 0 where there is none."""
    raw = next(_backwards(path), None)
    return 0 if raw is None else _parsed(raw).position


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    is_new = not path.exists()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
        if is_new:
            _sync_folder(path.parent)
    finally:
        os.close(file)


def _sync_folder(folder: Path) -> None:
    """Put on disk that the file is there at all."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_whole(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _last(file: int) -> _Last:
    size = os.fstat(file).st_size
    tail = b""
    at = size
    while at and tail.count(b"\n") < 2:
        start = max(0, at - BLOCK)
        tail = os.pread(file, at - start, start) + tail
        at = start
    ends_at = size - (len(tail) - tail.rfind(b"\n") - 1)
    lines = tail[: tail.rfind(b"\n") + 1].splitlines()
    if not lines:
        return _Last(0, 0, NOTHING_BEFORE)
    return _Last(ends_at, _parsed(lines[-1]).position, _digest(lines[-1]))


def _backwards(path: Path) -> Iterator[bytes]:
    """The whole lines of a file, the last one first."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        at = file.seek(0, os.SEEK_END)
        rest = b""
        is_last = True  # what stands after the last line's end is no line
        while at:
            start = max(0, at - BLOCK)
            file.seek(start)
            parts = (file.read(at - start) + rest).split(b"\n")
            at, rest = start, parts[0]
            for part in reversed(parts[1:]):
                if is_last:
                    is_last = False
                    continue
                yield part
        if not is_last:
            yield rest


def _parsed(raw: bytes) -> Line:
    try:
        content = json.loads(raw)
        return Line(int(content["n"]), {**content, "prev": str(content["prev"])})
    except (ValueError, KeyError, TypeError, RecursionError):
        raise LogBroken from None


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
