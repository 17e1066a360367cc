"""What others do about a message: its recipient acknowledges it, staff have it sent again or try a recipient out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from consent.deliveries import DISABLED, FAILED, PENDING, mark_acknowledged
from consent.delivery_secrets import SecretsUnreadable, is_signed
from consent.models import Delivery
from consent.recipient_writing import RecipientRefused, find_recipient
from consent.recipients import TEST, delivery_of, message_of


class NoSuchDelivery(LookupError):
    """There is no message of this id."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotToSendAgain(ValueError):
    """Why a message cannot be sent again, in a sentence."""


class NotSigned(ValueError):
    """An acknowledgement has the message's id as its webhook-id, and is signed now with the recipient's own secret."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def acknowledge_delivery(*, delivery_id: UUID, body: bytes, headers: Mapping[str, str]) -> None:
    """Take a recipient's word that it has acted on a message, or will. Again, or late, it is as good.

    `headers`: those of Standard Webhooks, in small letters. Raises `NotSigned`, also where there is no such message:
    who holds no secret learns nothing.
    """
    row = Delivery.objects.select_related("recipient").filter(pk=delivery_id).first()
    now = datetime.now(UTC)
    if row is None or headers.get("webhook-id") != str(delivery_id):
        raise NotSigned
    try:
        signed = is_signed(row.recipient.secrets, body, headers, now)
    except SecretsUnreadable:
        raise NotSigned from None
    if not signed:
        raise NotSigned
    mark_acknowledged(delivery_id, now)


def send_again(*, delivery_id: UUID) -> None:
    """Have a message sent now, one that waits or was given up. Raises `NoSuchDelivery` and `NotToSendAgain`."""
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update(of=("self",)).select_related("recipient").filter(pk=delivery_id).first()
        )
        if row is None:
            raise NoSuchDelivery
        if row.state not in (PENDING, FAILED):
            raise NotToSendAgain(f"This message was {row.state}; nothing is left to send.")
        if row.recipient.disabled_at is not None:
            raise NotToSendAgain(f"{DISABLED} Register it again first.")
        if row.content is None:
            raise NotToSendAgain("What it said was removed since; tell the recipient in another way.")
        Delivery.objects.filter(pk=delivery_id).update(state=PENDING, attempts=0, next_at=datetime.now(UTC))


def send_test(*, name: str) -> UUID:
    """Have a recipient sent a message that names nobody; the message's id.

    Raises `NoSuchRecipient`, and `RecipientRefused` for one that is disabled.
    """
    recipient = find_recipient(name)
    if recipient.disabled_at is not None:
        raise RecipientRefused("name", DISABLED)
    message = message_of(TEST, [], {}, None, None, datetime.now(UTC))
    row = delivery_of(recipient, TEST, message, None, None)
    row.save(force_insert=True)
    return row.pk
