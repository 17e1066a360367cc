"""Whether a source is well: what is wrong with it, by its figures of the last hour and how it usually sends. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from profiles.figures.histograms import SKEW, share_above

FEWEST = 5  # events; of fewer no share is judged
QUARANTINE_SHARE = 0.05
SLOW = 10_000  # milliseconds from receipt to a profile, p95
WAITS = timedelta(seconds=30)  # the oldest batch in the inbox
CLOCK_OFF = 300_000  # milliseconds
CLOCK_SHARE = 0.2
KEY_ENDS = timedelta(days=7)
PATIENCE = 1.5  # so many times its longest pause
SHORTEST_SILENCE = timedelta(minutes=15)
FEWEST_MINUTES = 5  # in which it posted, before anything of it is usual


class Reason(StrEnum):
    """What is wrong with a source, the worst first."""

    NO_KEY = "no_key"
    SILENT = "silent"
    QUARANTINE = "quarantine"
    LAG = "lag"
    RATE_LIMITED = "rate_limited"
    SKEW = "skew"
    KEY_EXPIRING = "key_expiring"
    DISABLED = "disabled"


BAD = frozenset({Reason.NO_KEY, Reason.SILENT, Reason.QUARANTINE, Reason.LAG})


class Seen(Protocol):
    """The figures of some minutes."""

    @property
    def quarantined(self) -> int: ...
    @property
    def skew(self) -> Sequence[int]: ...
    @property
    def delivered(self) -> int: ...
    def lag_at(self, share: float) -> int | None: ...


class Pauses(NamedTuple):
    """The pauses of a source before the present one: in how many of its last minutes it posted, the longest time
    between two of those, and the longest in a week from the end of an hour in which it posted to the next."""

    minutes: int
    between_minutes: timedelta
    between_hours: timedelta


@dataclass(frozen=True, slots=True)
class Judged:
    """What a source is judged by. `key_ends`: when its last write key does; None: it has one without an end.

    `has_key`: whether one is good now. `pause`: its longest usual one; None: nothing is usual yet. `refused`: events
    that its rate limit turned away lately.
    """

    disabled: bool
    has_key: bool
    key_ends: datetime | None
    figures: Seen
    last_received: datetime | None
    pause: timedelta | None
    oldest_waiting: datetime | None
    refused: int


def judge(one: Judged, now: datetime) -> Iterator[tuple[Reason, Mapping[str, Any]]]:
    """What is wrong, with what it is told by. Of a source that is disabled only that is said."""
    if one.disabled:
        yield Reason.DISABLED, {}
        return
    if not one.has_key:
        yield Reason.NO_KEY, {}
    elif one.key_ends is not None and one.key_ends - now < KEY_ENDS:
        yield Reason.KEY_EXPIRING, {"at": one.key_ends}
    if one.last_received is not None and one.pause is not None and is_silent(one.last_received, one.pause, now):
        yield Reason.SILENT, {"since": one.last_received, "pause": one.pause}
    if one.refused:
        yield Reason.RATE_LIMITED, {"events": one.refused}
    yield from _by_figures(one, now)


def _by_figures(one: Judged, now: datetime) -> Iterator[tuple[Reason, Mapping[str, Any]]]:
    seen = one.figures
    slow = seen.lag_at(0.95)
    waits = now - one.oldest_waiting if one.oldest_waiting else timedelta(0)
    if waits > WAITS:
        yield Reason.LAG, {"waits": waits}
    elif slow is not None and slow > SLOW:
        yield Reason.LAG, {"p95": slow}
    if seen.quarantined >= FEWEST and seen.quarantined >= QUARANTINE_SHARE * seen.delivered:
        yield Reason.QUARANTINE, {"events": seen.quarantined, "share": seen.quarantined / seen.delivered}
    off = share_above(SKEW, seen.skew, CLOCK_OFF)
    if sum(seen.skew) >= FEWEST and off >= CLOCK_SHARE:
        yield Reason.SKEW, {"share": off}


def is_silent(last_received: datetime, pause: timedelta, now: datetime) -> bool:
    """Whether a source has been quiet for longer than it ever is."""
    return now - last_received > max(SHORTEST_SILENCE, PATIENCE * pause)


def longest_pause(pauses: Pauses) -> timedelta | None:
    """A source's longest usual pause. Neither the night of a shop nor the day of what is sent at night is a silence.

    None where it posted too seldom for anything to be usual.
    """
    return max(pauses.between_minutes, pauses.between_hours) if pauses.minutes >= FEWEST_MINUTES else None
