"""Service tokens as staff see them: in pages, and those that end soon."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from cxprofiles.models import ApiToken

SOON = timedelta(days=30)
VALID, ENDED, ALL = "valid", "ended", "all"
SHOWN = (VALID, ENDED, ALL)


class TokenPage(NamedTuple):
    """Some tokens, the latest made first. `before` None: this was the last page."""

    tokens: list[ApiToken]
    before: int | None


def list_tokens(*, limit: int, before: int | None = None, shown: str = VALID, name: str = "") -> TokenPage:
    """A page of tokens, those that are valid, those that ended, or all; `name`: that hold this in their names."""
    rows = _of(shown)
    if name:
        rows = rows.filter(name__icontains=name)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: limit + 1])
    return TokenPage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def tokens_ending_soon(limit: int = 20) -> list[ApiToken]:
    """The valid tokens that end within 30 days, the next first."""
    now = datetime.now(UTC)
    rows = ApiToken.objects.filter(revoked_at=None, expires_at__gt=now, expires_at__lte=now + SOON)
    return list(rows.order_by("expires_at", "id")[:limit])


def find_by_id(token_id: int) -> ApiToken | None:
    """One token, revoked or not."""
    return ApiToken.objects.filter(id=token_id).first()


def _of(shown: str) -> QuerySet[ApiToken]:
    over = Q(revoked_at__isnull=False) | Q(expires_at__lte=datetime.now(UTC))
    rows = ApiToken.objects.all()
    return rows.exclude(over) if shown == VALID else rows.filter(over) if shown == ENDED else rows
