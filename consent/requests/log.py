"""The record of requests that California's rules want a business to keep for 24 months (11 CCR 7101): six fields each.

It says of nobody who asked.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from consent.models import PrivacyRequest
from consent.requests.kinds import CANCELLED, CLOSED, COMPLETED, DENIED, DUPLICATE, EXPIRED, PARTIALLY_COMPLETED

CHUNK = 1000
RESPONSES = {
    COMPLETED: "complied with in full",
    PARTIALLY_COMPLETED: "complied with in part",
    DENIED: "denied",
    CANCELLED: "withdrawn by the person",
    EXPIRED: "identity not proven in time",
    DUPLICATE: "answered with an earlier request",
}
PENDING = "pending"


class LoggedRequest(NamedTuple):
    """A request as the record has it. Days as ISO 8601 has them; empty: not yet, or none."""

    date_of_request: str
    nature_of_request: str
    manner_of_request: str
    date_of_response: str
    nature_of_response: str
    basis_for_denial: str


def read_log(*, since: datetime, until: datetime) -> Iterator[LoggedRequest]:
    """The requests received in a period, the earliest first, read in pieces."""
    rows = PrivacyRequest.objects.filter(received_at__gte=since, received_at__lt=until)
    for row in rows.order_by("received_at", "id").iterator(chunk_size=CHUNK):
        yield logged(row)


def logged(row: PrivacyRequest) -> LoggedRequest:
    """A request as the record has it."""
    answered = row.closed_at if row.state in CLOSED else (row.attempted_at if row.state in RESPONSES else None)
    return LoggedRequest(
        date_of_request=row.received_at.date().isoformat(),
        nature_of_request=row.type,
        manner_of_request=row.source,
        date_of_response="" if answered is None else answered.date().isoformat(),
        nature_of_response=RESPONSES.get(row.state, PENDING),
        basis_for_denial=basis_for_denial(row),
    )


def basis_for_denial(row: PrivacyRequest) -> str:
    """Why it was denied in whole or in part; empty: it was not."""
    if row.state == DENIED:
        return ": ".join(part for part in (row.reason, row.explanation) if part)
    if row.state == PARTIALLY_COMPLETED:
        return "; ".join(f"{gap['store']} ({gap['group']}): {gap['why']}" for gap in row.result.get("gaps", ()))
    return ""
