"""When a request must be answered: days by regulation and calendar. Pure.

GDPR article 12(3): one month of receipt, two more where that is necessary. Periods are counted as Regulation (EEC)
1182/71 article 3 says: the day of receipt is not counted, a period in months ends on the same date of its last month
or on that month's last day, and what ends on a Saturday, Sunday or holiday ends with the next working day. CCPA
regulations (11 CCR) 7021: receipt is confirmed in 10 business days, the answer given in 45 calendar days, at most 90;
7026 and 7027: an opt-out or a limit is carried out in 15 business days. Days are those of UTC.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import holidays

from consent.requests.kinds import LIMIT, OPT_OUT, WITHDRAW

GDPR, CCPA = "gdpr", "ccpa"
WEEKEND = frozenset({5, 6})  # Saturday, Sunday
GDPR_MONTHS, GDPR_MONTHS_EXTENDED = 1, 3
CCPA_ACKNOWLEDGE_BUSINESS_DAYS = 10
CCPA_DAYS, CCPA_DAYS_EXTENDED = 45, 90
CCPA_CHOICE_BUSINESS_DAYS = 15

# How long an appeal may take: GDPR has no term of its own for it, so the one for requests; US states that have an
# appeal allow 45 (Colorado, C.R.S. 6-1-1306(3)) to 60 days (Virginia, 59.1-577 C); the shorter is taken.
APPEAL_MONTHS: Mapping[str, int] = {GDPR: 1}
APPEAL_DAYS: Mapping[str, int] = {CCPA: 45}

# Choices, which take effect at once: there is nothing that more time would be needed for.
NEVER_EXTENDED = frozenset({OPT_OUT, LIMIT, WITHDRAW})
# How long somebody has to prove who they are.
IDENTITY_PERIOD = timedelta(days=30)
COOLING_OFF_LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Clock:
    """The days of a request.

    `internal_due_on`: the strict day, moved back to a working day, which staff work to. `due_on`: the legal day.
    `extended_due_on` and `extended_internal_due_on`: the same once it is extended; None where it cannot be.
    `latest_on`: the last day of all.
    """

    received_on: date
    acknowledge_by: date | None
    internal_due_on: date
    due_on: date
    extended_due_on: date | None
    extended_internal_due_on: date | None
    latest_on: date


def clock_of(*, regulation: str, type: str, received_on: date | datetime, region: str = "") -> Clock:  # noqa: A002
    """The days of a request that was received then.

    `region`: whose holidays count, as ISO 3166 has it, such as DE, DE-BY or US-CA; unknown or empty: weekends alone.
    """
    day = day_of(received_on)
    strict, legal, acknowledge = _first_period(day, regulation, type, region)
    strict_extended, extended = (None, None) if type in NEVER_EXTENDED else _extended(day, regulation, region)
    return Clock(
        received_on=day,
        acknowledge_by=acknowledge,
        internal_due_on=last_working_day(strict, region),
        due_on=legal,
        extended_due_on=extended,
        extended_internal_due_on=strict_extended and last_working_day(strict_extended, region),
        latest_on=extended or legal,
    )


def _first_period(day: date, regulation: str, type: str, region: str) -> tuple[date, date, date | None]:  # noqa: A002
    """The strict day, the legal one, and the one for the confirmation of receipt."""
    if regulation == GDPR:
        strict = add_months(day, GDPR_MONTHS)
        return strict, next_working_day(strict, region), None
    acknowledge = add_business_days(day, CCPA_ACKNOWLEDGE_BUSINESS_DAYS, region)
    if type in (OPT_OUT, LIMIT):
        legal = add_business_days(day, CCPA_CHOICE_BUSINESS_DAYS, region)
        return legal, legal, acknowledge
    legal = day + timedelta(days=CCPA_DAYS)
    return legal, legal, acknowledge


def _extended(day: date, regulation: str, region: str) -> tuple[date, date]:
    """The strict day and the legal one of the longer period, which counts from receipt too."""
    if regulation == GDPR:
        strict = add_months(day, GDPR_MONTHS_EXTENDED)
        return strict, next_working_day(strict, region)
    legal = day + timedelta(days=CCPA_DAYS_EXTENDED)
    return legal, legal


def appeal_due_on(received: date | datetime, regulation: str, region: str = "") -> date:
    """By when an appeal that was received then must be decided."""
    day = day_of(received)
    if regulation in APPEAL_MONTHS:
        return next_working_day(add_months(day, APPEAL_MONTHS[regulation]), region)
    return day + timedelta(days=APPEAL_DAYS[regulation])


def day_of(received: date | datetime) -> date:
    """The day of an instant, in UTC."""
    return received.astimezone(UTC).date() if isinstance(received, datetime) else received


def add_months(day: date, count: int) -> date:
    """The same date so many months on, or the last day of a month that is too short for it."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_business_days(day: date, count: int, region: str = "") -> date:
    """The last of so many working days, the first being the one after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, region)
    return day


def next_working_day(day: date, region: str = "") -> date:
    """The day itself, or the first working day after it."""
    while not is_working_day(day, region):
        day += timedelta(days=1)
    return day


def last_working_day(day: date, region: str = "") -> date:
    """The day itself, or the last working day before it."""
    while not is_working_day(day, region):
        day -= timedelta(days=1)
    return day


def is_working_day(day: date, region: str = "") -> bool:
    """Whether a day is neither of the weekend nor a public holiday there."""
    known = _holidays(region)
    if known is None:
        return day.weekday() not in WEEKEND
    return day.weekday() not in known.weekend and day not in known


@lru_cache(maxsize=256)
def _holidays(region: str) -> holidays.HolidayBase | None:
    """The public holidays of a country or a part of one; a part that is not known has its country's."""
    country, _, part = region.upper().partition("-")
    for subdivision in (part, None):
        try:
            return holidays.country_holidays(country, subdiv=subdivision or None)
        except NotImplementedError:
            continue
    return None
