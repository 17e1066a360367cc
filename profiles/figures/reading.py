"""Reading the figures of sources. Each query is bounded: by the minutes of a window, or by how many rows it counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from profiles.figures import sql
from profiles.figures.histograms import LAG, SKEW, Counts, is_beyond, nothing, percentile
from profiles.figures.judging import Pauses
from profiles.intake.quarantine import TRIED_AGAIN

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MOST_BATCHES = 10_000  # of the inbox that are counted
MOST_QUARANTINED = 1_000  # of each source that are counted
PAUSES_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of what was delivered in some minutes."""

    events: int = 0
    duplicates: int = 0
    quarantined: int = 0
    dropped: int = 0
    suppressed: int = 0
    bytes: int = 0
    skew_sum: int = 0
    skew_max: int = 0
    lag: Counts = field(default_factory=lambda: nothing(LAG))
    skew: Counts = field(default_factory=lambda: nothing(SKEW))

    @property
    def delivered(self) -> int:
        """All of it."""
        return self.events + self.duplicates + self.quarantined + self.dropped + self.suppressed

    def share(self, name: str) -> float:
        """The share of an outcome, 0.0 to 1.0."""
        return float(getattr(self, name)) / self.delivered if self.delivered else 0.0

    def lag_at(self, share: float) -> int | None:
        """Milliseconds from receipt to a profile that a share of the events did not exceed."""
        return percentile(LAG, self.lag, share)

    def lag_is_beyond(self, share: float) -> bool:
        """Whether it is longer than can be told."""
        return is_beyond(LAG, self.lag, share)

    def mean_skew(self) -> int:
        """How far the senders' clocks are ahead on average, milliseconds."""
        told = sum(self.skew)
        return round(self.skew_sum / told) if told else 0


@dataclass(frozen=True, slots=True)
class Point:
    """The figures of a step in time that begins at `at`."""

    at: datetime
    figures: Figures


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of a source waits in the inbox. `oldest`: None where all of it is tried again out of quarantine."""

    events: int
    oldest: datetime | None


NOTHING = Figures()


def floor(at: datetime, step: timedelta) -> datetime:
    """The beginning of the step that an instant is in, counted from the epoch."""
    seconds = int(step.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def read_totals(source_ids: Sequence[int], since: datetime, until: datetime) -> dict[int, Figures]:
    """The figures of some sources over some minutes, by source."""
    rows = _rows(sql.TOTALS, {"sources": list(source_ids), "since": since, "until": until})
    return {row[0]: Figures(*row[1:]) for row in rows}


def read_per_minute(source_ids: Sequence[int], since: datetime, until: datetime) -> dict[int, list[int]]:
    """How many events came, stored or not, by source: a number for each minute from `since` on."""
    count = (until - since) // MINUTE
    found: dict[int, list[int]] = {}
    for source_id, places, numbers in _rows(
        sql.PER_MINUTE, {"sources": list(source_ids), "since": since, "until": until}
    ):
        counts = found[source_id] = [0] * count
        for place, number in zip(places, numbers, strict=True):
            counts[place] = number
    return found


def read_course(source_id: int, since: datetime, until: datetime, step: timedelta) -> list[Point]:
    """The figures of one source, step by step; steps in which nothing came are there too."""
    seconds = int(step.total_seconds())
    rows = _rows(sql.COURSE, {"source": source_id, "since": since, "until": until, "step": seconds})
    held = {datetime.fromtimestamp(row[0], UTC): Figures(*row[1:]) for row in rows}
    first = floor(since, step)
    count = max(0, -((first - until) // step))
    return [Point(at, held.get(at, NOTHING)) for at in (first + step * n for n in range(count))]


def read_latest(source_ids: Sequence[int]) -> dict[int, tuple[datetime, datetime]]:
    """When each of some sources last posted, and when that became part of a profile, as far as it is not forgotten."""
    return {row[0]: (row[1], row[2]) for row in _rows(sql.LATEST, {"sources": list(source_ids)})}


def read_pauses(source_ids: Sequence[int], until: datetime, most: int) -> dict[int, Pauses]:
    """The longest pauses of some sources up to now: of the last week by hours, and between their last minutes."""
    last = floor(until, HOUR)
    held = {"sources": list(source_ids), "since": last - PAUSES_WITHIN, "until": last, "most": most}
    by_hours = dict(_rows(sql.PAUSES_OF_HOURS, held))
    return {
        source_id: Pauses(minutes, between or MINUTE, (by_hours.get(source_id) or HOUR) - HOUR)
        for source_id, minutes, between in _rows(sql.PAUSES_OF_MINUTES, held)
    }


def read_waiting() -> dict[int, Waiting]:
    """What waits in the inbox by source, of the oldest `MOST_BATCHES` batches."""
    rows = _rows(sql.WAITING, {"most": MOST_BATCHES, "tried_again": TRIED_AGAIN})
    return {row[0]: Waiting(int(row[1]), row[2]) for row in rows}


def count_quarantined(source_ids: Collection[int]) -> dict[int, int]:
    """How many events of each source are in quarantine; above `MOST_QUARANTINED` it is one more than that."""
    return dict(_rows(sql.COUNT_QUARANTINED, {"sources": list(source_ids), "most": MOST_QUARANTINED + 1}))


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
