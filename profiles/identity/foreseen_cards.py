"""What the profiles of a preview show: their names and counts, folded as their cards would be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from profiles.configuration import Configuration
from profiles.golden.cards import Flags, Member, make_card
from profiles.golden.folds import decode_fold
from profiles.identity.foreseeing import ProfileSeen
from profiles.models import Fold, Identifier


@dataclass(frozen=True, slots=True)
class ForeseenCard:
    """A profile as it is or would be. `members` are in the order of their strength."""

    profile_id: UUID
    root_id: int
    known: bool
    members: list[Member]
    traits: dict[str, Any]
    interactions: int


def read_foreseen(
    before: Sequence[ProfileSeen], after: Sequence[ProfileSeen], held: Configuration
) -> tuple[list[ForeseenCard], list[ForeseenCard]]:
    """The cards of profiles as they are and as they would be, made in the same way. Two queries."""
    ids = {id_ for seen in (*before, *after) for id_ in seen.identifier_ids}
    states = dict(Fold.objects.filter(identifier_id__in=ids).values_list("identifier_id", "state"))
    members = {
        row.id: Member(
            row.id,
            row.root_id,
            held.types_by_id[row.type_id],
            row.value,
            row.profile_id,
            row.shared,
            row.verified,
            row.denied,
            decode_fold(bytes(states[row.id])) if row.id in states else None,
        )
        for row in Identifier.objects.filter(id__in=ids)
    }
    ranks = {source.id: source.rank for source in held.sources.values()}

    def card(seen: ProfileSeen) -> ForeseenCard:
        own = [members[id_] for id_ in seen.identifier_ids if id_ in members]
        made = make_card(min(seen.identifier_ids), own, Flags(), False, held, ranks)
        return ForeseenCard(
            profile_id=made.profile_id,
            root_id=made.root_id,
            known=made.known,
            members=sorted(own, key=lambda one: (one.rule.rank, one.value)),
            traits=msgspec.json.decode(made.traits),
            interactions=int(msgspec.json.decode(made.counters)["interactions"]),
        )

    return [card(seen) for seen in before], [card(seen) for seen in after]
