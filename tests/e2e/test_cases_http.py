"""The identity cases, each through the API: types by PUT, events by POST, profiles by lookup."""

import itertools
import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.asking import Api, Json

CASES: list[Json] = json.loads((Path(__file__).parents[1] / "data" / "cases" / "identity.json").read_text())
FIRST_RANK = 1000
RANKS_A_CASE = 20
MOST_PERMUTED = 5  # events; beyond them some random orders stand for all
RANDOM_ORDERS = 200
EVENTS_A_POST = 500
LARGEST_BATCH = 1000

every_case = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
Profiles = set[frozenset[int]]


@dataclass(frozen=True, slots=True)
class World:
    """One case, played once, in one order, about people of its own."""

    case: Json
    name: str
    order: tuple[int, ...]  # positions in the case's list of events

    def values(self, value: Any) -> list[str]:
        """The values of an identifier, in this world. The prefixes are of one length, so the byte order stays."""
        return [f"{self.name}:{each}" for each in (value if isinstance(value, list) else [value])]

    def type_name(self, name: str) -> str:
        return f"{prefix(self.case)}{name}"

    def event(self, position: int) -> Json:
        """An event of the case as a channel system posts it."""
        event = self.case["events"][position]
        return {
            "type": "track",
            "event": "Case",
            "messageId": f"{prefix(self.case)}{self.name}-{event['n']}",
            "timestamp": event["at"],
            "context": {
                "externalIds": [
                    {"type": self.type_name(name), "id": each}
                    for name, value in event["identifiers"].items()
                    for each in self.values(value)
                ]
            },
        }

    def events(self) -> list[Json]:
        return [self.event(position) for position in self.order]

    def anchors(self) -> dict[int, tuple[str, str]]:
        """The strongest identifier of each event that has any."""
        found = {}
        for event in self.case["events"]:
            ranked = [
                (self.case["types"][name]["rank"], each, self.type_name(name))
                for name, value in event["identifiers"].items()
                for each in self.values(value)
            ]
            if ranked:
                found[event["n"]] = min(ranked)[2:0:-1]
        return found


def prefix(case: Json) -> str:
    """What the names of a case's types begin with."""
    return f"case_{case['id'].lower().replace('-', '_')}_"


def stated(case: Json) -> Profiles:
    """The profiles that a case asks for, as sets of event numbers."""
    return {frozenset(profile) for profile in case["profiles"]}


@pytest.fixture(scope="module")
def types(api: Api) -> None:
    """The types of every case, under names and ranks of its own."""
    for index, case in enumerate(CASES):
        for name, rule in case["types"].items():
            body = rule | {"rank": FIRST_RANK + index * RANKS_A_CASE + rule["rank"], "normaliser": "exact"}
            answer = api.ask("PUT", f"/v1/identity/types/{prefix(case)}{name}", body)
            assert answer.status in (200, 201), answer.body


def post(api: Api, key: str, events: Iterable[Json]) -> None:
    """Post the events in order, some at a time."""
    waiting = iter(events)
    while part := list(itertools.islice(waiting, EVENTS_A_POST)):
        answer = api.post_events(key, part)
        assert (answer.status, answer.json()) == (200, {"success": True})


def play_one_by_one(api: Api, key: str, worlds: list[World]) -> None:
    """Each event of a world is posted when the one before is part of a profile."""
    for step in range(max(len(world.order) for world in worlds)):
        post(api, key, [world.event(world.order[step]) for world in worlds if step < len(world.order)])
        api.settle()


def play_in_one_batch(api: Api, key: str, worlds: list[World]) -> None:
    """All of a world's events in one request."""
    for world in worlds:
        post(api, key, world.events())
    api.settle()


def play_with_duplicates(api: Api, key: str, worlds: list[World]) -> None:
    """Each event several times, within a batch and in later ones."""
    for world in worlds:
        events = world.events()
        post(api, key, [*events, *reversed(events)])
    api.settle()
    for world in worlds:
        post(api, key, world.events()[::2])
    api.settle()


