"""A new key for receipts, made by somebody who is named for it."""

from django.db import transaction

from consent.signing import rotate_key
from consent.signing_reading import list_keys
from profiles.configuration import record_change


def rotate_receipt_key(*, actor: str) -> str:
    """Sign receipts and heads of the audit log with a new key from now on; its id. Raises `KeysContended`.

    What the earlier ones signed stays good: their public halves are published for ever.
    """
    with transaction.atomic():
        held = next((key.kid for key in list_keys() if key.active), None)
        kid = str(rotate_key().kid)
        before = None if held is None else {"kid": held}
        record_change(actor=actor, subject="receipt_key", before=before, after={"kid": kid})
    return kid
