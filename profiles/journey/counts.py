"""How many interactions stand where on the lanes, counted by the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from profiles.configuration import Configuration
from profiles.journey import sql
from profiles.journey.lanes import Cut


@dataclass(frozen=True, slots=True)
class Heap:
    """The interactions of one channel in one part of the lanes: how many, and from when to when."""

    count: int
    first: datetime
    last: datetime

    def with_(self, other: "Heap") -> "Heap":
        """Both together."""
        return Heap(self.count + other.count, min(self.first, other.first), max(self.last, other.last))


@dataclass(frozen=True, slots=True)
class Lanes:
    """What the lanes of a stretch of days hold: channel to the number of each part that is not empty."""

    cut: Cut
    heaps: dict[str, dict[int, Heap]]

    @property
    def total(self) -> int:
        """How many interactions there are."""
        return sum(heap.count for parts in self.heaps.values() for heap in parts.values())

    @property
    def filled(self) -> list[int]:
        """The parts that are not empty, in their order."""
        return sorted({part for parts in self.heaps.values() for part in parts})


def read_lanes(anchors: Sequence[int], cut: Cut, held: Configuration) -> Lanes:
    """The lanes of the interactions anchored on some identifiers."""
    asked: dict[str, Any] = {
        "anchors": list(anchors),
        "edges": cut.edges,
        "since": cut.edges[0],
        "until": cut.edges[-1],
    }
    heaps: dict[str, dict[int, Heap]] = {}
    with connection.cursor() as database:
        database.execute(sql.COUNTS, asked)
        for source_id, part, *counted in database.fetchall():
            lane = heaps.setdefault(held.sources[source_id].channel, {})
            heap = Heap(*counted)
            lane[part] = lane[part].with_(heap) if part in lane else heap
    return Lanes(cut, heaps)
