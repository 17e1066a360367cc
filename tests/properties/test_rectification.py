"""Corrections among everything else that happens: whatever the order, they stand, and a rebuild finds the same."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.requests.kinds import RECTIFICATION
from profiles.identity.rebuild import rebuild_identity
from profiles.models import Card, Identifier, TraitRule
from profiles.privacy.rectifying import rectify
from tests.factories.executions import execution
from tests.properties.world import Event, Types, empty_world, play

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
TYPES = Types(
    {
        "strong": {"rank": 1, "person": True, "per_profile": 1, "ownership": "first", "shared_above": None},
        "weak": {"rank": 2, "person": False, "per_profile": None, "ownership": "last", "shared_above": None},
    }
)
PERSON = ("strong", "p")
NAMES = ("city", "plan", "visits")

values = st.sampled_from(["a", "b", 1, 7, None, ["x"]])


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """What a person does on a few devices, and what others do on the same."""
    return [
        Event(
            message_id=f"m{number}",
            identifiers=tuple(draw(st.sampled_from([(PERSON,), (PERSON, ("weak", "d1")), (("weak", "d1"),)]))),
            minute=draw(st.integers(0, 9)),
            traits=tuple(sorted(draw(st.dictionaries(st.sampled_from(NAMES), values, max_size=3)).items())),
            source=draw(st.sampled_from(["server", "public"])),
        )
        for number in range(draw(st.integers(1, 8)))
    ]


def correct(traits: dict[str, Any], number: int) -> None:
    asked = execution(RECTIFICATION, PERSON, details={"traits": traits}, request_id=UUID(int=number + 1))
    rectify(replace(asked, received_at=datetime.now(UTC)))


def shown() -> dict[str, Any]:
    root = Identifier.objects.get(type__name=PERSON[0], value=PERSON[1]).root_id
    found: dict[str, Any] = msgspec.json.decode(bytes(Card.objects.get(root_id=root).traits))
    return found


@SLOW
@given(
    events=histories(),
    corrections=st.lists(st.dictionaries(st.sampled_from(NAMES), values, min_size=1, max_size=2), max_size=3),
    rules=st.fixed_dictionaries({name: st.sampled_from(TraitRule.Rule.values) for name in NAMES}),
    seed=st.integers(0, 10**6),
)
def test_the_last_correction_stands_among_whatever_is_said(
    events: list[Event], corrections: list[dict[str, Any]], rules: dict[str, str], seed: int
) -> None:
    said = []
    for chance in (random.Random(seed), random.Random(seed + 1)):
        empty_world(TYPES)
        for name, rule in rules.items():
            TraitRule.objects.update_or_create(name=name, defaults={"rule": rule})
        born = Event(message_id="born", identifiers=(PERSON,), minute=0)
        play([[born]])
        waiting = list(events)
        chance.shuffle(waiting)
        for number, traits in enumerate(corrections):
            cut = chance.randint(0, len(waiting))
            play([waiting[:cut]])
            waiting = waiting[cut:]
            correct(traits, number)
        play([waiting])
        said.append(shown())
        rebuilt = rebuild_identity(check=True)
        assert not any(rebuilt.differences.values()), rebuilt.differences
    assert said[0] == said[1]
    wanted: dict[str, Any] = {}
    for traits in corrections:
        wanted |= traits
    for name, value in wanted.items():
        assert said[0].get(name) == value
