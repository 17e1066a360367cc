"""The files of a package: each table once as JSON, exact, and once as CSV, for spreadsheets. Pure; row after row."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec

Row = Mapping[str, Any]
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # spreadsheets take the file for UTF-8 by it
# What a spreadsheet would take for a formula (OWASP, CSV injection): such a cell gets an apostrophe before it.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
FLUSH = 256 * 1024  # bytes
_encode = msgspec.json.Encoder().encode


class Sink(Protocol):
    """Where bytes go."""

    def write(self, content: bytes, /) -> int: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of the same columns under a name. `rows` gives them anew each time."""

    name: str
    columns: Sequence[str]
    rows: Callable[[], Iterable[Row]]


class Archive:
    """A ZIP that is written from its beginning to its end. `at`: year to second, the time that its files tell."""

    def __init__(self, sink: Sink, at: tuple[int, int, int, int, int, int]) -> None:
        self._zip = ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=6)
        self._at = at

    def add(self, name: str, content: bytes) -> None:
        """Add a small file."""
        self.stream(name, [content])

    def add_table(self, table: Table) -> int:
        """Add a table in both forms; how many rows it has."""
        counted = _Counted(table.rows())
        self.stream(f"{table.name}.json", json_of(counted))
        self.stream(f"{table.name}.csv", csv_of(table.columns, table.rows()))
        return counted.count

    def stream(self, name: str, pieces: Iterable[bytes]) -> None:
        """Add a file of any size, piece after piece."""
        info = ZipInfo(name, self._at)
        info.compress_type = ZIP_DEFLATED
        with self._zip.open(info, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)

    def close(self) -> None:
        """Write the end, without which it is no ZIP."""
        self._zip.close()


class _Counted:
    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def json_of(rows: Iterable[Row]) -> Iterator[bytes]:
    """Rows as a JSON array, a line each."""
    held, comma = bytearray(b"["), b"\n"
    for row in rows:
        held += comma + _encode(row)
        comma = b",\n"
        if len(held) >= FLUSH:
            yield bytes(held)
            held.clear()
    yield bytes(held) + b"\n]\n"


def csv_of(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Rows as CSV (RFC 4180) with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    yield BYTE_ORDER_MARK
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell_of(row.get(column)) for column in columns])
        if text.tell() >= FLUSH:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    content = text.getvalue().encode("utf-8", "replace")
    text.seek(0)
    text.truncate()
    return content


def cell_of(value: Any) -> str:
    """A value as a cell: texts as they are, numbers plain, all else as JSON; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = value if isinstance(value, str) else _encode(value).decode()
    if not isinstance(value, str | list | dict):
        text = text.strip('"')
    return f"'{text}" if text.startswith(DANGEROUS) else text
