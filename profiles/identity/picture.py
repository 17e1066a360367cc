"""A profile's identifiers and what ties them to one another and to other profiles, read to be drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from profiles.configuration import Configuration
from profiles.identity import sql
from profiles.identity.graph import ShownLink, read_decisions_around, shown_links
from profiles.identity.types import TypeRule
from profiles.models import Decision, Identifier, Link
from profiles.profile import ProfileIdentifier

MOST_SPOTS = 500
MOST_WITHIN = 2_000
MOST_AROUND_EACH = 12
MOST_AROUND = 150
LINK = (
    "a_id", "b_id", "a_type_id", "b_type_id", "first_at", "last_at", "count", "sources", "verified", "probabilistic",
    "weight", "first_interaction", "last_interaction", "refused",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """An identifier in the picture. `inside`: it is the profile's own; else a refused link or a decision leads to it.

    `root_id` names its profile: of today, or as of the moment that the picture shows.
    """

    id: int
    type: TypeRule
    value: str
    root_id: int
    inside: bool
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another profile that something leads to, with its traits as its card has them."""

    profile_id: UUID
    known: bool
    traits: dict[str, Any]


@dataclass(slots=True)
class Picture:
    """What there is to draw. `own_count`: how many identifiers the profile has, be they drawn or not.

    `more_links`: there are links that are not drawn. Neighbours are by root.
    """

    spots: list[Spot]
    links: list[ShownLink]
    own_count: int
    more_links: bool = False
    decisions: list[Decision] = field(default_factory=list)
    neighbours: dict[int, Neighbour] = field(default_factory=dict)

    def by_id(self) -> dict[int, Spot]:
        """The spots, by identifier."""
        return {spot.id: spot for spot in self.spots}


def read_picture(root_id: int, members: Sequence[ProfileIdentifier], held: Configuration) -> Picture:
    """The picture of today of a cluster, of which `members` are all, the strongest first. Three queries.

    Drawn are the strongest 500 identifiers, the links among them, and of those that were refused some to others.
    """
    drawn = members[:MOST_SPOTS]
    own = [Spot(one.id, held.types[one.type], one.value, root_id, True, one.shared) for one in drawn]
    ids = [spot.id for spot in own]
    rows, others, neighbours, more = read_ties(ids, held)
    decisions = read_decisions_around(ids)
    far = {end for item in decisions for end in (item.a_id, item.b_id)} - {*ids, *(spot.id for spot in others)}
    others += read_far(far, root_id, held)
    return Picture([*own, *others], shown_links(rows, held), len(members), more, decisions, neighbours)


def read_ties(ids: Sequence[int], held: Configuration) -> tuple[list[Link], list[Spot], dict[int, Neighbour], bool]:
    """The links among some identifiers and the refused ones to others, those others, and whether there are more."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.READ_PICTURED_LINKS.format(columns=", ".join(LINK)),
            {"ids": list(ids), "within": MOST_WITHIN + 1, "each": MOST_AROUND_EACH + 1, "around": MOST_AROUND + 1},
        )
        found = cursor.fetchall()
    links, others, neighbours = [], {}, {}
    around = 0
    for row in found:
        link, (far_id, type_id, value, root, shared, profile_id, known, traits) = row[: len(LINK)], row[len(LINK) :]
        links.append(Link(**dict(zip(LINK, link, strict=True))))
        if far_id is None:
            continue
        around += 1
        others[far_id] = Spot(far_id, held.types_by_id[type_id], value, root, False, shared)
        if profile_id is not None:
            neighbours[root] = Neighbour(profile_id, known, msgspec.json.decode(bytes(traits)))
    more = around > MOST_AROUND or len(found) - around > MOST_WITHIN or exceeds(links, set(ids))
    return links, list(others.values()), neighbours, more


def exceeds(links: Iterable[Link], ids: set[int]) -> bool:
    """Whether some identifier has as many refused links to others as are read at most of one."""
    around: dict[tuple[int, bool], int] = {}
    for link in links:
        if (link.a_id in ids) != (link.b_id in ids):
            key = (link.a_id, True) if link.a_id in ids else (link.b_id, False)
            around[key] = around.get(key, 0) + 1
    return any(count > MOST_AROUND_EACH for count in around.values())


def read_far(ids: Iterable[int], root_id: int, held: Configuration) -> list[Spot]:
    """Identifiers that only a decision leads to, or that are the profile's own but too weak to be drawn otherwise."""
    return [
        Spot(row.id, held.types_by_id[row.type_id], row.value, row.root_id, row.root_id == root_id, row.shared)
        for row in Identifier.objects.filter(id__in=list(ids)).order_by("id")[:MOST_AROUND]
    ]
