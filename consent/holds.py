"""Legal holds: which fields of erased events a law wants kept, and the records that are kept for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from consent.models import HeldRecord, LegalHold


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that is in force. `events` and `sources` empty: any. `keep_for`: ISO 8601, from when it happened."""

    name: str
    events: frozenset[str]
    sources: frozenset[str]
    fields: Sequence[str]
    traits: Sequence[str]
    keep_for: str
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold keeps of one event, tied to nobody."""

    hold: str
    occurred_at: datetime
    keep_until: datetime
    source_id: int
    content: dict[str, Any]


def holds_in_force(today: date) -> list[Hold]:
    """The holds that have not ended."""
    rows = LegalHold.objects.filter(Q(ends_on=None) | Q(ends_on__gt=today))
    return [
        Hold(row.name, frozenset(row.events), frozenset(row.sources), row.fields, row.traits, row.keep_for, row.ends_on)
        for row in rows
    ]


def keep_held(records: Sequence[Held], request_id: UUID | None) -> None:
    """Store what is kept of events that are removed, in the transaction that removes them. `request_id`: of the
    erasure; None: they are past their time."""
    HeldRecord.objects.bulk_create(
        HeldRecord(
            hold_id=one.hold,
            occurred_at=one.occurred_at,
            keep_until=one.keep_until,
            source_id=one.source_id,
            content=one.content,
            request_id=request_id,
        )
        for one in records
    )
