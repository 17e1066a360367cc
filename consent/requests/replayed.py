"""Requests that a restored database has forgotten: the log outside of it knows their number, and what they were."""

from datetime import datetime
from uuid import UUID

from consent.models import PrivacyRequest
from consent.requests.kinds import COMPLETED, ERASURE, POLICY_VERSION, VERIFIED


def ensure_erasure(id_: UUID, *, at: datetime, requester: str, regulation: str) -> None:
    """Have a record of an erasure that was done before the database was restored; one that is there stays as it is."""
    day = at.date()
    PrivacyRequest.objects.get_or_create(
        id=id_,
        defaults={
            "type": ERASURE,
            "source": "staff",
            "state": COMPLETED,
            "regulation": regulation,
            "requester": requester,
            "received_at": at,
            "internal_due_on": day,
            "due_on": day,
            "latest_on": day,
            "identity_needed": VERIFIED,
            "identity_level": VERIFIED,
            "verified_at": at,
            "closed_at": at,
            "policy_version": POLICY_VERSION,
        },
    )
