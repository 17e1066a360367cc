"""Times as clients write them, in microseconds since the epoch in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
EARLIEST = -2_208_988_800_000_000  # the year 1900: before it no event was recorded by any channel
_LATEST = 253_402_300_800_000_000  # the year 10000

# Below these, a number is taken for seconds, milliseconds, microseconds: each scale reaches past the year 5000.
_SECONDS_BELOW = 10**11
_MILLISECONDS_BELOW = 10**14
_MICROSECONDS_BELOW = 10**17
_LONGEST = 40  # characters
_COMPACT_DATE = 8  # YYYYMMDD; other runs of digits are an epoch, though ISO's lenient reading would take some

NETWORK_LATENCY = 2_000_000  # a difference below it says nothing about a clock


def parse_time(value: Any) -> int | None:
    """The instant that `value` names: RFC 3339, its ISO 8601 kin (no offset: UTC), or an epoch in s, ms or µs.

    None where it names none, or one before 1900.
    """
    if isinstance(value, str):
        return _parse_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value)
    return None


def _parse_text(text: str) -> int | None:
    if len(text) > _LONGEST:
        return None
    if text.isdecimal() and len(text) != _COMPACT_DATE:
        return _from_epoch(int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _parse_uncommon(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _plausible((moment - _EPOCH) // _MICROSECOND)


def _parse_uncommon(text: str) -> int | None:
    """Space around it, lower case, a leap second (taken for the one before it), an epoch with a fraction."""
    usual = text.strip().upper().replace(":60", ":59")
    if usual != text:
        return _parse_text(usual)
    try:
        return _from_epoch(float(text))
    except ValueError:
        return None


def _from_epoch(number: float) -> int | None:
    size = abs(number)
    if size < _SECONDS_BELOW:
        return _plausible(round(number * 1_000_000))
    if size < _MILLISECONDS_BELOW:
        return _plausible(round(number * 1_000))
    if size < _MICROSECONDS_BELOW:
        return _plausible(round(number))
    return None


def _plausible(instant: int) -> int | None:
    return instant if EARLIEST <= instant < _LATEST else None


def correct_skew(timestamp: int, sent_at: int | None, received_at: int) -> int:
    """When an event happened: `received_at` minus the age that the client's own clock gives it.

    Where the client's clock agrees with ours but for the network's latency its timestamp stands as it is, so that
    deliveries of different age agree. Never later than receipt.
    """
    if sent_at is not None and abs(received_at - sent_at) >= NETWORK_LATENCY:
        timestamp = received_at - (sent_at - timestamp)
    return min(timestamp, received_at)
