"""A picture of identity as the tab shows it: rows of the tables, and what the drawing in the browser is made of."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from cxprofiles.backoffice.actors import with_names
from cxprofiles.backoffice.directions import spelt
from cxprofiles.backoffice.masking import known_values, masked, masked_name, masked_text
from cxprofiles.backoffice.profile.identity_words import KINDS, VERDICTS, actor_said, refusal_said, type_said
from cxprofiles.portal.words import named
from profiles.identity.clustering import is_left_out
from profiles.identity.graph import ShownLink
from profiles.identity.picture import Neighbour, Picture, Spot
from profiles.identity.types import TypeRule
from profiles.models import Decision
from profiles.naming import display_name
from profiles.profile import ProfileIdentifier

IsRevealed = Callable[[UUID], bool]


@dataclass(frozen=True, slots=True)
class NodeRow:
    """An identifier. `said`: its type and value in one; `first_at`: when it, or its first link, was first seen."""

    id: int
    type: str
    kind: str
    value: str
    said: str
    person: bool
    inside: bool
    shared: bool
    links: int
    first_at: datetime | None
    last_at: datetime | None
    neighbour: "NeighbourRow | None"


@dataclass(frozen=True, slots=True)
class NeighbourRow:
    """Another profile that something leads to."""

    profile_id: UUID
    name: str
    known: bool
    path: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link. `state`: accepted, refused, or left_out where an end may not link at all."""

    a: NodeRow
    b: NodeRow
    state: str
    reason: str
    kind: str
    claimed: bool
    count: int
    first_at: datetime
    last_at: datetime
    sources: list[str]
    first_path: str
    last_path: str

    @property
    def key(self) -> str:
        """What names the link on the page."""
        return f"{self.a.id}-{self.b.id}"


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision, in force or taken back."""

    id: UUID
    a: NodeRow | None
    b: NodeRow | None
    verdict: str
    said: str
    who: str
    at: datetime
    reason: str
    withdrawn_at: datetime | None
    withdrawn_by: str
    by_source: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """All that the tab shows of a picture."""

    nodes: list[NodeRow]
    links: list[LinkRow]
    decisions: list[DecisionRow]
    own_count: int
    own_shown: int
    more_links: bool

    @property
    def truncated(self) -> bool:
        """Whether the profile has more than is shown."""
        return self.more_links or self.own_shown < self.own_count

    def by_id(self) -> dict[int, NodeRow]:
        """The identifiers, by id."""
        return {row.id: row for row in self.nodes}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the picture, and through which configuration."""

    profile_id: UUID
    is_revealed: IsRevealed
    types: Mapping[str, TypeRule]
    staff: Mapping[str, str]


def rows_of(picture: Picture, seen: Iterable[ProfileIdentifier], reader: Reader) -> Rows:
    """The rows of a picture; `seen` tells when the profile's own identifiers were."""
    nodes = node_rows(picture, {one.id: one for one in seen}, reader)
    by_id = {row.id: row for row in nodes}
    links = [link_row(link, by_id, reader) for link in picture.links if link.a in by_id and link.b in by_id]
    values = known_values((spot.type.name, spot.value) for spot in picture.spots)
    return Rows(
        nodes=nodes,
        links=links,
        decisions=[decision_row(item, by_id, values, reader) for item in picture.decisions],
        own_count=picture.own_count,
        own_shown=sum(row.inside for row in nodes),
        more_links=picture.more_links,
    )


def node_rows(picture: Picture, seen: Mapping[int, ProfileIdentifier], reader: Reader) -> list[NodeRow]:
    """The identifiers, the profile's own first and the strongest first."""
    counted: dict[int, int] = {}
    first: dict[int, datetime] = {}
    for link in picture.links:
        for end in (link.a, link.b):
            counted[end] = counted.get(end, 0) + 1
            first[end] = min(first.get(end, link.first_at), link.first_at)
    rows = []
    for spot in picture.spots:
        neighbour = None if spot.inside else neighbour_row(picture.neighbours.get(spot.root_id), reader)
        own = seen.get(spot.id)
        times = (own.first_seen or first.get(spot.id), own.last_seen) if own else (first.get(spot.id), None)
        rows.append(node_row(spot, neighbour, counted.get(spot.id, 0), times, reader))
    return rows


