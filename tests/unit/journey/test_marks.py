"""How late an interaction came, and what became of the client's clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from profiles.journey.marks import Clock, Timing, timing

RECEIVED = datetime(2026, 1, 4, 12, tzinfo=UTC)


def timed(event: dict[str, Any], *, age: timedelta = timedelta(), dialect: str = "segment") -> Timing:
    """The timing of an event that is held to have happened so long before receipt."""
    return timing(dialect=dialect, event=event, occurred_at=RECEIVED - age, received_at=RECEIVED)


def at(age: timedelta) -> str:
    return (RECEIVED - age).isoformat()


@pytest.mark.parametrize(
    ("age", "late"),
    [
        (timedelta(seconds=2), None),
        (timedelta(minutes=59), None),
        (timedelta(hours=1), timedelta(hours=1)),
        (timedelta(days=3), timedelta(days=3)),
    ],
)
def test_an_hour_is_late(age: timedelta, late: timedelta | None) -> None:
    found = timed({"timestamp": at(age)}, age=age)
    assert (found.late, found.clock, found.imported) == (late, Clock.BELIEVED, False)


def test_what_is_imported_was_meant_to_come_later() -> None:
    assert timed({"timestamp": at(timedelta(days=900))}, age=timedelta(days=900), dialect="file").imported


def test_a_clock_that_was_corrected_tells_by_how_much() -> None:
    found = timed({"originalTimestamp": at(timedelta(hours=-2))}, age=timedelta(minutes=1))
    assert (found.clock, found.shift) == (Clock.CORRECTED, timedelta(hours=-2, minutes=-1))


@pytest.mark.parametrize("dialect", ["segment", "jitsu", "file", "rectification"])
def test_the_clients_own_time_stands_before_one_that_was_corrected_on_the_way(dialect: str) -> None:
    event = {"originalTimestamp": at(timedelta(0)), "timestamp": at(timedelta(hours=5))}
    assert timed(event, dialect=dialect).clock is Clock.BELIEVED


def test_nothing_happens_after_it_is_received() -> None:
    found = timed({"timestamp": at(timedelta(hours=-2))})
    assert (found.clock, found.shift) == (Clock.AHEAD, timedelta(hours=-2))


@pytest.mark.parametrize("event", [{}, {"timestamp": ""}, {"timestamp": None}])
def test_an_event_may_name_no_time(event: dict[str, Any]) -> None:
    assert timed(event).clock is Clock.UNSAID


@pytest.mark.parametrize("named", ["yesterday", [1], {"a": 1}, True, "0001-01-01", 1e300])
def test_what_is_no_time_is_said_to_be_none(named: Any) -> None:
    assert timed({"timestamp": named}).clock is Clock.UNREAD


def test_each_dialect_names_the_time_in_its_own_place() -> None:
    age = timedelta(hours=3)
    for dialect, event in (
        ("posthog", {"timestamp": at(age)}),
        ("cloudevents", {"time": at(age), "data": {"timestamp": "odd"}}),
        ("cloudevents", {"data": {"timestamp": at(age)}}),
    ):
        assert timed(event, age=age, dialect=dialect).clock is Clock.BELIEVED
    assert timed({"data": "text"}, dialect="cloudevents").clock is Clock.UNSAID
