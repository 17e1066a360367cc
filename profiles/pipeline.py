"""The background path: from accepted batches to profiles, in one transaction a batch.

    claim inbox rows → take apart → canonicalise → store identifiers and interactions
    → take them off the inbox → facts → (resolver lane) links and decisions → clusters → folds and cards

Whatever dies in the middle, nothing of the transaction stands, and the rows are still in the queue.
"""

import gc
import logging
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
import uuid_utils
from django.db import InterfaceError, OperationalError, transaction

from consent.times import microseconds
from profiles.configuration import Configuration, configuration, read_version
from profiles.database import BigInts, Blobs, Booleans, Digests, Ints, Moments, Texts, Uuids, binary_cursor, sent_ahead
from profiles.golden.facts import FactsSeen, facts_of, store_facts, store_folds
from profiles.golden.folds import add_to_identifier
from profiles.golden.survivorship import Ranks
from profiles.identity import sql as identity_sql
from profiles.identity.clusters import Clusters
from profiles.identity.links import Ties, ties_of
from profiles.identity.resolution import link_and_resolve, write_touched_cards
from profiles.intake import sql
from profiles.intake.explode import Batch, Key, Named, Prepared, Refused, context_json, explode
from profiles.intake.store import unpack_body
from profiles.ledger import append_said

logger = logging.getLogger(__name__)

EVENTS_A_TRANSACTION = 1000
BATCHES_A_TRANSACTION = 1000
FIRST_CHUNK = 5


class ConfigurationChanged(Exception):
    """The configuration changed while a batch waited for the resolver lane; take the batch again."""


@dataclass(slots=True)
class Taken:
    """What one transaction took out of the inbox."""

    batches: int = 0
    events: int = 0
    stored: int = 0
    quarantined: int = 0


@dataclass(slots=True)
class Exploded:
    """The events of some batches: each interaction once, and what could not be understood."""

    interactions: dict[UUID, Prepared] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


