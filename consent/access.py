"""The access log: every read of personal data, with the decision id that its answer carried."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent.models import AccessLog


@dataclass(frozen=True, slots=True)
class Access:
    """One read: who (`token:NAME` or `staff:ID`), what, whose profile (None: nobody's), for what, which fields."""

    id: UUID
    at: datetime
    actor: str
    operation: str
    profile_id: UUID | None
    purpose: str
    allowed: bool
    fields: str = ""  # names of fields, comma separated; never their values


def record_access(access: Access) -> None:
    """Write one read to the log, now: for callers whose answer must not leave before the row is there."""
    AccessLog.objects.create(
        id=access.id,
        at=access.at,
        actor=access.actor,
        operation=access.operation,
        profile_id=access.profile_id,
        purpose=access.purpose,
        allowed=access.allowed,
        fields=access.fields,
    )
