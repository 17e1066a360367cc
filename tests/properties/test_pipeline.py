"""The whole background path on a real database, against a naive reading of identity.md."""

import random
import threading
from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.identity.clustering import Decision as Decided
from profiles.identity.clustering import Edge, Node, latest_decisions, mark_shared, solve
from profiles.identity.decisions import record_decision, withdraw_decision
from profiles.identity.rebuild import rebuild_identity
from profiles.identity.types import TypeRule
from profiles.intake.explode import interaction_id
from profiles.models import Decision, IdentifierType, Interaction, TraitFact
from tests.properties.world import Event, Types, empty_world, partition, play, post, profiles, work

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])

limits = st.sampled_from([None, 1, 2])
ownerships = st.sampled_from(["first", "last"])
values = st.sampled_from(["v1", "v2", "v3", "v4"])


@st.composite
def worlds(draw: st.DrawFn) -> Types:
    """Three types of falling strength with random limits."""
    fields = {}
    for rank, name in enumerate(("strong", "middling", "weak"), start=1):
        fields[name] = {
            "rank": rank,
            "person": rank < 3,
            "per_profile": draw(limits),
            "ownership": draw(ownerships),
            "shared_above": draw(st.sampled_from([None, None, 1, 2])) if rank > 1 else None,
        }
    return Types(fields)


@st.composite
def streams(draw: st.DrawFn) -> list[Event]:
    """Random events over few identifiers, so that they meet."""
    events = []
    for number in range(draw(st.integers(1, 14))):
        carried = draw(
            st.lists(st.tuples(st.sampled_from(["strong", "middling", "weak"]), values), max_size=3, unique=True)
        )
        traits = draw(
            st.dictionaries(
                st.sampled_from(["city", "plan"]), st.sampled_from(["a", "b", None, 1, {"x": [1]}]), max_size=2
            )
        )
        events.append(
            Event(
                message_id=f"m{number}",
                identifiers=tuple(carried),
                minute=draw(st.integers(0, 5)),
                traits=tuple(sorted(traits.items())),
                revenue=draw(st.sampled_from([None, 5, 7])),
                source=draw(st.sampled_from(["server", "server", "public"])),
                consent=draw(
                    st.sampled_from([(), (("analytics", True),), (("analytics", False),), (("unification", False),)])
                ),
            )
        )
    return events


def shuffled_batches(events: list[Event], seed: int) -> list[list[Event]]:
    """The events in another order, cut at random, some delivered twice."""
    chance = random.Random(seed)
    delivered = events + [event for event in events if chance.random() < 0.3]
    chance.shuffle(delivered)
    batches: list[list[Event]] = [[]]
    for event in delivered:
        if chance.random() < 0.4:
            batches.append([])
        batches[-1].append(event)
    return batches


@SLOW
@given(types=worlds(), events=streams(), seed=st.integers(0, 10**6))
def test_order_batches_and_duplicates_do_not_show(types: Types, events: list[Event], seed: int) -> None:
    empty_world(types)
    play([events])
    expected = profiles()
    empty_world(types)
    play(shuffled_batches(events, seed))
    assert profiles() == expected


@SLOW
@given(types=worlds(), events=streams(), seed=st.integers(0, 10**6))
def test_it_is_what_a_naive_reading_says(types: Types, events: list[Event], seed: int) -> None:
    empty_world(types)
    play(shuffled_batches(events, seed))
    clusters = naive_partition(events, types, [])
    assert partition() == clusters
    for members, shown in profiles().items():
        mine = [event for event in events if event.identifiers and anchor(event, types) in members]
        assert msgspec.json.decode(shown["traits"]) == naive_traits(mine)
        counters = msgspec.json.decode(shown["counters"])
        assert counters["interactions"] == len(mine)
        assert Decimal(str(counters["revenue"])) == sum((event.revenue or 0 for event in mine), 0)
        assert {message for _, message in shown["timeline"]} == {event.message_id for event in mine}


@SLOW
@given(types=worlds(), events=streams(), seed=st.integers(0, 10**6), data=st.data())
def test_decisions_are_followed_and_taken_back_to_the_byte(
    types: Types, events: list[Event], seed: int, data: st.DataObject
) -> None:
    empty_world(types)
    play([events])
    before = profiles()
    made = []
    names = st.tuples(st.sampled_from(["strong", "middling", "weak"]), values)
    known = {name for members in before for name in members}
    for _ in range(data.draw(st.integers(1, 4))):
        a, b = data.draw(names), data.draw(names)
        if a != b and {a, b} <= known:
            verdict = data.draw(st.sampled_from(["same", "different"]))
            made.append((a, b, verdict, record_decision(a=a, b=b, verdict=verdict, reason="", actor="token:t")))
            decided = [(x, y, v, n) for n, (x, y, v, _) in enumerate(made)]
            assert partition() == naive_partition(events, types, decided)
    random.Random(seed).shuffle(made)
    for _, _, _, decision in made:
        withdraw_decision(id=decision.id, actor="token:t")
    assert profiles() == before


