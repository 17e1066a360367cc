"""From interactions to links and decisions, as identity.md has it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor

from profiles.database import BigInts, Booleans, Ints, Moments, Texts, Uuids, binary_cursor
from profiles.identity import sql
from profiles.intake.explode import Key, Named, Prepared

Pair = tuple[int, int]  # identifier ids, the lesser first


@dataclass(slots=True)
class LinkSeen:
    """What some interactions of a batch say about one pair. Times are microseconds."""

    a_type: int
    b_type: int
    first: tuple[int, UUID]
    last: tuple[int, UUID]
    count: int
    sources: set[int]
    verified: bool


@dataclass(slots=True)
class LinkHeld:
    """A link as it stands after a batch was added."""

    pair: Pair
    first_at: datetime
    last_at: datetime
    is_new: bool
    verified: bool
    refused: str


@dataclass(slots=True)
class AliasDecision:
    """*Same person*, said by an alias that was no mere claim."""

    id: UUID
    pair: Pair
    at: int
    interaction: UUID


@dataclass(slots=True)
class Ties:
    """What interactions say of identifiers and of pairs of them."""

    carried: set[int]
    mentioned: set[int]  # by an alias
    verified: set[int]  # carried by an interaction that is no mere claim
    links: dict[Pair, LinkSeen]
    decisions: list[AliasDecision]

    @property
    def named(self) -> set[int]:
        """All of the identifiers."""
        return self.carried | self.mentioned


def ties_of(interactions: Sequence[Prepared], ids: dict[Key, int]) -> Ties:
    """All that ties identifiers in some interactions."""
    return Ties(
        carried={ids[named.key] for item in interactions for named in item.named},
        mentioned={ids[named.key] for item in interactions for named in item.same},
        verified={ids[named.key] for item in interactions if item.verified for named in item.named},
        links=links_of(interactions, ids),
        decisions=decisions_of(interactions, ids),
    )


def links_of(interactions: Iterable[Prepared], ids: dict[Key, int]) -> dict[Pair, LinkSeen]:
    """A star from the anchor of each interaction; the pair of a claimed alias is a link too, no decision."""
    seen: dict[Pair, LinkSeen] = {}
    for interaction in interactions:
        if not interaction.linkable:
            continue
        pairs: dict[Pair, tuple[int, int]] = {}
        _star(interaction.named, ids, pairs)
        if interaction.same and not interaction.verified:
            _star(interaction.same, ids, pairs)
        for pair, types in pairs.items():
            _count(seen, pair, types, interaction)
    return seen


def _star(named: list[Named], ids: dict[Key, int], pairs: dict[Pair, tuple[int, int]]) -> None:
    if len(named) < 2:
        return
    anchor = named[0]
    anchor_id = ids[anchor.key]
    for other in named[1:]:
        other_id = ids[other.key]
        if anchor_id < other_id:
            pairs[(anchor_id, other_id)] = (anchor.key[0], other.key[0])
        elif other_id < anchor_id:
            pairs[(other_id, anchor_id)] = (other.key[0], anchor.key[0])


def _count(seen: dict[Pair, LinkSeen], pair: Pair, types: tuple[int, int], interaction: Prepared) -> None:
    stamp = (interaction.observed.occurred_at, interaction.id)
    link = seen.get(pair)
    if link is None:
        seen[pair] = LinkSeen(*types, stamp, stamp, 1, {interaction.source.id}, interaction.verified)
        return
    link.first = min(link.first, stamp)
    link.last = max(link.last, stamp)
    link.count += 1
    link.sources.add(interaction.source.id)
    link.verified = link.verified or interaction.verified


def decisions_of(interactions: Iterable[Prepared], ids: dict[Key, int]) -> list[AliasDecision]:
    """What verified aliases decide: the first of the named is the same person as each of the others."""
    decisions = []
    for interaction in interactions:
        if not (interaction.same and interaction.verified and interaction.linkable):
            continue
        pairs: dict[Pair, tuple[int, int]] = {}
        _star(interaction.same, ids, pairs)
        for a, b in pairs:
            decisions.append(
                AliasDecision(
                    decision_id(interaction.id, interaction.same, ids, (a, b)),
                    (a, b),
                    interaction.observed.occurred_at,
                    interaction.id,
                )
            )
    return decisions


def decision_id(interaction: UUID, named: list[Named], ids: dict[Key, int], pair: Pair) -> UUID:
    """The same alias makes the same decision whenever it is read: made of the interaction and the two keys."""
    keys = sorted(str(item.key) for item in named if ids[item.key] in pair)
    return UUID(bytes=hashlib.sha256("\n".join([str(interaction), *keys]).encode()).digest()[:16])


def store_links(cursor: Cursor[Any], seen: dict[Pair, LinkSeen]) -> None:
    """Add what was seen to the links that are held, sorted by pair; `read_links` has the answer."""
    pairs = sorted(seen)
    rows = [seen[pair] for pair in pairs]
    cursor.execute(
        sql.UPSERT_LINKS,
        (
            BigInts([pair[0] for pair in pairs]),
            BigInts([pair[1] for pair in pairs]),
            Ints([row.a_type for row in rows]),
            Ints([row.b_type for row in rows]),
            Moments([row.first[0] for row in rows]),
            Moments([row.last[0] for row in rows]),
            BigInts([row.count for row in rows]),
            Texts(["{" + ",".join(map(str, sorted(row.sources))) + "}" for row in rows]),
            Booleans([row.verified for row in rows]),
            Uuids([row.first[1] for row in rows]),
            Uuids([row.last[1] for row in rows]),
        ),
    )


def read_links(cursor: Cursor[Any]) -> list[LinkHeld]:
    """The links that `store_links` stored, as they stand now."""
    return [LinkHeld((row[0], row[1]), *row[2:]) for row in cursor.fetchall()]


def store_decisions(decisions: list[AliasDecision]) -> None:
    """Store the decisions of aliases, each once."""
    if not decisions:
        return
    with binary_cursor() as cursor:
        cursor.execute(
            sql.INSERT_DECISIONS,
            (
                Uuids([decision.id for decision in decisions]),
                BigInts([decision.pair[0] for decision in decisions]),
                BigInts([decision.pair[1] for decision in decisions]),
                Moments([decision.at for decision in decisions]),
                Uuids([decision.interaction for decision in decisions]),
            ),
        )
