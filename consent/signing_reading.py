"""The keys that sign receipts, as staff see them."""

from dataclasses import dataclass
from datetime import datetime

from consent.models import SigningKey
from consent.signing import is_ours

MOST_KEYS = 100


@dataclass(frozen=True, slots=True)
class KeyKnown:
    """One key. `active`: it signs now; `ours`: the present secret gives it, so that it could sign."""

    number: int
    kid: str
    created_at: datetime
    active: bool
    ours: bool


def list_keys() -> list[KeyKnown]:
    """The keys that have ever signed, the latest first."""
    rows = SigningKey.objects.order_by("-id")[:MOST_KEYS]
    return [KeyKnown(row.id, row.kid, row.created_at, row.active, is_ours(row)) for row in rows]
