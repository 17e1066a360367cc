"""Of the active requests of one person and type there is one: who proves both at once finds the other a duplicate.

A request holds a `RequestClaim` for each identifier of the person, as keyed hashes; the primary key of that table makes
two holders impossible. Places are taken one after another under a lock of their own, then the rows of all contenders
are locked in the order of their ids; whoever moves a request without taking a place locks its one row only, so nobody
waits in a ring.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from consent.locks import Lock
from consent.models import PrivacyRequest, RequestClaim
from consent.pseudonyms import pseudonyms
from consent.requests.journal import Journal
from consent.requests.kinds import EXECUTING, OBJECTION, RECTIFICATION, RESTRICTION, WITHDRAW
from consent.requests.machine import ACTIVE, DUPLICATE_FOUND, Contender, who_stays
from consent.requests.records import Identifier
from consent.requests.refusals import NoSuchRequest

ENTER_CLAIMS = f"SELECT pg_advisory_xact_lock({Lock.REQUEST_PLACES:d})"
# Of these, two that ask for different things are no duplicates of each other.
BY_CONTENT = frozenset({RECTIFICATION, RESTRICTION, OBJECTION, WITHDRAW})


def place_of(type: str, details: Mapping[str, Any]) -> str:  # noqa: A002
    """What a request contends for: its type, and for some types what it asks, as a keyed hash."""
    asked = {name: value for name, value in details.items() if value}
    if type not in BY_CONTENT or not asked:
        return type
    key = settings.SUPPRESSION_KEYS[max(settings.SUPPRESSION_KEYS)]
    content = msgspec.json.encode(asked, order="deterministic")
    return f"{type}:{hmac.digest(key, b'place:' + content, 'sha256').hex()[:32]}"


def hashes_of(identifiers: Iterable[Identifier]) -> list[bytes]:
    """The keyed hashes of a person's identifiers under every key, in one order."""
    return sorted({one.digest for pair in identifiers for one in pseudonyms(*pair)})


def lock_contenders(id: UUID, place: str, digests: Sequence[bytes]) -> tuple[PrivacyRequest, list[PrivacyRequest]]:  # noqa: A002
    """A request and the active ones that hold its place for the same person, all locked. Raises `NoSuchRequest`."""
    with connection.cursor() as cursor:
        cursor.execute(ENTER_CLAIMS)
    held = RequestClaim.objects.filter(type=place, digest__in=digests)
    ids = set(held.values_list("request_id", flat=True)) | {id}
    rows = {row.id: row for row in PrivacyRequest.objects.select_for_update().filter(id__in=ids).order_by("id")}
    if id not in rows:
        raise NoSuchRequest
    own = rows.pop(id)
    return own, [row for row in rows.values() if row.state in ACTIVE]


def settle(
    journal: Journal, own: PrivacyRequest, rivals: Sequence[PrivacyRequest], place: str, digests: Sequence[bytes]
) -> None:
    """Let one of the contenders stay active; the others become its duplicates. All are locked, and active."""
    rows = {row.id: row for row in (own, *rivals)}
    winner = rows[who_stays([_contender(row) for row in rows.values()])]
    for row in rows.values():
        if row.id != winner.id and row.state != EXECUTING:
            _become_duplicate(journal, row, winner)
    RequestClaim.objects.bulk_create(
        [RequestClaim(type=place, digest=digest, request=winner) for digest in digests], ignore_conflicts=True
    )


def _become_duplicate(journal: Journal, row: PrivacyRequest, winner: PrivacyRequest) -> None:
    journal.advance(row, DUPLICATE_FOUND, detail={"duplicate_of": str(winner.id)}, duplicate_of=winner)
    PrivacyRequest.objects.filter(duplicate_of=row).update(duplicate_of=winner)


def _contender(row: PrivacyRequest) -> Contender:
    return Contender(row.state == EXECUTING, row.received_at, row.id)
