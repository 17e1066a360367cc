"""What recipients were told, and what became of it: for staff, and for the person whom it is about."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent.deliveries import ACKNOWLEDGED, FAILED, PENDING, SENT
from consent.models import Delivery, Recipient

STATES = (PENDING, SENT, ACKNOWLEDGED, FAILED)


@dataclass(frozen=True, slots=True)
class Told:
    """One message to one recipient. `problem`: why the last attempt failed, in a sentence; empty: it did not."""

    id: UUID
    recipient: str
    title: str
    country: str
    request_id: UUID | None
    act_id: UUID | None
    kind: str
    state: str
    attempts: int
    made_at: datetime
    next_at: datetime | None
    sent_at: datetime | None
    acknowledged_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class RecipientSeen:
    """A recipient as people may know it."""

    name: str
    title: str
    country: str
    purposes: list[str]


def list_told(
    *, request_id: UUID | None, state: str | None, recipient: str | None, before: UUID | None, limit: int
) -> list[Told]:
    """What recipients were told, the latest first: of a request, in a state, of a recipient, before another one.

    Ids follow the time (UUID version 7).
    """
    asked = {"request_id": request_id, "state": state, "recipient__name": recipient, "id__lt": before}
    rows = Delivery.objects.filter(**{name: value for name, value in asked.items() if value is not None})
    return [told(row) for row in rows.select_related("recipient").order_by("-id")[:limit]]


def recipients_of_data() -> list[RecipientSeen]:
    """Whom personal data is passed on to today, by name: for notices and access packages."""
    rows = Recipient.objects.filter(disabled_at__isnull=True).order_by("name")
    return [RecipientSeen(row.name, row.title or row.name, row.country, row.purposes) for row in rows]


def told(row: Delivery) -> Told:
    """A row as it may be shown."""
    return Told(
        id=row.pk,
        recipient=row.recipient.name,
        title=row.recipient.title or row.recipient.name,
        country=row.recipient.country,
        request_id=row.request_id,
        act_id=row.act_id,
        kind=row.kind,
        state=row.state,
        attempts=row.attempts,
        made_at=row.made_at,
        next_at=row.next_at if row.state == PENDING else None,
        sent_at=row.sent_at,
        acknowledged_at=row.acknowledged_at,
        problem=row.problem,
    )
