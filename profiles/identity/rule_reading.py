"""Types and trait rules as staff read them, and the names of profiles that a preview speaks of."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec

from profiles.models import Card, Identifier, IdentifierType, TraitRule

MOST_TRAITS = 500


def read_types() -> list[IdentifierType]:
    """All types, the strongest first."""
    return list(IdentifierType.objects.order_by("rank"))


def read_type(name: str) -> IdentifierType | None:
    """One type, or None."""
    return IdentifierType.objects.filter(name=name).first()


def read_trait_rules() -> list[TraitRule]:
    """The traits of which something was set, by name."""
    return list(TraitRule.objects.order_by("name")[:MOST_TRAITS])


def read_trait_rule(name: str) -> TraitRule:
    """What is set for one trait, or what holds where nothing is."""
    return TraitRule.objects.filter(name=name).first() or TraitRule(name=name)


def read_traits_of(profile_ids: Collection[UUID]) -> dict[UUID, tuple[dict[str, Any], bool]]:
    """The traits of profiles by the ids of today, and whether they are known. Two queries."""
    roots = dict(Identifier.objects.filter(profile_id__in=list(profile_ids)).values_list("root_id", "profile_id"))
    cards = Card.objects.filter(root_id__in=roots).values_list("profile_id", "traits", "known")
    return {profile_id: (msgspec.json.decode(bytes(traits)), known) for profile_id, traits, known in cards}
