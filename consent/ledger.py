"""The ledger of decisions: rows go in, and are never changed.

A row is written once for each (identifier, purpose, act): what is delivered again changes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from consent.models import ConsentDecision
from consent.said import (
    AHEAD,
    ENDS_BY_CHOICE,
    GRANTS,
    GUARDIAN,
    REFUSALS,
    STATE_NAMES,
    VERIFIED,
    WITH_ACCOUNT,
    Said,
    letter_of,
)
from consent.times import microseconds

# For callers that bring whole columns; `proof` as the text of JSON, or null.
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


READ_ANSWERS = f"""
    SELECT asked.n, {", ".join(f"said.{name}" for name in Decided._fields)}
    FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[])
        WITH ORDINALITY AS asked(id, since, until, n)
    JOIN consent_decision AS said ON said.identifier_id = asked.id
        AND said.decided_at BETWEEN asked.since AND asked.until
    WHERE said.state = ANY(%(states)s) AND said.problem = '' AND NOT said.with_account
"""  # noqa: S608 - our own constants


def append_decisions(rows: Sequence[Decided]) -> None:
    """Write some rows; those that are there already stay as they are."""
    ConsentDecision.objects.bulk_create([ConsentDecision(**row._asdict()) for row in rows], ignore_conflicts=True)


def read_decisions(
    identifier_ids: Iterable[int], *, decided_by: datetime | None = None, received_by: datetime | None = None
) -> list[Decided]:
    """What was said under some identifiers, the earliest first; decided, and received, by some instant."""
    found = ConsentDecision.objects.filter(identifier_id__in=list(identifier_ids))
    if decided_by is not None:
        found = found.filter(decided_at__lte=decided_by)
    if received_by is not None:
        found = found.filter(received_at__lte=received_by)
    rows = found.order_by("decided_at", "received_at", "purpose", "identifier_id", "act_id")
    return [Decided(*row) for row in rows.values_list(*Decided._fields)]


class Span(NamedTuple):
    """One identifier, from an instant to another, both included."""

    identifier_id: int
    since: datetime
    until: datetime


def answers_within(spans: Sequence[Span]) -> list[tuple[int, Decided]]:
    """What was granted and refused under identifiers, each in its span, without an account: which span, and the row.

    Grants that cannot be used are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            READ_ANSWERS,
            {
                "ids": [span.identifier_id for span in spans],
                "since": [span.since for span in spans],
                "until": [span.until for span in spans],
                "states": sorted(STATE_NAMES[letter] for letter in GRANTS | REFUSALS),
            },
        )
        return [(n - 1, Decided(*row)) for n, *row in cursor.fetchall()]


def decisions_after(identifier_id: int, limit: int) -> list[Decided]:
    """The rows of the next identifiers past one, whole identifiers at a time: for going through all of the ledger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(identifier_id) FROM (SELECT identifier_id FROM consent_decision WHERE identifier_id > %s"
            " ORDER BY identifier_id LIMIT %s) AS next",
            (identifier_id, limit),
        )
        last = cursor.fetchone()[0]
    if last is None:
        return []
    rows = ConsentDecision.objects.filter(identifier_id__gt=identifier_id, identifier_id__lte=last)
    return [Decided(*row) for row in rows.order_by("identifier_id").values_list(*Decided._fields)]


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
