"""A stretch of days, cut into parts that leave nothing out and have names."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.journey.lanes import MOST_PARTS, Days, Unit, cut, days_between, farther, is_whole, nearer, within_reason

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Asia/Jakarta", "America/New_York", "Pacific/Apia")]
ANY_DAY = st.dates(date(1900, 1, 1), date(9990, 12, 31))


@pytest.mark.parametrize(
    ("first", "last", "unit", "parts"),
    [
        ("2026-01-06", "2026-01-06", Unit.HOUR, 24),
        ("2026-01-01", "2026-01-31", Unit.DAY, 31),
        ("2026-01-05", "2026-04-05", Unit.WEEK, 13),
        ("2021-01-01", "2025-12-31", Unit.MONTH, 60),
        ("2010-01-01", "2025-12-31", Unit.QUARTER, 64),
        ("1970-01-01", "2025-12-31", Unit.YEAR, 56),
    ],
)
def test_the_longer_the_stretch_the_coarser_the_parts(first: str, last: str, unit: Unit, parts: int) -> None:
    found = cut(Days(date.fromisoformat(first), date.fromisoformat(last)), BERLIN)
    assert (found.unit, len(found.edges) - 1) == (unit, parts)


def test_a_day_on_which_the_clock_is_put_back_has_25_hours() -> None:
    day = date(2026, 10, 25)
    assert len(cut(Days(day, day), BERLIN).edges) == 26


@given(ANY_DAY, ANY_DAY, st.sampled_from(ZONES))
def test_parts_follow_one_another_from_the_first_instant_to_the_last(one: date, other: date, zone: ZoneInfo) -> None:
    days = Days(min(one, other), max(one, other))
    edges = cut(days, zone).edges
    assert edges == sorted(set(edges))
    assert (edges[0], edges[-1]) == days.bounds(zone)
    assert 2 <= len(edges) <= MOST_PARTS + 3


@given(ANY_DAY, st.integers(0, 4000))
def test_what_is_nearer_covers_the_stretch_and_comes_closer(first: date, length: int) -> None:
    last = min(first + timedelta(days=length), date(9990, 12, 31)) if first.year < 9970 else first
    days = Days(first, last)
    inner = nearer(days)
    if first == last:
        assert inner == []
        return
    assert inner[0].first <= first
    assert inner[-1].last >= last
    assert all(after.first == before.last + timedelta(days=1) for before, after in pairwise(inner))
    assert max(one.length for one in inner) < days.length or length <= 400


def test_around_a_day_lie_its_month_and_its_year() -> None:
    month = Days(date(2024, 2, 1), date(2024, 2, 29))
    year = Days(date(2024, 1, 1), date(2024, 12, 31))
    assert farther(Days(date(2024, 2, 10), date(2024, 2, 10))) == [year, month]
    assert farther(month) == [year]
    assert farther(year) == []
    assert farther(Days(date(2024, 2, 10), date(2024, 3, 10))) == [year]
    assert is_whole(month, 1)
    assert is_whole(year, 12)
    assert not is_whole(year, 1)


def test_a_broken_clock_stays_within_what_can_be_reckoned_with() -> None:
    assert within_reason(date(1, 1, 1)) == date(1900, 1, 1)
    assert within_reason(date(9999, 12, 31)) == date(9990, 12, 31)
    found = days_between(datetime(1500, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 23, 30, tzinfo=UTC), BERLIN)
    assert found == Days(date(1900, 1, 1), date(2026, 1, 2))
