"""People are erased from random worlds: everybody else is as if they had never been."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.models import Card, Identifier, IdentifierType, Interaction, Link, TraitFact
from profiles.privacy.erasing import erase
from tests.factories.erasures import erasure_of
from tests.properties.test_pipeline import streams, worlds
from tests.properties.test_rederiving import found_by_rebuild, without_consents
from tests.properties.world import Event, Types, empty_world, names, partition, play

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])

GROUPS = ("probable", "device_only", "shared")


@SLOW
@given(types=worlds(), events=streams(), data=st.data())
def test_others_are_as_if_the_erased_had_never_been(types: Types, events: list[Event], data: st.DataObject) -> None:
    empty_world(types)
    forget_erasures()
    play([events])
    known = sorted(names().values())
    if not known:
        return
    presented = data.draw(st.sampled_from(known))
    execution = erasure_of(presented, groups=sorted(data.draw(st.sets(st.sampled_from(GROUPS)))))
    shared = set(Identifier.objects.filter(shared=True).values_list("id", flat=True))
    gone = {names()[id_] for id_ in execution.identifier_ids if id_ not in shared}
    outcome = erase(execution)
    left = seen_somewhere(without_consents())
    assert found_by_rebuild() == {}
    assert not {name for members in partition() for name in members} & gone
    assert outcome.rows.get("profiles.Identifier", 0) == len(gone)
    empty_world(types)
    forget_erasures()
    play([without(events, gone)])
    assert left == seen_somewhere(without_consents())


def without(events: list[Event], gone: set[tuple[str, str]]) -> list[Event]:
    """The events that are not on the timeline of one who is gone, each without those who are."""
    ranks = dict(IdentifierType.objects.values_list("name", "rank"))
    return [
        replace(event, identifiers=tuple(name for name in event.identifiers if name not in gone))
        for event in events
        if not event.identifiers
        or min(event.identifiers, key=lambda name: (ranks[name[0]], name[1].encode())) not in gone
    ]


def seen_somewhere(shown: dict[frozenset[tuple[str, str]], dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    """The profiles that an event names: who hangs on a shared identifier was opted out, and that is kept."""
    return {members: one for members, one in shown.items() if one["seen"] != (None, None)}


def forget_erasures() -> None:
    """Whoever was erased in the world before may come again in the next."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE suppression_entry, privacy_request, consent_receipt, held_record, access_log CASCADE")


def test_nothing_of_the_person_is_left_in_any_table() -> None:
    empty_world(Types({"strong": {"rank": 1, "person": True, "per_profile": 1, "ownership": "first"}}))
    forget_erasures()
    play([[Event("m1", (("strong", "v1"),), 0, (("city", "a"),)), Event("m2", (("strong", "v2"),), 0)]])
    erase(erasure_of(("strong", "v1")))
    assert [row.value for row in Identifier.objects.all()] == ["v2"]
    assert [row.message_id for row in Interaction.objects.all()] == ["m2"]
    assert (Card.objects.count(), TraitFact.objects.count(), Link.objects.count()) == (1, 0, 0)
