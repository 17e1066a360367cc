"""What a privacy request reaches, and how much of it is stored where: the plan, made before anything is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class StoreCount(NamedTuple):
    """How many rows of a table belong to some identifiers. `store` is the model's label."""

    store: str
    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """Identifiers that are tied to the verified ones in one way, and what is stored of them."""

    identifier_ids: list[int]
    stores: list[StoreCount]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request would reach, by evidence group (consent/requests/kinds.py)."""

    groups: Mapping[str, PlannedGroup] = field(default_factory=dict)


def evidence(identifiers: Iterable[tuple[str, str]]) -> dict[str, list[int]]:
    """How the stored identifiers of a person are tied to those presented: evidence group to identifier ids.

    `identifiers`: canonical (type, value). Every group is there; of somebody who is not known all are empty.
    """
    raise NotImplementedError


def plan(identifiers: Iterable[tuple[str, str]]) -> Plan:
    """The evidence, with the rows of each store. Reads only."""
    raise NotImplementedError
