"""Interactions are removed from random worlds: what is left is as if they had never been."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.identity.rebuild import rebuild_identity
from profiles.models import Identifier, Interaction
from profiles.pipeline import close_gate, enter_lane
from profiles.privacy.rederiving import rederive
from tests.properties.test_pipeline import streams, worlds
from tests.properties.world import Event, Types, empty_world, partition, play, profiles

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(types=worlds(), events=streams(), data=st.data())
def test_what_is_left_is_as_if_the_rest_had_never_been(types: Types, events: list[Event], data: st.DataObject) -> None:
    kept = [event for event in events if data.draw(st.booleans())]
    empty_world(types)
    play([kept])
    expected = without_consents()
    empty_world(types)
    play([events])
    remove({event.message_id for event in events} - {event.message_id for event in kept})
    assert partition() == set(expected)
    assert without_consents() == expected
    assert found_by_rebuild() == {}


def remove(message_ids: set[str]) -> None:
    """Remove interactions and derive anew what they named."""
    with transaction.atomic():
        close_gate()
        enter_lane()
        rows = Interaction.objects.filter(message_id__in=message_ids)
        named = {id_ for ids in rows.values_list("identifier_ids", flat=True) for id_ in ids}
        rows.delete()
        rederive(named)


def without_consents() -> dict[frozenset[tuple[str, str]], dict[str, Any]]:
    """What the profiles show, apart from what was said under their identifiers, which outlives the events."""
    return {members: {**shown, "consents": None} for members, shown in profiles().items()}


def found_by_rebuild() -> dict[str, int]:
    """What a rebuild would change."""
    return {name: count for name, count in rebuild_identity(check=True).differences.items() if count}


def test_an_identifier_that_nothing_names_any_more_is_gone() -> None:
    empty_world(Types({"strong": {"rank": 1, "person": True, "per_profile": 1, "ownership": "first"}}))
    play([[Event("m1", (("strong", "v1"),), 0), Event("m2", (("strong", "v2"),), 0)]])
    remove({"m1"})
    assert list(Identifier.objects.values_list("value", flat=True)) == ["v2"]
