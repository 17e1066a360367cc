"""The links and decisions around some identifiers, read to be shown."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from profiles.configuration import Configuration
from profiles.identity.reasons import refusal_in_words, times_in_words
from profiles.models import Decision, Identifier, Link

MOST_LINKS = 1_000
MOST_DECISIONS = 1_000


@dataclass(frozen=True, slots=True)
class ShownIdentifier:
    """An identifier at the end of a link or a decision."""

    id: int
    root_id: int
    type: str
    value: str
    profile_id: UUID  # the one that it was born with
    shared: bool


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link, what became of it and why. `rule` is the reason's code, empty where the link is accepted."""

    a: int
    b: int
    accepted: bool
    rule: str
    reason: str
    kind: str  # deterministic | claimed | probabilistic
    weight: float | None
    first_at: datetime
    last_at: datetime
    count: int
    sources: list[str]
    first_interaction: UUID
    last_interaction: UUID


def read_links_around(ids: Collection[int], held: Configuration) -> tuple[list[ShownLink], bool]:
    """The links with an end among `ids`, and whether there are more than are read."""
    rows = list(Link.objects.filter(Q(a_id__in=ids) | Q(b_id__in=ids))[: MOST_LINKS + 1])
    return shown_links(rows[:MOST_LINKS], held), len(rows) > MOST_LINKS


def read_links_of_both(
    ones: Collection[int], others: Collection[int], held: Configuration
) -> tuple[list[ShownLink], list[ShownLink]]:
    """The links around each of two clusters, one more than are ever shown where there are more. One query."""
    first, second = (Link.objects.filter(Q(a_id__in=ids) | Q(b_id__in=ids))[: MOST_LINKS + 1] for ids in (ones, others))
    rows = {(row.a_id, row.b_id): row for row in first.union(second, all=True)}
    sides = [set(ids) for ids in (ones, others)]
    mine, theirs = ([row for ends, row in rows.items() if not side.isdisjoint(ends)] for side in sides)
    return shown_links(mine, held), shown_links(theirs, held)


def read_links_within(ids: Collection[int], held: Configuration) -> list[ShownLink]:
    """The links with both ends among `ids`."""
    return shown_links(Link.objects.filter(a_id__in=ids, b_id__in=ids), held)


def read_links_between(ones: Collection[int], others: Collection[int], held: Configuration) -> list[ShownLink]:
    """The links with one end among `ones` and the other among `others`, no more than are ever shown."""
    across = Q(a_id__in=ones, b_id__in=others) | Q(a_id__in=others, b_id__in=ones)
    return shown_links(Link.objects.filter(across)[:MOST_LINKS], held)


def shown_links(rows: Iterable[Link], held: Configuration) -> list[ShownLink]:
    """Links in the order of when they were first seen."""
    return sorted((shown_link(row, held) for row in rows), key=lambda link: (link.first_at, link.a, link.b))


def shown_link(row: Link, held: Configuration) -> ShownLink:
    """A link's row, its reason in words."""
    kind = "probabilistic" if row.probabilistic else "deterministic" if row.verified else "claimed"
    accepted = not row.refused
    return ShownLink(
        a=row.a_id,
        b=row.b_id,
        accepted=accepted,
        rule=row.refused,
        reason=f"Seen together {times_in_words(row.count)}." if accepted else refusal_in_words(row.refused, held.types),
        kind=kind,
        weight=row.weight,
        first_at=row.first_at,
        last_at=row.last_at,
        count=row.count,
        sources=[held.sources[id_].name for id_ in row.sources if id_ in held.sources],
        first_interaction=row.first_interaction,
        last_interaction=row.last_interaction,
    )


def read_decisions_around(ids: Collection[int]) -> list[Decision]:
    """The decisions about any of `ids`, withdrawn ones too, the latest first."""
    rows = Decision.objects.filter(Q(a_id__in=ids) | Q(b_id__in=ids)).order_by("-decided_at", "-id")
    return list(rows[:MOST_DECISIONS])


def read_decisions_within(ids: Collection[int]) -> list[Decision]:
    """The decisions about two of `ids`, withdrawn ones too, the latest first."""
    rows = Decision.objects.filter(a_id__in=ids, b_id__in=ids).order_by("-decided_at", "-id")
    return list(rows[:MOST_DECISIONS])


def read_shown(ids: Collection[int], held: Configuration) -> dict[int, ShownIdentifier]:
    """Some identifiers, by id."""
    return shown_identifiers(Identifier.objects.filter(id__in=ids), held)


def read_members(ids: Collection[int], held: Configuration) -> dict[int, ShownIdentifier]:
    """The identifiers of the clusters that some are in, by id, the least first."""
    roots = Identifier.objects.filter(id__in=ids).values("root_id")
    return shown_identifiers(Identifier.objects.filter(root_id__in=roots).order_by("id"), held)


def shown_identifiers(rows: Iterable[Identifier], held: Configuration) -> dict[int, ShownIdentifier]:
    """Identifiers as they are named, by id."""
    return {
        row.id: ShownIdentifier(
            row.id, row.root_id, held.types_by_id[row.type_id].name, row.value, row.profile_id, row.shared
        )
        for row in rows
    }
