"""Figures of sources that were sending long before a test begins, without sending anything."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from profiles.figures.histograms import LAG, SKEW, nothing
from profiles.models import Source, SourceMinute

MINUTE = timedelta(minutes=1)


def minute_of(source_id: int, minute: datetime, **figures: object) -> SourceMinute:
    """The figures of a minute, in which three events were stored unless said otherwise."""
    events = int(str(figures.get("events", 3)))
    lag, skew = nothing(LAG), nothing(SKEW)
    lag[2], skew[0] = events, events
    usual: dict[str, object] = {
        "events": events,
        "duplicates": 0,
        "quarantined": 0,
        "dropped": 0,
        "suppressed": 0,
        "bytes": 900,
        "lag": lag,
        "skew": skew,
        "skew_sum": 200 * events,
        "skew_max": 300,
        "last_received": minute + timedelta(seconds=50),
        "resolved_at": minute + timedelta(seconds=51),
    }
    return SourceMinute(source_id=source_id, minute=minute, **{**usual, **figures})


def sending(source: Source, until: datetime, *, minutes: int, every: timedelta = MINUTE, **figures: object) -> None:
    """A source that has posted steadily up to a moment."""
    last = until.replace(second=0, microsecond=0)
    keep(minute_of(source.pk, last - every * n, **figures) for n in range(minutes))


def keep(rows: Iterable[SourceMinute]) -> None:
    """Store figures."""
    SourceMinute.objects.bulk_create(rows, batch_size=10_000)
