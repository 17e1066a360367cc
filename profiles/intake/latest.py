"""The latest events of one source, for somebody who watches it: found without an index of their own.

The figures by minute tell in which minutes the source posted; interactions come in nearly in the order of their
receipt, so that `interaction_age` leads to the few blocks of those minutes (ADR 36).
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import OperationalError, connection, transaction

from profiles.figures.reading import MINUTE, floor
from profiles.models import Quarantine, SourceMinute

MOST = 50
MOST_MINUTES = 8
LONGEST_MILLISECONDS = 700  # that the database may look for them
OVERLAP = timedelta(seconds=10)  # what was received earlier may become visible later

FIND = """
    SELECT interaction.id, interaction.received_at, interaction.occurred_at, interaction.type, interaction.event,
        interaction.dialect, interaction.payload, interaction.verified, interaction.warnings,
        interaction.dropped_identifiers, card.profile_id
    FROM interaction
    LEFT JOIN identifier AS anchor ON anchor.id = interaction.anchor_id
    LEFT JOIN card ON card.root_id = anchor.root_id
    WHERE interaction.source_id = %s AND ({ranges})
    ORDER BY interaction.received_at DESC, interaction.id DESC LIMIT %s
"""
A_RANGE = "(interaction.received_at >= %s AND interaction.received_at < %s)"


class LiveEvent(NamedTuple):
    """An event that came in. `reason` tells that it is in quarantine, and why; it then has no type. Without a payload
    it waits there since somebody's processing is restricted."""

    key: str
    received_at: datetime
    occurred_at: datetime | None
    type: str
    event: str
    dialect: str
    payload: bytes
    reason: str = ""
    verified: bool = False
    warnings: Sequence[str] = ()
    dropped: Sequence[dict[str, str]] = ()
    profile_id: UUID | None = None


class Latest(NamedTuple):
    """Events, the latest first, and what came in the last minutes. `too_many`: of all sources together so much comes in
    that those of this one could not be found soon enough."""

    events: list[LiveEvent]
    minutes: list[SourceMinute]
    too_many: bool = False


def latest_events(source_id: int, since: datetime | None = None) -> Latest:
    """Up to `MOST` events of a source, those received shortly before `since` too: they may have become visible after
    it."""
    since = None if since is None else since - OVERLAP
    minutes = _last_minutes(source_id, since)
    quarantined = _quarantined(source_id, since)
    try:
        stored = _stored(source_id, _ranges(minutes, since))
    except OperationalError:
        return Latest(quarantined, minutes, too_many=True)
    events = sorted([*stored, *quarantined], key=lambda one: (one.received_at, one.key), reverse=True)
    return Latest(events[:MOST], minutes)


def _last_minutes(source_id: int, since: datetime | None) -> list[SourceMinute]:
    rows = SourceMinute.objects.filter(source_id=source_id).order_by("-minute")
    if since is not None:
        rows = rows.filter(minute__gte=floor(since, MINUTE))
    return list(rows[:MOST_MINUTES])


def _ranges(minutes: Sequence[SourceMinute], since: datetime | None) -> list[tuple[datetime, datetime]]:
    """From when to when to look, the latest first, until there are enough."""
    found, wanted = [], MOST
    for minute in minutes:
        if minute.events == 0 or wanted <= 0:
            continue
        end = minute.last_received + timedelta(microseconds=1)
        # Of a busy minute its end will do: twice what they would take if they came in evenly.
        start = max(minute.minute, end - 2 * MINUTE * wanted / minute.events)
        found.append((max(start, since) if since else start, end))
        wanted -= minute.events
    return [(start, end) for start, end in found if start < end]


def _stored(source_id: int, ranges: Sequence[tuple[datetime, datetime]]) -> list[LiveEvent]:
    if not ranges:
        return []
    statement = FIND.format(ranges=" OR ".join([A_RANGE] * len(ranges)))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {LONGEST_MILLISECONDS}")
        cursor.execute(statement, [source_id, *(at for one in ranges for at in one), MOST])
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    return [_live_event(row) for row in rows]


def _live_event(row: tuple[Any, ...]) -> LiveEvent:
    id_, received_at, occurred_at, type_, event, dialect, payload, verified, warnings, dropped, profile_id = row
    return LiveEvent(
        str(id_), received_at, occurred_at, type_, event, dialect, payload.encode(), "", verified, warnings,
        json.loads(dropped), profile_id,
    )  # fmt: skip


def _quarantined(source_id: int, since: datetime | None) -> list[LiveEvent]:
    rows = Quarantine.objects.filter(source_id=source_id).order_by("-id")[:MOST]
    return [
        LiveEvent(f"q{row.id}", row.received_at, None, "", "", row.dialect, shown_body(row), row.reason)
        for row in rows
        if since is None or row.received_at >= since
    ]


def shown_body(row: Quarantine) -> bytes:
    """A quarantined event as it came; nothing of one that waits since somebody's processing is restricted."""
    return b"" if row.held_for is not None else bytes(row.body)
