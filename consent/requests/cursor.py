"""Places in lists of requests: a day or an instant, and the request that stands there, as an opaque text."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime
from uuid import UUID

from consent.requests.refusals import BadRequestCursor


def write_cursor(at: date, id_: UUID) -> str:
    """The place of a request; it names nobody. `at`: the day or the instant by which the list is ordered."""
    return urlsafe_b64encode(f"{at.isoformat()} {id_}".encode()).rstrip(b"=").decode()


def read_day(cursor: str) -> tuple[date, UUID]:
    """The place in a list by days; raises `BadRequestCursor`."""
    at, id_ = _read(cursor)
    try:
        return date.fromisoformat(at), id_
    except ValueError:
        raise BadRequestCursor from None


def read_instant(cursor: str) -> tuple[datetime, UUID]:
    """The place in a list by instants; raises `BadRequestCursor`."""
    at, id_ = _read(cursor)
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        raise BadRequestCursor from None
    if found.tzinfo is None:
        raise BadRequestCursor
    return found, id_


def _read(cursor: str) -> tuple[str, UUID]:
    try:
        at, id_ = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        return at, UUID(id_)
    except ValueError:
        raise BadRequestCursor from None
