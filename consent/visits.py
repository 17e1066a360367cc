"""Visits to the privacy pages: which identifiers somebody proved, for as long as they stay.

The browser holds a token in a cookie; here is its hash, and the identifiers sealed. A visit ends half an hour after it
was last seen, and eight hours after it began.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from django.db import transaction
from django.db.models import Q

from consent.link_tokens import token_digest
from consent.models import Visit
from consent.sealing import Unsealable, seal, unseal_bytes

USE = "visit"
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
NOTED_EVERY = timedelta(minutes=1)  # that it was seen need not be written with each page
TOKEN_BYTES = 32
LONGEST_TOKEN = 100
MOST_IDENTIFIERS = 10


class VisitOver(LookupError):
    """There is no visit with this token, or it is over."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Proved:
    """One identifier that was proven in a visit, in canonical form. `method`: `code` or `link`."""

    type: str
    value: str
    method: str


def open_visit(proved: Proved, before: str = "") -> str:
    """Begin a visit with what was proven; the token for the cookie. `before`: the token of a visit that goes on in
    this one, with what was proven in it and its end."""
    with transaction.atomic():
        earlier, begun = _closed(before)
        kept = [one for one in earlier if (one.type, one.value) != (proved.type, proved.value)]
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = datetime.now(UTC)
        Visit.objects.create(
            digest=token_digest(token),
            identifiers=_sealed([*kept, proved][-MOST_IDENTIFIERS:]),
            created_at=begun or now,
            seen_at=now,
            expires_at=(begun or now) + LONGEST,
        )
    return token


def find_visit(token: str) -> list[Proved]:
    """What was proven in a visit that is not over; notes that it was seen. Raises `VisitOver`."""
    row, now = _row(token), datetime.now(UTC)
    if row is None or not _goes_on(row, now):
        raise VisitOver
    proved = _proved(row)
    if row.seen_at <= now - NOTED_EVERY:
        Visit.objects.filter(digest=row.digest).update(seen_at=now)
    return proved


def end_visit(token: str) -> None:
    """Forget a visit."""
    Visit.objects.filter(digest=token_digest(token)).delete()


def remove_old_visits(now: datetime) -> int:
    """Forget the visits that are over; how many there were."""
    return Visit.objects.filter(Q(expires_at__lte=now) | Q(seen_at__lte=now - IDLE)).delete()[0]


def _closed(token: str) -> tuple[list[Proved], datetime | None]:
    """What was proven in an earlier visit, and when that began; the visit is over now."""
    row = _row(token)
    if row is None:
        return [], None
    goes_on = _goes_on(row, datetime.now(UTC))
    Visit.objects.filter(digest=row.digest).delete()
    return (_proved(row), row.created_at) if goes_on else ([], None)


def _row(token: str) -> Visit | None:
    return Visit.objects.filter(digest=token_digest(token)).first() if 0 < len(token) <= LONGEST_TOKEN else None


def _goes_on(row: Visit, now: datetime) -> bool:
    return row.expires_at > now and row.seen_at > now - IDLE


def _sealed(proved: list[Proved]) -> bytes:
    return seal(msgspec.json.encode(proved), USE)


def _proved(row: Visit) -> list[Proved]:
    """Raises `VisitOver` where the secret that it was sealed under is another now."""
    try:
        return msgspec.json.decode(unseal_bytes(row.identifiers, USE), type=list[Proved])
    except Unsealable:
        raise VisitOver from None
