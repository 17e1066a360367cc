"""The background path: from accepted batches to profiles, in one transaction a batch.

    claim inbox rows → take apart → canonicalise → leave out who was erased and what must not be kept → store
    identifiers and interactions → take them off the inbox → facts → (resolver lane) links and decisions → clusters →
    folds and cards

Whatever dies in the middle, nothing of the transaction stands, and the rows are still in the queue.
"""

import gc
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
from django.db import InterfaceError, OperationalError, transaction

from consent.erasure_log import ErasureLogBroken, note_lifts
from consent.ledger import append_decisions, said_of
from consent.said import REFUSALS
from consent.suppression import SuppressionUnreadable
from profiles.collection.drops import count_drops, took_effect, unreadable_blocks
from profiles.collection.sifting import Sifted, sift
from profiles.configuration import Configuration, configuration, read_version
from profiles.consents.events import append_said
from profiles.consents.registrations import carried_answers, newly_answered, newly_registered
from profiles.consents.telling import tell_of_changes
from profiles.database import BigInts, binary_cursor, sent_ahead
from profiles.figures.minutes import save_tally
from profiles.figures.outcomes import tally_of, tally_of_batches
from profiles.figures.tally import Tally
from profiles.golden.facts import FactsSeen, facts_of, said_in, store_facts, store_folds
from profiles.golden.folds import add_to_identifier
from profiles.golden.survivorship import Ranks
from profiles.identity import sql as identity_sql
from profiles.identity.clusters import Clusters
from profiles.identity.identifiers import Stored, ensure_identifiers, find_identifiers
from profiles.identity.links import Ties, ties_of
from profiles.identity.resolution import link_and_resolve, write_touched_cards
from profiles.intake import sql
from profiles.intake.explode import Batch, Prepared, Refused, explode
from profiles.intake.interactions import insert_interactions
from profiles.intake.quarantine import TRIED_AGAIN, Quarantined, quarantine_events
from profiles.intake.store import unpack_body
from profiles.privacy.raw_bodies import part_refused
from profiles.privacy.suppressing import Barred, clear, count_barred

logger = logging.getLogger(__name__)

EVENTS_A_TRANSACTION = 1000
BATCHES_A_TRANSACTION = 1000
FIRST_CHUNK = 5
# What says nothing of a batch: it waits until the database, the list of who was erased and the log are there again.
PARKED = (OperationalError, InterfaceError, SuppressionUnreadable, ErasureLogBroken)


class ConfigurationChanged(Exception):
    """The configuration changed while a batch waited for the resolver lane; take the batch again."""


@dataclass(slots=True)
class Taken:
    """What one transaction took out of the inbox."""

    batches: int = 0
    events: int = 0
    stored: int = 0
    quarantined: int = 0
    tally: Tally = field(default_factory=Tally)

    def add(self, other: "Taken") -> None:
        """Count more in."""
        self.batches += other.batches
        self.events += other.events
        self.stored += other.stored
        self.quarantined += other.quarantined
        self.tally.add(other.tally)


@dataclass(slots=True)
class Exploded:
    """The events of some batches: each interaction once, those that came again, what could not be understood, and what
    of that named somebody who was erased."""

    interactions: dict[UUID, Prepared] = field(default_factory=dict)
    again: list[Prepared] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    barred: list[Barred] = field(default_factory=list)


@dataclass(slots=True)
class Said:
    """What some interactions say of identifiers: what ties them, and facts."""

    ties: Ties
    facts: FactsSeen
    ranks: Ranks
    likely_roots: dict[int, int]


def take_batches(*, limit: int = EVENTS_A_TRANSACTION) -> Taken:
    """Take the oldest batches that nobody works on, up to about `limit` events, all the way to profiles.

    A batch that makes the code fail must not stop the queue: it is tried alone, then event by event, and what
    still fails is quarantined with the reason. A database that is away raises, and so do a list of who was erased and a
    log that cannot be used (`SuppressionUnreadable`, `ErasureLogBroken`); everything stays as it was.
    """
    try:
        with no_garbage_search():
            return _again_if_changed(lambda: _take(limit))
    except PARKED:
        raise
    except Exception as error:
        _report_failure("A transaction of batches failed and they are tried one by one", error)
        return _again_if_changed(_take_one_by_one)


def batches_wait() -> bool:
    """Whether a batch waits that nobody works on."""
    with transaction.atomic(), binary_cursor() as cursor:
        cursor.execute(sql.CLAIM_BATCHES, (0, 1))
        return cursor.fetchone() is not None


