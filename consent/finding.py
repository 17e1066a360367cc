"""What there is about somebody who is being looked up: what a pasted id is of, open requests, and who looked."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from consent.access import Access, AccessPage
from consent.models import AccessLog, PrivacyRequest, Receipt
from consent.pseudonyms import pseudonyms

MOST_OPEN = 20

# The latest reads under any of a profile's ids. Each id gives its own latest, straight from the index
# access_log_by_profile: the cost grows with the page and the ids, however often the profile was read.
READ_ACCESSES = """
    SELECT latest.*
    FROM unnest(%(ids)s::uuid[]) AS of_profile(id)
    CROSS JOIN LATERAL (
        SELECT id, at, actor, operation, profile_id, purpose, allowed, fields
        FROM access_log
        WHERE access_log.profile_id = of_profile.id
            AND (%(before)s::uuid IS NULL OR (at, access_log.id) < (
                SELECT last.at, last.id FROM access_log AS last WHERE last.id = %(before)s::uuid))
        ORDER BY at DESC, access_log.id DESC
        LIMIT %(most)s
    ) AS latest
    ORDER BY latest.at DESC, latest.id DESC
    LIMIT %(most)s
"""


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


def read_accesses_under(profile_ids: Collection[UUID], *, limit: int, before: UUID | None = None) -> AccessPage:
    """Who read a profile, by any id that it ever had, the person's own looks too; the latest first.

    `before`: the id of the last read of the page before; none follow one that is not there.
    """
    with connection.cursor() as cursor:
        cursor.execute(READ_ACCESSES, {"ids": list(profile_ids), "before": before, "most": limit + 1})
        found = [Access(*row) for row in cursor.fetchall()]
    return AccessPage(found[:limit], len(found) > limit)
