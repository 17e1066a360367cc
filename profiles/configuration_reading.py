"""The trail of what staff, services and commands changed of the configuration, as it is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from profiles.models import ConfigurationChange


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `before` None: it was made anew; `after` None: it was taken away."""

    id: int
    at: datetime
    actor: str
    subject: str
    before: Any
    after: Any


def read_changes(
    *,
    limit: int,
    before: int | None = None,
    kind: str = "",
    actor: str = "",
    subjects: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[list[Change], int | None]:
    """Some changes, the latest first, and where the next page begins (None: nowhere).

    `kind`: what the subject begins with before its colon. `subjects`: only of these. `until` is left out.
    """
    rows = ConfigurationChange.objects.order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    if kind:
        rows = rows.filter(Q(subject=kind) | Q(subject__startswith=f"{kind}:"))
    if actor:
        rows = rows.filter(actor=actor)
    if subjects is not None:
        rows = rows.filter(subject__in=subjects)
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    found = [Change(**row) for row in rows.values(*Change.__dataclass_fields__)[: limit + 1]]
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def find_change(change_id: int) -> Change | None:
    """One change, None where there is none of this number."""
    row = ConfigurationChange.objects.filter(id=change_id).values(*Change.__dataclass_fields__).first()
    return None if row is None else Change(**row)


def read_changes_of(subject: str, *, limit: int = 30) -> list[Change]:
    """The last changes of one subject, the latest first."""
    return read_changes(limit=limit, subjects=[subject])[0]
