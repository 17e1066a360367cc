"""A profile as it was believed to be at an earlier instant: of what had been received and decided by then.

The rules of types and traits are those of today; only the facts are those of then.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Q

from consent.ledger_reading import read_decisions, said_by_identifier
from consent.standing import read_standing
from consent.times import moment
from profiles import sql
from profiles.configuration import Configuration
from profiles.golden.cards import Flags, Member, make_card
from profiles.golden.facts import facts_of
from profiles.golden.folds import Fold, bound_traits
from profiles.identity.recomputed import Recomputed, nodes_named, number_keys, recompute, steward_decisions
from profiles.intake.explode import Key, Prepared
from profiles.intake.stored import COLUMNS, StoredInteraction, prepare_stored
from profiles.models import Decision, Identifier
from profiles.profile import Profile, profile_identifier, trait_values
from profiles.regions import region_of

MOST_IDENTIFIERS = 2_000
MOST_TIES = 20_000
MOST_INTERACTIONS = 10_000


class TooMuchHistory(ValueError):
    """This profile is tied to more than 2,000 identifiers or 10,000 interactions; its past is not recomputed here."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def read_profile_as_of(profile_id: UUID, at: datetime, held: Configuration) -> Profile | None:
    """The profile that the identifier born with this id was in, or None where it was not known yet.

    Call it in one snapshot. Raises `TooMuchHistory`.
    """
    start = Identifier.objects.filter(profile_id=profile_id).values_list("id", flat=True).first()
    if start is None:
        return None
    reachable = reach(start)
    interactions = list(prepare_stored(read_received(reachable, at), held))
    ids = number_keys(named.key for item in interactions for named in (*item.named, *item.same))
    then = solve_then(interactions, ids, reachable, at, held)
    members = then.cluster_with(start)
    return make_profile(members, interactions, ids, at, held) if members else None


def reach(start: int) -> list[int]:
    """Every identifier that a link or a decision, whatever became of it, ties to this one, however far."""
    reached, frontier = {start}, [start]
    with connection.cursor() as cursor:
        while frontier:
            cursor.execute(sql.READ_TIED, {"ids": frontier, "most": MOST_TIES})
            tied = [row[0] for row in cursor.fetchall()]
            frontier = sorted(set(tied) - reached)
            reached.update(frontier)
            if len(tied) >= MOST_TIES or len(reached) > MOST_IDENTIFIERS:
                raise TooMuchHistory
    return sorted(reached)


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
    interactions: list[Prepared], ids: dict[Key, int], reachable: list[int], at: datetime, held: Configuration
) -> Recomputed:
    """The partition of what was known then."""
    decisions = Decision.objects.filter(Q(a_id__in=reachable) | Q(b_id__in=reachable), recorded_at__lte=at)
    standing = decisions.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=at))
    withdrawn = decisions.filter(withdrawn_at__lte=at)
    told = steward_decisions(standing)
    return recompute(
        interactions,
        ids,
        nodes_named(told, held),
        told,
        withdrawn=set(withdrawn.values_list("id", flat=True)),
    )


def make_profile(
    members: list[int], interactions: list[Prepared], ids: dict[Key, int], at: datetime, held: Configuration
) -> Profile:
    """The profile of a cluster out of the interactions that carried its identifiers, and of what was said under them,
    folded as cards are."""
    ranks = {source.id: source.rank for source in held.sources.values()}
    folds = facts_of(interactions, ids, held, ranks, hears=False).folds
    for id_, purposes in said_by_identifier(read_decisions(members, received_by=at)).items():
        folds.setdefault(id_, Fold()).consents = purposes
    rows = {row.id: row for row in Identifier.objects.filter(id__in=members)}
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
