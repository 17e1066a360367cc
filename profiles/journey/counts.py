"""How many interactions stand where on the lanes, counted by the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from profiles.configuration import Configuration
from profiles.journey import sql
from profiles.journey.lanes import Cut

MOST_MARKS = 120  # up to so many, each interaction gets a mark of its own


@dataclass(frozen=True, slots=True)
class Mark:
    """One interaction on a lane."""

    id: UUID
    channel: str
    type: str
    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lanes:
    """What the lanes of a stretch of days hold: channel to the number of each part that is not empty.

    `marks`: each interaction by itself, where they are few; None: they are many.
    """

    cut: Cut
    counts: dict[str, dict[int, int]]
    marks: list[Mark] | None

    @property
    def total(self) -> int:
        """How many interactions there are."""
        return sum(sum(parts.values()) for parts in self.counts.values())

    @property
    def filled(self) -> list[int]:
        """The parts that are not empty, in their order."""
        return sorted({part for parts in self.counts.values() for part in parts})


def read_lanes(anchors: Sequence[int], parts: Cut, held: Configuration) -> Lanes:
    """The lanes of the interactions anchored on some identifiers. Call it in one snapshot."""
    asked = {
        "anchors": list(anchors),
        "edges": parts.edges,
        "since": parts.edges[0],
        "until": parts.edges[-1],
        "most": MOST_MARKS,
    }
    counts: dict[str, dict[int, int]] = {}
    for source_id, part, count in _rows(sql.COUNTS, asked):
        lane = counts.setdefault(held.sources[source_id].channel, {})
        lane[part] = lane.get(part, 0) + count
    total = sum(sum(lane.values()) for lane in counts.values())
    marks = _marks(asked, held) if total <= MOST_MARKS else None
    return Lanes(parts, counts, marks)


def _marks(asked: dict[str, Any], held: Configuration) -> list[Mark]:
    return [
        Mark(id_, held.sources[source_id].channel, type_, event, at)
        for source_id, at, id_, type_, event in _rows(sql.MARKS, asked)
    ]


def _rows(statement: str, parameters: dict[str, Any]) -> list[Any]:
    with connection.cursor() as database:
        database.execute(statement, parameters)
        return list(database.fetchall())
