"""Grants that wait for their link to be opened and confirmed (double opt-in).

The token of a link is made of the act under the deployment's key, so that the answer to a request that is sent again
names the same link, and only its hash is stored.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.crypto import salted_hmac

from consent.link_tokens import token_digest
from consent.models import Confirmation
from consent.signatures import encode

PATIENCE = timedelta(hours=72)
LONGEST_TOKEN = 100


class NoSuchConfirmation(LookupError):
    """No link was ever made with this token."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class ConfirmationOver(ValueError):
    """This link was used already, or is older than 72 hours."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Pending:
    """What a link is about. `asked` is what the caller stored with it."""

    act_id: UUID
    requested_at: datetime
    expires_at: datetime
    asked: dict[str, Any]


def token_of_act(act_id: UUID) -> str:
    """The token of an act's link: 256 bits that nobody can tell who does not hold the deployment's key."""
    digest = salted_hmac("consent.confirmations", act_id.hex, algorithm="sha256").digest()
    return encode(digest)


def open_confirmation(*, act_id: UUID, asked: dict[str, Any], at: datetime) -> datetime:
    """Let an act be confirmed by its link; when that ends. Call it in the transaction that records the act."""
    expires_at = at + PATIENCE
    Confirmation.objects.create(
        digest=token_digest(token_of_act(act_id)), act_id=act_id, requested_at=at, expires_at=expires_at, asked=asked
    )
    return expires_at


def find_confirmation(token: str, now: datetime, *, to_confirm: bool = False) -> Pending:
    """What a link is about. Raises `NoSuchConfirmation` and `ConfirmationOver`.

    `to_confirm`: locks the row until the end of the transaction, so that of two confirmations one counts.
    """
    rows = Confirmation.objects.select_for_update() if to_confirm else Confirmation.objects.all()
    row = rows.filter(digest=token_digest(token)).first() if len(token) <= LONGEST_TOKEN else None
    if row is None:
        raise NoSuchConfirmation
    if row.confirmed_at is not None or row.expires_at <= now:
        raise ConfirmationOver
    return Pending(row.act_id, row.requested_at, row.expires_at, row.asked)


def find_opened(act_id: UUID) -> Pending | None:
    """What the link of an act is or was about; None: it has none."""
    row = Confirmation.objects.filter(digest=token_digest(token_of_act(act_id))).first()
    return None if row is None else Pending(row.act_id, row.requested_at, row.expires_at, row.asked)


def close_confirmation(token: str, now: datetime) -> None:
    """Note that a link was used."""
    Confirmation.objects.filter(digest=token_digest(token)).update(confirmed_at=now)
