"""Appeals against how a request ended: records of their own, with a clock of their own (consent.md)."""

from datetime import datetime
from uuid import UUID

import uuid_utils
from django.db import IntegrityError, transaction

from consent.models import RequestAppeal
from consent.requests.clocks import appeal_due_on
from consent.requests.journal import APPEAL_DECIDED, APPEALED, Journal
from consent.requests.kinds import CANCELLED, CLOSED, DUPLICATE, PARTIALLY_COMPLETED
from consent.requests.records import calendar_of, lock_request
from consent.requests.refusals import NotNow
from consent.sealing import seal

SEALED_FOR = "appeal"
OPEN, UPHELD, REJECTED = "received", "upheld", "rejected"
# What can be appealed against: an answer.
ANSWERED = (CLOSED | {PARTIALLY_COMPLETED}) - {CANCELLED, DUPLICATE}


@transaction.atomic
def open_appeal(*, id: UUID, words: str, actor: str, now: datetime) -> None:  # noqa: A002
    """Take the person's appeal. Raises `NotNow` where there is no answer yet, or an appeal is open."""
    journal, row = Journal(actor, now), lock_request(id)
    if row.state not in ANSWERED:
        raise NotNow(f"The request is {row.state}: there is no answer of ours that could be appealed against.")
    appeal = RequestAppeal(
        id=UUID(bytes=uuid_utils.uuid7().bytes),
        request=row,
        received_at=now,
        due_on=appeal_due_on(now, row.regulation, calendar_of(row.region)),
        reason=seal(words, SEALED_FOR),
    )
    try:
        with transaction.atomic():
            appeal.save(force_insert=True)
    except IntegrityError:
        raise NotNow("An appeal against this request is open; it is decided first.") from None
    journal.note(row, APPEALED, {"appeal": str(appeal.id), "due_on": appeal.due_on.isoformat()})
    journal.write_audit()


@transaction.atomic
def close_appeal(*, id: UUID, upheld: bool, outcome: str, actor: str, now: datetime) -> None:  # noqa: A002
    """Decide the open appeal of a request. Raises `NotNow` where none is open. Its words are emptied."""
    journal, row = Journal(actor, now), lock_request(id)
    appeal = RequestAppeal.objects.filter(request=row, state=OPEN).first()
    if appeal is None:
        raise NotNow("No appeal against this request is open.")
    appeal.state = UPHELD if upheld else REJECTED
    appeal.decided_at, appeal.decided_by, appeal.outcome, appeal.reason = now, actor, outcome, None
    appeal.save()
    journal.note(row, APPEAL_DECIDED, {"appeal": str(appeal.id), "state": appeal.state})
    journal.write_audit()
