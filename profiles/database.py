"""The driver's own connection inside Django's transaction, for the set-based statements of the hot path."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import Any
from uuid import UUID
from weakref import WeakSet

import psycopg
from django.db import connection
from psycopg.adapt import Dumper

from consent.times import microseconds

POSTGRES_EPOCH = microseconds(datetime(2000, 1, 1, tzinfo=UTC))

PREPARED_AFTER = 2  # executions

_made_ready: WeakSet[psycopg.Connection[Any]] = WeakSet()
_int4 = struct.Struct(">i")
_sized_int4 = struct.Struct(">ii")
_sized_int8 = struct.Struct(">iq")
_header = struct.Struct(">iiIii")
_NULL = _int4.pack(-1)
_NO_ELEMENTS = struct.Struct(">iiI")
_BOOLS = {True: b"\0\0\0\1\1", False: b"\0\0\0\1\0"}
_SIXTEEN = _int4.pack(16)


@contextmanager
def binary_cursor() -> Iterator[psycopg.Cursor[Any]]:
    """A cursor that sends and reads binary values, in the transaction that Django holds open.

    Parameters are bound by the server. A statement that comes back is prepared: to plan it anew would cost more than to
    run it for a small batch. One whose best plan hangs on the sizes of its arrays is executed with `prepare=False`.
    Errors are Django's.
    """
    connection.ensure_connection()
    driver: psycopg.Connection[Any] = connection.connection
    if driver not in _made_ready:
        _make_ready(driver)
    with connection.wrap_database_errors, psycopg.Cursor(driver) as cursor:
        cursor.format = psycopg.pq.Format.BINARY
        yield cursor


def _make_ready(driver: psycopg.Connection[Any]) -> None:
    for kind in (Booleans, Ints, BigInts, Texts, Blobs, Digests, Uuids, Moments):
        driver.adapters.register_dumper(kind, kind.dumper)
    driver.prepare_threshold = PREPARED_AFTER
    _made_ready.add(driver)


@contextmanager
def sent_ahead() -> Iterator[None]:
    """Statements inside are sent without waiting for the answers of those before: the server works on them while we
    prepare the next. An error shows at the latest when the block ends."""
    driver: psycopg.Connection[Any] = connection.connection
    with connection.wrap_database_errors, driver.pipeline():
        yield


class Column:
    """One column of many rows, as a PostgreSQL array in its binary form.

    The driver's own packing of lists looks at each element in Python; this is ten times as fast.
    """

    __slots__ = ("packed",)
    oid = 0
    element_oid = 0
    dumper: type[Dumper]

    def __init__(self, elements: Iterable[bytes], count: int, *, nulls: bool = False) -> None:
        if count:
            self.packed = _header.pack(1, int(nulls), self.element_oid, count, 1) + b"".join(elements)
        else:
            self.packed = _NO_ELEMENTS.pack(0, 0, self.element_oid)

    def __init_subclass__(cls) -> None:
        class ColumnDumper(Dumper):
            format = psycopg.pq.Format.BINARY
            oid = cls.oid

            def dump(self, obj: Any) -> bytes:
                return bytes(obj.packed)

        cls.dumper = ColumnDumper


class Booleans(Column):
    """`bool[]`."""

    oid, element_oid = 1000, 16

    def __init__(self, values: Sequence[bool]) -> None:
        super().__init__(map(_BOOLS.__getitem__, values), len(values))


class Ints(Column):
    """`int4[]`."""

    oid, element_oid = 1007, 23

    def __init__(self, values: Sequence[int]) -> None:
        super().__init__(map(_sized_int4.pack, repeat(4), values), len(values))


class BigInts(Column):
    """`int8[]`, with nulls."""

    oid, element_oid = 1016, 20

    def __init__(self, values: Sequence[int | None]) -> None:
        if None in values:
            packed = (_NULL if value is None else _sized_int8.pack(8, value) for value in values)
            super().__init__(packed, len(values), nulls=True)
        else:
            super().__init__(map(_sized_int8.pack, repeat(8), values), len(values))


class Texts(Column):
    """`text[]`."""

    oid, element_oid = 1009, 25

    def __init__(self, values: Sequence[str]) -> None:
        super().__init__(_sized([*map(str.encode, values)]), len(values))


class Blobs(Column):
    """`bytea[]`."""

    oid, element_oid = 1001, 17

    def __init__(self, values: Sequence[bytes]) -> None:
        super().__init__(_sized(values), len(values))


class Digests(Column):
    """`uuid[]`, of their sixteen bytes."""

    oid, element_oid = 2951, 2950

    def __init__(self, values: Sequence[bytes]) -> None:
        super().__init__((_SIXTEEN + value for value in values), len(values))


class Uuids(Digests):
    """`uuid[]`."""

    def __init__(self, values: Sequence[UUID]) -> None:
        super().__init__([value.bytes for value in values])


class Moments(Column):
    """`timestamptz[]`, of microseconds since the epoch, with nulls."""

    oid, element_oid = 1185, 1184

    def __init__(self, values: Sequence[int | None]) -> None:
        packed = (_NULL if value is None else _sized_int8.pack(8, value - POSTGRES_EPOCH) for value in values)
        super().__init__(packed, len(values), nulls=None in values)


def _sized(values: Sequence[bytes]) -> Iterator[bytes]:
    return chain.from_iterable(zip(map(_int4.pack, map(len, values)), values, strict=True))
