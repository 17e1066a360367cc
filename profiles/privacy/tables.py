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


class Aside(Protocol):
    """Where bytes are kept until they are wanted."""

    def write(self, content: bytes, /) -> int: ...

    def take_back(self) -> Iterable[bytes]: ...


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of the same columns under a name."""

    name: str
    columns: Sequence[str]
    rows: Callable[[], Iterable[Row]]


class Archive:
    """A ZIP that is written from its beginning to its end. `at`: year to second, the time that its files tell."""

    def __init__(self, sink: Sink, aside: Callable[[], Aside], at: tuple[int, int, int, int, int, int]) -> None:
        self._zip = ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=6)
        self._aside = aside
        self._at = at

    def add(self, name: str, content: bytes) -> None:
        """Add a small file."""
        self.stream(name, [content])

    def add_table(self, table: Table) -> int:
        """Add a table in both forms, going through its rows once; how many they are."""
        aside, sheet = self._aside(), Sheet(table.columns)
        count = 0

        def counted() -> Iterator[Row]:
            nonlocal count
            for row in table.rows():
                count += 1
                aside.write(sheet.take(row))
                yield row

        aside.write(sheet.begin())
        self.stream(f"{table.name}.json", json_of(counted()))
        aside.write(sheet.rest())
        self.stream(f"{table.name}.csv", aside.take_back())
        return count

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


class Sheet:
    """Rows as CSV (RFC 4180) with a header: what is taken comes out now and then, in larger pieces."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._text = io.StringIO()
        self._writer = csv.writer(self._text, lineterminator="\r\n")

    def begin(self) -> bytes:
        """The head of the file."""
        self._writer.writerow(self._columns)
        return BYTE_ORDER_MARK + self.rest()

    def take(self, row: Row) -> bytes:
        """Take a row; what is to be written by now."""
        self._writer.writerow([cell_of(row.get(column)) for column in self._columns])
        return self.rest() if self._text.tell() >= FLUSH else b""

    def rest(self) -> bytes:
        """What was taken and not written yet."""
        content = self._text.getvalue().encode("utf-8", "replace")
        self._text.seek(0)
        self._text.truncate()
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
