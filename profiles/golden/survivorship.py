"""How one value of a trait is chosen among many facts. Pure: no Django, no database.

Each rule keeps a *partial*: a short list of entries that two sides can be combined into, in any order and any
grouping, with the same result. So the value of a profile can be folded from its identifiers' partials, and
those from single interactions, and nobody need read the facts again (identity.md, "Traits").
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal, InvalidOperation
from typing import Any

import msgspec

MOST_VALUES = 1000  # values that a union shows, and the names that a card shows: the least in byte order
RULES = ("latest", "earliest", "most_frequent", "source_rank", "min", "max", "sum", "union")

NULL = "null"

# Enough digits that no sum is ever rounded: rounding would make it depend on the order of adding.
EXACT = Context(prec=400)
LONGEST_NUMBER = 80  # characters


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """A value with the interaction that speaks for it.

    `value` is canonical JSON, `at` microseconds since the epoch, `count` the interactions that said it.
    """

    value: str
    at: int
    source: int
    interaction: bytes
    once: bool = False
    count: int = 1


Partial = list[Entry]
Ranks = Mapping[int, int]  # source id to rank; the least is believed first


def canonical_json(value: Any) -> str:
    """The one spelling of a JSON value: keys sorted, no spaces."""
    return msgspec.json.encode(value, order="sorted").decode()


def combine(rule: str, left: Partial, right: Partial, ranks: Ranks) -> Partial:
    """One partial out of two, of different interactions; commutative and associative."""
    if rule == "sum":
        return [_added(left, right, ranks)]
    if rule in ("union", "most_frequent"):
        return _merged_by_value(left, right, ranks)
    order = _ORDERS[rule]
    return [min(left + right, key=lambda entry: order(entry, ranks))]


def chosen(rule: str, partial: Partial, ranks: Ranks) -> Entry | None:
    """The entry that the profile shows; None where the trait is unset."""
    if rule == "union":
        return _union(partial, ranks)
    if rule == "most_frequent":
        entry = min(partial, key=lambda entry: (-entry.count, *_latest(entry, ranks)))
    else:
        entry = partial[0]
    return None if entry.value == NULL else entry


def prepared(rule: str, entry: Entry) -> Partial:
    """The partial of a single interaction."""
    if rule == "sum":
        return [msgspec.structs.replace(entry, value=plain_number(_number(entry.value) or Decimal(0)), once=False)]
    if rule == "union":
        value = msgspec.json.decode(entry.value)
        if isinstance(value, list):
            return [msgspec.structs.replace(entry, value=item) for item in {canonical_json(item) for item in value}]
    return [entry]


def _latest(entry: Entry, ranks: Ranks) -> tuple[Any, ...]:
    """A plain fact beats one that only fills a gap; of those that fill a gap the earliest stands."""
    at = entry.at if entry.once else -entry.at
    return (entry.once, at, ranks.get(entry.source, 0), entry.value, entry.interaction)


def _earliest(entry: Entry, ranks: Ranks) -> tuple[Any, ...]:
    return (entry.at, ranks.get(entry.source, 0), entry.value, entry.interaction)


def _source_rank(entry: Entry, ranks: Ranks) -> tuple[Any, ...]:
    return (ranks.get(entry.source, 0), *_latest(entry, ranks))


def _least(entry: Entry, ranks: Ranks) -> tuple[Any, ...]:
    """Numbers before texts before the rest; an unset value never wins over a set one."""
    number = _number(entry.value)
    if number is not None:
        return (0, number, "", *_latest(entry, ranks))
    return (2 if entry.value == NULL else 1, 0, entry.value, *_latest(entry, ranks))


class _Reversed:
    """Turns the order of one part of a sort key round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: "_Reversed") -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and bool(self.value == other.value)


def _greatest(entry: Entry, ranks: Ranks) -> tuple[Any, ...]:
    number = _number(entry.value)
    if number is not None:
        return (0, -number, _Reversed(""), *_latest(entry, ranks))
    return (2 if entry.value == NULL else 1, 0, _Reversed(entry.value), *_latest(entry, ranks))


_ORDERS: dict[str, Callable[[Entry, Ranks], tuple[Any, ...]]] = {
    "latest": _latest,
    "earliest": _earliest,
    "source_rank": _source_rank,
    "min": _least,
    "max": _greatest,
}


def _number(value: str) -> Decimal | None:
    """The number that a JSON value is, or that a JSON text spells; None for all else."""
    text = value[1:-1] if value[:1] == '"' else value
    if len(text) > LONGEST_NUMBER or text in ("true", "false", NULL):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= LONGEST_NUMBER else None


def _added(left: Partial, right: Partial, ranks: Ranks) -> Entry:
    latest = min(left + right, key=lambda entry: (-entry.at, ranks.get(entry.source, 0), entry.interaction))
    total = add_exactly(_number(entry.value) or Decimal(0) for entry in left + right)
    count = sum(entry.count for entry in left + right)
    return msgspec.structs.replace(latest, value=plain_number(total), count=count, once=False)


def add_exactly(numbers: Iterable[Decimal]) -> Decimal:
    """The sum, unrounded, so that it is the same in any order."""
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total


def plain_number(number: Decimal) -> str:
    """A decimal as the one JSON number that it is: no exponent, no zeros behind the point."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _merged_by_value(left: Partial, right: Partial, ranks: Ranks) -> Partial:
    by_value: dict[str, Entry] = {}
    for entry in left + right:
        other = by_value.get(entry.value)
        if other is None:
            by_value[entry.value] = entry
            continue
        best = min(entry, other, key=lambda item: _latest(item, ranks))
        by_value[entry.value] = msgspec.structs.replace(best, count=entry.count + other.count)
    return [by_value[value] for value in sorted(by_value)]


def _union(partial: Partial, ranks: Ranks) -> Entry | None:
    set_ones = [entry for entry in partial if entry.value != NULL]
    if not set_ones:
        return None
    latest = min(set_ones, key=lambda entry: _latest(entry, ranks))
    values = sorted(entry.value for entry in set_ones)[:MOST_VALUES]
    return msgspec.structs.replace(latest, value="[" + ",".join(values) + "]", count=len(values))
