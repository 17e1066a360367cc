"""A request as it may be shown: no identifier, no detail that names anybody. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ShownExtension:
    """More time that was taken, with the reason that the person was told."""

    reason: str
    noticed_at: datetime
    actor: str
    due_before: date
    due_on: date


@dataclass(frozen=True, slots=True)
class ShownAppeal:
    """An objection to how a request ended. `state`: received, upheld or rejected."""

    id: UUID
    received_at: datetime
    due_on: date
    state: str
    decided_at: datetime | None
    decided_by: str
    outcome: str


@dataclass(frozen=True, slots=True)
class ShownGap:
    """What was not done, in which store, for which evidence group, how many rows, and why in words."""

    store: str
    group: str
    rows: int
    why: str


@dataclass(frozen=True, slots=True)
class ShownStep:
    """What one store answered. `part`: the evidence groups that it was for; `state`: pending, done or failed."""

    store: str
    part: str
    state: str
    rows: int
    kept: int
    problem: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownPackage:
    """The package that was made; its link is told once, when it is made."""

    id: UUID
    expires_at: datetime
    fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """Whether one recipient was told. `state`: pending, sent, acknowledged or failed."""

    recipient: str
    title: str
    state: str
    attempts: int
    sent_at: datetime | None
    acknowledged_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """One step in the life of a request."""

    at: datetime
    actor: str
    name: str
    from_state: str
    to_state: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands: what lists of them show too. Days are dates, instants are in UTC."""

    id: UUID
    type: str
    source: str
    state: str
    regulation: str
    language: str
    requester: str
    received_at: datetime
    internal_due_on: date
    due_on: date
    latest_on: date
    identity_needed: str
    identity_level: str
    identity_method: str
    verified_at: datetime | None
    execute_after: datetime | None
    needs_approval: bool
    approved_by: str
    closed_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Shown(Standing):
    """All of a request that may be shown.

    `result`: {"rows": {store: count}} of what was done. `gaps`: what is left of it.
    """

    region: str
    external_id: str
    acknowledge_by: date | None
    acknowledged_at: datetime | None
    executing_since: datetime | None
    attempts: int
    explanation: str
    duplicate_of: UUID | None
    policy_version: str
    result: Mapping[str, Any]
    gaps: Sequence[ShownGap]
    extension: ShownExtension | None
    appeals: Sequence[ShownAppeal]
    steps: Sequence[ShownStep]
    package: ShownPackage | None
    deliveries: Sequence[ShownDelivery]
