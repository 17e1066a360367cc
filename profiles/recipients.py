"""Changing the recipients of personal data: audited as every change of the configuration is."""

from datetime import timedelta

from django.db import transaction

from consent import recipient_writing
from consent.recipient_writing import DEFAULT_OVERLAP, RecipientFields, check_recipient, described, save_recipient
from profiles.configuration import record_change
from profiles.models import IdentifierType


def change_recipient(*, name: str, fields: RecipientFields, actor: str) -> str | None:
    """Register a recipient and return its secret, the only time that it can be read; or change one, which keeps its
    own and comes back to life. Raises `RecipientRefused`."""
    check_recipient(name, fields, frozenset(IdentifierType.objects.values_list("name", flat=True)))
    with transaction.atomic():
        # Its row lock makes the changes of the configuration one after another.
        record_change(actor=actor, subject=_subject(name), before=described(name), after=fields.described())
        return save_recipient(name, fields)


def rotate_secret(*, name: str, actor: str, overlap: timedelta = DEFAULT_OVERLAP) -> str:
    """Give a recipient a new secret and return it; the old ones stay good for the overlap.

    Raises `NoSuchRecipient` and `RecipientRefused`.
    """
    with transaction.atomic():
        after = {"rotated_with_overlap": overlap.total_seconds()}
        record_change(actor=actor, subject=_subject(name), before=None, after=after)
        return recipient_writing.rotate_secret(name, overlap)


def disable_recipient(*, name: str, actor: str) -> None:
    """Tell a recipient nothing any more; what waits for it is given up. Raises `NoSuchRecipient`."""
    with transaction.atomic():
        record_change(actor=actor, subject=_subject(name), before=None, after={"disabled": True})
        recipient_writing.disable_recipient(name)


def _subject(name: str) -> str:
    return f"recipient:{name}"