@contextmanager
def no_garbage_search() -> Iterator[None]:
    """A transaction makes a hundred thousand objects, none in a cycle; to look for cycles costs a fifth of its time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _again_if_changed(take: Callable[[], Taken]) -> Taken:
    """Configuration changes are rare; a batch that meets one after the other is simply taken again."""
    while True:
        try:
            return take()
        except ConfigurationChanged:
            logger.info("The configuration changed under a batch; taking it again.")


def _take(limit: int) -> Taken:
    with transaction.atomic():
        held = configuration()
        batches = claim_batches(limit, held)
        if not batches:
            return Taken()
        exploded = explode_batches(batches, held)
        taken = finish(batches, exploded, held)
        taken.add(store(exploded, held))
        save_tally(taken.tally)
        return taken


def _take_one_by_one() -> Taken:
    with transaction.atomic():
        held = configuration()
        batches = claim_batches(1, held)
        if not batches:
            return Taken()
        exploded = _explode_or_refuse(batches, held)
        done = Taken()
        for interaction in exploded.interactions.values():
            try:
                with transaction.atomic():
                    one = store(Exploded({interaction.id: interaction}), held)
            except (*PARKED, ConfigurationChanged):
                raise
            except Exception as error:
                reason = _report_failure("An event could not be processed", error)
                exploded.refused.append(Refused(batches[0], interaction.observed.payload, reason))
            else:
                done.add(one)
        taken = finish(batches, exploded, held)
        taken.add(done)
        count_barred(exploded.barred)
        save_tally(taken.tally)
        return taken


def _explode_or_refuse(batches: list[Batch], held: Configuration) -> Exploded:
    try:
        return explode_batches(batches, held)
    except Exception as error:
        reason = _report_failure("A batch could not be taken apart", error)
        return Exploded(refused=[Refused(batch, batch.body, reason) for batch in batches])


def _report_failure(what: str, error: Exception) -> str:
    """Log where it failed, without the message, which may hold personal data; the sentence for the quarantine."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("%s (%s at %s:%s).", what, type(error).__name__, place.name, place.lineno)
    return f"{what} ({type(error).__name__})."


