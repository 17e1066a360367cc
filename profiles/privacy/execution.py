"""What the execution of a request is given, and what it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Execution:
    """A request that is being done.

    `identifiers` are those that were presented, canonical (type, value), also where nothing is stored of them.
    `scope`: evidence group (consent/requests/kinds.py) to identifier ids, as planned when the execution began;
    `groups`: those of them that may be done now.
    """

    request_id: UUID
    type: str
    identifiers: Sequence[tuple[str, str]]
    scope: Mapping[str, Sequence[int]]
    groups: frozenset[str]
    details: Mapping[str, Any]
    received_at: datetime
    source: str
    requester: str
    language: str
    regulation: str
    region: str

    @property
    def identifier_ids(self) -> list[int]:
        """The ids of the identifiers in the groups that may be done now."""
        return sorted({id_ for group in self.groups for id_ in self.scope.get(group, ())})


class Gap(NamedTuple):
    """What was not done: in which store, for which evidence group, how many rows, and why in words."""

    store: str
    group: str
    rows: int
    why: str


@dataclass(slots=True)
class Outcome:
    """What an execution came to: rows by store, and what is left. `no_match`: nothing is held of the person."""

    rows: dict[str, int] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    no_match: bool = False
