"""What became of the events of one transaction, by source and minute of receipt. Pure.

Every event that was delivered counts once. So whatever the order, in each minute the outcomes sum up to what was
delivered, and over all minutes as many are stored as there are different ones. One that is tried again out of
quarantine is taken out of what is counted as quarantined, and counts as what becomes of it now.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from consent.times import microseconds
from profiles.figures.histograms import LAG, SKEW, Counts, bucket_of, nothing

MINUTE = 60_000_000  # microseconds


class Receipt(NamedTuple):
    """By whom and when a batch was posted: what its events are counted by."""

    source_id: int
    received_at: datetime


class Stored(NamedTuple):
    """What a stored event tells. `sent_at`: the time that the sender said, microseconds. `tried_again`: it was in
    quarantine until now, so that how long it took is no lag."""

    receipt: Receipt
    sent_at: int | None
    tried_again: bool


Received = Counter[Receipt]


@dataclass(slots=True)
class Minute:
    """The figures of a source and minute. Times are microseconds since the epoch, durations milliseconds."""

    events: int = 0
    duplicates: int = 0
    quarantined: int = 0
    dropped: int = 0
    suppressed: int = 0
    bytes: int = 0
    lag: Counts = field(default_factory=lambda: nothing(LAG))
    skew: Counts = field(default_factory=lambda: nothing(SKEW))
    skew_sum: int = 0
    skew_max: int = 0
    last_received: int = 0


@dataclass(slots=True)
class Tally:
    """What one transaction counted. `quarantined` is below zero where events came out of quarantine."""

    stored: Counter[Stored] = field(default_factory=Counter)
    duplicates: Received = field(default_factory=Counter)
    quarantined: Received = field(default_factory=Counter)
    dropped: Received = field(default_factory=Counter)
    suppressed: Received = field(default_factory=Counter)
    bytes: Received = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Count more in."""
        for name in ("stored", "duplicates", "quarantined", "dropped", "suppressed", "bytes"):
            getattr(self, name).update(getattr(other, name))

    def minutes(self, now: int) -> dict[tuple[int, int], Minute]:
        """By source and the microsecond at which the minute begins, sorted; `now` is when they become profiles."""
        found: dict[tuple[int, int], Minute] = {}
        for stored, count in self.stored.items():
            _count_stored(_minute_of(found, stored.receipt), stored, now, count)
        for name in ("duplicates", "quarantined", "dropped", "suppressed", "bytes"):
            for receipt, count in getattr(self, name).items():
                minute = _minute_of(found, receipt)
                setattr(minute, name, getattr(minute, name) + count)
        return dict(sorted(found.items()))


def lost(before: Iterable[Receipt], after: Iterable[Receipt]) -> Received:
    """What is in the first and no more in the second."""
    return Counter(before) - Counter(after)


def _minute_of(found: dict[tuple[int, int], Minute], receipt: Receipt) -> Minute:
    at = microseconds(receipt.received_at)
    minute = found.setdefault((receipt.source_id, at - at % MINUTE), Minute())
    minute.last_received = max(minute.last_received, at)
    return minute


def _count_stored(minute: Minute, stored: Stored, now: int, count: int) -> None:
    received_at = microseconds(stored.receipt.received_at)
    minute.events += count
    if not stored.tried_again:
        minute.lag[bucket_of(LAG, max(now - received_at, 0) // 1000)] += count
    if stored.sent_at is not None:
        off = (stored.sent_at - received_at) // 1000
        minute.skew[bucket_of(SKEW, abs(off))] += count
        minute.skew_sum += off * count
        minute.skew_max = max(minute.skew_max, abs(off))
