"""The secrets that recipients check what they are told by, and sign what they answer by (Standard Webhooks).

Stored sealed. While one is rotated, messages are signed by the old and the new one, and both are believed.
"""

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from consent.sealing import Unsealable, seal, unseal_bytes

USE = "recipient secret"
PREFIX = "whsec_"
BYTES = 32
MOST = 3

Held = Mapping[str, Any]  # a secret as the row has it: `sealed`, `made_at`, `ends_at`


class SecretsUnreadable(ValueError):
    """The recipient's secrets were sealed under another SEALING_SECRET; rotate them and hand the new one over."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def new_secret() -> str:
    """A secret of 256 random bits, in the form that Standard Webhooks states."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def hold(secret: str, at: datetime) -> dict[str, Any]:
    """A secret as the row has it, good from now on."""
    sealed = base64.b64encode(seal(secret.encode(), USE)).decode()
    return {"sealed": sealed, "made_at": at.isoformat(), "ends_at": None}


def rotated(held: Sequence[Held], secret: str, at: datetime, overlap: timedelta) -> list[dict[str, Any]]:
    """The secrets with a new one before them; the others end after the overlap, or earlier if they would."""
    end = at + overlap
    ending = [{**one, "ends_at": min(end, _end_of(one) or end).isoformat()} for one in good(held, at)]
    return [hold(secret, at), *(ending if overlap else [])][:MOST]


def good(held: Sequence[Held], at: datetime) -> list[Held]:
    """Those that have not ended."""
    return [one for one in held if one["ends_at"] is None or datetime.fromisoformat(one["ends_at"]) > at]


def _end_of(held: Held) -> datetime | None:
    return datetime.fromisoformat(held["ends_at"]) if held["ends_at"] else None


def sign(held: Sequence[Held], message_id: str, body: str, at: datetime) -> dict[str, str]:
    """The headers of a message, signed by each good secret. Raises `SecretsUnreadable`."""
    signatures = [one.sign(message_id, at, body) for one in _webhooks(held, at)]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def is_signed(held: Sequence[Held], body: bytes, headers: Mapping[str, str], at: datetime) -> bool:
    """Whether a message is signed by one of the good secrets, now. Raises `SecretsUnreadable`."""
    return any(_verifies(one, body, headers) for one in _webhooks(held, at))


def _verifies(webhook: Webhook, body: bytes, headers: Mapping[str, str]) -> bool:
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError, TypeError):
        return False  # the library lets a header that is no base64, or no text, fall through
    return True


def _webhooks(held: Sequence[Held], at: datetime) -> list[Webhook]:
    try:
        found = [unseal_bytes(base64.b64decode(one["sealed"]), USE).decode() for one in good(held, at)]
    except Unsealable:
        raise SecretsUnreadable from None
    if not found:
        raise SecretsUnreadable
    return [Webhook(one) for one in found]
