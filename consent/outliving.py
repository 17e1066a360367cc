"""Removing rows of consent's own stores that are past their time: in pieces, so that nobody waits for it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.db.models import QuerySet

from consent.erasing import lawfully
from consent.models import Package, PackagePart, PrivacyRequest
from consent.packages import forget_packages
from consent.proofs import remove_old_proofs
from consent.visits import remove_old_visits

AT_ONCE = 5000
REQUESTS_AT_ONCE = 500
# Store to its table and the column that its age is counted from.
COLUMNS = {
    "access_log": ("access_log", "at"),
    "certificate": ("erasure_certificate", "expires_at"),
    "confirmation": ("consent_confirmation", "expires_at"),
    "held_record": ("held_record", "keep_until"),
    "message": ("message", "made_at"),
    "proof": ("identifier_proof", "expires_at"),
    "visit": ("visit", "expires_at"),
}
DELETE_SOME = "DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {column} < %s LIMIT %s))"
COUNT = "SELECT count(*) FROM {table} WHERE {column} < %s"


def remove_old(store: str, before: datetime) -> int:
    """Remove what is older; how many rows it was. Each piece is a transaction of its own."""
    return _in_pieces(PIECES.get(store) or partial(_delete_some, store), before)


def count_old(store: str, before: datetime) -> int:
    """How many rows `remove_old` would remove."""
    if store == "request":
        return PrivacyRequest.objects.filter(closed_at__lt=before).count()
    if store == "package":
        return PackagePart.objects.filter(package__in=Package.objects.filter(expires_at__lte=before)).count()
    return _scalar(COUNT, store, [before])


def _in_pieces(piece: Callable[[datetime], int], before: datetime) -> int:
    total = 0
    while count := piece(before):
        total += count
    return total


def _delete_some(store: str, before: datetime) -> int:
    table, column = COLUMNS[store]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DELETE_SOME.format(table=table, column=column), [before, AT_ONCE])
        return int(cursor.rowcount)


def _delete_requests(before: datetime) -> int:
    """Some requests that were closed before, duplicates first: nothing may refer to what goes."""
    some = _closed(before)[:REQUESTS_AT_ONCE]
    with transaction.atomic():
        ids = list(some.values_list("id", flat=True))
        with lawfully():
            PrivacyRequest.objects.filter(id__in=ids).delete()
    return len(ids)


def _closed(before: datetime) -> QuerySet[PrivacyRequest]:
    return PrivacyRequest.objects.filter(closed_at__lt=before, duplicates__isnull=True).exclude(
        appeals__state="received"
    )


def _scalar(statement: str, store: str, parameters: list[datetime]) -> int:
    table, column = COLUMNS[store]
    with connection.cursor() as cursor:
        cursor.execute(statement.format(table=table, column=column), parameters)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


PIECES: dict[str, Callable[[datetime], int]] = {
    "package": forget_packages,
    "proof": remove_old_proofs,
    "request": _delete_requests,
    "visit": remove_old_visits,
}
