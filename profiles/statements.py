"""Prepared statements of the hot paths, below the cursor: what to run and how to pack its parameters. Pure.

A statement is run by an `Execute`; which connection that uses is the caller's business. All parameters and
results travel in PostgreSQL's binary form.
"""

import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

BOOL, BYTEA, INT8, INT4, TEXT, JSON = 16, 17, 20, 23, 25, 114
INT4_ARRAY, UUID_ARRAY = 1007, 2951
UUID = 2950

_array_header = struct.Struct(">iiIii")
_int4 = struct.Struct(">i")
_int8 = struct.Struct(">q")
_sized_int4 = struct.Struct(">ii")

pack_int4 = _int4.pack
pack_int8 = _int8.pack


class Statement(NamedTuple):
    """A statement under its name: `$n` in the text, the type of each parameter as PostgreSQL's oid."""

    name: bytes
    sql: bytes
    types: tuple[int, ...]


class Rows(Protocol):
    """What a statement answered: `psycopg.pq.PGresult`, as far as it is used."""

    @property
    def ntuples(self) -> int: ...

    def get_value(self, row_number: int, column_number: int, /) -> bytes | None: ...


Execute = Callable[[Statement, Sequence[bytes | None]], Rows]

READ_VERSION = Statement(b"read_version", b"SELECT version FROM configuration_version", ())


def read_version(execute: Execute) -> int:
    """The version of the configuration in the database now."""
    rows = execute(READ_VERSION, ())
    return unpack_int8(rows.get_value(0, 0)) if rows.ntuples else 0


def pack_int4_array(values: Sequence[int]) -> bytes:
    """A one-dimensional `int4[]` without nulls."""
    if not values:
        return _array_header.pack(0, 0, INT4, 0, 0)[:12]
    elements = b"".join([_sized_int4.pack(4, value) for value in values])
    return _array_header.pack(1, 0, INT4, len(values), 1) + elements


def pack_uuid_array(values: Sequence[bytes]) -> bytes:
    """A one-dimensional `uuid[]` without nulls, of 16 bytes each."""
    if not values:
        return _array_header.pack(0, 0, UUID, 0, 0)[:12]
    elements = b"".join([b"\x00\x00\x00\x10" + value for value in values])
    return _array_header.pack(1, 0, UUID, len(values), 1) + elements


def unpack_int8(value: bytes | None) -> int:
    """A `bigint` that is not null."""
    return int.from_bytes(value or b"", "big", signed=True)