Play = Callable[[Api, str, list[World]], None]
PLAYS: dict[str, Play] = {
    "one by one": play_one_by_one,
    "in one batch": play_in_one_batch,
    "with duplicates": play_with_duplicates,
}


def some_worlds() -> dict[str, list[World]]:
    """For each way to play, each case in one order: forwards, backwards, shuffled."""
    chance = random.Random(11)
    worlds: dict[str, list[World]] = {name: [] for name in PLAYS}
    for case in CASES:
        forwards = tuple(range(len(case["events"])))
        worlds["one by one"].append(World(case, "few-1", forwards[::-1]))
        worlds["in one batch"].append(World(case, "few-2", forwards))
        worlds["with duplicates"].append(World(case, "few-3", tuple(chance.sample(forwards, len(forwards)))))
    return worlds


@pytest.fixture(scope="module")
def played(types: None, api: Api, server_key: str) -> dict[str, list[World]]:
    """The few worlds, played."""
    worlds = some_worlds()
    for name, play in PLAYS.items():
        play(api, server_key, worlds[name])
    return worlds


@every_case
def test_a_case_gives_its_profiles_in_any_order_and_however_delivered(
    case: Json, played: dict[str, list[World]], api: Api
) -> None:
    for name, worlds in played.items():
        for world in worlds:
            if world.case is case:
                assert profiles_looked_up(api, world) == stated(case), f"{name}, in the order {world.order}"


def profiles_looked_up(api: Api, world: World) -> Profiles:
    """The world's events, gathered by the profile that holds each one's strongest identifier."""
    gathered: dict[str, set[int]] = {}
    for number, (type_name, value) in world.anchors().items():
        profile = api.profile_of(type_name, value)
        gathered.setdefault(profile["canonical_id"], set()).add(number)
    return {frozenset(numbers) for numbers in gathered.values()}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", PLAYS)
def test_all_orders_of_all_cases_give_their_profiles(name: str, types: None, api: Api, server_key: str) -> None:
    worlds = list(all_worlds(name.replace(" ", "-")))
    for part in in_parts(worlds, LARGEST_BATCH):
        PLAYS[name](api, server_key, part)
    assert wrong_worlds(api, worlds) == []


def all_worlds(tag: str) -> Iterator[World]:
    """Each case in every order of up to five events, and in 200 random orders beyond."""
    for case in CASES:
        for number, order in enumerate(orders(case)):
            yield World(case, f"{tag}-{number:03}", order)


def orders(case: Json) -> list[tuple[int, ...]]:
    positions = tuple(range(len(case["events"])))
    if len(positions) <= MOST_PERMUTED:
        return list(itertools.permutations(positions))
    chance = random.Random(case["id"])
    return [tuple(chance.sample(positions, len(positions))) for _ in range(RANDOM_ORDERS)]


def in_parts(worlds: list[World], size: int) -> Iterator[list[World]]:
    for start in range(0, len(worlds), size):
        yield worlds[start : start + size]


def wrong_worlds(api: Api, worlds: list[World]) -> list[str]:
    """The worlds whose profiles are not the stated ones. Recognition is asked, since there are many."""
    anchors = [(world, number, anchor) for world in worlds for number, anchor in world.anchors().items()]
    gathered: dict[str, dict[str, set[int]]] = {}
    for start in range(0, len(anchors), LARGEST_BATCH):
        part = anchors[start : start + LARGEST_BATCH]
        for (world, number, _), answer in zip(part, api.recognise_all([[one[2]] for one in part]), strict=True):
            people = gathered.setdefault(prefix(world.case) + world.name, {})
            people.setdefault(answer["canonical_id"], set()).add(number)
    return [
        f"{world.case['id']}, in the order {world.order}"
        for world in worlds
        if {frozenset(numbers) for numbers in gathered[prefix(world.case) + world.name].values()} != stated(world.case)
    ]
