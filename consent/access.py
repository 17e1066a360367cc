"""The access log: every read of personal data, with the decision id that its answer carried."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
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
    record_accesses([access])


def record_accesses(accesses: Iterable[Access]) -> None:
    """Write some reads to the log, now."""
    AccessLog.objects.bulk_create([AccessLog(**asdict(access)) for access in accesses])
