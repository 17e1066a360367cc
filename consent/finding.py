"""What there is about somebody who is being looked up: whose or what a pasted id is, and requests that are open."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from consent.models import AccessLog, PrivacyRequest, Receipt
from consent.pseudonyms import pseudonyms

MOST_OPEN = 20


class OpenRequest(NamedTuple):
    """A privacy request that is not closed."""

    id: UUID
    type: str
    state: str
    due_on: date


def find_accessed(decision_id: UUID) -> UUID | None:
    """The profile whose data the answer with this decision id showed; None: there is no such answer, or of nobody."""
    return AccessLog.objects.filter(id=decision_id).values_list("profile_id", flat=True).first()


def is_request(id_: UUID) -> bool:
    """Whether there is a privacy request of this id."""
    return PrivacyRequest.objects.filter(id=id_).exists()


def find_receipted(receipt_id: UUID) -> list[int]:
    """The identifiers whose decisions a receipt is about; none: there is no such receipt."""
    held = Receipt.objects.filter(id=receipt_id).values_list("identifier_ids", flat=True).first()
    return list(held or [])


def find_open_requests(identifiers: Iterable[tuple[str, str]]) -> list[OpenRequest]:
    """The open requests about one of some canonical (type, value), those due first."""
    digests = [one.digest for pair in identifiers for one in pseudonyms(*pair)]
    rows = PrivacyRequest.objects.filter(closed_at=None, subjects__digest__in=digests).distinct()
    return [OpenRequest(*row) for row in rows.order_by("due_on", "id").values_list(*OpenRequest._fields)[:MOST_OPEN]]
