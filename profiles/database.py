"""The driver's own connection inside Django's transaction, for the set-based statements of the hot path."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from django.db import connection

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@contextmanager
def binary_cursor() -> Iterator[psycopg.Cursor[Any]]:
    """A cursor that sends and reads binary values, in the transaction that Django holds open.

    Arrays travel four times faster than as text; parameters are bound by the server and the statements prepared. Errors are Django's.
    """
    connection.ensure_connection()
    driver: psycopg.Connection[Any] = connection.connection
    with connection.wrap_database_errors, psycopg.Cursor(driver) as cursor:
        cursor.format = psycopg.pq.Format.BINARY
        yield cursor


def moment(microseconds: int) -> datetime:
    """The instant of so many microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


def microseconds(at: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return (at - EPOCH) // MICROSECOND
