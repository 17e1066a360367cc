"""Moving requests: one transaction, one actor, one instant; each move leaves an event, the important ones an audit
entry. Nothing else writes the state of a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import uuid_utils

from consent.audit.contents import FORMS
from consent.audit.log import append_all
from consent.models import PrivacyRequest, RequestClaim, RequestEvent
from consent.requests import machine
from consent.requests.kinds import ACCESS, CLOSED, PORTABILITY
from consent.requests.machine import ACTIVE, move
from consent.requests.records import SEALED_FOR, Subject, name_subjects, situation_of
from consent.sealing import seal

RECEIVED = "received"
CLOSING = "closed"
EXTENDED, APPEALED, APPEAL_DECIDED = "extended", "appealed", "appeal_decided"
PACKAGED = frozenset({ACCESS, PORTABILITY})
# Which events the audit log has, and by which name; the closing of a request it has whatever closed it.
AUDITED = {
    RECEIVED: "received",
    machine.VERIFIED: "verified",
    machine.APPROVED_FIRST: "approved_first",
    machine.APPROVED: "approved",
    machine.BEGUN: "executing",
    machine.INCLUDED: "reviewed",
    machine.LEFT: "reviewed",
    EXTENDED: "extended",
    APPEALED: "appealed",
    APPEAL_DECIDED: "appeal_decided",
}


@dataclass(slots=True)
class Journal:
    """What one transaction does to requests. Call `write_audit` last: nothing may wait for anything after it."""

    actor: str
    now: datetime
    told: list[tuple[str, PrivacyRequest]] = field(default_factory=list)

    def open(self, subject: Subject, columns: Mapping[str, Any], detail: Mapping[str, Any]) -> PrivacyRequest:
        """Store a request in its first state, with keyed hashes of whom it is about."""
        id_ = UUID(bytes=uuid_utils.uuid7().bytes)
        row = PrivacyRequest.objects.create(id=id_, subject=seal(subject, SEALED_FOR), **columns)
        name_subjects(row.id, subject.identifiers)
        self.note(row, RECEIVED, detail, to_state=row.state)
        return row

    def advance(
        self,
        row: PrivacyRequest,
        event: str,
        *,
        rival: bool = False,
        detail: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> None:
        """Move a locked request by an event, with changes of other columns. Raises `NotNow`.

        The guards judge the row with its changes. A request that is not active any more gives its place up; one that
        is closed holds nothing any more that names anybody.
        """
        before = row.state
        for name, value in changes.items():
            setattr(row, name, value)
        row.state = move(event, situation_of(row, self.now, rival=rival))
        if row.state in CLOSED:
            row.closed_at, row.subject = self.now, None
            row.scope = row.scope if row.type in PACKAGED else {}  # whose accesses the fetching of a package is
        row.save()
        if row.state not in ACTIVE:
            RequestClaim.objects.filter(request=row).delete()
        self.note(row, event, detail or {}, from_state=before, to_state=row.state)
        if row.state in CLOSED:
            self.told.append((CLOSING, row))

    def note(
        self, row: PrivacyRequest, name: str, detail: Mapping[str, Any], *, from_state: str = "", to_state: str = ""
    ) -> None:
        """Write what happened to a request; no personal data."""
        RequestEvent.objects.create(
            request=row,
            at=self.now,
            actor=self.actor,
            name=name,
            from_state=from_state,
            to_state=to_state,
            detail=dict(detail),
        )
        if name in AUDITED:
            self.told.append((AUDITED[name], row))

    def write_audit(self) -> None:
        """Tell the audit log."""
        append_all([(f"request.{step}", audit_of(step, row)) for step, row in self.told])
        self.told.clear()


def audit_of(step: str, row: PrivacyRequest) -> dict[str, Any]:
    """What the audit log is told of a request."""
    content: dict[str, Any] = {
        "request": str(row.id),
        "request_type": row.type,
        "regulation": row.regulation,
        "source": row.source,
        "policy_version": row.policy_version,
    }
    if step == CLOSING:
        content |= {"state": row.state, "counts": counts_of(row.result)} | (
            {"reason": row.reason} if row.reason else {}
        )
    return content


def counts_of(result: Mapping[str, Any]) -> dict[str, int]:
    """The rows by store, under names that the log takes."""
    rows = {str(store).lower(): count for store, count in result.get("rows", {}).items()}
    return {store: count for store, count in rows.items() if FORMS["counts"]({store: count})}