@dataclass(slots=True)
class Stored:
    """Identifiers that are stored: id by key, and root by id as it was when it was read, which was before the lane."""

    ids: dict[Key, int] = field(default_factory=dict)
    roots: dict[int, int] = field(default_factory=dict)


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
    still fails is quarantined with the reason. A database that is away raises; everything stays as it was.
    """
    try:
        with no_garbage_search():
            return _again_if_changed(lambda: _take(limit))
    except (OperationalError, InterfaceError):
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
        taken = finish(batches, exploded)
        taken.stored = store(exploded, held)
        return taken


def _take_one_by_one() -> Taken:
    with transaction.atomic():
        held = configuration()
        batches = claim_batches(1, held)
        if not batches:
            return Taken()
        exploded = _explode_or_refuse(batches, held)
        stored = 0
        for interaction in exploded.interactions.values():
            try:
                with transaction.atomic():
                    stored += store(Exploded({interaction.id: interaction}), held)
            except (OperationalError, InterfaceError, ConfigurationChanged):
                raise
            except Exception as error:
                reason = _report_failure("An event could not be processed", error)
                exploded.refused.append(Refused(batches[0], interaction.observed.payload, reason))
        taken = finish(batches, exploded)
        taken.stored = stored
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
                batches.append(Batch(id_, source, received_at, dialect, said, unpack_body(body), count))
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
        else:
            exploded.interactions.setdefault(event.id, event)
    return exploded


def store(exploded: Exploded, held: Configuration) -> int:
    """Store the interactions that are new and bring every profile that they touch up to date; how many were new.

    All that can be done before the lane is: in it others wait.
    """
    go_through_gate()
    interactions = list(exploded.interactions.values())
    stored = ensure_identifiers(
        (named for item in interactions for named in (*item.named, *item.same)),
        verified={named.key for item in interactions if item.verified for named in item.named},
    )
    fresh = insert_interactions(interactions, stored.ids)
    if fresh:
        said = said_by(fresh, stored, held)
        store_facts(said.facts)
        append_said(fresh, stored.ids, held.purposes)
        enter_lane()
        if read_version() != held.version:
            raise ConfigurationChanged
        apply(said, held)
    return len(fresh)


def said_by(fresh: list[Prepared], stored: Stored, held: Configuration, *, hears: bool = True) -> Said:
    """What interactions say, as far as it does not depend on what is stored; with `hears` of purposes too."""
    ranks = {source.id: source.rank for source in held.sources.values()}
    return Said(ties_of(fresh, stored.ids), facts_of(fresh, stored.ids, held, ranks, hears=hears), ranks, stored.roots)


def apply(said: Said, held: Configuration) -> None:
    """Bring clusters and cards up to date with interactions that were never applied; call it in the lane."""
    clusters = Clusters(held)
    touched = link_and_resolve(said.ties, said.likely_roots, clusters, said.facts.said)
    with sent_ahead():
        for id_, fold in said.facts.folds.items():
            member = clusters.members[id_]
            member.fold = add_to_identifier(member.fold, fold, held.trait_rules, said.ranks)
        store_folds({id_: clusters.members[id_].fold or fold for id_, fold in said.facts.folds.items()})
        write_touched_cards(clusters, touched, held, said.ranks)


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


def ensure_identifiers(named: Iterable[Named], *, verified: Collection[Key] = ()) -> Stored:
    """Where identifiers are stored, storing those that are new, each born with a profile id.

    `verified`: those that an interaction carries which is no mere claim. Known at birth, it saves a new one a second
    version of its row.
    """
    by_key = {item.key: item for item in named}
    stored = find_identifiers(list(by_key))
    missing = [by_key[key] for key in by_key.keys() - stored.ids.keys()]
    if missing:
        with binary_cursor() as cursor:
            cursor.execute(
                identity_sql.INSERT_IDENTIFIERS,
                (
                    Ints([item.key[0] for item in missing]),
                    Digests([item.key[1] for item in missing]),
                    Texts([item.value for item in missing]),
                    Uuids([UUID(bytes=uuid_utils.uuid7().bytes) for _ in missing]),
                    Booleans([item.key in verified for item in missing]),
                ),
            )
        born = find_identifiers([item.key for item in missing])
        stored.ids |= born.ids
        stored.roots |= born.roots
    return stored


def find_identifiers(keys: list[Key]) -> Stored:
    """Those that are stored."""
    stored = Stored()
    if not keys:
        return stored
    with binary_cursor() as cursor:
        cursor.execute(
            identity_sql.FIND_IDENTIFIERS,
            (Ints(range(len(keys))), Ints([key[0] for key in keys]), Digests([key[1] for key in keys])),
        )
        for n, id_, root in cursor.fetchall():
            stored.ids[keys[n]] = id_
            stored.roots[id_] = root
    return stored


def insert_interactions(interactions: list[Prepared], ids: dict[Key, int]) -> list[Prepared]:
    """Store interactions, sorted by id, and return those that were not stored before."""
    if not interactions:
        return []
    rows = sorted(interactions, key=lambda item: item.id.int)
    with binary_cursor() as cursor:
        cursor.execute(
            sql.INSERT_INTERACTIONS,
            (
                Uuids([item.id for item in rows]),
                Ints([item.source.id for item in rows]),
                Texts([item.observed.message_id for item in rows]),
                Texts([item.observed.type for item in rows]),
                Texts([item.observed.event for item in rows]),
                BigInts([ids[item.named[0].key] if item.named else None for item in rows]),
                Texts(["{" + ",".join(str(ids[named.key]) for named in item.named) + "}" for item in rows]),
                Moments([item.observed.occurred_at for item in rows]),
                Moments([microseconds(item.received_at) for item in rows]),
                Booleans([item.verified for item in rows]),
                Booleans([item.linkable for item in rows]),
                Texts([item.dialect for item in rows]),
                Texts([context_json(item.context) for item in rows]),
                Blobs([item.observed.payload for item in rows]),
                Texts([msgspec.json.encode(item.dropped).decode() for item in rows]),
                Texts([_text_array(item.observed.warnings) for item in rows]),
            ),
        )
        new = {row[0] for row in cursor.fetchall()}
    return [item for item in rows if item.id in new]


def _text_array(texts: list[str]) -> str:
    quoted = ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts)
    return "{" + ",".join(quoted) + "}"


def finish(batches: list[Batch], exploded: Exploded) -> Taken:
    """Quarantine what was refused and take the batches off the queue, in the same transaction."""
    with binary_cursor() as cursor:
        if exploded.refused:
            cursor.execute(
                sql.INSERT_QUARANTINE,
                (
                    Ints([item.batch.source.id for item in exploded.refused]),
                    Moments([microseconds(item.batch.received_at) for item in exploded.refused]),
                    Texts([item.batch.dialect for item in exploded.refused]),
                    Texts([context_json(item.batch.context) for item in exploded.refused]),
                    Blobs([item.body for item in exploded.refused]),
                    Texts([item.reason for item in exploded.refused]),
                ),
            )
        cursor.execute(sql.DELETE_BATCHES, (BigInts([batch.id for batch in batches]),))
    return Taken(len(batches), sum(batch.events for batch in batches), quarantined=len(exploded.refused))
