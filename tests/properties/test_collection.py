"""Consent at collection, with any rules and any events: no refusal is lost, nothing is kept that was refused."""

import random
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.models import ConsentDecision
from profiles.identity.rebuild import rebuild_identity
from profiles.intake.explode import interaction_id
from profiles.models import CollectionDrop, ConfigurationVersion, Interaction, Link, Source, TraitFact
from tests.properties.world import START, Event, Types, empty_world, names, play

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
TYPES = Types(
    {
        "account": {"rank": 1, "person": True, "per_profile": 1, "ownership": "first"},
        "browser": {"rank": 2, "person": False, "per_profile": None, "ownership": "last", "shared_above": 2},
    }
)
# Trait to its category, and which of the purposes see it, as they are shipped.
SEEN_BY = {"city": {"analytics", "ads", "personalisation"}, "plan": {"analytics", "personalisation"}, "nick": set()}
PURPOSES = ["analytics", "ads", "personalisation"]

rules = st.dictionaries(st.sampled_from(PURPOSES), st.sampled_from(["keep", "drop_fields", "drop_event"]), max_size=3)
consents = st.dictionaries(st.sampled_from(PURPOSES), st.booleans(), max_size=3).map(lambda held: tuple(held.items()))


@st.composite
def streams(draw: st.DrawFn) -> list[Event]:
    """Events over few people, with traits of several categories, that often say something of a purpose."""
    return [
        Event(
            message_id=f"m{number}",
            identifiers=tuple(
                draw(
                    st.lists(
                        st.tuples(st.sampled_from(["account", "browser"]), st.sampled_from(["1", "2"])),
                        max_size=3,
                        unique=True,
                    )
                )
            ),
            minute=draw(st.integers(0, 5)),
            traits=tuple((name, "x") for name in draw(st.sets(st.sampled_from(sorted(SEEN_BY))))),
            revenue=draw(st.sampled_from([None, 5])),
            source=draw(st.sampled_from(["server", "public"])),
            consent=draw(consents),
        )
        for number in range(draw(st.integers(1, 10)))
    ]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, dict[str, str]], list[list[Event]]]:
    """The rules of each source, and batches of events."""
    events = draw(streams())
    chance = random.Random(draw(st.integers(0, 10**6)))
    batches: list[list[Event]] = [[]]
    for event in events:
        if chance.random() < 0.5:
            batches.append([])
        batches[-1].append(event)
    return {"server": draw(rules), "public": draw(rules)}, batches


def play_with(held: dict[str, dict[str, str]], batches: list[list[Event]]) -> None:
    empty_world(TYPES)
    for name, of_source in held.items():
        Source.objects.filter(name=name).update(consent_rules=of_source)
    ConfigurationVersion.objects.update(version=F("version") + 1)
    play(batches)


def refused_at(held: dict[str, dict[str, str]], event: Event, action: str) -> set[str]:
    """The purposes with a rule to do this that the event itself refuses, or is stamped without granting."""
    said = dict(event.consent)
    return {
        purpose
        for purpose, rule in held[event.source].items()
        if rule == action and event.consent and not said.get(purpose)
    }


def each(batches: list[list[Event]]) -> Iterator[Event]:
    return (event for batch in batches for event in batch)


@SLOW
@given(world=worlds())
def test_no_refusal_is_lost_whatever_becomes_of_its_event(
    world: tuple[dict[str, dict[str, str]], list[list[Event]]],
) -> None:
    play_with(*world)
    known = names()
    held = {
        (known[row[0]], row[1], row[2], row[3])
        for row in ConsentDecision.objects.values_list("identifier_id", "purpose", "decided_at", "act_id")
    }
    sources = dict(Source.objects.values_list("name", "id"))
    for event in each(world[1]):
        act = interaction_id(sources[event.source], event.message_id)
        for purpose, granted in event.consent:
            if not granted:
                at = START + timedelta(minutes=event.minute)
                assert {(name, purpose, at, act) for name in event.identifiers} <= held


@SLOW
@given(world=worlds())
def test_nothing_is_stored_that_its_own_event_refuses(
    world: tuple[dict[str, dict[str, str]], list[list[Event]]],
) -> None:
    held, batches = world
    play_with(held, batches)
    stored = {row.message_id: row for row in Interaction.objects.all()}
    for event in each(batches):
        row = stored.get(event.message_id)
        if refused_at(held, event, "drop_event"):
            assert row is None
            continue
        gone = refused_at(held, event, "drop_fields")
        if row is None or not gone:
            continue
        payload = msgspec.json.decode(row.payload)
        assert not [name for name in payload["context"]["traits"] if SEEN_BY[name] & gone]
        assert payload["properties"] == {}  # each of these purposes sees behaviour
        assert payload["context"]["consent"] == event.body()["context"]["consent"]
        facts = TraitFact.objects.filter(first_interaction=row.id).values_list("name", flat=True)
        assert not [name for name in facts if SEEN_BY[name] & gone]


@SLOW
@given(world=worlds())
def test_what_is_not_stored_is_counted_and_links_nobody(
    world: tuple[dict[str, dict[str, str]], list[list[Event]]],
) -> None:
    held, batches = world
    play_with(held, batches)
    stored = set(Interaction.objects.values_list("message_id", flat=True))
    dropped = [event for event in each(batches) if event.message_id not in stored]
    counts = CollectionDrop.objects.filter(action="drop_event").values_list("count", flat=True)
    most = max((list(held[event.source].values()).count("drop_event") for event in dropped), default=0)
    assert len(dropped) <= sum(counts) <= most * len(dropped)
    known = {name: id_ for id_, name in names().items()}
    together = {
        frozenset((known[a], known[b]))
        for event in each(batches)
        if event.message_id in stored
        for a in event.identifiers
        for b in event.identifiers
    }
    assert {frozenset(pair) for pair in Link.objects.values_list("a_id", "b_id")} <= together


@SLOW
@given(world=worlds())
def test_a_rebuild_finds_the_same_although_it_has_no_rules(
    world: tuple[dict[str, dict[str, str]], list[list[Event]]],
) -> None:
    play_with(*world)
    before = sorted(Interaction.objects.values_list("id", "payload", "event"))
    rebuilt = rebuild_identity()
    assert {name: count for name, count in rebuilt.differences.items() if count} == {}
    assert sorted(Interaction.objects.values_list("id", "payload", "event")) == before
