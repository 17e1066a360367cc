"""What decisions would make of profiles, before anybody decides. Writes nothing.

The identifiers read are those of whole clusters, and of every cluster that refused links lead to, however far: only
through such a link can a change in one cluster reach another (profiles/identity/incremental.py has the argument).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from consent.times import microseconds, now_microseconds
from profiles.configuration import Configuration, configuration
from profiles.golden.cards import Member
from profiles.golden.folds import decode_fold
from profiles.identity import sql
from profiles.identity.clustering import Decision, Edge, Node, Pair, latest_decisions
from profiles.identity.decisions import NoSuchDecision, NoSuchIdentifier, SameIdentifier
from profiles.identity.foreseeing import DecisionPreview, ProfileSeen, Standing, Surroundings, Told, foresee
from profiles.identity.splitting import joining_pairs
from profiles.models import Decision as DecisionRow
from profiles.models import Identifier, Link

MOST_FORESEEN = 2_000

__all__ = ["DecisionPreview", "ProfileSeen", "Survey", "TooMuchToForesee", "preview_decisions"]


class TooMuchToForesee(ValueError):
    """Too many identifiers are tied to these profiles, more than 2,000: what a decision would do is not computed."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Survey:
    """All that the partition around some identifiers hangs on, and the identifiers themselves as cards are made of."""

    around: Surroundings
    members: dict[int, Member]


def preview_decisions(told: Sequence[Told], *, withdrawn: Collection[UUID] = ()) -> DecisionPreview:
    """The profiles concerned as they are, and as they would be if all of `told` were decided now.

    `told`: (identifier id, identifier id, "same" or "different"), at once; `withdrawn`: decisions in force that would
    be taken back. Exactly what `record_decisions` and `withdraw_decisions` would do in this instant. Five queries;
    call it in one snapshot. Raises `SameIdentifier`, `NoSuchIdentifier`, `NoSuchDecision` and `TooMuchToForesee`.
    """
    held = configuration()
    concerned = {end for a, b, _ in told for end in (a, b)} | ends_in_force(withdrawn)
    return preview_within(survey(concerned, held), told, withdrawn=withdrawn)


def preview_within(found: Survey, told: Sequence[Told], *, withdrawn: Collection[UUID] = ()) -> DecisionPreview:
    """The same for decisions about identifiers that were surveyed already; no query."""
    if any(a == b for a, b, _ in told):
        raise SameIdentifier("Both ends name the same identifier; a decision is about two.")
    if not {end for a, b, _ in told for end in (a, b)} <= found.members.keys():
        raise NoSuchIdentifier
    return foresee(found.around, told, withdrawn, now_microseconds())


def ends_in_force(withdrawn: Collection[UUID]) -> set[int]:
    """The identifiers that some decisions in force are about; raises `NoSuchDecision`."""
    if not withdrawn:
        return set()
    rows = DecisionRow.objects.filter(id__in=withdrawn, withdrawn_at=None).values_list("a_id", "b_id")
    if len(rows) != len(set(withdrawn)):
        raise NoSuchDecision("No decision in force has this id.")
    return {end for row in rows for end in row}


def read_surroundings(identifier_ids: Collection[int], held: Configuration) -> Surroundings:
    """The surroundings alone."""
    return survey(identifier_ids, held).around


def survey(identifier_ids: Collection[int], held: Configuration, *, folds: bool = False) -> Survey:
    """The clusters of some identifiers and all that refused links lead to from there. Raises `TooMuchToForesee`.

    `folds`: read what each identifier comes to as well, for `foreseen_cards`. Three queries.
    """
    members = read_reachable(identifier_ids, held, folds=folds)
    ids = list(members)
    around = Surroundings(
        nodes={one.id: Node(one.id, one.rule, one.value, one.shared, one.denied) for one in members.values()},
        root_of={one.id: one.root for one in members.values()},
        born={one.id: one.profile_id for one in members.values()},
        edges=read_edges(ids),
        standing=read_standing_decisions(ids),
    )
    return Survey(around, members)


def read_pairs_to_join(a: int, b: int, held: Configuration) -> list[Pair]:
    """What must be decided to be the same person so that the profiles of two identifiers become one, as
    `pairs_to_join` has it; empty: they are one already, or gone. Two queries."""
    sides: dict[int, list[Node]] = {}
    roots = Identifier.objects.filter(id__in=(a, b)).values("root_id")
    rows = Identifier.objects.filter(root_id__in=roots).order_by("id")
    for id_, root, type_id, value, shared in rows.values_list("id", "root_id", "type_id", "value", "shared"):
        sides.setdefault(root, []).append(Node(id_, held.types_by_id[type_id], value, shared))
    if len(sides) != 2:
        return []
    one, other = sorted(sides.values(), key=lambda side: all(node.id != a for node in side))
    standing = read_standing_decisions(node.id for node in (*one, *other))
    same, _ = latest_decisions(item.decision for item in standing)
    return joining_pairs(one, other, same)


def read_reachable(identifier_ids: Collection[int], held: Configuration, *, folds: bool) -> dict[int, Member]:
    """The members of the clusters of some identifiers, and of all that refused but usable links lead to."""
    state, fold = ("fold.state", sql.FOLD_OF_MEMBER) if folds else ("NULL::bytea", "")
    with connection.cursor() as cursor:
        cursor.execute(
            sql.READ_REACHABLE.format(state=state, fold=fold),
            {"ids": sorted(identifier_ids), "most": MOST_FORESEEN + 1},
        )
        rows = cursor.fetchall()
    if len(rows) > MOST_FORESEEN:
        raise TooMuchToForesee
    return {row[0]: member_of(row, held) for row in rows}


def member_of(row: tuple[Any, ...], held: Configuration) -> Member:
    """An identifier as cards are made of it."""
    id_, root, type_id, value, profile_id, shared, verified, denied, state = row
    fold = decode_fold(bytes(state)) if state else None
    return Member(id_, root, held.types_by_id[type_id], value, profile_id, shared, verified, denied, fold)


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
