"""Registered recipients, what they are told, and time passing for them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import uuid_utils

from consent.delivery_sending import send_due
from consent.models import Delivery, PrivacyTask
from consent.recipient_writing import RecipientFields
from consent.recipients import tell_recipients
from profiles.recipients import change_recipient

ANN = ("email", "ann@x.test")
DEVICE = ("device_id", "d-1")


def register(name: str, url: str = "https://crm.example/in", **fields: Any) -> str:
    """A recipient; its secret."""
    secret = change_recipient(name=name, fields=RecipientFields(url=url, **fields), actor="test")
    assert secret is not None
    return secret


def new_id() -> UUID:
    return UUID(bytes=uuid_utils.uuid7().bytes)


def tell(kind: str = "withdraw_consent", **more: Any) -> list[str]:
    """Tell of an act about Ann, unless something else is said."""
    about = {"identifiers": [ANN], "content": {}, "act_id": new_id(), **more}
    return tell_recipients(kind=kind, **about)


def send() -> None:
    """Send all that is due."""
    while send_due():
        pass


def later() -> None:
    """Let the time of the next try come."""
    Delivery.objects.filter(state="pending").update(next_at=datetime.now(UTC) - timedelta(seconds=1))


def three_days_later() -> None:
    """Let so much time pass for what was told as it is tried for."""
    Delivery.objects.update(made_at=datetime.now(UTC) - timedelta(days=3, seconds=1), attempts=9)
    later()


def states() -> dict[str, str]:
    """What became of the messages, by recipient; each has one."""
    found = dict(Delivery.objects.values_list("recipient__name", "state"))
    assert len(found) == Delivery.objects.count()
    return found


def the_delivery() -> Delivery:
    return Delivery.objects.select_related("recipient").get()


def tasks() -> list[tuple[str, str, int]]:
    """What humans are asked to see to: kind, subject, how often."""
    return list(PrivacyTask.objects.order_by("id").values_list("kind", "subject", "count"))
