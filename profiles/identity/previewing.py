"""What decisions would make of profiles, before anybody decides. Writes nothing.

The identifiers read are those of whole clusters, and of every cluster that refused links lead to, however far: only
through such a link can a change in one cluster reach another (profiles/identity/incremental.py has the argument).
"""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db import connection

from consent.times import microseconds, now_microseconds
from profiles.configuration import Configuration, configuration
from profiles.identity import sql
from profiles.identity.clustering import Decision, Edge, Node
from profiles.identity.decisions import NoSuchDecision, NoSuchIdentifier, SameIdentifier
from profiles.identity.foreseeing import DecisionPreview, ProfileSeen, Standing, Surroundings, Told, foresee
from profiles.models import Decision as DecisionRow
from profiles.models import Identifier, Link

MOST_FORESEEN = 2_000

__all__ = ["DecisionPreview", "ProfileSeen", "TooMuchToForesee", "preview_decisions"]


class TooMuchToForesee(ValueError):
    """Too many identifiers are tied to these profiles, more than 2,000: what a decision would do is not computed."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def preview_decisions(told: Sequence[Told], *, withdrawn: Collection[UUID] = ()) -> DecisionPreview:
    """The profiles concerned as they are, and as they would be if all of `told` were decided now.

    `told`: (identifier id, identifier id, "same" or "different"), at once; `withdrawn`: decisions in force that would
    be taken back. Exactly what `record_decisions` and `withdraw_decisions` would do in this instant. Five queries;
    call it in one snapshot. Raises `SameIdentifier`, `NoSuchIdentifier`, `NoSuchDecision` and `TooMuchToForesee`.
    """
    if any(a == b for a, b, _ in told):
        raise SameIdentifier("Both ends name the same identifier; a decision is about two.")
    held = configuration()
    concerned = {end for a, b, _ in told for end in (a, b)} | ends_in_force(withdrawn)
    around = read_surroundings(concerned, held)
    if not concerned <= around.nodes.keys():
        raise NoSuchIdentifier
    return foresee(around, told, withdrawn, now_microseconds())


def ends_in_force(withdrawn: Collection[UUID]) -> set[int]:
    """The identifiers that some decisions in force are about; raises `NoSuchDecision`."""
    if not withdrawn:
        return set()
    rows = DecisionRow.objects.filter(id__in=withdrawn, withdrawn_at=None).values_list("a_id", "b_id")
    if len(rows) != len(set(withdrawn)):
        raise NoSuchDecision("No decision in force has this id.")
    return {end for row in rows for end in row}


def read_surroundings(identifier_ids: Collection[int], held: Configuration) -> Surroundings:
    """All that the partition around some identifiers hangs on. Raises `TooMuchToForesee`."""
    rows = read_reachable(identifier_ids)
    ids = [row.id for row in rows]
    return Surroundings(
        nodes={row.id: Node(row.id, held.types_by_id[row.type_id], row.value, row.shared, row.denied) for row in rows},
        root_of={row.id: row.root_id for row in rows},
        born={row.id: row.profile_id for row in rows},
        edges=read_edges(ids),
        standing=read_standing_decisions(ids),
    )


def read_reachable(identifier_ids: Collection[int]) -> list[Identifier]:
    """The members of the clusters of some identifiers, and of all that usable links, refused or not, lead to."""
    with connection.cursor() as cursor:
        cursor.execute(sql.READ_REACHABLE_ROOTS, {"ids": sorted(identifier_ids), "most": MOST_FORESEEN + 1})
        roots = [row[0] for row in cursor.fetchall()]
    rows = list(Identifier.objects.filter(root_id__in=roots)[: MOST_FORESEEN + 1])
    if len(rows) > MOST_FORESEEN or len(roots) > MOST_FORESEEN:
        raise TooMuchToForesee
    return rows


def read_edges(ids: Sequence[int]) -> list[Edge]:
    """The links among some identifiers, as the solver takes them."""
    rows = Link.objects.filter(a_id__in=ids, b_id__in=ids)
    columns = rows.values_list("a_id", "b_id", "first_at", "last_at", "probabilistic", "refused")
    return [
        Edge(a, b, microseconds(first), microseconds(last), probabilistic, refused)
        for a, b, first, last, probabilistic, refused in columns
    ]


def read_standing_decisions(ids: Iterable[int]) -> list[Standing]:
    """The decisions in force of which both ends are among some identifiers."""
    some = list(ids)
    rows = DecisionRow.objects.filter(a_id__in=some, b_id__in=some, withdrawn_at=None)
    return [
        Standing(id_, Decision(a, b, verdict == DecisionRow.Verdict.SAME, microseconds(at)))
        for id_, a, b, verdict, at in rows.values_list("id", "a_id", "b_id", "verdict", "decided_at")
    ]