@SLOW
@given(types=worlds(), events=streams(), seed=st.integers(0, 10**6))
def test_a_rebuild_changes_nothing(types: Types, events: list[Event], seed: int) -> None:
    empty_world(types)
    play(shuffled_batches(events, seed))
    before = profiles()
    rebuilt = rebuild_identity()
    assert rebuilt.interactions == len(events)
    assert {name: count for name, count in rebuilt.differences.items() if count} == {}
    assert profiles() == before


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(types=worlds(), events=streams(), seed=st.integers(0, 10**6))
def test_two_workers_at_once_give_the_same(types: Types, events: list[Event], seed: int) -> None:
    empty_world(types)
    play([events])
    expected = profiles()
    empty_world(types)
    for batch in shuffled_batches(events, seed):
        post(batch)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            while_waiting()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=run) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    work()
    assert profiles() == expected


def while_waiting() -> None:
    """One batch a transaction, so that the two meet often."""
    from profiles.pipeline import take_batches

    while take_batches(limit=1).batches:
        pass


def test_merge_and_split_give_the_old_ids_back() -> None:
    types = Types({"strong": {"rank": 1, "person": True, "per_profile": 1, "ownership": "first"}})
    empty_world(types)
    play(
        [
            [Event("m1", (("strong", "v1"),), 0, (("city", "a"),))],
            [Event("m2", (("strong", "v2"),), 1, (("city", "b"),))],
        ]
    )
    before = cards()
    decision = record_decision(a=("strong", "v1"), b=("strong", "v2"), verdict="same", reason="", actor="token:t")
    assert len(cards()) == 1
    withdraw_decision(id=decision.id, actor="token:t")
    assert cards() == before


def cards() -> list[tuple[Any, ...]]:
    """Everything that cards show, ids included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT root_id, profile_id, known, first_seen, last_seen, traits::bytea, provenance::bytea,"
            " counters::bytea, consents::bytea, recent::bytea FROM card ORDER BY root_id"
        )
        return [
            tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row) for row in cursor.fetchall()
        ]


def test_facts_count_each_interaction_once() -> None:
    types = Types({"strong": {"rank": 1, "person": True, "per_profile": 1, "ownership": "first"}})
    empty_world(types)
    event = Event("m1", (("strong", "v1"),), 0, (("city", "a"),))
    later = Event("m2", (("strong", "v1"),), 3, (("city", "a"),))
    play([[event, event], [later, event]])
    fact = TraitFact.objects.get()
    source = Interaction.objects.first()
    assert source is not None
    assert (fact.name, fact.value, fact.count) == ("city", '"a"', 2)
    assert fact.first_interaction == interaction_id(source.source_id, "m1")
    assert fact.last_interaction == interaction_id(source.source_id, "m2")
    assert Decision.objects.count() == 0


# --- the naive reading ------------------------------------------------------------------------------------------


def anchor(event: Event, types: Types) -> tuple[str, str]:
    """The strongest identifier."""
    return min(event.identifiers, key=lambda name: (types.fields[name[0]]["rank"], name[1].encode()))


def naive_partition(
    events: list[Event],
    types: Types,
    decided: list[tuple[tuple[str, str], tuple[str, str], str, int]],
    denied: Collection[tuple[str, str]] = (),
) -> set[frozenset[tuple[str, str]]]:
    """Every link from every event, all solved at once; those of `denied` identifiers are left out."""
    rules = {
        row.name: TypeRule(row.id, row.name, row.rank, row.person, row.per_profile, row.ownership, row.shared_above)
        for row in IdentifierType.objects.all()
    }
    names = sorted({name for event in events for name in event.identifiers})
    ids = {name: number for number, name in enumerate(names, start=1)}
    times: dict[tuple[int, int], list[int]] = defaultdict(list)
    for event in events:
        if not event.identifiers or ("unification", False) in event.consent:
            continue
        centre = ids[anchor(event, types)]
        for name in event.identifiers:
            if ids[name] != centre:
                times[(min(centre, ids[name]), max(centre, ids[name]))].append(event.minute)
    edges = [Edge(a, b, min(at), max(at)) for (a, b), at in times.items()]
    unmarked = [Node(ids[name], rules[name[0]], name[1], denied=name in denied) for name in names]
    nodes = mark_shared(unmarked, edges)
    same, different = latest_decisions(
        [
            Decided(min(ids[a], ids[b]), max(ids[a], ids[b]), verdict == "same", number)
            for a, b, verdict, number in decided
        ]
    )
    solution = solve(nodes, edges, same, different)
    clusters: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for name in names:
        clusters[solution.cluster_of[ids[name]]].add(name)
    return {frozenset(members) for members in clusters.values()}


def naive_traits(mine: list[Event]) -> dict[str, Any]:
    """The latest value of each trait; ties by source rank, then by value; null unsets."""
    ranks = {"server": 100, "public": 200}
    best: dict[str, tuple[tuple[int, int, bytes], Any]] = {}
    for event in mine:
        for name, value in event.traits:
            key = (-event.minute, ranks[event.source], msgspec.json.encode(value, order="sorted"))
            if name not in best or key < best[name][0]:
                best[name] = (key, value)
    return {name: value for name, (_, value) in best.items() if value is not None}
