"""How sources are, and the chain that leads from them to profiles: source, intake, queue, resolver, profile."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from profiles.configuration import CORRECTING
from profiles.figures.histograms import LAG, SKEW, added
from profiles.figures.judging import BAD, SHORTEST_SILENCE, Judged, Reason, judge, longest_pause
from profiles.figures.reading import (
    MINUTE,
    NOTHING,
    Figures,
    Waiting,
    count_quarantined,
    floor,
    read_latest,
    read_pauses,
    read_per_minute,
    read_totals,
    read_waiting,
)
from profiles.intake.awake import Workers, look_at_workers
from profiles.intake.rates import read_refused
from profiles.models import Source, SourceKey

HOUR = timedelta(hours=1)
RHYTHM_MINUTES = 240
WORKERS_LOOK = 30.0  # seconds; the sweep is asked for each second

ORDER = list(Reason)


class Unwell(NamedTuple):
    """What is wrong with a source, and what it is told by (judging.py)."""

    source_id: int
    source: str
    reason: Reason
    told_by: Mapping[str, Any]

    @property
    def is_bad(self) -> bool:
        """Whether something is being lost or late by it; otherwise it will be, or is as somebody wanted it."""
        return self.reason in BAD


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source as it is now. `figures` and `per_minute` (the latest last) are of the last 60 minutes.

    `refused`: by the rate limit in this hour and the one before it, None where Redis is away.
    """

    row: Source
    figures: Figures
    per_minute: list[int]
    last_received: datetime | None
    resolved_at: datetime | None
    waiting: Waiting | None
    quarantined: int
    refused: int | None
    keys: list[SourceKey]
    unwell: list[Unwell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chain:
    """The way from sources to profiles as a whole. `workers` None: Redis is away, and nobody knows."""

    sources: int
    sending: int  # sources from which something came within the hour
    unwell: int  # sources with which something is wrong that loses or delays events
    figures: Figures
    last_received: datetime | None
    resolved_at: datetime | None
    pending: int
    oldest_pending_seconds: float
    refused: int | None
    workers: Workers | None

    @property
    def workers_look(self) -> bool | None:
        """Whether a worker looks at the inbox; None where nobody knows."""
        if self.workers is None:
            return None
        looked = self.workers.looked_seconds_ago
        return self.workers.awake > 0 or (looked is not None and looked < WORKERS_LOOK)


@dataclass(frozen=True, slots=True)
class Health:
    """The chain and each source, by name."""

    chain: Chain
    sources: list[SourceHealth]


def source_health(now: datetime | None = None, *, only: int | None = None) -> Health:
    """How all sources are, or one; the chain is of those. The service's own source is none of them."""
    now = now or datetime.now(UTC)
    rows = list(Source.objects.exclude(rank=CORRECTING).order_by("name"))
    if only is not None:
        rows = [row for row in rows if row.pk == only]
    read = _Read(rows, now)
    sources = [read.health_of(row) for row in rows]
    return Health(_chain(sources, read, now), sources)


def unwell_sources(now: datetime | None = None) -> list[Unwell]:
    """What is wrong with sources, the worst first. A disabled one is as somebody wanted it, and is not among them."""
    found = [unwell for source in source_health(now).sources for unwell in source.unwell]
    return sorted(
        (one for one in found if one.reason != Reason.DISABLED), key=lambda one: (ORDER.index(one.reason), one.source)
    )


class _Read:
    """What is known of some sources, read once for all of them."""

    def __init__(self, rows: Sequence[Source], now: datetime) -> None:
        ids = [row.pk for row in rows]
        until = floor(now, MINUTE) + MINUTE
        self.now, self.since = now, until - HOUR
        self.totals = read_totals(ids, self.since, until)
        self.per_minute = read_per_minute(ids, self.since, until)
        self.latest = read_latest(ids)
        self.waiting = read_waiting()
        self.quarantined = count_quarantined(ids)
        self.refused = read_refused(ids)
        self.keys = _keys(ids)
        self.pauses = _pauses([id_ for id_ in ids if self._is_quiet(id_)], self.latest)
        self.workers = look_at_workers()

    def _is_quiet(self, id_: int) -> bool:
        return id_ in self.latest and self.now - self.latest[id_][0] > SHORTEST_SILENCE

    def health_of(self, row: Source) -> SourceHealth:
        """How one of them is."""
        last_received, resolved_at = self.latest.get(row.pk, (None, None))
        found = SourceHealth(
            row=row,
            figures=self.totals.get(row.pk, NOTHING),
            per_minute=self.per_minute.get(row.pk, [0] * 60),
            last_received=last_received,
            resolved_at=resolved_at,
            waiting=self.waiting.get(row.pk),
            quarantined=self.quarantined.get(row.pk, 0),
            refused=None if self.refused is None else self.refused.get(row.pk, 0),
            keys=self.keys.get(row.pk, []),
        )
        found.unwell.extend(Unwell(row.pk, row.name, *one) for one in judge(self._judged(found), self.now))
        found.unwell.sort(key=lambda one: ORDER.index(one.reason))
        return found

    def _judged(self, one: SourceHealth) -> Judged:
        valid = [key for key in one.keys if key.expires_at is None or key.expires_at > self.now]
        ends = [key.expires_at for key in valid if key.expires_at is not None]
        return Judged(
            disabled=one.row.disabled_at is not None,
            has_key=bool(valid),
            key_ends=max(ends) if ends and len(ends) == len(valid) else None,
            figures=one.figures,
            last_received=one.last_received,
            pause=self.pauses.get(one.row.pk),
            oldest_waiting=one.waiting.oldest if one.waiting else None,
            refused=one.refused or 0,
        )


def _keys(ids: Sequence[int]) -> dict[int, list[SourceKey]]:
    """The write keys that were not revoked, by source; some may be past their end."""
    found: dict[int, list[SourceKey]] = {}
    for key in SourceKey.objects.filter(source_id__in=ids, revoked_at=None).order_by("-id"):
        found.setdefault(key.source_id, []).append(key)
    return found


def _pauses(ids: Sequence[int], latest: Mapping[int, tuple[datetime, datetime]]) -> dict[int, timedelta]:
    """The longest usual pause of each source that is quiet now, before this one."""
    if not ids:
        return {}
    read = read_pauses(ids, max(latest[id_][0] for id_ in ids), RHYTHM_MINUTES)
    found = {id_: longest_pause(pauses) for id_, pauses in read.items()}
    return {id_: pause for id_, pause in found.items() if pause is not None}


def _chain(sources: Sequence[SourceHealth], read: _Read, now: datetime) -> Chain:
    waiting = [one.waiting for one in sources if one.waiting is not None]
    oldest = min((one.oldest for one in waiting if one.oldest is not None), default=now)
    return Chain(
        sources=sum(one.row.disabled_at is None for one in sources),
        sending=sum(one.figures.delivered > 0 for one in sources),
        unwell=sum(any(unwell.is_bad for unwell in one.unwell) for one in sources),
        figures=_together([one.figures for one in sources]),
        last_received=max((one.last_received for one in sources if one.last_received), default=None),
        resolved_at=max((one.resolved_at for one in sources if one.resolved_at), default=None),
        pending=sum(one.events for one in waiting),
        oldest_pending_seconds=max(0.0, (now - oldest).total_seconds()),
        refused=None if read.refused is None else sum(read.refused.values()),
        workers=read.workers,
    )


def _together(figures: Iterable[Figures]) -> Figures:
    """The figures of several sources as of one."""
    found = list(figures)
    return Figures(
        **{name: sum(getattr(one, name) for one in found) for name in SUMMED},
        skew_max=max((one.skew_max for one in found), default=0),
        lag=added([one.lag for one in found], LAG),
        skew=added([one.skew for one in found], SKEW),
    )


SUMMED = ("events", "duplicates", "quarantined", "dropped", "suppressed", "bytes", "skew_sum")
