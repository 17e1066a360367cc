"""From when on a person consents alone."""

from datetime import UTC, date, datetime

import pytest

from consent.guardians import AGE_UNKNOWN, Age, age_on, birthday, comes_of_age, read_birth

LEAP = date(2008, 2, 29)


def at(*parts: int) -> datetime:
    """An instant in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("born", "years", "day"),
    [
        (date(2010, 6, 1), 16, date(2026, 6, 1)),
        (LEAP, 16, LEAP.replace(year=2024)),
        (LEAP, 13, date(2021, 3, 1)),
        (date(2009, 12, 31), 1, date(2010, 12, 31)),
    ],
)
def test_the_day_from_which_on_somebody_is_so_old(born: date, years: int, day: date) -> None:
    assert birthday(born, years) == day
    assert age_on(born, day) == years
    assert age_on(born, date.fromordinal(day.toordinal() - 1)) == years - 1


def test_before_birth_an_age_is_negative() -> None:
    assert age_on(date(2010, 6, 1), date(2010, 5, 31)) == -1


@pytest.mark.parametrize(
    ("age", "when", "threshold", "of_age"),
    [
        (Age(born=date(2010, 6, 1)), at(2024, 6, 1), 16, at(2026, 6, 1)),
        (Age(born=date(2010, 6, 1)), at(2026, 5, 31, 23, 59), 16, at(2026, 6, 1)),
        (Age(born=date(2010, 6, 1)), at(2026, 6, 1), 16, None),
        (Age(born=LEAP), at(2021, 2, 28, 12), 13, at(2021, 3, 1)),
        (Age(years=14), at(2026, 1, 1), 16, at(2027, 1, 2)),
        (Age(years=15), at(2026, 1, 1), 16, at(2026, 1, 2)),
        (Age(years=16), at(2026, 1, 1), 16, None),
        (Age(born=date(2000, 1, 1), years=3), at(2026, 1, 1), 16, None),
        (AGE_UNKNOWN, at(2026, 1, 1), 16, None),
    ],
)
def test_who_is_below_the_threshold_reaches_it_some_day(
    age: Age, when: datetime, threshold: int, of_age: datetime | None
) -> None:
    assert comes_of_age(age, when, threshold) == of_age


@pytest.mark.parametrize(
    ("value", "born"),
    [
        ("2010-06-01", date(2010, 6, 1)),
        (" 2010-06-01T00:00:00Z", date(2010, 6, 1)),
        ("20100601", date(2010, 6, 1)),
        ("01.06.2010", None),
        ("0001-01-01", None),
        ("", None),
        (2010, None),
        (None, None),
        ({"year": 2010}, None),
    ],
)
def test_a_day_of_birth_is_read_as_iso_8601_has_it(value: object, born: date | None) -> None:
    assert read_birth(value) == born
