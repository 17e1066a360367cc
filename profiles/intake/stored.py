"""Interactions that are stored, read back as if they had just arrived."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from consent.times import microseconds
from profiles.configuration import Configuration
from profiles.intake.explode import Canoniser, Prepared, prepare
from profiles.intake.observed import NotUnderstood
from profiles.intake.wire import read_event


class StoredInteraction(NamedTuple):
    """The columns of an interaction that its facts follow from. `context` and `payload` are JSON."""

    id: UUID
    source_id: int
    received_at: datetime
    dialect: str
    context: str
    payload: str
    verified: bool


COLUMNS = "id, source_id, received_at, dialect, context::text, payload, verified"


def prepare_stored(rows: Iterable[StoredInteraction], held: Configuration) -> Iterator[Prepared]:
    """What the interactions say under this configuration. Whether one was verified stays as it was on arrival."""
    canoniser = Canoniser(held)
    for row in rows:
        source = held.sources[row.source_id]
        context = msgspec.json.decode(row.context)
        event = read_event(
            dialect=row.dialect,
            body=row.payload.encode(),
            context=context,
            received_at=microseconds(row.received_at),
            source=source,
        )
        if isinstance(event, NotUnderstood):
            continue
        prepared = prepare(event, source, row.received_at, row.dialect, context, canoniser)
        prepared.id = row.id
        prepared.verified = row.verified
        yield prepared