def node_row(
    spot: Spot,
    neighbour: NeighbourRow | None,
    links: int,
    times: tuple[datetime | None, datetime | None],
    reader: Reader,
) -> NodeRow:
    """One identifier, masked unless its profile was revealed."""
    whose = reader.profile_id if neighbour is None else neighbour.profile_id
    value = spelt(spot.value if reader.is_revealed(whose) else masked(spot.type.name, spot.value))
    kind = type_said(spot.type.name)
    return NodeRow(
        id=spot.id,
        type=spot.type.name,
        kind=kind,
        value=value,
        said=f"{kind} {value}",
        person=spot.type.person,
        inside=spot.inside,
        shared=spot.shared,
        links=links,
        first_at=times[0],
        last_at=times[1],
        neighbour=neighbour,
    )


def neighbour_row(found: Neighbour | None, reader: Reader) -> NeighbourRow | None:
    """Another profile, its name masked unless it was revealed."""
    if found is None:
        return None
    name = display_name(found.traits)
    if name and not reader.is_revealed(found.profile_id):
        name = masked_name(name)
    path = f"/backoffice/profiles/{found.profile_id}/identity/"
    return NeighbourRow(found.profile_id, name, found.known, path)


def link_row(link: ShownLink, by_id: Mapping[int, NodeRow], reader: Reader) -> LinkRow:
    """One link; its events are on the timeline of the stronger end's profile."""
    a, b = by_id[link.a], by_id[link.b]
    ranks = [(reader.types[end.type].rank, end.id) for end in (a, b)]
    anchor = a if ranks[0] <= ranks[1] else b
    whose = reader.profile_id if anchor.neighbour is None else anchor.neighbour.profile_id
    timeline = f"/backoffice/profiles/{whose}/timeline/"
    return LinkRow(
        a=a,
        b=b,
        state="accepted" if link.accepted else "left_out" if is_left_out(link.rule) else "refused",
        reason=refusal_said(link.rule, reader.types),
        kind=named(KINDS, link.kind),
        claimed=link.kind == "claimed",
        count=link.count,
        first_at=link.first_at,
        last_at=link.last_at,
        sources=link.sources,
        first_path=f"{timeline}{link.first_interaction}/",
        last_path=f"{timeline}{link.last_interaction}/",
    )


def in_words(link: ShownLink, types: Mapping[str, TypeRule]) -> ShownLink:
    """A link whose reason is in the reader's language."""
    return replace(link, reason=refusal_said(link.rule, types))


def decision_row(item: Decision, by_id: Mapping[int, NodeRow], values: Collection[str], reader: Reader) -> DecisionRow:
    """One decision, with who made it. `values`: those of the picture, which its reason must not tell either."""
    revealed = reader.is_revealed(reader.profile_id)
    return DecisionRow(
        id=item.id,
        a=by_id.get(item.a_id),
        b=by_id.get(item.b_id),
        verdict=item.verdict,
        said=named(VERDICTS, item.verdict),
        who=actor_said(item.actor, reader.staff),
        at=item.decided_at,
        reason=with_names(item.reason if revealed else masked_text(item.reason, values), reader.staff),
        withdrawn_at=item.withdrawn_at,
        withdrawn_by=actor_said(item.withdrawn_by, reader.staff) if item.withdrawn_by else "",
        by_source=item.interaction_id is not None,
    )


def drawing_of(rows: Rows) -> dict[str, Any]:
    """What the browser draws: masked as the tables are."""
    return {
        "nodes": [drawn_node(row) for row in rows.nodes],
        "links": [drawn_link(row) for row in rows.links],
        "decisions": [
            {"a": row.a.id, "b": row.b.id, "verdict": row.verdict, "at": row.at.isoformat()}
            for row in rows.decisions
            if row.withdrawn_at is None and row.a is not None and row.b is not None
        ],
    }


def drawn_node(row: NodeRow) -> dict[str, Any]:
    """One identifier for the drawing."""
    return {
        "id": row.id,
        "type": row.type,
        "kind": row.kind,
        "value": row.value,
        "person": row.person,
        "inside": row.inside,
        "shared": row.shared,
        "profile": str(row.neighbour.profile_id) if row.neighbour else "",
        "at": row.first_at.isoformat() if row.first_at else "",
    }


def drawn_link(row: LinkRow) -> dict[str, Any]:
    """One link for the drawing."""
    return {
        "a": row.a.id,
        "b": row.b.id,
        "state": row.state,
        "claimed": row.claimed,
        "count": row.count,
        "at": row.first_at.isoformat(),
    }
