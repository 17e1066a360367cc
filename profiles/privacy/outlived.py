"""Interactions and traits that are past their time: removed, and what followed from them derived anew."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from consent.holds import holds_in_force, keep_held
from consent.times import moment
from profiles.collection.restriction import find_restricted, held_for
from profiles.collection.stripping import Unwanted, strip_event
from profiles.configuration import Configuration, configuration
from profiles.intake.explode import Key, Prepared
from profiles.intake.stored import COLUMNS, StoredInteraction
from profiles.intake.wire.findings import TRAIT_IDENTIFIERS
from profiles.models import Identifier
from profiles.privacy import retention_sql as sql
from profiles.privacy.erasing import paced
from profiles.privacy.holding import held_of
from profiles.privacy.naming import prepared, stored_naming
from profiles.privacy.rederiving import rederive
from profiles.privacy.removing import alone

AT_ONCE = 1000  # they hold the resolver lane for about a second
MOST_A_RUN = 200_000  # interactions; the next run goes on
IDENTIFIERS_AT_ONCE = 20


@dataclass(slots=True)
class Removed:
    """How much was removed or changed, of how much something is kept by law, and how many identifiers went with it."""

    rows: int = 0
    held: int = 0
    identifiers: int = 0

    def add(self, other: "Removed") -> None:
        """Count more in."""
        self.rows += other.rows
        self.held += other.held
        self.identifiers += other.identifiers


def count_old_interactions(source_ids: Collection[int], before: datetime) -> int:
    """How many interactions of some sources are older: by when they happened, or arrived if that was before."""
    with connection.cursor() as cursor:
        cursor.execute(sql.COUNT_OLD, {"sources": list(source_ids), "before": before})
        return int(cursor.fetchone()[0])


def remove_old_interactions(source_ids: Collection[int], before: datetime) -> Removed:
    """Remove them, in pieces of a transaction each, but for those of people whose processing is restricted: these wait.

    What a legal hold names of them is kept, tied to nobody.
    """
    total, ids = Removed(), _find_old(source_ids, before)
    for start in range(0, len(ids), AT_ONCE):
        with paced(), alone():
            total.add(_remove(ids[start : start + AT_ONCE]))
    return total


def _find_old(source_ids: Collection[int], before: datetime) -> list[UUID]:
    """Their ids, those of one timeline together: so that it is gone through once."""
    with connection.cursor() as cursor:
        cursor.execute(sql.FIND_OLD, {"sources": list(source_ids), "before": before, "most": MOST_A_RUN})
        return [row[0] for row in cursor.fetchall()]


def _remove(ids: Sequence[UUID]) -> Removed:
    rows, named_by_id = _lock(ids)
    items, keys = prepared(rows, configuration())
    waiting = _restricted(items)
    gone = [row for row in rows if row.id not in waiting]
    held = _hold([item for item in items if item.id not in waiting])
    with connection.cursor() as cursor:
        cursor.execute(sql.DELETE, [[row.id for row in gone]])
    named = {id_ for row in gone for id_ in named_by_id[row.id]} | _named(items, keys)
    return Removed(len(gone), held, _derive(named))


def _lock(ids: Sequence[UUID]) -> tuple[list[StoredInteraction], dict[UUID, list[int]]]:
    """The interactions, and the identifiers that each carries."""
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK.format(columns=COLUMNS), [list(ids)])
        rows = cursor.fetchall()
    return [StoredInteraction(*row[:-1]) for row in rows], {row[0]: row[-1] for row in rows}


def _restricted(items: Collection[Prepared]) -> set[UUID]:
    """Those that name somebody whose processing is restricted now."""
    restricted = find_restricted(items)
    return {item.id for item in items if held_for(item, restricted) is not None} if restricted else set()


def _hold(items: Collection[Prepared]) -> int:
    now = datetime.now(UTC)
    holds = holds_in_force(now.date())
    records = list(held_of(items, holds, now)) if holds else []
    keep_held(records, None)
    return len(records)


def _named(items: Collection[Prepared], keys: Mapping[Key, int]) -> set[int]:
    return {keys[one.key] for item in items for one in (*item.named, *item.same)}


def _derive(named: Collection[int]) -> int:
    """Derive identifiers anew; how many of them are gone with what spoke of them."""
    before = Identifier.objects.filter(id__in=named).count()
    rederive(named)
    return before - Identifier.objects.filter(id__in=named).count()


def trait_names(category: str, held: Configuration) -> list[str]:
    """The traits of a data category that can be taken out of an event: those by which it names somebody cannot."""
    mapped = {path.rpartition(".")[2] for source in held.sources.values() for path in source.mappings}
    kept = {*TRAIT_IDENTIFIERS, *mapped}
    return sorted(name for name, one in held.trait_categories.items() if one == category and name not in kept)


def count_old_traits(category: str, source_ids: Collection[int], before: datetime) -> int:
    """How many identifiers have traits of a category that some sources told before."""
    names = trait_names(category, configuration())
    with connection.cursor() as cursor:
        cursor.execute(sql.COUNT_TOLD, {"names": names, "sources": list(source_ids), "before": before})
        return int(cursor.fetchone()[0])


def strip_old_traits(category: str, source_ids: Collection[int], before: datetime) -> Removed:
    """Take the traits of a category out of what some sources told before, and derive anew; how many events it changed.

    Events of which a legal hold keeps something, and those of people whose processing is restricted, stay as they are.
    """
    total, names = Removed(), trait_names(category, configuration())
    for ids in _tellers(names, source_ids, before):
        with paced(), alone():
            total.add(_strip(ids, category, frozenset(source_ids), before))
    return total


def _tellers(names: list[str], source_ids: Collection[int], before: datetime) -> Iterator[list[int]]:
    """The identifiers with such facts, in pieces, each once."""
    last = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            parameters: dict[str, Any] = {"names": names, "sources": list(source_ids), "before": before}
            cursor.execute(sql.FIND_TOLD, {**parameters, "last": last, "most": IDENTIFIERS_AT_ONCE})
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        yield ids
        last = ids[-1]


def _strip(ids: Collection[int], category: str, source_ids: frozenset[int], before: datetime) -> Removed:
    held, total, named = configuration(), Removed(), set(ids)
    unwanted = Unwanted(lambda one: one == category, {**held.trait_categories, **dict.fromkeys(TRAIT_IDENTIFIERS, "")})
    changes: list[tuple[UUID, str]] = []
    for rows in stored_naming(ids):
        old = [row for row in rows if row.source_id in source_ids]
        items, keys = prepared(old, held)
        for item, payload in _stripped(items, old, unwanted, held, before):
            changes.append((item.id, payload))
            named |= _named([item], keys)
    with connection.cursor() as cursor:
        cursor.execute(sql.REWRITE, [[id_ for id_, _ in changes], [payload for _, payload in changes]])
    total.rows = len(changes)
    if changes:
        total.identifiers = _derive(named)
    return total


def _stripped(
    items: Sequence[Prepared],
    rows: Sequence[StoredInteraction],
    unwanted: Unwanted,
    held: Configuration,
    before: datetime,
) -> Iterator[tuple[Prepared, str]]:
    """Those that happened before and lose something, with what is left of each."""
    payloads = {row.id: row.payload for row in rows}
    now = datetime.now(UTC)
    holds, restricted = holds_in_force(now.date()), _restricted(items)
    for item in items:
        if moment(item.observed.occurred_at) >= before or item.id in restricted or any(held_of([item], holds, now)):
            continue
        payload = strip_event(
            item.dialect, payloads[item.id].encode(), unwanted, held.sources[item.source.id].mappings
        ).decode()
        if payload != payloads[item.id]:
            yield item, payload
