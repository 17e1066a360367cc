"""All that was ever said of a profile's traits, to be read by staff: how much of each, and each fact of one."""

import base64
import binascii
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from consent.times import microseconds, moment
from profiles.configuration import Configuration
from profiles.timeline import EARLIEST, BadCursor

MOST_COUNTED = 20_000  # facts of a profile that are counted by trait

COUNT_FACTS = """
    SELECT name, count(*), count(DISTINCT digest)
    FROM (SELECT name, digest FROM trait_fact WHERE identifier_id = ANY(%(ids)s) LIMIT %(most)s) AS said
    GROUP BY name
"""
# The facts of one trait, the latest first: each identifier gives its own by the primary key.
READ_FACTS = """
    SELECT identifier_id, digest, source_id, once, value, first_at, last_at, count, first_interaction,
        last_interaction
    FROM trait_fact
    WHERE identifier_id = ANY(%(ids)s) AND name = %(name)s
        AND (last_at, identifier_id, digest, source_id) < (%(at)s, %(identifier)s, %(digest)s, %(source)s)
    ORDER BY last_at DESC, identifier_id DESC, digest DESC, source_id DESC
    LIMIT %(most)s
"""


class FactCount(NamedTuple):
    """How often a trait was told, and how many different values it had."""

    facts: int
    values: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One value that a source told of an identifier, `count` times. `once`: it only fills a gap."""

    identifier_id: int
    value: Any
    source: str | None
    corrects: bool
    once: bool
    first_at: datetime
    last_at: datetime
    count: int
    interactions: tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class FactPage:
    """Some facts of one trait, the latest first, and where the next page begins; empty: there is none."""

    facts: Sequence[Fact]
    next_cursor: str


class Place(NamedTuple):
    """Behind which fact a page begins."""

    at: int
    identifier: int
    digest: bytes
    source: int


END = microseconds(datetime(9999, 1, 1, tzinfo=UTC))
MOST_ID, MOST_SOURCE = 2**62, 2**31 - 1
FROM_THE_TOP = Place(END, MOST_ID, b"\xff" * 16, MOST_SOURCE)


def mark_of(name: str) -> str:
    """A trait's name as URLs carry it: names come from clients, and could hold anything."""
    return hashlib.blake2b(name.encode(), digest_size=9).hexdigest()


def count_facts(identifier_ids: Collection[int]) -> dict[str, FactCount]:
    """How much was said of each trait of a profile, of the first 20,000 facts."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_FACTS, {"ids": list(identifier_ids), "most": MOST_COUNTED})
        return {name: FactCount(facts, values) for name, facts, values in cursor.fetchall()}


def read_facts(
    identifier_ids: Collection[int], name: str, held: Configuration, *, cursor: str = "", limit: int = 50
) -> FactPage:
    """A page of what was said of one trait under some identifiers. Raises `BadCursor`."""
    place = read_place(cursor)
    with connection.cursor() as database:
        database.execute(
            READ_FACTS,
            {
                "ids": list(identifier_ids),
                "name": name,
                "at": moment(place.at),
                "identifier": place.identifier,
                "digest": UUID(bytes=place.digest),
                "source": place.source,
                "most": limit + 1,
            },
        )
        rows = database.fetchall()
    last = rows[limit - 1] if len(rows) > limit else None
    following = "" if last is None else write_place(Place(microseconds(last[6]), last[0], last[1].bytes, last[2]))
    return FactPage([fact_of(row, held) for row in rows[:limit]], following)


def fact_of(row: Sequence[Any], held: Configuration) -> Fact:
    """A row as a fact."""
    identifier_id, _digest, source_id, once, value, first_at, last_at, count, first, last = row
    source = held.sources.get(source_id)
    return Fact(
        identifier_id=identifier_id,
        value=msgspec.json.decode(value),
        source=None if source is None else source.name,
        corrects=source is not None and source.corrects,
        once=once,
        first_at=first_at,
        last_at=last_at,
        count=count,
        interactions=(first, last),
    )


def write_place(place: Place) -> str:
    """A place as URLs carry it. It names nobody."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def read_place(cursor: str) -> Place:
    """The place that a page begins behind; raises `BadCursor`."""
    if not cursor:
        return FROM_THE_TOP
    try:
        packed = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = msgspec.msgpack.decode(packed, type=Place)
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError):
        raise BadCursor from None
    within = EARLIEST <= place.at <= END and 0 <= place.identifier <= MOST_ID and 0 <= place.source <= MOST_SOURCE
    if not within or len(place.digest) != len(FROM_THE_TOP.digest):
        raise BadCursor
    return place
