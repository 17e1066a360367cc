from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.intake.wire.times import EARLIEST, NETWORK_LATENCY, correct_skew, parse_time
from tests.unit.intake.reading import EPOCH, microseconds

NOON = microseconds("2026-11-22T12:00:00")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00.000Z",
        "2026-11-22t12:00:00z",
        "2026-11-22T12:00:00+00:00",
        "2026-11-22T12:00:00.000000+00:00",
        "2026-11-22T13:00:00+01:00",
        "2026-11-22T01:00:00-11:00",
        "2026-11-22 12:00:00Z",
        "2026-11-22T12:00:00",
        "2026-11-22T12:00Z",
        " 2026-11-22T12:00:00Z\n",
        "20261122T120000Z",
        "2026-11-22T12:00:00.000000000Z",
        "1795348800",
        "1795348800000",
        "1795348800000000",
        "1795348800.0",
        1795348800,
        1795348800.0,
        1795348800000,
        1795348800000000,
    ],
)
def test_one_instant_in_all_its_spellings(text: str | float) -> None:
    assert parse_time(text) == NOON


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T04:56:46.237362+00:00", "2026-11-22T04:56:46.237362"),
        ("2026-11-22T04:53:16.510Z", "2026-11-22T04:53:16.510"),
        ("2026-11-22T04:53:16.5123456789Z", "2026-11-22T04:53:16.512345"),
        ("2026-11-22", "2026-11-22T00:00:00"),
        ("20261122", "2026-11-22T00:00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00"),
        (0, "1970-01-01T00:00:00"),
        (-86400, "1969-12-31T00:00:00"),
        (1795323704.522, "2026-11-22T05:01:44.522"),
        ("1612011512345", "2021-01-30T12:58:32.345"),
    ],
)
def test_times_to_the_microsecond(text: str | float, expected: str) -> None:
    assert parse_time(text) == microseconds(expected)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "now",
        "0000-00-00T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "1899-12-31T23:59:59Z",
        "10000-01-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "Sun, 22 Nov 2026 12:00:00 GMT",
        "2026-11-22T12:00:00Z" + " " * 40,
        "9" * 40,
        "9" * 10_000,
        "nan",
        "inf",
        "1e400",
        "\u0662\u0660\u0662\u0666-11-22",
        ":60:60:60",
        None,
        True,
        False,
        [],
        {},
        [1795348800],
        float("nan"),
        float("inf"),
        10**17,
        -(10**16),
        1e300,
        10**400,
    ],
)
def test_what_names_no_instant_is_none(value: object) -> None:
    assert parse_time(value) is None


def test_the_last_year_that_can_be_written_is_read() -> None:
    assert parse_time("9999-12-31T23:59:59.999999Z") == microseconds("9999-12-31T23:59:59.999999")


@given(st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30), timezones=st.timezones()))  # noqa: DTZ001
def test_every_instant_that_python_writes_is_read(moment: datetime) -> None:
    assert parse_time(moment.isoformat()) == (moment.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


@given(st.text() | st.integers() | st.floats())
def test_nothing_breaks_it(value: object) -> None:
    instant = parse_time(value)
    assert instant is None or instant >= EARLIEST


SECOND = 1_000_000


@pytest.mark.parametrize(
    ("timestamp", "sent_at", "corrected"),
    [
        (-60, None, -60),  # nothing is known of the client's clock
        (-60, 0, -60),  # it agrees
        (-60, -1.9, -60),  # it agrees but for the network
        (-60, 1.9, -60),
        (-60, -2, -58),  # it is slow, or the delivery was: either way the event is 58 s old
        (-60, 3600, -3660),  # it is an hour fast
        (-60, -3600, 0),  # it is an hour slow, and the event would be of the future: it is of now
        (-7200, -3600, -3600),
        (60, None, 0),  # an event is never later than its receipt
        (60, 0, 0),
    ],
)
def test_the_clock_of_a_client_is_corrected_by_its_age(
    timestamp: float, sent_at: float | None, corrected: float
) -> None:
    sent = None if sent_at is None else NOON + int(sent_at * SECOND)
    assert correct_skew(NOON + int(timestamp * SECOND), sent, NOON) == NOON + int(corrected * SECOND)


@given(st.integers(0, 10**9), st.integers(-NETWORK_LATENCY + 1, NETWORK_LATENCY - 1))
def test_deliveries_of_different_latency_agree(age: int, latency: int) -> None:
    assert correct_skew(NOON - age, NOON - latency, NOON) == NOON - age


@given(st.integers(EARLIEST, 2**53), st.integers(EARLIEST, 2**53) | st.none(), st.integers(0, 2**53))
def test_no_event_is_later_than_its_receipt(timestamp: int, sent_at: int | None, received_at: int) -> None:
    assert correct_skew(timestamp, sent_at, received_at) <= received_at
