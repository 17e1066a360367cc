"""The access log: every read of personal data, with the decision id that its answer carried."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from consent.models import AccessLog

PERSON = "person"  # the actor of what people look at themselves, on the pages


@dataclass(frozen=True, slots=True)
class Access:
    """One read: who (`token:NAME`, `staff:ID`, `person`), what, whose profile (None: none), for what, which fields."""

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


class AccessPage(NamedTuple):
    """Some reads, the latest first; `more`: there are further ones."""

    reads: list[Access]
    more: bool


def read_accesses(
    profile_ids: Iterable[UUID], *, limit: int, before: tuple[datetime, UUID] | None = None, own: bool = False
) -> AccessPage:
    """Who read the data of profiles, by any id that they had. `own`: what the person looked at, else all others'.

    `before`: the instant and the id of the last read of the page before.
    """
    rows = AccessLog.objects.filter(profile_id__in=list(profile_ids))
    rows = rows.filter(actor=PERSON) if own else rows.exclude(actor=PERSON)
    if before is not None:
        at, last = before
        rows = rows.filter(Q(at__lt=at) | Q(at=at, id__lt=last))
    found = list(rows.order_by("-at", "-id").values(*Access.__dataclass_fields__)[: limit + 1])
    return AccessPage([Access(**row) for row in found[:limit]], len(found) > limit)
