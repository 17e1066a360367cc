"""Registering recipients, changing them, their secrets, and ending them."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from consent.deliveries import give_up_all
from consent.delivery_secrets import hold, new_secret, rotated
from consent.models import Purpose, Recipient
from consent.outgoing import AddressRefused, check_address
from consent.requests.kinds import TOLD

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
COUNTRY = re.compile(r"([A-Z]{2})?")
LONGEST_TITLE = 200
MOST_NAMED = 100
DEFAULT_OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=30)


class RecipientRefused(ValueError):
    """What of a recipient cannot be, in a sentence. `field` is which."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class NoSuchRecipient(LookupError):
    """There is no recipient of this name."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class RecipientFields:
    """What staff set on a recipient.

    `kinds`: the types of requests that it is told of, none: all. `purposes`: what it has data for, none: all.
    `identifier_types`: by which it knows people, none: as they presented themselves. `country`: ISO 3166.
    """

    url: str
    title: str = ""
    kinds: Sequence[str] = field(default_factory=list)
    purposes: Sequence[str] = field(default_factory=list)
    identifier_types: Sequence[str] = field(default_factory=list)
    country: str = ""

    def described(self) -> dict[str, Any]:
        """As JSON."""
        return {name: list(value) if isinstance(value, list | tuple) else value for name, value in asdict(self).items()}


def check_recipient(name: str, fields: RecipientFields, types: frozenset[str]) -> None:
    """Raise `RecipientRefused` for what cannot be. `types`: the identifier types that there are."""
    if not NAME.fullmatch(name):
        raise RecipientRefused("name", "A name is up to 64 small letters, digits and . _ - and begins with no mark.")
    try:
        check_address(fields.url)
    except AddressRefused as error:
        raise RecipientRefused("url", str(error)) from None
    if len(fields.title) > LONGEST_TITLE:
        raise RecipientRefused("title", f"A title has at most {LONGEST_TITLE} characters.")
    if not COUNTRY.fullmatch(fields.country):
        raise RecipientRefused("country", "This is a country's two letters, such as DE, or empty.")
    _check_among("kinds", fields.kinds, TOLD, "a type of request that recipients are told of")
    _check_among("identifier_types", fields.identifier_types, types, "an identifier type")
    if fields.purposes:
        known = frozenset(Purpose.objects.values_list("key", flat=True))
        _check_among("purposes", fields.purposes, known, "a purpose")


def _check_among(name: str, given: Sequence[str], known: frozenset[str], what: str) -> None:
    if len(given) > MOST_NAMED:
        raise RecipientRefused(name, f"Name at most {MOST_NAMED}.")
    for n, one in enumerate(given):
        if one not in known:
            raise RecipientRefused(f"{name}/{n}", f"This is not {what}.")


def save_recipient(name: str, fields: RecipientFields) -> str | None:
    """Make a recipient and return its secret, or change one that is there, also one that was disabled."""
    values: dict[str, Any] = fields.described() | {"disabled_at": None}
    if Recipient.objects.filter(name=name).update(**values):
        return None
    secret = new_secret()
    Recipient.objects.create(name=name, secrets=[hold(secret, datetime.now(UTC))], **values)
    return secret


def rotate_secret(name: str, overlap: timedelta) -> str:
    """Give a recipient a new secret and return it; the old ones stay good for the overlap.

    Raises `NoSuchRecipient` and `RecipientRefused`.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise RecipientRefused("overlap_seconds", f"An overlap is 0 seconds to {LONGEST_OVERLAP.days} days.")
    with transaction.atomic():
        row = locked_recipient(name)
        secret = new_secret()
        row.secrets = rotated(row.secrets, secret, datetime.now(UTC), overlap)
        row.save(update_fields=["secrets"])
    return secret


def disable_recipient(name: str) -> None:
    """Tell a recipient nothing any more; what waits for it is given up. Raises `NoSuchRecipient`."""
    with transaction.atomic():
        row = locked_recipient(name)
        now = datetime.now(UTC)
        Recipient.objects.filter(pk=row.pk, disabled_at__isnull=True).update(disabled_at=now)
        give_up_all(row.pk, now)


def locked_recipient(name: str) -> Recipient:
    """The recipient's row, locked until the end of the transaction. Raises `NoSuchRecipient`."""
    row = Recipient.objects.select_for_update(no_key=True).filter(name=name).first()
    if row is None:
        raise NoSuchRecipient
    return row


def find_recipient(name: str) -> Recipient:
    """The recipient of this name. Raises `NoSuchRecipient`."""
    row = Recipient.objects.filter(name=name).first()
    if row is None:
        raise NoSuchRecipient
    return row


def described(name: str) -> dict[str, Any] | None:
    """What staff set on a recipient, as JSON; None: there is none of this name."""
    row = Recipient.objects.filter(name=name).first()
    return None if row is None else fields_of(row).described()


def fields_of(row: Recipient) -> RecipientFields:
    """What staff set on it."""
    return RecipientFields(row.url, row.title, row.kinds, row.purposes, row.identifier_types, row.country)


def list_recipients() -> list[Recipient]:
    """All recipients, by name, disabled ones too."""
    return list(Recipient.objects.order_by("name"))
