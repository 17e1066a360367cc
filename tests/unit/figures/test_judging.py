"""What is said to be wrong with a source."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from profiles.figures.histograms import LAG, SKEW, bucket_of, nothing
from profiles.figures.judging import Judged, Pauses, Reason, judge, longest_pause
from profiles.figures.reading import Figures

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WELL = Judged(
    disabled=False,
    has_key=True,
    key_ends=None,
    figures=Figures(events=100),
    last_received=NOW - MINUTE,
    pause=MINUTE,
    oldest_waiting=None,
    refused=0,
)


def reasons(**otherwise: object) -> list[Reason]:
    return [reason for reason, _ in judge(replace(WELL, **otherwise), NOW)]  # type: ignore[arg-type]


def counts(bounds: tuple[int, ...], *values: int) -> list[int]:
    found = nothing(bounds)
    for value in values:
        found[bucket_of(bounds, value)] += 1
    return found


def test_of_a_source_that_is_well_nothing_is_said() -> None:
    assert reasons() == []


def test_one_that_is_quiet_for_longer_than_it_ever_is_is_silent() -> None:
    assert reasons(last_received=NOW - timedelta(minutes=16)) == [Reason.SILENT]
    assert reasons(last_received=NOW - timedelta(minutes=14)) == []
    assert reasons(last_received=NOW - 12 * HOUR, pause=9 * HOUR) == []
    assert reasons(last_received=NOW - 14 * HOUR, pause=9 * HOUR) == [Reason.SILENT]
    assert reasons(last_received=NOW - 14 * HOUR, pause=None) == []


@pytest.mark.parametrize(
    ("quarantined", "events", "said"), [(5, 95, True), (5, 96, False), (4, 0, False), (1000, 0, True)]
)
def test_a_share_in_quarantine_is_said_where_it_is_five_events_and_five_per_cent(
    quarantined: int, events: int, said: bool
) -> None:
    found = reasons(figures=Figures(events=events, quarantined=quarantined))
    assert (found == [Reason.QUARANTINE]) is said


def test_slow_profiles_are_said_and_so_is_what_waits() -> None:
    assert reasons(figures=Figures(events=10, lag=counts(LAG, *[40] * 8, 30_000, 30_000))) == [Reason.LAG]
    assert reasons(figures=Figures(events=10, lag=counts(LAG, *[10_000] * 10))) == []
    assert reasons(oldest_waiting=NOW - timedelta(seconds=31)) == [Reason.LAG]
    assert reasons(oldest_waiting=NOW - timedelta(seconds=29)) == []


def test_clocks_that_are_off_are_said_where_they_are_many() -> None:
    assert reasons(figures=Figures(events=10, skew=counts(SKEW, *[100] * 8, 400_000, 400_000))) == [Reason.SKEW]
    assert reasons(figures=Figures(events=10, skew=counts(SKEW, *[100] * 9, 400_000))) == []
    assert reasons(figures=Figures(events=2, skew=counts(SKEW, 400_000, 400_000))) == []


def test_keys_that_end_and_keys_that_are_missing_are_said() -> None:
    assert reasons(key_ends=NOW + timedelta(days=6)) == [Reason.KEY_EXPIRING]
    assert reasons(key_ends=NOW + timedelta(days=8)) == []
    assert reasons(has_key=False) == [Reason.NO_KEY]


def test_refusals_are_said_and_of_a_disabled_source_nothing_else() -> None:
    assert reasons(refused=1) == [Reason.RATE_LIMITED]
    assert reasons(disabled=True, refused=1, has_key=False) == [Reason.DISABLED]


def test_a_pause_is_the_longest_between_hours_or_between_minutes_once_there_were_some() -> None:
    assert longest_pause(Pauses(240, MINUTE, 7 * HOUR)) == 7 * HOUR
    assert longest_pause(Pauses(240, 3 * MINUTE, timedelta(0))) == 3 * MINUTE
    assert longest_pause(Pauses(4, MINUTE, 7 * HOUR)) is None