def claim_batches(limit: int, held: Configuration) -> list[Batch]:
    """Lock inbox rows that nobody else holds, oldest first, until they hold `limit` events."""
    batches: list[Batch] = []
    events, last_id, chunk = 0, 0, min(FIRST_CHUNK, limit)
    with binary_cursor() as cursor:
        while events < limit and len(batches) < BATCHES_A_TRANSACTION:
            cursor.execute(sql.CLAIM_BATCHES, (last_id, chunk))
            rows = cursor.fetchall()
            for id_, source_id, received_at, dialect, context, body, count in rows:
                source = held.sources[source_id]
                said = msgspec.json.decode(context)
                again = said.pop(TRIED_AGAIN, False)
                batches.append(Batch(id_, source, received_at, dialect, said, unpack_body(body), count, again))
                events += count
            if len(rows) < chunk:
                break
            last_id = rows[-1][0]
            # As many more as it takes if they are as large as those so far.
            chunk = max(1, (limit - events) * len(batches) // max(events, 1))
    return batches


def explode_batches(batches: list[Batch], held: Configuration) -> Exploded:
    """Take batches apart; of one message delivered twice in them the first stands."""
    exploded = Exploded()
    for event in explode(batches, held):
        if isinstance(event, Refused):
            exploded.refused.append(event)
        elif exploded.interactions.setdefault(event.id, event) is not event:
            exploded.again.append(event)
    return exploded


def store(exploded: Exploded, held: Configuration) -> Taken:
    """Store the interactions that are new and may be kept, and bring every profile that they touch up to date.

    All that can be done before the lane is: in it others wait. Only the counting of what was dropped comes last, since
    workers that take events of one source would wait for each other's counts.
    """
    go_through_gate()
    cleared = clear(list(exploded.interactions.values()))
    sifted = sift(cleared.kept, held)
    unreadable = unreadable_blocks(cleared.kept)
    quarantine_events(sifted.aside)
    stored = store_identifiers(sifted, held)
    fresh = insert_interactions(sifted.kept, stored.ids)
    if fresh or sifted.heard:
        said = said_by(fresh, stored, held)
        store_facts(said.facts)
        tell_of_changes(append_said(fresh, stored.ids, held.purposes), held)
        hear_alone(sifted.heard, stored, said, held)
        enter_lane()
        if read_version() != held.version:
            raise ConfigurationChanged
        apply(said, held)
    if cleared.lifts:
        enter_lane()
        note_lifts(cleared.lifts)
    count_drops(took_effect([*sifted.drops, *unreadable], sifted.kept, fresh))
    count_barred([*exploded.barred, *cleared.barred])
    tally = tally_of(exploded.interactions.values(), cleared.kept, sifted, fresh)
    return Taken(stored=len(fresh), quarantined=len(sifted.aside), tally=tally)


def store_identifiers(sifted: Sifted, held: Configuration) -> Stored:
    """Where the identifiers of some events are stored; all new ones in one statement, in one order.

    Of events that are only heard those that are known, and those of an event that refuses something or whose one job is
    to change consent. Somebody's no stands from the first time that they say it; a yes that came along with what was
    dropped is said again with the next event.
    """
    lasting = [item for item in sifted.heard if item.observed.decides_unification or refuses(item, held)]
    stored = ensure_identifiers(
        (
            *(named for item in sifted.kept for named in (*item.named, *item.same)),
            *(named for item in lasting for named in item.named),
        ),
        verified={named.key for item in sifted.kept if item.verified for named in item.named},
    )
    known = find_identifiers(list({named.key for item in sifted.heard for named in item.named} - stored.ids.keys()))
    stored.ids |= known.ids
    stored.roots |= known.roots
    return stored


def refuses(item: Prepared, held: Configuration) -> bool:
    """Whether an event refuses any purpose."""
    return any(said.letter in REFUSALS for said in said_in(item, held.purposes).values())


def hear_alone(heard: list[Prepared], stored: Stored, said: Said, held: Configuration) -> None:
    """Take in what events say of purposes that are not stored themselves; said again it changes nothing."""
    new = append_said(heard, stored.ids, held.purposes)
    tell_of_changes(new, held)
    for spoken in new:
        said.facts.hear(spoken.identifier_id, spoken.purpose, spoken.said, device=spoken.device)
        said.ties.mentioned.add(spoken.identifier_id)


def said_by(fresh: list[Prepared], stored: Stored, held: Configuration, *, hears: bool = True) -> Said:
    """What interactions say, as far as it does not depend on what is stored; with `hears` of purposes too."""
    ranks = {source.id: source.rank for source in held.sources.values()}
    return Said(ties_of(fresh, stored.ids), facts_of(fresh, stored.ids, held, ranks, hears=hears), ranks, stored.roots)


def apply(said: Said, held: Configuration) -> None:
    """Bring clusters and cards up to date with interactions that were never applied; call it in the lane."""
    clusters = Clusters(held)
    carry_answers(said, clusters)
    touched = link_and_resolve(said.ties, said.likely_roots, clusters, said.facts.said)
    with sent_ahead():
        for id_, fold in said.facts.folds.items():
            member = clusters.members[id_]
            member.fold = add_to_identifier(member.fold, fold, held.trait_rules, said.ranks)
        store_folds({id_: clusters.members[id_].fold or fold for id_, fold in said.facts.folds.items()})
        write_touched_cards(clusters, touched, held, said.ranks)


def carry_answers(said: Said, clusters: Clusters) -> None:
    """Let registrations take the answers of their devices along, whichever of the two is new (registrations.py)."""
    facts = said.facts
    if not (facts.registered or facts.answered):
        return
    clusters.load(said.ties.named, said.likely_roots)  # all at once: they are needed soon
    rows = carried_answers([*newly_registered(facts.registered), *newly_answered(facts.answered, clusters)])
    append_decisions(rows)
    for row in rows:
        facts.hear(row.identifier_id, row.purpose, said_of(row), device=False)
        said.ties.mentioned.add(row.identifier_id)


def go_through_gate() -> None:
    """Wait while the gate is closed; until the end of the transaction it cannot be closed."""
    with binary_cursor() as cursor:
        cursor.execute(identity_sql.GO_THROUGH_GATE)


def close_gate() -> None:
    """Let nobody begin to store anything until the end of the transaction; to be called before the lane is entered."""
    with binary_cursor() as cursor:
        cursor.execute(identity_sql.CLOSE_GATE)


def enter_lane() -> None:
    """Wait for the resolver lane; it is left at the end of the transaction."""
    with binary_cursor() as cursor:
        cursor.execute(identity_sql.ENTER_LANE)


def finish(batches: list[Batch], exploded: Exploded, held: Configuration) -> Taken:
    """Quarantine what was refused and take the batches off the queue, in the same transaction."""
    came = exploded.refused
    if came:
        go_through_gate()
        exploded.refused, exploded.barred = part_refused(came, held)
    quarantine_events(
        [
            Quarantined(
                item.batch.source.id,
                item.batch.received_at,
                item.batch.dialect,
                item.batch.context,
                item.body,
                item.reason,
            )
            for item in exploded.refused
        ]
    )
    with binary_cursor() as cursor:
        cursor.execute(sql.DELETE_BATCHES, (BigInts([batch.id for batch in batches]),))
    events, refused = sum(batch.events for batch in batches), len(exploded.refused)
    return Taken(
        len(batches),
        events,
        quarantined=refused,
        tally=tally_of_batches(batches, exploded.again, came, exploded.refused),
    )
