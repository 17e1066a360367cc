"""Decisions about purposes, taken into the ledger and into force: at once, for the profiles of today."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from consent.erasure_log import note_decisions
from consent.ledger import Decided, append_decisions
from consent.ledger_reading import said_by_identifier
from consent.said import EVERYTHING, Said
from consent.times import microseconds
from profiles.collection.restriction import release_lifted
from profiles.configuration import Configuration, configuration
from profiles.consents.registrations import Answered, carried_answers, newly_answered
from profiles.database import binary_cursor
from profiles.golden.cards import Member
from profiles.golden.facts import store_folds
from profiles.golden.folds import Fold, add_to_identifier
from profiles.golden.survivorship import Ranks
from profiles.identity import sql
from profiles.identity.clusters import Clusters
from profiles.identity.denial import Denial, mark_denied
from profiles.identity.incremental import Changes
from profiles.identity.resolution import resolve_changes, write_touched_cards
from profiles.pipeline import enter_lane

MOST_DUE = 1000


def take_decisions(rows: Sequence[Decided], held: Configuration, *, again: bool = False) -> None:
    """Write some decisions and bring clusters and cards up to date. Call it in the lane, with stored identifiers.

    What was kept aside since processing was restricted goes back to the inbox where that is over. What is decided is
    written down outside of the database too, but for what is taken `again` from there. Raises `ErasureLogBroken`.
    """
    append_decisions(rows)
    clusters = Clusters(held)
    clusters.load(row.identifier_id for row in rows)
    carried = carried_answers(newly_answered(answered_by_devices(rows, clusters), clusters))
    append_decisions(carried)
    everything = [*rows, *carried]
    said = said_by_identifier(everything)
    clusters.load(said)
    denial = mark_denied(said, clusters)
    hear(said, clusters, held)
    settle(clusters, denial, said, held)
    if any(EVERYTHING in purposes for purposes in said.values()):
        release_lifted()
    if not again:
        note_decisions((name_of(clusters.members[row.identifier_id]), row) for row in everything)


def name_of(member: Member) -> tuple[str, str]:
    """An identifier's type and value."""
    return member.rule.name, member.value


def answered_by_devices(rows: Sequence[Decided], clusters: Clusters) -> Answered:
    """The devices that answered something without an account, and from when to when."""
    answered: dict[int, tuple[int, int]] = {}
    for row in rows:
        if not row.with_account and not clusters.members[row.identifier_id].rule.person:
            at = microseconds(row.decided_at)
            first, last = answered.get(row.identifier_id, (at, at))
            answered[row.identifier_id] = (min(first, at), max(last, at))
    return answered


def hear(said: Mapping[int, dict[str, list[Said]]], clusters: Clusters, held: Configuration) -> None:
    """Add what was said to the folds of the identifiers, and store these."""
    ranks = ranks_of(held)
    for id_, purposes in said.items():
        member = clusters.members[id_]
        member.fold = add_to_identifier(member.fold, Fold(consents=purposes), held.trait_rules, ranks)
    store_folds({id_: fold for id_ in said if (fold := clusters.members[id_].fold) is not None})


def settle(clusters: Clusters, denial: Denial, ids: Mapping[int, object], held: Configuration) -> None:
    """Let clusters fall apart or come together as their identifiers now have it, and write their cards."""
    born = {id_ for id_ in ids if clusters.is_born(id_)}
    changes = Changes(born=born, left_out=denial.denied, readmitted=denial.allowed)
    touched = resolve_changes(changes, clusters)
    touched.roots.update(clusters.members[id_].root for id_ in ids)
    write_touched_cards(clusters, touched, held, ranks_of(held))


def apply_due() -> int:
    """Bring up to date the identifiers whose say about being unified has changed by itself; how many they were.

    A grant of it that was given for a time ends, and a decision that was dated ahead begins, without any event. So does
    the lifting of a restriction that was dated ahead, and a profile that is restricted may fall apart.
    """
    with transaction.atomic():
        enter_lane()
        held = configuration()
        with binary_cursor() as cursor:
            cursor.execute(sql.FIND_DUE, (MOST_DUE,))
            ids = [row[0] for row in cursor.fetchall()]
        if ids:
            clusters = Clusters(held)
            clusters.load(ids)
            settle(clusters, mark_denied({}, clusters, also=ids), dict.fromkeys(ids), held)
        release_lifted()
    return len(ids)


def ranks_of(held: Configuration) -> Ranks:
    """The rank of each source."""
    return {source.id: source.rank for source in held.sources.values()}
