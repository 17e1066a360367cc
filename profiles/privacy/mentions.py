"""Other people's interactions that name somebody who is erased: they stay, without the name."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from profiles.configuration import Configuration, configuration
from profiles.consents.taking import ranks_of
from profiles.golden.facts import facts_of
from profiles.identity.links import decisions_of, links_of
from profiles.intake.explode import Canoniser, Key, Prepared
from profiles.intake.stored import COLUMNS, StoredInteraction
from profiles.models import Identifier
from profiles.privacy import sql
from profiles.privacy.naming import prepared
from profiles.privacy.redaction import Erased, Redactor
from profiles.privacy.rederiving import rederive


@dataclass(frozen=True, slots=True)
class ErasedOnes:
    """The identifiers that are erased: (type name, canonical value) by id."""

    names: dict[int, tuple[str, str]]

    @property
    def ids(self) -> list[int]:
        """Their ids, sorted."""
        return sorted(self.names)

    @property
    def values(self) -> set[str]:
        """Their canonical values."""
        return {value for _, value in self.names.values()}


@dataclass(slots=True)
class Stripped:
    """How many interactions were changed, and whose derived state hangs on what changed."""

    count: int = 0
    affected: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Row:
    """An interaction as it is stored, locked."""

    stored: StoredInteraction
    identifier_ids: list[int]
    message_id: str
    event: str


def find_mentions(erased: ErasedOnes) -> Iterator[list[UUID]]:
    """The interactions on the timelines of others that may name the erased, in pieces."""
    with connection.cursor() as cursor:
        cursor.execute(sql.FIND_NAMING_OTHERS, {"ids": erased.ids, "anchors": []})
        while rows := cursor.fetchmany(200):
            yield [row[0] for row in rows]


def strip_mentions(ids: Sequence[UUID], erased: ErasedOnes) -> int:
    """Take the erased out of some interactions of others, and derive anew what follows; how many were changed.

    Call it in a transaction that has closed the gate and entered the lane.
    """
    held, done = configuration(), Stripped()
    for row in _lock(ids):
        _strip(row, erased, held, done)
    if done.affected:
        rederive(done.affected, erased=erased.ids)
    return done.count


def _lock(ids: Sequence[UUID]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK_INTERACTIONS.format(columns=COLUMNS), {"interactions": list(ids)})
        width = len(StoredInteraction._fields)
        return [Row(StoredInteraction(*row[:width]), *row[width:]) for row in cursor.fetchall()]


def _strip(row: Row, erased: ErasedOnes, held: Configuration, done: Stripped) -> None:
    before, keys = prepared([row.stored], held)
    redactor = redactor_for(before, keys, erased, held)
    ids = [id_ for id_ in row.identifier_ids if id_ not in erased.names]
    for neutral in (False, True):
        changed = _redacted(row, redactor, neutral=neutral)
        if changed is None and ids == row.identifier_ids:
            return
        after, _ = prepared([changed.stored if changed else row.stored], held)
        if after or not before:
            break
    done.count += 1
    if before and not after:
        # Nothing that can be understood is left of it: it only ever spoke of who is erased.
        with connection.cursor() as cursor:
            cursor.execute(sql.DELETE_INTERACTIONS, [[row.stored.id]])
        done.affected |= set(ids) | _named(before, keys) - erased.names.keys()
        return
    _write(changed or row, ids, after)
    if _told(before, keys, erased, held) != _told(after, keys, erased, held):
        done.affected |= (set(ids) | _named(before, keys)) - erased.names.keys()


def redactor_for(
    items: Collection[Prepared], keys: dict[Key, int], erased: ErasedOnes, held: Configuration
) -> Redactor:
    """What takes the erased out of some events: also in the spelling in which these name them."""
    canoniser = Canoniser(held)
    found = {Erased(*name) for name in erased.names.values()}
    kept: set[str] = set()
    for item in items:
        for raw in (*item.observed.identifiers, *item.observed.same):
            named = canoniser.named(raw, item.source.region)
            if not isinstance(named, str) and keys.get(named.key) in erased.names:
                found.add(Erased(*raw))
            elif raw in item.observed.identifiers:
                kept.add(raw[1])
    return Redactor(found, kept)


def _redacted(row: Row, redactor: Redactor, *, neutral: bool) -> Row | None:
    """The row without the erased; None where nothing of it names them."""
    payload = msgspec.json.decode(row.stored.payload)
    context = msgspec.json.decode(row.stored.context)
    clean, clean_context = redactor.redact(payload, neutral=neutral), redactor.redact(context)
    texts = redactor.text(row.message_id), redactor.text(row.event)
    if (clean, clean_context, *texts) == (payload, context, row.message_id, row.event):
        return None
    stored = row.stored._replace(
        payload=msgspec.json.encode(clean).decode(), context=msgspec.json.encode(clean_context).decode()
    )
    return Row(stored, row.identifier_ids, *texts)


def _write(row: Row, ids: list[int], after: Sequence[Prepared]) -> None:
    parameters: dict[str, Any] = {
        "id": row.stored.id,
        "payload": row.stored.payload,
        "context": row.stored.context,
        "event": after[0].observed.event if after else row.event,
        "message_id": row.message_id,
        "identifier_ids": ids,
        "dropped": msgspec.json.encode(after[0].dropped if after else []).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.REDACT, parameters)


def _named(items: Collection[Prepared], keys: dict[Key, int]) -> set[int]:
    return {keys[one.key] for item in items for one in (*item.named, *item.same)}


def _told(items: Collection[Prepared], keys: dict[Key, int], erased: ErasedOnes, held: Configuration) -> object:
    """What events say of everybody else."""
    for item in items:
        item.named = [one for one in item.named if keys[one.key] not in erased.names]
        item.same = [one for one in item.same if keys[one.key] not in erased.names]
    seen = facts_of(items, keys, held, ranks_of(held), hears=False)
    return seen.folds, seen.facts, links_of(items, keys), {one.id for one in decisions_of(items, keys)}


def read_erased(ids: Collection[int]) -> ErasedOnes:
    """The names of identifiers that are stored."""
    rows = Identifier.objects.filter(id__in=ids).values_list("id", "type__name", "value")
    return ErasedOnes({id_: (type_name, value) for id_, type_name, value in rows})
