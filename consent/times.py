"""Instants as whole microseconds since the epoch, as everything pure here counts them. Pure."""

import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """The instant of so many microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


def microseconds(at: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return (at - EPOCH) // MICROSECOND


def now_microseconds() -> int:
    """This instant."""
    return time.time_ns() // 1000
