"""When a message that was not taken is sent again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.delivery_times import PATIENCE, SHORTEST, STEPS, next_try

MADE = datetime(2026, 3, 1, tzinfo=UTC)


def longest(least: float, most: float) -> float:
    return most


def shortest(least: float, most: float) -> float:
    return least


def seconds_until(attempts: int, **more: int) -> float:
    again = next_try(attempts, MADE, MADE, longest, **more)
    assert again is not None
    return (again - MADE).total_seconds()


def test_waits_grow_by_the_steps_and_stay_at_the_last() -> None:
    assert [seconds_until(n) for n in range(1, len(STEPS) + 3)] == [*STEPS, STEPS[-1], STEPS[-1]]
    assert tuple(sorted(STEPS)) == STEPS


def test_all_of_a_wait_is_drawn_so_that_what_failed_together_does_not_come_back_together() -> None:
    drawn: list[tuple[float, float]] = []

    def draw(least: float, most: float) -> float:
        drawn.append((least, most))
        return most / 2

    assert next_try(3, MADE, MADE, draw) == MADE + timedelta(seconds=STEPS[2] / 2)
    assert drawn == [(0, STEPS[2])]
    assert next_try(3, MADE, MADE, shortest) == MADE + timedelta(seconds=SHORTEST)


@pytest.mark.parametrize(("asked", "waited"), [(0, STEPS[0]), (60, 60), (86_400, 86_400)])
def test_nobody_is_bothered_before_the_time_that_they_said(asked: int, waited: float) -> None:
    assert seconds_until(1, asked_to_wait=asked) == waited


def test_it_is_given_up_after_three_days_and_each_step() -> None:
    late = MADE + PATIENCE
    assert next_try(len(STEPS) + 1, MADE, late, longest) is None
    assert next_try(len(STEPS) + 1, MADE, late - timedelta(seconds=1), longest) is not None
    assert next_try(len(STEPS), MADE, late + timedelta(days=30), longest) is not None


@given(st.lists(st.floats(0, 1), min_size=200, max_size=200))
def test_whatever_is_drawn_it_lasts_three_days_and_ends(parts: list[float]) -> None:
    now, attempts = MADE, 0
    for part in parts:
        attempts += 1
        again = next_try(attempts, MADE, now, lambda least, most, part=part: least + part * (most - least))  # type: ignore[misc]
        if again is None:
            break
        assert timedelta(seconds=SHORTEST) <= again - now <= timedelta(days=1)
        now = again
    assert again is None or (now - MADE < PATIENCE and attempts == len(parts))
    assert again is not None or now - MADE >= PATIENCE
