"""Events that could not be understood, or must not be processed for now: kept, looked at, and tried again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from consent.times import microseconds
from profiles.database import BigInts, Blobs, Ints, Moments, Texts, binary_cursor
from profiles.intake import lenient, sql
from profiles.intake.explode import context_json
from profiles.models import Inbox, Quarantine

BATCH_PATHS = ("batch", "import")
TRIED_AGAIN = "tried_again"  # in the context of a batch that comes out of quarantine; no request can say it


class NoSuchEvent(LookupError):
    """There is no event of this number in quarantine."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Quarantined(NamedTuple):
    """An event for the quarantine. `held_for`: the identifier whose person is restricted, where that is the reason."""

    source_id: int
    received_at: datetime
    dialect: str
    context: dict[str, Any]
    body: bytes
    reason: str
    held_for: int | None = None


def quarantine_events(events: Sequence[Quarantined]) -> None:
    """Store some events in quarantine."""
    if not events:
        return
    with binary_cursor() as cursor:
        cursor.execute(
            sql.INSERT_QUARANTINE,
            (
                Ints([event.source_id for event in events]),
                Moments([microseconds(event.received_at) for event in events]),
                Texts([event.dialect for event in events]),
                Texts([context_json(event.context) for event in events]),
                Blobs([event.body for event in events]),
                Texts([event.reason for event in events]),
                BigInts([event.held_for for event in events]),
            ),
        )


def find_event(number: int) -> Quarantine:
    """The event of this number; raises `NoSuchEvent`."""
    row = Quarantine.objects.select_related("source").filter(id=number).first()
    if row is None:
        raise NoSuchEvent
    return row


def replay_event(number: int) -> None:
    """Put an event back into the inbox as it came; still not understood, it is quarantined again.

    Raises `NoSuchEvent`.
    """
    with transaction.atomic():
        row = Quarantine.objects.select_for_update().filter(id=number).first()
        if row is None:
            raise NoSuchEvent
        put_back([row])


def put_back(rows: Iterable[Quarantine]) -> None:
    """Put quarantined events back into the inbox as they came. Call it in a transaction."""
    rows = list(rows)
    Inbox.objects.bulk_create(
        Inbox(
            source_id=row.source_id,
            received_at=row.received_at,
            dialect=row.dialect,
            context={**row.context, TRIED_AGAIN: True},
            body=as_posted(bytes(row.body), row.context.get("path_type")),
            events=1,
        )
        for row in rows
    )
    Quarantine.objects.filter(id__in=[row.id for row in rows]).delete()


def as_posted(body: bytes, path_type: str | None) -> bytes:
    """The body to read: one event out of a batch stands in a batch of its own, since that is what its path takes."""
    if path_type not in BATCH_PATHS:
        return body
    try:
        event = lenient.decode(body)
    except lenient.Unreadable:
        return body
    is_batch = not isinstance(event, dict) or isinstance(event.get("batch"), list)
    return body if is_batch else b'{"batch":[' + body + b"]}"
