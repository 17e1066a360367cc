"""The days of requests: the cases of the specification, and what holds for every day, law and calendar."""

import calendar
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.requests.clocks import (
    NEVER_EXTENDED,
    Clock,
    add_business_days,
    add_months,
    appeal_due_on,
    clock_of,
    is_working_day,
)
from consent.requests.kinds import REGULATIONS, TYPES
from tests.factories.cases import privacy_case

REGIONS = ("", "DE", "DE-BY", "DE-XX", "US-CA", "US", "ID", "FR", "ZZ", "IL")
days = st.dates(date(2018, 5, 25), date(2035, 12, 31))
regions = st.sampled_from(REGIONS)


def clock_of_case(name: str, kind: str = "access") -> tuple[Clock, dict[str, str]]:
    """The clock of a case, and what the case expects of it."""
    case = privacy_case(name)
    given_ = case["given"]
    clock = clock_of(
        regulation=given_["regime"],
        type=kind,
        received_on=date.fromisoformat(given_["received"]),
        region=given_.get("calendar", ""),
    )
    return clock, case["expected"]


def test_req_01_a_month_ends_on_the_last_day_of_a_shorter_one() -> None:
    clock, expected = clock_of_case("REQ-01")
    assert clock.due_on.isoformat() == expected["due"]


def test_req_02_a_saturday_is_rolled_for_the_record_and_moved_back_for_staff() -> None:
    clock, expected = clock_of_case("REQ-02")
    assert (clock.due_on.isoformat(), clock.internal_due_on.isoformat()) == (
        expected["legal_due"],
        expected["internal_due"],
    )


def test_req_03_easter_is_over_before_a_german_period_ends() -> None:
    clock, expected = clock_of_case("REQ-03")
    assert clock.due_on.isoformat() == expected["legal_due"]


def test_req_05_california_counts_calendar_days_for_the_answer() -> None:
    clock, expected = clock_of_case("REQ-05", "erasure")
    assert clock.due_on.isoformat() == expected["answer_by"]
    assert clock.latest_on.isoformat() == expected["max"]
    assert clock.extended_due_on == clock.latest_on


@pytest.mark.parametrize(
    ("received", "extended"),
    [("2026-01-31", "2026-04-30"), ("2025-11-30", "2026-03-02"), ("2026-03-05", "2026-06-05")],
)
def test_two_more_months_are_three_from_receipt(received: str, extended: str) -> None:
    clock = clock_of(regulation="gdpr", type="erasure", received_on=date.fromisoformat(received))
    assert clock.extended_due_on == date.fromisoformat(extended)
    assert clock.latest_on == clock.extended_due_on


def test_a_leap_year_gives_february_a_day_more() -> None:
    assert clock_of(regulation="gdpr", type="access", received_on=date(2028, 1, 31)).due_on == date(2028, 2, 29)


@pytest.mark.parametrize(("region", "acknowledge", "choice"), [("", "2026-01-23", "2026-01-30")] * 1)
def test_business_days_leave_out_weekends(region: str, acknowledge: str, choice: str) -> None:
    clock = clock_of(regulation="ccpa", type="opt_out_sale_share", received_on=date(2026, 1, 10), region=region)
    assert (clock.acknowledge_by, clock.due_on) == (date.fromisoformat(acknowledge), date.fromisoformat(choice))


def test_business_days_leave_out_the_holidays_of_the_region_too() -> None:
    clock = clock_of(regulation="ccpa", type="opt_out_sale_share", received_on=date(2026, 1, 10), region="US-CA")
    assert (clock.acknowledge_by, clock.due_on) == (date(2026, 1, 26), date(2026, 2, 2))  # Martin Luther King Day


def test_a_part_of_a_country_has_holidays_of_its_own_and_one_that_is_unknown_its_country_s() -> None:
    epiphany, new_year = date(2026, 1, 6), date(2026, 1, 1)
    assert [is_working_day(epiphany, region) for region in ("DE-BY", "DE", "DE-XX", "")] == [False, True, True, True]
    assert [is_working_day(new_year, region) for region in ("DE-XX", "ZZ", "")] == [False, True, True]


def test_an_instant_counts_by_its_day_in_utc() -> None:
    evening = datetime(2026, 3, 4, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    at = clock_of(regulation="gdpr", type="access", received_on=evening)
    assert at.received_on == date(2026, 3, 5)
    assert at == clock_of(regulation="gdpr", type="access", received_on=evening.astimezone(UTC))


@given(received=days, region=regions, kind=st.sampled_from(TYPES), regulation=st.sampled_from(REGULATIONS))
def test_staff_work_to_a_working_day_that_is_never_after_the_legal_one(
    received: date, region: str, kind: str, regulation: str
) -> None:
    clock = clock_of(regulation=regulation, type=kind, received_on=received, region=region)
    assert received < clock.internal_due_on <= clock.due_on <= clock.latest_on
    assert is_working_day(clock.internal_due_on, region)
    assert (clock.extended_due_on is None) == (kind in NEVER_EXTENDED)


@given(received=days, region=regions)
def test_a_month_is_a_month_and_ends_on_a_working_day(received: date, region: str) -> None:
    clock = clock_of(regulation="gdpr", type="access", received_on=received, region=region)
    assert is_working_day(clock.due_on, region)
    strict = add_months(received, 1)
    assert all(not is_working_day(strict + timedelta(days=n), region) for n in range((clock.due_on - strict).days))
    last = calendar.monthrange(strict.year, strict.month)[1]
    assert strict.day == min(received.day, last)
    assert (strict.year * 12 + strict.month) - (received.year * 12 + received.month) == 1


@given(received=days, region=regions, kind=st.sampled_from([kind for kind in TYPES if kind not in NEVER_EXTENDED]))
def test_california_answers_in_45_days_and_never_after_90(received: date, region: str, kind: str) -> None:
    clock = clock_of(regulation="ccpa", type=kind, received_on=received, region=region)
    assert ((clock.due_on - received).days, (clock.latest_on - received).days) == (45, 90)


@given(day=days, region=regions, count=st.integers(1, 30))
def test_so_many_business_days_hold_so_many_working_days(day: date, region: str, count: int) -> None:
    end = add_business_days(day, count, region)
    between = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(is_working_day(one, region) for one in between) == count
    assert is_working_day(end, region)


def test_an_appeal_has_a_clock_of_its_own() -> None:
    assert appeal_due_on(date(2026, 1, 31), "gdpr") == date(2026, 3, 2)
    assert appeal_due_on(date(2026, 1, 31), "ccpa") == date(2026, 3, 17)
