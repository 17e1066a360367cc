"""Durations as ISO 8601 has them, in whole units: `P12M`, `P30D`, `P1Y`, `P2W`. Pure."""

import calendar
import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta

LONGEST_YEARS = 100
PATTERN = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W|(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<days>\d{1,5})D)?)"
)
FOREVER = datetime.max.replace(tzinfo=UTC)


class BadDuration(ValueError):
    """A duration is ISO 8601 in whole years, months, weeks or days, for example P12M, up to 100 years."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar months, and then days."""

    months: int
    days: int


def parse_duration(text: str) -> Duration:
    """The duration that a text states; raises `BadDuration`, also for one of no length at all."""
    found = PATTERN.fullmatch(text) if text.isascii() else None
    if found is None:
        raise BadDuration
    number = {unit: int(value or 0) for unit, value in found.groupdict().items()}
    duration = Duration(12 * number["years"] + number["months"], 7 * number["weeks"] + number["days"])
    if not 0 < duration.months * 31 + duration.days <= LONGEST_YEARS * 372:
        raise BadDuration
    return duration


def add_duration(instant: datetime, text: str) -> datetime:
    """The instant after a duration: a month later is the same day, or the last one of a shorter month.

    An instant beyond the last year that there is becomes the last instant. Raises `BadDuration`.
    """
    duration = parse_duration(text)
    year, month = divmod(instant.year * 12 + instant.month - 1 + duration.months, 12)
    if year > MAXYEAR:
        return FOREVER.replace(tzinfo=instant.tzinfo)
    day = min(instant.day, calendar.monthrange(year, month + 1)[1])
    try:
        return instant.replace(year=year, month=month + 1, day=day) + timedelta(days=duration.days)
    except OverflowError:
        return FOREVER.replace(tzinfo=instant.tzinfo)


def subtract_duration(instant: datetime, text: str) -> datetime:
    """The instant before a duration, as `add_duration` counts; one before the first year becomes the first instant."""
    duration = parse_duration(text)
    year, month = divmod(instant.year * 12 + instant.month - 1 - duration.months, 12)
    if year < MINYEAR:
        return datetime.min.replace(tzinfo=instant.tzinfo)
    day = min(instant.day, calendar.monthrange(year, month + 1)[1])
    try:
        return instant.replace(year=year, month=month + 1, day=day) - timedelta(days=duration.days)
    except OverflowError:
        return datetime.min.replace(tzinfo=instant.tzinfo)
