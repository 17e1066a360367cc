"""The cases that others describe (tests/data/cases), in every order, one by one, in one batch, and with duplicates."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import pytest

from profiles.identity.types import TypeRule
from tests.unit.identity.memory_graph import Batch, World
from tests.unit.identity.oracle import Interaction, anchor

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "data/cases/identity.json").read_text())
EVERY_ORDER_UP_TO = 5
ORDERS_BEYOND = 200

Profiles = set[frozenset[int]]
each_case = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])


@each_case
def test_events_one_by_one(case: dict[str, Any]) -> None:
    for order in orders(case):
        assert profiles_of(case, [[event] for event in order]) == expected(case)


@each_case
def test_all_events_in_one_batch(case: dict[str, Any]) -> None:
    for order in orders(case):
        assert profiles_of(case, [order]) == expected(case)


@each_case
def test_every_event_delivered_again(case: dict[str, Any]) -> None:
    for number, order in enumerate(orders(case)):
        again = Random(number).sample(order, k=len(order))
        assert profiles_of(case, [[event] for event in order + again]) == expected(case)


def expected(case: dict[str, Any]) -> Profiles:
    return {frozenset(numbers) for numbers in case["profiles"]}


def orders(case: dict[str, Any]) -> Iterator[list[Interaction]]:
    """Every order of the case's events, or some where there are too many."""
    events = [interaction(event) for event in case["events"]]
    if len(events) <= EVERY_ORDER_UP_TO:
        yield from map(list, permutations(events))
        return
    chance = Random(case["id"])
    for _ in range(ORDERS_BEYOND):
        yield chance.sample(events, k=len(events))


def interaction(event: dict[str, Any]) -> Interaction:
    identifiers = {
        (name, one.strip())
        for name, value in event["identifiers"].items()
        for one in (value if isinstance(value, list) else [value])
    }
    at = datetime.fromisoformat(event["at"])
    return Interaction(event["n"], int(at.timestamp() * 1000) * 1000, frozenset(identifiers))


def profiles_of(case: dict[str, Any], batches: list[list[Interaction]]) -> Profiles:
    """Which events share a profile, by their numbers, once all batches are resolved."""
    world = World(TypeRule(number, name, **rule) for number, (name, rule) in enumerate(case["types"].items(), 1))
    found: dict[int, set[int]] = {}
    for batch in batches:
        world.apply(Batch(interactions=batch))
    for event in {event for batch in batches for event in batch}:
        if event.identifiers:
            root = world.graph.root_of[world.ids[anchor(world.types, event.identifiers)]]
            found.setdefault(root, set()).add(event.id)
    return {frozenset(numbers) for numbers in found.values()}
