"""Retention in random worlds: what is left is as if what is past its time had never been."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.models import RetentionRule
from consent.retention import Rule
from consent.retention_rules import save_rule
from profiles.models import Interaction, TraitFact, TraitRule
from profiles.privacy.retention import apply_retention, preview_retention
from tests.properties.test_pipeline import streams, worlds
from tests.properties.test_rederiving import found_by_rebuild, without_consents
from tests.properties.world import START, Event, Types, empty_world, partition, play

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
minutes = st.integers(0, 6)


def rule(store: str, category: str = "", source: str = "") -> None:
    save_rule(Rule(store, category, source, "P30D"))


def categorise() -> None:
    """`city` is of a category that has a rule, `plan` of one that has none."""
    for name, category in (("city", "contact"), ("plan", "demographic")):
        TraitRule.objects.update_or_create(name=name, defaults={"category": category})


@SLOW
@given(types=worlds(), events=streams(), minute=minutes, source=st.sampled_from(["", "server"]))
def test_interactions_that_are_past_their_time_have_never_been(
    types: Types, events: list[Event], minute: int, source: str
) -> None:
    kept = [event for event in events if event.minute >= minute or (source and event.source != source)]
    empty_world(types)
    play([kept])
    expected = without_consents()
    empty_world(types)
    play([events])
    rule("interaction", source=source)
    now = START + timedelta(days=30, minutes=minute)
    foreseen = preview_retention(now).get("interaction", 0)
    removed = apply_retention(now)
    assert removed is not None
    assert removed.get("interaction", 0) == foreseen == len(events) - len(kept)
    assert partition() == set(expected)
    assert without_consents() == expected
    assert found_by_rebuild() == {}
    assert apply_retention(now) == {}
    RetentionRule.objects.filter(store="interaction").delete()


@SLOW
@given(types=worlds(), events=streams(), minute=minutes)
def test_traits_that_are_past_their_time_have_never_been_said(types: Types, events: list[Event], minute: int) -> None:
    def without(event: Event) -> Event:
        return (
            event if event.minute >= minute else replace(event, traits=tuple(t for t in event.traits if t[0] != "city"))
        )

    empty_world(types)
    categorise()
    play([[without(event) for event in events]])
    expected = without_consents()
    empty_world(types)
    categorise()
    play([events])
    rule("trait", category="contact")
    now = START + timedelta(days=30, minutes=minute)
    apply_retention(now)
    assert without_consents() == expected
    assert not TraitFact.objects.filter(name="city", first_at__lt=START + timedelta(minutes=minute)).exists()
    assert Interaction.objects.count() == len(events)
    assert found_by_rebuild() == {}
    assert apply_retention(now) == {}
    RetentionRule.objects.filter(store="trait").delete()
