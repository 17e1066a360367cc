"""The registry of stores: where personal data lies, how it leads to a person, how it is exported and erased. Pure.

Each app declares its tables beside its models; a system check (cxprofiles/checks.py) ends the start where one is
missing, has a field that nobody classified, or leads to no identifier.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

IDENTIFIER = "identifier"  # where every path ends: what people present to be found

# What a field is about.
NOT_PERSONAL = "none"
CATEGORIES = frozenset(
    {
        NOT_PERSONAL,
        "identity",  # names somebody, or leads to who is named: identifiers, their numbers and keyed hashes
        "behaviour",  # what somebody did, when and where
        "profile",  # what is known of somebody
        "choice",  # what somebody decided or asked for
        "message",  # what is said to somebody
        "staff",  # about those who work here
    }
)


def personal(none: str = "", **named: str) -> dict[str, str]:
    """Categories to the names of fields, as field to category; what is about nobody as `none`."""
    return {
        **{name: category for category, names in named.items() for name in names.split()},
        **dict.fromkeys(none.split(), NOT_PERSONAL),
    }


@dataclass(frozen=True, slots=True)
class Tie:
    """A column that leads from a store to another, or to `IDENTIFIER` itself."""

    column: str
    leads_to: str = IDENTIFIER


@dataclass(frozen=True, slots=True)
class Store:
    """Something that holds personal data.

    `label`: of the model, or a name for what is no table. `fields`: each field to its category. `rows`: the SQL
    condition on its table that holds for the rows of identifiers, with `%(ids)s` for their ids; empty: they can only
    be told with the identifiers' values, or sealed content. `exported`: the name of the part of an access package, or
    why it is in none. `erased`: what an erasure does to it.
    """

    label: str
    table: str
    category: str
    ties: tuple[Tie, ...]
    fields: Mapping[str, str]
    exported: str
    erased: str
    rows: str = ""


@dataclass(frozen=True, slots=True)
class NotPersonal:
    """A model that holds nothing about any consumer, and why."""

    label: str
    reason: str


@dataclass(slots=True)
class Registry:
    """What was declared."""

    stores: dict[str, Store] = field(default_factory=dict)
    others: dict[str, NotPersonal] = field(default_factory=dict)

    def declare(self, *declared: Store | NotPersonal) -> None:
        """Add some; declared again the later counts."""
        for one in declared:
            self.stores.pop(one.label, None)
            self.others.pop(one.label, None)
            if isinstance(one, Store):
                self.stores[one.label] = one
            else:
                self.others[one.label] = one

    @property
    def labels(self) -> set[str]:
        """All that was declared."""
        return self.stores.keys() | self.others.keys()


REGISTRY = Registry()


def register(*declared: Store | NotPersonal) -> None:
    """Declare stores of this service."""
    REGISTRY.declare(*declared)


def unreachable(stores: Iterable[Store]) -> list[str]:
    """The stores from which no path leads to an identifier, sorted: what an erasure would leave behind."""
    held = {store.label: store for store in stores}
    reached: set[str] = {IDENTIFIER}
    while more := {
        label
        for label, store in held.items()
        if label not in reached and any(tie.leads_to in reached for tie in store.ties)
    }:
        reached |= more
    return sorted(held.keys() - reached)


def problems(registry: Registry, models: Mapping[str, Collection[str]]) -> list[str]:
    """What is wrong with what was declared. `models`: every model's label to the names of its fields."""
    found = [f"undeclared: {label}" for label in sorted(models.keys() - registry.labels)]
    for label, store in sorted(registry.stores.items()):
        fields = models.get(label)
        if fields is not None:
            found += [f"unclassified: {label}.{name}" for name in sorted(set(fields) - store.fields.keys())]
            found += [f"no such field: {label}.{name}" for name in sorted(store.fields.keys() - set(fields))]
        found += [f"unknown category: {label}.{name}" for name, one in store.fields.items() if one not in CATEGORIES]
        found += [f"undeclared: how {label} is {word}" for word in ("exported", "erased") if not getattr(store, word)]
    found += [f"unreachable: {label}" for label in unreachable(registry.stores.values())]
    return found + [f"no reason: {label}" for label, one in sorted(registry.others.items()) if not one.reason]
