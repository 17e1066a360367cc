"""Percentiles of histograms are never too good, and do not depend on how what was counted was parted."""

from hypothesis import given
from hypothesis import strategies as st

from profiles.figures.histograms import LAG, SKEW, added, bucket_of, is_beyond, nothing, percentile, share_above

durations = st.lists(st.integers(0, 10_000_000), max_size=60)
shares = st.sampled_from([0.01, 0.5, 0.9, 0.95, 0.99, 1.0])


def counted(values: list[int], bounds: tuple[int, ...] = LAG) -> list[int]:
    counts = nothing(bounds)
    for value in values:
        counts[bucket_of(bounds, value)] += 1
    return counts


def naive(values: list[int], share: float) -> int:
    """The least of the values that at least so large a share does not exceed."""
    return next(one for one in sorted(values) if sum(other <= one for other in values) >= share * len(values))


@given(durations, shares)
def test_a_percentile_is_the_end_of_the_bucket_that_the_true_one_is_in(values: list[int], share: float) -> None:
    found = percentile(LAG, counted(values), share)
    if not values:
        assert found is None
        return
    true = naive(values, share)
    beyond = is_beyond(LAG, counted(values), share)
    assert beyond == (true > LAG[-1])
    assert found == (LAG[-1] if beyond else LAG[bucket_of(LAG, true)])


@given(durations, durations, shares)
def test_it_is_the_same_however_the_counts_were_parted(some: list[int], others: list[int], share: float) -> None:
    together = added([counted(some), counted(others)], LAG)
    assert together == counted(some + others) == added([counted(others), counted(some)], LAG)
    assert percentile(LAG, together, share) == percentile(LAG, counted(some + others), share)


@given(durations)
def test_percentiles_rise(values: list[int]) -> None:
    found = [percentile(LAG, counted(values), share) or 0 for share in (0.01, 0.5, 0.9, 0.95, 0.99, 1.0)]
    assert found == sorted(found)


@given(st.lists(st.integers(0, 10**9), max_size=60), st.sampled_from(SKEW))
def test_the_share_above_a_bound_is_exact(values: list[int], bound: int) -> None:
    above = sum(value > bound for value in values)
    assert share_above(SKEW, counted(values, SKEW), bound) == (above / len(values) if values else 0.0)


def test_what_is_a_bucket_s_end_is_in_it_and_what_is_above_all_is_counted_too() -> None:
    assert [bucket_of(LAG, value) for value in (0, 50, 51, LAG[-1], LAG[-1] + 1, 10**15)] == [0, 0, 1, 11, 12, 12]
