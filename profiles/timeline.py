"""The timeline of a profile: its interactions, newest first, page by page."""

import base64
import binascii
import struct
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from consent.narrowing import stamp_permits
from consent.purposes import UNREFUSABLE, Purpose
from consent.times import microseconds, moment
from profiles import sql
from profiles.configuration import Configuration
from profiles.intake.observed import NotUnderstood
from profiles.intake.wire import read_event
from profiles.models import Identifier

CURSOR = struct.Struct(">Bq16s")
CURSOR_VERSION = 1
MOST_READS = 4  # for one page that is shown
LATER_READS = 50  # rows, at least: where the first read was in vain, so may be the next few
EARLIEST, LATEST = -(2**55), 2**58  # microseconds; about the years 829 and 11104

Row = tuple[Any, ...]


class BadCursor(ValueError):
    """This cursor is not one that the service gave out; start without one."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Cursor(NamedTuple):
    """The place behind the last item of a page."""

    at: datetime
    id: UUID


class NamedIdentifier(NamedTuple):
    """An identifier that an interaction carried, in canonical form."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One interaction. `dropped_identifiers` has types and reasons, never values."""

    id: UUID
    message_id: str
    source: str
    channel: str
    type: str
    event: str
    occurred_at: datetime
    received_at: datetime
    identifiers: list[NamedIdentifier]
    properties: dict[str, Any]
    dropped_identifiers: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Some items, and where the next page begins; None: there is none."""

    items: list[TimelineItem]
    next_cursor: str | None


def read_timeline(
    root_id: int,
    held: Configuration,
    *,
    purpose: Purpose,
    limit: int,
    cursor: Cursor | None = None,
    channels: Collection[str] | None = None,
    event: str | None = None,
) -> TimelinePage:
    """A page of the interactions anchored on the identifiers of a cluster. Call it in one snapshot.

    An interaction whose own consent signals do not permit the purpose is left out. Where many are, the page has fewer
    items than there are, or none, and still a cursor: it is made of a few reads, and a later one goes on.
    `channels` None: of any channel; `event` None: of any name.
    """
    anchors = list(Identifier.objects.filter(root_id=root_id).values_list("id", flat=True))
    conditions: list[str] = []
    parameters: dict[str, Any] = {"anchors": anchors}
    if channels is not None:
        conditions.append(sql.OF_SOURCES)
        parameters["sources"] = [source.id for source in held.sources.values() if source.channel in channels]
    if event is not None:
        conditions.append(sql.OF_EVENT)
        parameters["event"] = event
    shown, place = _look_through(conditions, parameters, cursor, limit, lambda row: permits(row, purpose, held))
    return TimelinePage(timeline_items(shown, held), None if place is None else encode_cursor(place))


def read_anchored(
    anchors: Sequence[int], held: Configuration, *, limit: int, cursor: Cursor | None = None
) -> TimelinePage:
    """A page of the interactions anchored on some identifiers, whatever they permit: for the person's own rights. Call
    it in one snapshot."""
    shown, place = _look_through([], {"anchors": list(anchors)}, cursor, limit, lambda _: True)
    return TimelinePage(timeline_items(shown, held), None if place is None else encode_cursor(place))


def _look_through(
    conditions: list[str], parameters: dict[str, Any], place: Cursor | None, limit: int, may_show: Callable[[Row], bool]
) -> tuple[list[Row], Cursor | None]:
    """The next rows that may be shown, up to `limit`, and the place behind the last one looked at, if any follow."""
    shown: list[Row] = []
    for most in (limit, *[max(limit, LATER_READS)] * (MOST_READS - 1)):
        rows = _read_rows(conditions, {**parameters, "most": most + 1}, place)
        for number, row in enumerate(rows[:most], start=1):
            place = Cursor(row[5], row[0])
            if may_show(row):
                shown.append(row)
            if len(shown) == limit:
                return shown, place if number < len(rows) else None
        if len(rows) <= most:
            return shown, None
    return shown, place


def _read_rows(conditions: list[str], parameters: dict[str, Any], place: Cursor | None) -> list[Row]:
    if place is not None:
        conditions = [sql.AFTER_CURSOR, *conditions]
        parameters = {**parameters, "at": place.at, "id": place.id}
    with connection.cursor() as database:
        database.execute(sql.TIMELINE.format(conditions=" ".join(conditions)), parameters)
        rows: list[Row] = database.fetchall()
    return rows


def permits(row: Row, purpose: Purpose, held: Configuration) -> bool:
    """Whether what an interaction says of consent itself permits a purpose; what cannot be read permits nothing. One
    that rests on a contract or the law is not asked for."""
    if purpose.legal_basis in UNREFUSABLE:
        return True
    observed = read_event(
        dialect=row[8],
        body=row[9].encode(),
        context=msgspec.json.decode(row[11]),
        received_at=microseconds(row[6]),
        source=held.sources[row[2]],
    )
    return not isinstance(observed, NotUnderstood) and stamp_permits(purpose, observed.signals) is not False


def timeline_items(rows: Sequence[Row], held: Configuration) -> list[TimelineItem]:
    """Rows of the page with the names of what they point to."""
    named = read_named({id_ for row in rows for id_ in row[7]}, held)
    return [
        TimelineItem(
            id=row[0],
            message_id=row[1],
            source=held.sources[row[2]].name,
            channel=held.sources[row[2]].channel,
            type=row[3],
            event=row[4],
            occurred_at=row[5],
            received_at=row[6],
            identifiers=[named[id_] for id_ in row[7] if id_ in named],
            properties=properties_of(row[8], row[9]),
            dropped_identifiers=msgspec.json.decode(row[10]),
        )
        for row in rows
    ]


def read_named(ids: Collection[int], held: Configuration) -> dict[int, NamedIdentifier]:
    """The type and value of some identifiers."""
    rows = Identifier.objects.filter(id__in=ids).values_list("id", "type_id", "value")
    return {id_: NamedIdentifier(held.types_by_id[type_id].name, value) for id_, type_id, value in rows}


def properties_of(dialect: str, payload: str) -> dict[str, Any]:
    """What the event says beside who it is about: `properties`, or the data of a CloudEvent."""
    event = msgspec.json.decode(payload)
    found = event.get("data" if dialect == "cloudevents" else "properties") if isinstance(event, dict) else None
    return found if isinstance(found, dict) else {}


def encode_cursor(cursor: Cursor) -> str:
    """The cursor as a caller carries it. It gives no right to anything: each page is checked anew."""
    packed = CURSOR.pack(CURSOR_VERSION, microseconds(cursor.at), cursor.id.bytes)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor:
    """The cursor that a caller brings back; raises `BadCursor`."""
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        version, at, id_ = CURSOR.unpack(packed)
    except (binascii.Error, struct.error, ValueError):
        raise BadCursor from None
    if version != CURSOR_VERSION or not EARLIEST <= at <= LATEST:
        raise BadCursor
    try:
        return Cursor(moment(at), UUID(bytes=id_))
    except OverflowError:
        raise BadCursor from None
