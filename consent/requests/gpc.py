"""Global Privacy Control as an opt-out request: noted once for each identifier whose browser says it.

What it refuses stands in the ledger with the event that said it; the request is for the record that laws want of it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from consent.models import GpcOptOut

SIGNAL = "gpc"
NOTE = """
    INSERT INTO gpc_opt_out (identifier_id, at)
    SELECT id, statement_timestamp() FROM unnest(%s::bigint[]) AS id ORDER BY id
    ON CONFLICT (identifier_id) DO NOTHING
"""


def note_opt_outs(identifier_ids: Iterable[int]) -> None:
    """Note that the browsers of these identifiers said Global Privacy Control, in the caller's transaction."""
    ids = sorted(set(identifier_ids))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(NOTE, (ids,))


def take_unrecorded() -> tuple[int, datetime] | None:
    """An identifier that no request was made of yet, and since when; locked until the transaction ends."""
    rows = GpcOptOut.objects.select_for_update(skip_locked=True).filter(request=None).order_by("at", "identifier_id")
    row = rows.first()
    return None if row is None else (row.identifier_id, row.at)


def request_among(identifier_ids: Collection[int]) -> UUID | None:
    """The request that was made of one of some identifiers before."""
    rows = GpcOptOut.objects.filter(identifier_id__in=identifier_ids).exclude(request=None)
    return rows.values_list("request_id", flat=True).first()


def link_request(identifier_ids: Collection[int], request_id: UUID) -> None:
    """Note which request records the opt-out of some identifiers."""
    GpcOptOut.objects.filter(identifier_id__in=identifier_ids, request=None).update(request=request_id)


def forget_noted(identifier_id: int) -> None:
    """Drop the note about an identifier that is not stored any more."""
    GpcOptOut.objects.filter(identifier_id=identifier_id).delete()
