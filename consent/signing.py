"""The keys that sign receipts: one is active, the public halves of all stay for ever, private ones are derived."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from joserfc.jwk import OKPKey

from consent.models import SigningKey
from consent.signatures import Jwk, derive_key, public_jwk

MOST_TRIES = 5


class KeysContended(Exception):
    """Other processes kept changing the active signing key; try again."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def active_key() -> OKPKey:
    """The private key that signs now.

    The first is made when there is none; another takes over where the secret gives a different key than the active
    one was: then the secret has changed, and nobody here can sign with the old key any more.
    """
    for _ in range(MOST_TRIES):
        held = SigningKey.objects.filter(active=True).first()
        if held is not None and is_ours(held):
            return derive_key(settings.RECEIPT_SECRET, held.id)
        replace_key(held, find_earlier())
    raise KeysContended


def rotate_key() -> OKPKey:
    """Make a new key that signs from now on, and return it. What the earlier ones signed stays verifiable."""
    for _ in range(MOST_TRIES):
        made = replace_key(SigningKey.objects.filter(active=True).first(), None)
        if made is not None:
            return made
    raise KeysContended


def public_keys() -> dict[str, list[Jwk]]:
    """Every key that has ever signed, as a JWK set, and the one that comes next.

    That one is published before it signs, so that who has kept this set for some minutes knows it already.
    """
    stored: list[Jwk] = list(SigningKey.objects.order_by("id").values_list("jwk", flat=True))
    return {"keys": [*stored, public_jwk(derive_key(settings.RECEIPT_SECRET, next_number()))]}


def is_ours(held: SigningKey) -> bool:
    """Whether the present secret gives this key."""
    return derive_key(settings.RECEIPT_SECRET, held.id).kid == held.kid


def find_earlier() -> SigningKey | None:
    """The latest stored key that the present secret gives.

    So two processes with different secrets, while one is being changed, take turns between two keys instead of
    making a new one for every receipt.
    """
    return next((held for held in SigningKey.objects.order_by("-id") if is_ours(held)), None)


def next_number() -> int:
    """The number of the key that will be made next."""
    return (SigningKey.objects.aggregate(highest=Max("id"))["highest"] or 0) + 1


def replace_key(held: SigningKey | None, successor: SigningKey | None) -> OKPKey | None:
    """Retire the active key, and let the successor sign, or a new key; None where another process was faster.

    The constraints decide the race: one active key, one key of a number. Who loses waits for the winner's
    transaction, loses nothing but this savepoint, and sees the winner's key when it looks again.
    """
    try:
        with transaction.atomic():
            if held is not None and not SigningKey.objects.filter(id=held.id, active=True).update(active=False):
                return None
            if successor is not None:
                SigningKey.objects.filter(id=successor.id).update(active=True)
                return derive_key(settings.RECEIPT_SECRET, successor.id)
            key = derive_key(settings.RECEIPT_SECRET, number := next_number())
            SigningKey.objects.create(id=number, kid=key.kid or "", jwk=public_jwk(key), active=True)
    except IntegrityError:
        return None
    return key
