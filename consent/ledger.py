"""The ledger of decisions: rows go in, and are never changed.

A row is written once for each (identifier, purpose, act): what is delivered again changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from consent.models import ConsentDecision
from consent.said import AHEAD, ENDS_BY_CHOICE, GUARDIAN, VERIFIED, WITH_ACCOUNT, Said, letter_of
from consent.states import GRANTS
from consent.times import microseconds

# For callers that bring whole columns: what interactions say, which have no proof of their own. Returns what was new.
APPEND_DECISIONS = """
    INSERT INTO consent_decision (identifier_id, purpose, act_id, state, decided_at, received_at, expires_at,
        ends_by_choice, verified, with_account, guardian, problem, signal, source_id, actor, proof)
    SELECT identifier_id, purpose, act_id, state, decided_at, received_at, expires_at, false, verified, with_account,
        false, '', signal, source_id, '', NULL
    FROM unnest(%b::bigint[], %b::text[], %b::uuid[], %b::text[], %b::timestamptz[], %b::timestamptz[],
        %b::timestamptz[], %b::bool[], %b::bool[], %b::text[], %b::int[])
        AS new(identifier_id, purpose, act_id, state, decided_at, received_at, expires_at, verified, with_account,
        signal, source_id)
    ON CONFLICT (identifier_id, purpose, act_id) DO NOTHING
    RETURNING identifier_id, purpose, act_id
"""


class Decided(NamedTuple):
    """One row of the ledger. Times in UTC; `proof` is a JSON object or None."""

    identifier_id: int
    purpose: str
    act_id: UUID
    state: str
    decided_at: datetime
    received_at: datetime
    expires_at: datetime | None
    ends_by_choice: bool
    verified: bool
    with_account: bool
    guardian: bool
    problem: str
    signal: str
    source_id: int | None
    actor: str
    proof: dict[str, Any] | None

    @property
    def usable(self) -> bool:
        """Whether it can be relied on as consent."""
        return self.state in GRANTS and not self.problem


def append_decisions(rows: Sequence[Decided]) -> None:
    """Write some rows; those that are there already stay as they are."""
    ConsentDecision.objects.bulk_create([ConsentDecision(**row._asdict()) for row in rows], ignore_conflicts=True)


def said_of(row: Decided) -> Said:
    """A row as what is in force is worked out from."""
    flags = (
        VERIFIED * row.verified
        | WITH_ACCOUNT * row.with_account
        | ENDS_BY_CHOICE * row.ends_by_choice
        | GUARDIAN * row.guardian
        | AHEAD * (row.decided_at > row.received_at)
    )
    ends = None if row.expires_at is None else microseconds(row.expires_at)
    return Said(microseconds(row.decided_at), letter_of(row.state, row.problem), flags, ends)
