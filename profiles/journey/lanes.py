"""A stretch of days cut into even parts that people have words for, from hours to years. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

MOST_PARTS = 250  # whatever a broken clock put at the far end
FIRST_YEAR, LAST_YEAR = 1900, 9990  # what an event may say, and what can be reckoned with
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Unit(StrEnum):
    """How long a part is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


# The unit of the longest stretch, in days, that it still cuts into parts of a sensible number.
_LONGEST = ((2, Unit.HOUR), (62, Unit.DAY), (400, Unit.WEEK), (6 * 366, Unit.MONTH), (25 * 366, Unit.QUARTER))


class Days(NamedTuple):
    """A stretch of days, both ends within it."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When it begins, and when the day after it does, in UTC."""
        return midnight(self.first, zone), midnight(self.last + timedelta(days=1), zone)


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of days cut into parts. `edges`: where each part begins and the last one ends, in UTC."""

    days: Days
    unit: Unit
    edges: list[datetime]

    def part(self, number: int, zone: ZoneInfo) -> Days:
        """The days that a part touches."""
        start, end = self.edges[number], self.edges[number + 1] - timedelta(microseconds=1)
        return Days(start.astimezone(zone).date(), end.astimezone(zone).date())


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def within_reason(day: date) -> date:
    """The day, or the nearest one that can be reckoned with."""
    return min(max(day, date(FIRST_YEAR, 1, 1)), date(LAST_YEAR, 12, 31))


def days_between(first: datetime, last: datetime, zone: ZoneInfo) -> Days:
    """The days from one instant to another."""
    return Days(within_reason(first.astimezone(zone).date()), within_reason(last.astimezone(zone).date()))


def cut(days: Days, zone: ZoneInfo) -> Cut:
    """A stretch of days in parts; the first and the last may be shorter than the others."""
    unit = next((unit for longest, unit in _LONGEST if days.length <= longest), Unit.YEAR)
    start, end = days.bounds(zone)
    between = [edge for edge in _edges(days, unit, zone) if start < edge < end]
    step = 1 + len(between) // MOST_PARTS
    return Cut(days, unit, [start, *between[::step], end])


def _edges(days: Days, unit: Unit, zone: ZoneInfo) -> Iterator[datetime]:
    if unit is Unit.HOUR:
        start, end = days.bounds(zone)
        hours = int((end - start).total_seconds()) // 3600
        yield from (start + timedelta(hours=hour) for hour in range(hours + 1))
    else:
        yield from (midnight(day, zone) for day in _starts(days, unit))


def _starts(days: Days, unit: Unit) -> Iterator[date]:
    """The days on which parts begin, from the one of the first day on."""
    if unit in _MONTHS:
        yield from _months(days, _MONTHS[unit])
        return
    step = 7 if unit is Unit.WEEK else 1
    first = days.first - timedelta(days=days.first.weekday() if unit is Unit.WEEK else 0)
    yield from (first + timedelta(days=number * step) for number in range(days.length // step + 2))


def _months(days: Days, step: int) -> Iterator[date]:
    month = (days.first.year * 12 + days.first.month - 1) // step * step
    last = days.last.year * 12 + days.last.month - 1
    yield from (date(number // 12, number % 12 + 1, 1) for number in range(month, last + 1, step))


def nearer(days: Days) -> list[Days]:
    """The whole years, months or days that a stretch touches, whichever is the next closer look; none for a day."""
    if days.length <= 1:
        return []
    if days.length <= 31:
        return [Days(day, day) for day in _starts(days, Unit.DAY) if day <= days.last]
    return [_whole(start, 12 if days.length > 400 else 1) for start in _months(days, 12 if days.length > 400 else 1)]


def farther(days: Days) -> list[Days]:
    """The whole year and the whole month around a stretch, the widest first, where they are wider than it."""
    around = [_whole(days.first.replace(month=1, day=1), 12), _whole(days.first.replace(day=1), 1)]
    return [wider for wider in around if wider.length > days.length and days.last <= wider.last]


def is_whole(days: Days, months: int) -> bool:
    """Whether a stretch is one whole month, or year (of 12 months)."""
    return days.first.day == 1 and (months == 1 or days.first.month == 1) and days == _whole(days.first, months)


def _whole(first: date, months: int) -> Days:
    number = first.year * 12 + first.month - 1 + months
    return Days(first, date(number // 12, number % 12 + 1, 1) - timedelta(days=1))
