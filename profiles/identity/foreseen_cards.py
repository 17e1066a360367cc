"""What the profiles of a preview show: their names and counts, folded as their cards would be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from profiles.configuration import Configuration
from profiles.golden.cards import Flags, Member, make_card
from profiles.golden.survivorship import Ranks
from profiles.identity.foreseeing import ProfileSeen


@dataclass(frozen=True, slots=True)
class ForeseenCard:
    """A profile as it is or would be. `members` are in the order of their strength."""

    profile_id: UUID
    root_id: int
    known: bool
    members: list[Member]
    traits: dict[str, Any]
    interactions: int


def foreseen_cards(
    seen: Sequence[ProfileSeen], members: Mapping[int, Member], held: Configuration
) -> list[ForeseenCard]:
    """The cards of profiles as they are or would be. `members`: a survey's, with folds."""
    ranks = {source.id: source.rank for source in held.sources.values()}
    return [foreseen_card(one, [members[id_] for id_ in one.identifier_ids], held, ranks) for one in seen]


def foreseen_card(seen: ProfileSeen, own: list[Member], held: Configuration, ranks: Ranks) -> ForeseenCard:
    """One card, made as the cards of profiles are."""
    made = make_card(min(seen.identifier_ids), own, Flags(), False, held, ranks)
    return ForeseenCard(
        profile_id=made.profile_id,
        root_id=made.root_id,
        known=made.known,
        members=sorted(own, key=lambda one: (one.rule.rank, one.value)),
        traits=msgspec.json.decode(made.traits),
        interactions=int(msgspec.json.decode(made.counters)["interactions"]),
    )
