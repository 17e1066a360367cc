"""Each survivorship rule, and that no order or grouping shows in any."""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.golden.survivorship import (
    RULES,
    Entry,
    Partial,
    add_exactly,
    canonical_json,
    chosen,
    combine,
    plain_number,
    prepared,
)

RANKS = {1: 10, 2: 20}


def entry(value: object, at: int, source: int = 1, number: int = 0, *, once: bool = False) -> Entry:
    return Entry(canonical_json(value), at, source, number.to_bytes(2, "big"), once)


def value_of(rule: str, *entries: Entry) -> str | None:
    partial: Partial = []
    for one in entries:
        mine = prepared(rule, one)
        partial = combine(rule, partial, mine, RANKS) if partial else mine
    found = chosen(rule, partial, RANKS)
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("rule", "entries", "expected"),
    [
        ("latest", [entry("a", 1), entry("b", 2)], '"b"'),
        ("latest", [entry("a", 1, source=2), entry("b", 1, source=1)], '"b"'),
        ("latest", [entry("b", 1), entry("a", 1)], '"a"'),
        ("latest", [entry("a", 1), entry(None, 2)], None),
        ("latest", [entry(None, 1), entry("", 2)], '""'),
        ("latest", [entry("first", 5, once=True), entry("later", 9, once=True)], '"first"'),
        ("latest", [entry("set", 1), entry("gap", 0, once=True)], '"set"'),
        ("earliest", [entry("a", 1), entry("b", 2)], '"a"'),
        ("most_frequent", [entry("a", 1), entry("b", 2), entry("a", 3)], '"a"'),
        ("most_frequent", [entry("a", 1), entry("b", 2)], '"b"'),
        ("source_rank", [entry("a", 9, source=2), entry("b", 1, source=1)], '"b"'),
        ("min", [entry(10, 1), entry(9, 2), entry(None, 3)], "9"),
        ("max", [entry("b", 1), entry("c", 2), entry("a", 3)], '"c"'),
        ("max", [entry(10, 1), entry(9.5, 2)], "10"),
        ("sum", [entry(1.1, 1), entry(2.2, 2), entry("no number", 3)], "3.3"),
        ("sum", [entry("7.0", 1)], "7"),
        ("union", [entry(["b", "a"], 1), entry("a", 2), entry("c", 3)], '["a","b","c"]'),
    ],
)
def test_each_rule_chooses_as_it_says(rule: str, entries: list[Entry], expected: str | None) -> None:
    assert value_of(rule, *entries) == expected
    assert value_of(rule, *reversed(entries)) == expected


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(-2, 2),
    st.sampled_from(["a", "b", "7", "", ["a"], {"k": 1}]),
)
entry_lists = st.lists(
    st.tuples(values, st.integers(0, 3), st.sampled_from([1, 2]), st.booleans()), min_size=1, max_size=8
)


@given(rule=st.sampled_from(RULES), rows=entry_lists, seed=st.integers(0, 10**6))
def test_no_order_and_no_grouping_shows(rule: str, rows: list[tuple[object, int, int, bool]], seed: int) -> None:
    entries = [
        entry(value, at, source, number, once=once and value is not None)
        for number, (value, at, source, once) in enumerate(rows)
    ]
    partials = [prepared(rule, one) for one in entries]
    expected = partials[0]
    for partial in partials[1:]:
        expected = combine(rule, expected, partial, RANKS)
    chance = random.Random(seed)
    while len(partials) > 1:
        chance.shuffle(partials)
        partials.append(combine(rule, partials.pop(), partials.pop(), RANKS))
    assert chosen(rule, partials[0], RANKS) == chosen(rule, expected, RANKS)


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=12)))
def test_sums_are_exact(numbers: list[Decimal]) -> None:
    assert add_exactly(numbers) == add_exactly(reversed(numbers))


@pytest.mark.parametrize(("number", "text"), [("1.50", "1.5"), ("100", "100"), ("-0.0", "0"), ("1E+3", "1000")])
def test_a_number_has_one_spelling(number: str, text: str) -> None:
    assert plain_number(Decimal(number)) == text
