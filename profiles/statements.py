"""Prepared statements of the hot paths, below the cursor: what to run and how to pack its parameters. Pure.

A statement is run by an `Execute`; which connection that uses is the caller's business. All parameters and
results travel in PostgreSQL's binary form.
"""

import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

BOOL, BYTEA, INT8, INT4, TEXT, TIMESTAMPTZ, UUID = 16, 17, 20, 23, 25, 1184, 2950
BOOL_ARRAY, INT4_ARRAY, TEXT_ARRAY, TIMESTAMPTZ_ARRAY, UUID_ARRAY = 1000, 1007, 1009, 1185, 2951

_array_header = struct.Struct(">iiIii")
_empty_array = struct.Struct(">iiI")
_int4 = struct.Struct(">i")
_int8 = struct.Struct(">q")

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


Execute = Callable[[Statement, Sequence[bytes]], Rows]

READ_VERSION = Statement(b"read_version", b"SELECT version FROM configuration_version", ())


def read_version(execute: Execute) -> int:
    """The version of the configuration in the database now."""
    rows = execute(READ_VERSION, ())
    return unpack_int(rows.get_value(0, 0)) if rows.ntuples else 0


def pack_array(element_type: int, elements: Sequence[bytes]) -> bytes:
    """A one-dimensional array without nulls; each element is packed already."""
    if not elements:
        return _empty_array.pack(0, 0, element_type)
    parts = [_array_header.pack(1, 0, element_type, len(elements), 1)]
    for element in elements:
        parts += (_int4.pack(len(element)), element)
    return b"".join(parts)


def unpack_int(value: bytes | None) -> int:
    """A `bigint` or an `int` that is not null."""
    return int.from_bytes(value or b"", "big", signed=True)
