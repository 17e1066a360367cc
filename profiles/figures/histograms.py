"""Counts by fixed buckets that grow about twofold or threefold, and what percentiles they give. Pure.

Buckets never change once counted in: what two workers counted, or two minutes, is added bucket by bucket.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

# Upper ends in milliseconds; what is above the last is counted in one bucket more.
LAG = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 3_600_000)
SKEW = (2_000, 10_000, 60_000, 300_000, 3_600_000, 86_400_000)

Counts = list[int]


def nothing(bounds: Sequence[int]) -> Counts:
    """A histogram in which nothing is counted."""
    return [0] * (len(bounds) + 1)


def bucket_of(bounds: Sequence[int], milliseconds: int) -> int:
    """The place of the bucket that counts a duration; one that is its upper end is in it."""
    return bisect_left(bounds, milliseconds)


def added(histograms: Iterable[Sequence[int]], bounds: Sequence[int]) -> Counts:
    """Several histograms of the same buckets as one."""
    total = nothing(bounds)
    for counts in histograms:
        for place, count in enumerate(counts):
            total[place] += count
    return total


def percentile(bounds: Sequence[int], counts: Sequence[int], share: float) -> int | None:
    """The duration (milliseconds) that a share of what was counted does not exceed, 0 < share <= 1.

    It is the upper end of the bucket that the one at that place is in, so never too good; of the last bucket it is its
    lower end, which `is_beyond` tells. None where nothing was counted.
    """
    wanted, passed = share * sum(counts), 0
    if wanted <= 0:
        return None
    for place, count in enumerate(counts):
        passed += count
        if count and passed >= wanted:
            return bounds[min(place, len(bounds) - 1)]
    return bounds[-1]


def is_beyond(bounds: Sequence[int], counts: Sequence[int], share: float) -> bool:
    """Whether that duration is above all bounds, so that `percentile` says only what it exceeds."""
    return sum(counts) > 0 and sum(counts[:-1]) < share * sum(counts)


def share_above(bounds: Sequence[int], counts: Sequence[int], milliseconds: int) -> float:
    """The share of what was counted that is above a bound, 0.0 to 1.0; 0.0 where nothing was counted."""
    total = sum(counts)
    return sum(counts[bounds.index(milliseconds) + 1 :]) / total if total else 0.0
