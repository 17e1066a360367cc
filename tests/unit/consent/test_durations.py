"""Durations: read as ISO 8601 has them, added by the calendar."""

from datetime import UTC, datetime

import pytest

from consent.durations import BadDuration, Duration, add_duration, parse_duration, subtract_duration


@pytest.mark.parametrize(
    ("text", "months", "days"),
    [
        ("P12M", 12, 0),
        ("P30D", 0, 30),
        ("P1Y", 12, 0),
        ("P2W", 0, 14),
        ("P1Y2M3D", 14, 3),
        ("P100Y", 1200, 0),
    ],
)
def test_a_duration_is_months_and_days(text: str, months: int, days: int) -> None:
    assert parse_duration(text) == Duration(months, days)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "12M",
        "P0D",
        "P0M",
        "P1.5M",
        "P-1M",
        "PT1H",
        "P1DT1H",
        "P1W2D",
        "P1D2M",
        "p1m",
        "P1M ",
        "P101Y",
        "P\uff11M",
    ],
)
def test_what_is_no_duration_in_whole_days_is_refused(text: str) -> None:
    with pytest.raises(BadDuration, match="ISO 8601"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ((2026, 1, 31), "P1M", (2026, 2, 28)),
        ((2028, 1, 31), "P1M", (2028, 2, 29)),
        ((2028, 2, 29), "P1Y", (2029, 2, 28)),
        ((2026, 12, 31), "P2M", (2027, 2, 28)),
        ((2026, 11, 15), "P1M", (2026, 12, 15)),
        ((2026, 12, 15), "P1M", (2027, 1, 15)),
        ((2026, 2, 20), "P2W", (2026, 3, 6)),
        ((2026, 1, 31), "P1M1D", (2026, 3, 1)),
        ((9999, 12, 1), "P1M", (9999, 12, 31)),
        ((9999, 12, 30), "P30D", (9999, 12, 31)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_one(
    start: tuple[int, int, int], text: str, end: tuple[int, int, int]
) -> None:
    assert add_duration(datetime(*start, tzinfo=UTC), text).date() == datetime(*end, tzinfo=UTC).date()


def test_the_time_of_day_and_its_zone_stay() -> None:
    assert add_duration(datetime(2026, 1, 31, 13, 5, tzinfo=UTC), "P1M") == datetime(2026, 2, 28, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "text", "start"),
    [
        ((2026, 3, 31), "P1M", (2026, 2, 28)),
        ((2028, 2, 29), "P1Y", (2027, 2, 28)),
        ((2027, 1, 15), "P1M", (2026, 12, 15)),
        ((2026, 1, 15), "P24M", (2024, 1, 15)),
        ((2026, 3, 6), "P2W", (2026, 2, 20)),
        ((2026, 3, 31), "P1M1D", (2026, 2, 27)),
        ((50, 1, 1), "P100Y", (1, 1, 1)),
        ((1, 1, 5), "P10D", (1, 1, 1)),
    ],
)
def test_a_duration_is_taken_off_by_the_calendar(
    end: tuple[int, int, int], text: str, start: tuple[int, int, int]
) -> None:
    assert subtract_duration(datetime(*end, tzinfo=UTC), text) == datetime(*start, tzinfo=UTC)
