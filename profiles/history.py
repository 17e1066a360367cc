"""A profile as it was believed to be at an earlier instant: of what had been received and decided by then.

The rules of types and traits are those of today; only the facts are those of then.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Q

from consent.ledger_reading import read_decisions, said_by_identifier
from consent.standing import read_standing
from consent.times import microseconds, moment
from profiles import sql
from profiles.configuration import Configuration
from profiles.golden.cards import Flags, Member, make_card
from profiles.golden.facts import facts_of
from profiles.golden.folds import Fold, bound_traits
from profiles.identity.clustering import Decision as Told
from profiles.identity.clustering import Node
from profiles.identity.recomputed import Recomputed, recompute
from profiles.identity.sql import READ_TIED_FAR
from profiles.intake.explode import Key, Prepared
from profiles.intake.stored import COLUMNS, StoredInteraction, prepare_stored
from profiles.models import Decision, Identifier
from profiles.profile import Profile, profile_identifier, trait_values
from profiles.regions import region_of

MOST_IDENTIFIERS = 2_000
MOST_INTERACTIONS = 10_000


class TooMuchHistory(ValueError):
    """This profile is tied to more than 2,000 identifiers or 10,000 interactions; its past is not recomputed here."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Believed(NamedTuple):
    """A profile of the past, None where it was not known yet, and the roots of whom its identifiers are today."""

    profile: Profile | None
    roots: Collection[int]


class Then(NamedTuple):
    """What was known of some identifiers at an instant, solved by the rules of today.

    `ids`: the number of every identifier that the interactions name, also of those that are tied to nobody.
    """

    interactions: list[Prepared]
    ids: dict[Key, int]
    solved: Recomputed


def read_profile_as_of(profile_id: UUID, at: datetime, held: Configuration) -> Profile | None:
    """The profile that the identifier born with this id was in, or None where it was not known yet.

    Call it in one snapshot. Raises `TooMuchHistory`.
    """
    start = Identifier.objects.filter(profile_id=profile_id).values_list("id", flat=True).first()
    return None if start is None else read_believed(start, at, held).profile


def read_believed(start: int, at: datetime, held: Configuration) -> Believed:
    """The same of an identifier by its number, and the clusters that its members are in today. Four queries."""
    rows = reach_everything([start])
    decisions = Decision.objects.filter(Q(a_id__in=rows) | Q(b_id__in=rows), recorded_at__lte=at)
    then = solve_then(list(prepare_stored(read_received(sorted(rows), at), held)), rows, list(decisions), at, held)
    members = {id_: rows[id_] for id_ in then.solved.cluster_with(start) if id_ in rows}
    if not members:
        return Believed(None, frozenset())
    return Believed(make_profile(members, then, at, held), frozenset(row.root_id for row in members.values()))


def reach_everything(members: Collection[int]) -> dict[int, Identifier]:
    """Every identifier that a link or a decision, whatever became of it, ties to some, however far."""
    reached = Identifier.objects.raw(READ_TIED_FAR, {"ids": list(members), "most": MOST_IDENTIFIERS + 1})
    rows = {row.id: row for row in reached}
    if len(rows) > MOST_IDENTIFIERS:
        raise TooMuchHistory
    return rows


def read_received(anchors: list[int], at: datetime) -> list[StoredInteraction]:
    """The interactions anchored on these identifiers that had been received by then."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.READ_RECEIVED.format(columns=COLUMNS),
            {"anchors": anchors, "at": at, "most": MOST_INTERACTIONS + 1},
        )
        rows = [StoredInteraction(*row) for row in cursor.fetchall()]
    if len(rows) > MOST_INTERACTIONS:
        raise TooMuchHistory
    return rows


def solve_then(
    interactions: list[Prepared],
    rows: Mapping[int, Identifier],
    decisions: Collection[Decision],
    at: datetime,
    held: Configuration,
) -> Then:
    """The partition of what was known then. `decisions`: those that had been recorded, taken back since or not."""
    ids = number_keys(interactions, rows.values())
    known = [item for item in decisions if item.withdrawn_at is None or item.withdrawn_at > at]
    told = [
        Told(item.a_id, item.b_id, item.verdict == Decision.Verdict.SAME, microseconds(item.decided_at))
        for item in known
        if item.interaction_id is None
    ]
    named_by = {end for item in told for end in (item.a, item.b)} & rows.keys()
    others = [Node(id_, held.types_by_id[rows[id_].type_id], rows[id_].value) for id_ in sorted(named_by)]
    taken_back = {item.id for item in decisions} - {item.id for item in known}
    return Then(interactions, ids, recompute(interactions, ids, others, told, withdrawn=taken_back))


def number_keys(interactions: Iterable[Prepared], rows: Iterable[Identifier]) -> dict[Key, int]:
    """The numbers of identifiers by their keys; those that are tied to none of the rows get numbers past theirs."""
    ids: dict[Key, int] = {(row.type_id, row.digest.bytes): row.id for row in rows}
    past = max(ids.values(), default=0)
    for item in interactions:
        for named in (*item.named, *item.same):
            ids.setdefault(named.key, past + len(ids) + 1)
    return ids


def make_profile(rows: Mapping[int, Identifier], then: Then, at: datetime, held: Configuration) -> Profile:
    """The profile of a cluster out of the interactions that carried its identifiers, and of what was said under them,
    folded as cards are."""
    ranks = {source.id: source.rank for source in held.sources.values()}
    folds = facts_of(then.interactions, then.ids, held, ranks, hears=False).folds
    for id_, purposes in said_by_identifier(read_decisions(rows, received_by=at)).items():
        folds.setdefault(id_, Fold()).consents = purposes
    for id_ in rows:
        bound_traits(folds.setdefault(id_, Fold()))
    root = min(rows)
    held_members = [member_of(row, root, folds[row.id], held) for row in rows.values()]
    card = make_card(root, held_members, Flags(), False, held, ranks)
    shown = [profile_identifier(row, folds[row.id], held) for row in rows.values()]
    return Profile(
        profile_id=card.profile_id,
        root_id=root,
        known=card.known,
        identifiers=sorted(shown, key=lambda item: (held.types[item.type].rank, item.value)),
        traits=trait_values(msgspec.json.decode(card.traits), msgspec.json.decode(card.provenance), held),
        counters=msgspec.json.decode(card.counters),
        standing=read_standing(card.consents),
        region=region_of(card.traits),
        first_seen=None if card.fold.first is None else moment(card.fold.first[0]),
        last_seen=None if card.fold.last is None else moment(card.fold.last),
    )


def member_of(row: Identifier, root: int, fold: Fold, held: Configuration) -> Member:
    """An identifier as cards are made of it."""
    rule = held.types_by_id[row.type_id]
    return Member(row.id, root, rule, row.value, row.profile_id, row.shared, row.verified, row.denied, fold)
