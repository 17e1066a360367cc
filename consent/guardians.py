"""From when on a person consents alone (consent.md, "Minors"). Pure.

Whoever is born on 29 February is a year older on 1 March of a year that has no such day: where laws differ, the later
day is the one on which everybody agrees.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

EARLIEST_YEAR = 1850


@dataclass(frozen=True, slots=True)
class Age:
    """What is known of how old a person is: the day of birth, or full years at the time of the act. None: not known."""

    born: date | None = None
    years: int | None = None


AGE_UNKNOWN = Age()


def birthday(born: date, years: int) -> date:
    """The day from which on somebody is so many years old."""
    year = min(born.year + years, date.max.year)
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def age_on(born: date, day: date) -> int:
    """Full years of age on a day; negative before the birth."""
    years = day.year - born.year
    return years if birthday(born, max(years, 0)) <= day else years - 1


def comes_of_age(age: Age, at: datetime, threshold: int) -> datetime | None:
    """When somebody who is below the threshold at an instant will reach it, in UTC; None: not below, or not known.

    Where only years are known it is the earliest day that is possible: after it the person may be of age.
    """
    day = at.astimezone(UTC).date()
    if age.born is not None:
        if age_on(age.born, day) >= threshold:
            return None
        return _midnight(birthday(age.born, threshold))
    if age.years is None or age.years >= threshold:
        return None
    return _midnight(birthday(day, threshold - age.years - 1) + timedelta(days=1))


def read_birth(value: object) -> date | None:
    """A day of birth out of a trait's value, as ISO 8601 has it, with or without a time; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        born = date.fromisoformat(value.strip()[:10])
    except ValueError:
        return None
    return born if born.year >= EARLIEST_YEAR else None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
