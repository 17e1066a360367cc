"""The machine of requests, walked through whole: every interleaving of what can happen to two and to three requests of
one person and type. The model makes the same steps as the engine, by the same pure rules, each step whole."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from consent.requests import machine
from consent.requests.kinds import CLOSED, DUPLICATE, EXECUTING, IN_PROGRESS, RECEIVED, STATES
from consent.requests.machine import ACTIVE, MOVES, UNVERIFIED, Contender, Situation, move, possible, who_stays
from consent.requests.refusals import NotNow

RECEIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class One:
    """A request as the model has it. `now`: what the machine judges; `of`: whose duplicate it is."""

    now: Situation
    waits: bool = False  # it has a cooling-off, which begins when it is verified
    of: int | None = None

    @property
    def state(self) -> str:
        return self.now.state


World = tuple[One, ...]


def moved(one: One, event: str, **changes: Any) -> One:
    """A request after an event; raises `NotNow`."""
    now = replace(one.now, **changes)
    state = move(event, now)
    if state in CLOSED:
        return One(Situation(state))  # what it was before matters no more
    return replace(one, now=replace(now, state=state, rival=False))


def put(world: World, n: int, one: One) -> World:
    return (*world[:n], one, *world[n + 1 :])


def settled(world: World, n: int) -> World:
    """After request `n` has contended for the one place with those that are active."""
    contenders = {n, *(m for m, one in enumerate(world) if one.state in ACTIVE)}
    stays = who_stays(
        [Contender(world[m].state == EXECUTING, RECEIVED_AT + timedelta(m), UUID(int=m)) for m in contenders]
    )
    for m in contenders - {stays.int}:
        if world[m].state != EXECUTING:
            world = put(world, m, replace(moved(world[m], machine.DUPLICATE_FOUND), of=stays.int))
    return world


def verified(world: World, n: int) -> World:
    one = moved(world[n], machine.VERIFIED, identified=True)
    world = settled(put(world, n, replace(one, now=replace(one.now, cooling=one.waits))), n)
    if world[n].state in ACTIVE and world[n].now.approval_open:
        world = put(world, n, moved(world[n], machine.APPROVAL_WANTED))
    return world


def begun(world: World, n: int) -> World:
    if world[n].now.cooling or world[n].now.approval_open:
        raise NotNow
    world = settled(world, n)
    return put(world, n, moved(world[n], machine.BEGUN)) if world[n].state == IN_PROGRESS else world


def again(world: World, n: int, event: str, **changes: Any) -> World:
    rival = any(one.state in ACTIVE for m, one in enumerate(world) if m != n)
    return settled(put(world, n, moved(replace(world[n], now=replace(world[n].now, rival=rival)), event, **changes)), n)


def steps(world: World, n: int) -> Iterator[tuple[str, World]]:
    """Everything that can happen to one request, and the world after it."""
    one = world[n]
    simple: list[tuple[str, dict[str, bool]]] = [
        (machine.IDENTITY_ASKED, {}),
        (machine.APPROVED, {"approval_open": False}),
        (machine.ATTEMPT_FAILED, {}),
        (machine.NOTHING_HELD, {}),
        (machine.FINISHED, {"failed": False, "unreviewed": False}),
        (machine.FINISHED_PARTLY, {"failed": True, "unreviewed": False}),
        (machine.FINISHED_PARTLY, {"failed": False, "unreviewed": True}),
        (machine.FINISHED_PARTLY, {"failed": True, "unreviewed": True}),
        (machine.REFUSED, {}),
        (machine.WITHDRAWN, {}),
        (machine.RAN_OUT, {"unidentified_too_long": True}),
        (machine.OVERTAKEN, {}),
    ]
    for event, changes in simple:
        if one.state not in MOVES[event].origins:
            continue
        yield from _tried(event, lambda event=event, changes=changes: put(world, n, moved(one, event, **changes)))
    if one.state in UNVERIFIED:
        yield from _tried(machine.VERIFIED, lambda: verified(world, n))
    if one.state == IN_PROGRESS:
        yield from _tried(machine.BEGUN, lambda: begun(world, n))
    if one.now.unreviewed:
        yield from _tried(machine.INCLUDED, lambda: again(world, n, machine.INCLUDED, unreviewed=False))
        yield from _tried(machine.LEFT, lambda: put(world, n, moved(one, machine.LEFT, unreviewed=False)))
    if one.now.failed:
        yield from _tried(machine.RETRIED, lambda: again(world, n, machine.RETRIED))
    if one.now.cooling:
        yield "time", put(world, n, replace(one, now=replace(one.now, cooling=False, cooled=True)))


def _tried(event: str, make: object) -> Iterator[tuple[str, World]]:
    try:
        yield event, make()  # type: ignore[operator]
    except NotNow:
        return


@lru_cache
def walk(start: World) -> dict[World, set[World]]:
    """Every world that can be reached, and what comes next of it."""
    after: dict[World, set[World]] = {}
    waiting = deque([start])
    while waiting:
        world = waiting.popleft()
        if world in after:
            continue
        after[world] = {following for n in range(len(world)) for _, following in steps(world, n)}
        waiting.extend(after[world] - after.keys())
    return after


def can_end(after: dict[World, set[World]]) -> set[World]:
    """The worlds from which all requests can still be closed."""
    before: dict[World, set[World]] = {world: set() for world in after}
    for world, following in after.items():
        for one in following:
            before[one].add(world)
    ended = {world for world in after if all(one.state in CLOSED for one in world)}
    waiting = deque(ended)
    while waiting:
        for world in before[waiting.popleft()] - ended:
            ended.add(world)
            waiting.append(world)
    return ended


KINDS = list(product((False, True), repeat=2))  # it needs an approval; it has a cooling-off


def new(approval: bool, waits: bool) -> One:
    return One(Situation(RECEIVED, approval_open=approval), waits)


WORLDS = [(new(*a), new(*b)) for a in KINDS for b in KINDS] + [(new(False, False),) * 3]


@pytest.mark.parametrize("start", WORLDS)
def test_in_every_order_one_is_active_and_all_can_end(start: World) -> None:
    after = walk(start)
    for world, following in after.items():
        assert sum(one.state in ACTIVE for one in world) <= 1, world
        for next_ in following:
            for one, then in zip(world, next_, strict=True):
                assert one.state not in CLOSED or then.state == one.state, (world, next_)
    assert can_end(after) == after.keys()
    assert {one.state for world in after for one in world} >= CLOSED | {EXECUTING}


@pytest.mark.parametrize("start", WORLDS)
def test_of_those_that_wait_the_oldest_stays(start: World) -> None:
    for world, following in walk(start).items():
        for next_ in following:
            for n, (one, then) in enumerate(zip(world, next_, strict=True)):
                if then.state != DUPLICATE or one.state == DUPLICATE:
                    continue
                assert then.of is not None
                assert next_[then.of].state in ACTIVE
                assert then.of < n or next_[then.of].state == EXECUTING, (world, next_)


def test_two_that_are_verified_at_once_leave_the_older_whatever_comes_first() -> None:
    start = (new(False, False), new(False, False))
    for first, second in ((0, 1), (1, 0)):
        world = verified(verified(start, first), second)
        assert [one.state for one in world] == [IN_PROGRESS, DUPLICATE]


def test_what_is_being_executed_is_not_made_a_duplicate_by_an_older_one() -> None:
    start = (new(False, False), new(False, False))
    world = verified(begun(verified(start, 1), 1), 0)
    assert [one.state for one in world] == [DUPLICATE, EXECUTING]


@pytest.mark.parametrize("state", sorted(CLOSED))
@pytest.mark.parametrize("event", MOVES)
def test_nothing_moves_what_is_closed(state: str, event: str) -> None:
    with pytest.raises(NotNow, match="final"):
        move(event, Situation(state, identified=True, cooled=False, failed=True, unreviewed=True))


@pytest.mark.parametrize("state", sorted(set(STATES) - CLOSED))
def test_every_refusal_says_what_would_be_possible(state: str) -> None:
    for event in set(MOVES) - set(possible(Situation(state))):
        with pytest.raises(NotNow) as refused:
            move(event, Situation(state))
        assert str(refused.value).endswith(".")


def test_it_can_be_cancelled_until_its_cooling_off_is_over() -> None:
    assert move(machine.WITHDRAWN, Situation(IN_PROGRESS, cooling=True)) == "cancelled"
    with pytest.raises(NotNow, match="cancelled is over"):
        move(machine.WITHDRAWN, Situation(IN_PROGRESS, cooled=True))
