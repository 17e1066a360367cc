"""What recipients are told, from the row to the acknowledgement. The rows are the queue.

A message is claimed by putting its next try off (the lease), sent outside of any transaction, and then marked. So a
worker that dies sends it again at worst, under the same id, by which recipients tell a repetition.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from consent.delivery_secrets import SecretsUnreadable, sign
from consent.delivery_times import next_try
from consent.models import Delivery, Recipient
from consent.outgoing import Answered, NotSent
from consent.privacy_tasks import open_task
from consent.recipients import SEALED_FOR
from consent.sealing import Unsealable, unseal_bytes

PENDING, SENT, ACKNOWLEDGED, FAILED = "pending", "sent", "acknowledged", "failed"
TASK = "recipient_failed"

MOST_A_ROUND = 40
MOST_OF_ONE = 4  # at a time, so that a recipient with a long queue holds up no other
LEASE = timedelta(minutes=3)  # longer than a round can last
PAUSE = timedelta(seconds=60)  # how long one that does not answer is left alone
KEPT_SENT = timedelta(days=3)  # for an acknowledgement that comes late
KEPT_FAILED = timedelta(days=7)  # for staff to send it again
GONE = 410
DISABLED = "The recipient was disabled."


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is to be sent now: where, what, and signed; or what stands in the way."""

    id: UUID
    recipient: str
    attempts: int
    made_at: datetime
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    obstacle: str = ""


def claim_due(now: datetime) -> list[Claimed]:
    """Some messages that are due, of each recipient the oldest, none of them for anybody else for the lease."""
    with transaction.atomic():
        rows = _due(now)
        chosen = Delivery.objects.filter(pk__in=[row.pk for row in rows])
        chosen.update(next_at=now + LEASE, attempts=F("attempts") + 1)
    return [_prepared(row, now) for row in rows]


def _due(now: datetime) -> list[Delivery]:
    due = Delivery.objects.filter(state=PENDING, next_at__lte=now)
    found: list[Delivery] = []
    for recipient_id in due.order_by("recipient_id").values_list("recipient_id", flat=True).distinct()[:MOST_A_ROUND]:
        oldest = due.filter(recipient_id=recipient_id).order_by("next_at", "id").select_related("recipient")
        found += oldest.select_for_update(skip_locked=True, of=("self",))[:MOST_OF_ONE]
    return found


def _prepared(row: Delivery, now: datetime) -> Claimed:
    about = Claimed(row.pk, row.recipient.name, row.attempts + 1, row.made_at, row.recipient.url)
    if row.recipient.disabled_at is not None:  # while the message was being written
        return replace(about, obstacle=DISABLED)
    try:
        body = unseal_bytes(row.content or b"", SEALED_FOR)
        headers = sign(row.recipient.secrets, str(row.pk), body.decode(), now)
    except (Unsealable, SecretsUnreadable) as error:
        return replace(about, obstacle=str(error))
    return replace(about, body=body, headers={"Content-Type": "application/json", **headers})


def note_answer(told: Claimed, answered: Answered | NotSent, now: datetime) -> None:
    """Write down what came of sending a message: an answer, or why none. What was acknowledged meanwhile stays so."""
    with transaction.atomic():
        if isinstance(answered, NotSent):
            _note_failure(told, str(answered), now)
            # Whoever does not answer is slow to find out about: not with each of its messages at once.
            _waiting_for(told).filter(next_at__lte=now).update(next_at=now + PAUSE)
        elif answered.succeeded:
            _note_taken(told, answered, now)
        elif answered.status == GONE:
            _note_gone(told, now)
        else:
            _note_failure(told, f"It answered {answered.status}.", now, answered.retry_after)


def _waiting_for(told: Claimed) -> QuerySet[Delivery]:
    return Delivery.objects.filter(recipient__name=told.recipient, state=PENDING)


def _note_taken(told: Claimed, answered: Answered, now: datetime) -> None:
    ours = Delivery.objects.filter(pk=told.id)
    ours.filter(state__in=[PENDING, FAILED]).update(state=SENT, sent_at=now, next_at=now + KEPT_SENT, problem="")
    if says_acknowledged(answered.body):
        mark_acknowledged(told.id, now)


def says_acknowledged(body: bytes) -> bool:
    """Whether an answer's body acknowledges what it answers: {"acknowledged": true}."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("acknowledged") is True


def mark_acknowledged(id_: UUID, now: datetime) -> None:
    """Note that a recipient has acted on a message, or will; also on one that was given up. Twice is once."""
    rows = Delivery.objects.filter(pk=id_).exclude(state=ACKNOWLEDGED)
    rows.filter(sent_at__isnull=True).update(sent_at=now)
    rows.update(state=ACKNOWLEDGED, acknowledged_at=now, content=None, problem="")


def _note_gone(told: Claimed, now: datetime) -> None:
    Recipient.objects.filter(name=told.recipient, disabled_at__isnull=True).update(disabled_at=now)
    _waiting_for(told).update(state=FAILED, next_at=now + KEPT_FAILED, problem="It answered 410: it is gone for good.")
    open_task(kind=TASK, subject=told.recipient, detail={"problem": "It answered 410; it was disabled."})


def _note_failure(told: Claimed, why: str, now: datetime, wait: int | None = None) -> None:
    """Put the next try off, or give the message up, unless another attempt was begun since."""
    ours = Delivery.objects.filter(pk=told.id, state=PENDING, attempts=told.attempts)
    again = next_try(told.attempts, told.made_at, now, random.uniform, asked_to_wait=wait)
    if again is not None:
        ours.update(next_at=again, problem=why)
    elif ours.update(state=FAILED, next_at=now + KEPT_FAILED, problem=why):
        open_task(kind=TASK, subject=told.recipient, detail={"problem": why})


def give_up_all(recipient_id: int, now: datetime) -> None:
    """Give up what waits for a recipient that was disabled. Call it in the transaction that disables it."""
    waiting = Delivery.objects.filter(recipient_id=recipient_id, state=PENDING)
    waiting.update(state=FAILED, next_at=now + KEPT_FAILED, problem=DISABLED)


def empty_old_deliveries() -> int:
    """Remove the content of what was told or given up long enough ago; of how many messages."""
    rows = Delivery.objects.filter(content__isnull=False, next_at__lte=datetime.now(UTC)).exclude(state=PENDING)
    return rows.update(content=None)
