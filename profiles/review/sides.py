"""What a case compares: the profiles, or single identifiers, side by side, folded as their cards would be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from consent.in_force import states
from consent.standing import Standing, read_standing
from consent.times import moment, now_microseconds
from profiles.configuration import Configuration
from profiles.golden.cards import CardRow, Flags, Member, make_card, recent_of
from profiles.golden.folds import decode_fold
from profiles.profile import TraitValue, trait_values
from profiles.review.kinds.case_kind import Side

MOST_RECENT = 5
# Each member with its fold from the index, as READ_MEMBERS has it (profiles/identity/sql.py).
READ_SIDES = """
    SELECT identifier.id, identifier.root_id, identifier.type_id, identifier.value, identifier.profile_id,
        identifier.shared, identifier.verified, identifier.denied, fold.state
    FROM identifier LEFT JOIN LATERAL (
        SELECT state FROM fold WHERE fold.identifier_id = identifier.id OFFSET 0
    ) AS fold ON true
    WHERE identifier.root_id IN (SELECT root_id FROM identifier WHERE id = ANY(%s::bigint[]))
"""


@dataclass(frozen=True, slots=True)
class SideSeen:
    """One side. `profile_id`: the profile of today that it is, or is in; `anchor`: the identifier that was named."""

    profile_id: UUID
    root_id: int
    anchor: Member
    whole: bool
    known: bool
    members: Sequence[Member]  # the strongest first
    traits: Mapping[str, TraitValue]
    counters: Mapping[str, Any]
    standing: Standing
    consents: Mapping[str, str]  # purpose to granted or denied, where something was said
    first_seen: datetime | None
    last_seen: datetime | None
    recent: Sequence[Mapping[str, Any]]

    @property
    def interactions(self) -> int:
        """How many there are."""
        return int(self.counters.get("interactions", 0))


def read_sides(sides: Iterable[Side], held: Configuration) -> list[SideSeen]:
    """The sides as they are now, without those that are gone and a second one of the same profile. One query."""
    wanted = list(sides)
    clusters = read_clusters([side.identifier_id for side in wanted], held)
    root_of = {id_: root for root, members in clusters.items() for id_ in members}
    found: dict[tuple[int, bool], SideSeen] = {}
    for side in wanted:
        root = root_of.get(side.identifier_id)
        if root is not None:
            key = (root if side.whole else side.identifier_id, side.whole)
            if key not in found:
                found[key] = see_side(clusters[root], side, held)
    return list(found.values())


def read_clusters(ids: Sequence[int], held: Configuration) -> dict[int, dict[int, Member]]:
    """The members of the clusters of some identifiers, by root and by id."""
    found: dict[int, dict[int, Member]] = {}
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(READ_SIDES, [list(ids)])
            for id_, root, type_id, value, profile_id, shared, verified, denied, state in cursor.fetchall():
                fold = None if state is None else decode_fold(bytes(state))
                rule = held.types_by_id[type_id]
                member = Member(id_, root, rule, value, profile_id, shared, verified, denied, fold)
                found.setdefault(root, {})[id_] = member
    return found


def see_side(cluster: Mapping[int, Member], side: Side, held: Configuration) -> SideSeen:
    """A side of a cluster: all of it, or the one identifier with what is known by it alone."""
    anchor = cluster[side.identifier_id]
    members = list(cluster.values()) if side.whole else [anchor]
    ranks = {source.id: source.rank for source in held.sources.values()}
    card = make_card(anchor.root if side.whole else anchor.id, members, Flags(), False, held, ranks)
    head = cluster.get(anchor.root, anchor)
    return seen_of(card, members, anchor, head.profile_id, side.whole, held)


def seen_of(
    card: CardRow, members: list[Member], anchor: Member, profile_id: UUID, whole: bool, held: Configuration
) -> SideSeen:
    """A card that was made for a side, as it is read."""
    standing = read_standing(card.consents)
    fold = card.fold
    return SideSeen(
        profile_id=profile_id,
        root_id=anchor.root,
        anchor=anchor,
        whole=whole,
        known=card.known,
        members=sorted(members, key=lambda one: (one.rule.rank, one.value)),
        traits=trait_values(msgspec.json.decode(card.traits), msgspec.json.decode(card.provenance), held),
        counters=msgspec.json.decode(card.counters),
        standing=standing,
        consents=states(standing, held.purposes, now_microseconds()),
        first_seen=None if fold.first_seen is None else moment(fold.first_seen),
        last_seen=None if fold.last_seen is None else moment(fold.last_seen),
        recent=msgspec.json.decode(recent_of(fold))[:MOST_RECENT],
    )


def differing(sides: Sequence[SideSeen]) -> dict[str, tuple[str, str]]:
    """The purposes that some sides say opposite things of, with what the first two who differ say."""
    found = {}
    for purpose in sorted({purpose for side in sides for purpose in side.consents}):
        said = list(dict.fromkeys(side.consents[purpose] for side in sides if purpose in side.consents))
        if len(said) > 1:
            found[purpose] = (said[0], said[1])
    return found
