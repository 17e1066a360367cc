"""Messages to people: stored sealed, sent by a worker, and removed once they are sent.

The rows are the queue: whoever sends takes some by putting their next try off (the lease), sends them outside of any
transaction and removes those that went. So a worker that dies sends a message again at worst.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F

from consent.message_folder import forget_files
from consent.models import Message
from consent.privacy_tasks import open_task
from consent.pseudonyms import pseudonym, pseudonyms
from consent.sealing import seal, unseal_bytes
from consent.text_messages import send_text

logger = logging.getLogger(__name__)

USE = "message"
PHONE = "phone"
LEASE = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
LIFETIME = timedelta(days=3)
AT_ONCE = 20
NOT_DELIVERED = "message_failed"


class _Content(msgspec.Struct, array_like=True):
    type: str
    value: str
    subject: str
    text: str
    until: datetime | None = None


def queue_message(
    *,
    address: tuple[str, str],
    subject: str,
    text: str,
    request_id: UUID | None = None,
    until: datetime | None = None,
) -> None:
    """Have a message sent to an address: its identifier type (`phone`: as a text message, all else by mail) and its
    canonical value. Goes out once the caller's transaction is committed. `until`: when it is worth nothing any more."""
    content = msgspec.json.encode(_Content(*address, subject, text, until))
    Message.objects.create(content=seal(content, USE), address=pseudonym(*address).digest, request_id=request_id)


def send_due(now: datetime | None = None) -> int:
    """Send the messages whose time has come; how many went. Where a server is away, nothing is tried for a while."""
    now, sent = now or datetime.now(UTC), 0
    for row in _take(now):
        try:
            sent += _send(row, now)
        except (SMTPException, OSError) as error:
            _put_off(row, type(error).__name__, now)
            Message.objects.filter(next_at__lte=now + LEASE).update(next_at=now + FIRST_PAUSE)
            break
    return sent


def forget_messages(addresses: Iterable[tuple[str, str]]) -> int:
    """Remove what waits for these addresses (type, canonical value), and files that were written instead of sending;
    how many there were."""
    held = list(addresses)
    digests = [one.digest for address in held for one in pseudonyms(*address)]
    rows = Message.objects.filter(address__in=digests).delete()[0]
    return rows + forget_files(value for _, value in held)


def _take(now: datetime) -> list[Message]:
    """Some messages that nobody else sends for as long as the lease lasts."""
    with transaction.atomic():
        due = Message.objects.select_for_update(skip_locked=True).filter(next_at__lte=now).order_by("next_at")
        rows = list(due[:AT_ONCE])
        Message.objects.filter(id__in=[row.id for row in rows]).update(next_at=now + LEASE, attempts=F("attempts") + 1)
    return rows


def _send(row: Message, now: datetime) -> bool:
    """Send one message; whether it went. What can never go is removed, and staff are told.

    Raises `SMTPException` and `OSError` where the server does not take it now.
    """
    try:
        content = msgspec.json.decode(unseal_bytes(row.content, USE), type=_Content)
        if content.until is None or content.until > now:
            _hand_over(content)
    except (ValueError, SMTPRecipientsRefused) as error:
        _give_up(row, type(error).__name__)
        return False
    Message.objects.filter(id=row.id).delete()
    return True


def _hand_over(content: _Content) -> None:
    if content.type == PHONE:
        send_text(content.value, content.text)
        return
    EmailMessage(content.subject, content.text, settings.DEFAULT_FROM_EMAIL, [content.value]).send()


def _put_off(row: Message, problem: str, now: datetime) -> None:
    if now - row.made_at > LIFETIME:
        _give_up(row, problem)
        return
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts, 16), LONGEST_PAUSE)
    Message.objects.filter(id=row.id).update(next_at=now + LEASE + pause, problem=problem)
    logger.warning("A message could not be sent (%s); it is tried again.", problem)


def _give_up(row: Message, problem: str) -> None:
    """Remove a message that cannot be delivered, and have staff find out why."""
    with transaction.atomic():
        Message.objects.filter(id=row.id).delete()
        open_task(kind=NOT_DELIVERED, subject=problem)
    logger.warning("A message could not be delivered (%s) and is given up.", problem)
