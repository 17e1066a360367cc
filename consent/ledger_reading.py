"""What the ledger says of some identifiers: what counted at an instant, and all of it in pages."""

import base64
import binascii
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db.models import Case, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import Rank

from consent.ledger import Decided, said_of
from consent.models import ConsentDecision, Receipt
from consent.said import Said
from consent.states import ANSWERS, BARS, GRANTS, OF_EVERYTHING

MOST_RECEIPTS = 1_000


class BadHistoryCursor(ValueError):
    """This cursor is not one that the service gave out; start without one."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class HistoryPage(NamedTuple):
    """Some rows of the ledger, the latest decided first. `next_cursor` None: this was the last page."""

    rows: list[Decided]
    next_cursor: str | None


class _Cursor(msgspec.Struct, array_like=True):
    decided_at: datetime
    identifier_id: int
    purpose: str
    act_id: UUID


def read_latest(
    identifier_ids: Iterable[int], *, decided_by: datetime, received_by: datetime | None = None
) -> list[Decided]:
    """The rows that counted at an instant: per identifier and purpose the latest answer, bar and question, with all
    of the same time; claims aside from what is known."""
    kind = Case(
        When(~Q(problem=""), then=Value(2)),
        When(state__in=sorted(ANSWERS), then=Value(0)),
        When(state__in=sorted(OF_EVERYTHING), then=Value(3)),
        When(state__in=sorted(BARS), then=Value(1)),
        default=Value(2),
    )
    place = Window(
        Rank(), partition_by=[F("identifier_id"), F("purpose"), F("verified"), kind], order_by=F("decided_at").desc()
    )
    ranked = _of(identifier_ids, decided_by, received_by).annotate(place=place).filter(place=1)
    return [Decided(*row) for row in ranked.values_list(*Decided._fields)]


def latest_of(rows: Iterable[Decided], states: Collection[str]) -> dict[tuple[int, str], Decided]:
    """Of rows in some states, grants that cannot be used aside, the latest by identifier and purpose; of a grant and
    another thing at once the other."""
    last: dict[tuple[int, str], Decided] = {}
    for row in rows:
        if row.state not in states or row.problem:
            continue
        held = last.get((row.identifier_id, row.purpose))
        if held is None or _weight(row) > _weight(held):
            last[row.identifier_id, row.purpose] = row
    return last


def _weight(row: Decided) -> tuple[datetime, bool]:
    return row.decided_at, row.state not in GRANTS


def said_by_identifier(rows: Iterable[Decided]) -> dict[int, dict[str, list[Said]]]:
    """Rows of the ledger as what is in force is worked out from, by identifier and purpose."""
    said: dict[int, dict[str, list[Said]]] = {}
    for row in rows:
        said.setdefault(row.identifier_id, {}).setdefault(row.purpose, []).append(said_of(row))
    return said


def read_page(
    identifier_ids: Iterable[int],
    *,
    limit: int,
    cursor: str | None = None,
    decided_by: datetime | None = None,
    received_by: datetime | None = None,
) -> HistoryPage:
    """A page of what was said under some identifiers. Raises `BadHistoryCursor`."""
    rows = _of(identifier_ids, decided_by, received_by)
    if cursor is not None:
        rows = rows.filter(_behind(_decode(cursor)))
    ordered = rows.order_by("-decided_at", "identifier_id", "purpose", "act_id")
    found = [Decided(*row) for row in ordered.values_list(*Decided._fields)[: limit + 1]]
    return HistoryPage(found[:limit], _encode(found[limit - 1]) if len(found) > limit else None)


def read_act(act_id: UUID, identifier_ids: Iterable[int]) -> list[Decided]:
    """What one act decided for some identifiers."""
    rows = ConsentDecision.objects.filter(identifier_id__in=list(identifier_ids), act_id=act_id)
    return [Decided(*row) for row in rows.order_by("identifier_id", "purpose").values_list(*Decided._fields)]


def receipts_of(identifier_ids: Iterable[int], received_by: datetime | None = None) -> list[UUID]:
    """The receipts of the acts that decided anything for some identifiers, the latest issued first."""
    acts = _of(identifier_ids, None, received_by).filter(source_id=None).values("act_id")
    issued = Receipt.objects.filter(id__in=acts).order_by("-issued_at", "id")
    return list(issued.values_list("id", flat=True)[:MOST_RECEIPTS])


def with_receipts(act_ids: Collection[UUID]) -> set[UUID]:
    """Those of some acts that have a receipt."""
    return set(Receipt.objects.filter(id__in=list(act_ids)).values_list("id", flat=True))


def _of(
    identifier_ids: Iterable[int], decided_by: datetime | None, received_by: datetime | None
) -> QuerySet[ConsentDecision]:
    rows = ConsentDecision.objects.filter(identifier_id__in=list(identifier_ids))
    if decided_by is not None:
        rows = rows.filter(decided_at__lte=decided_by)
    return rows if received_by is None else rows.filter(received_at__lte=received_by)


def _behind(last: _Cursor) -> Q:
    at = Q(decided_at=last.decided_at)
    identifier = at & Q(identifier_id=last.identifier_id)
    purpose = identifier & Q(purpose=last.purpose)
    return (
        Q(decided_at__lt=last.decided_at)
        | (at & Q(identifier_id__gt=last.identifier_id))
        | (identifier & Q(purpose__gt=last.purpose))
        | (purpose & Q(act_id__gt=last.act_id))
    )


def _encode(row: Decided) -> str:
    cursor = _Cursor(row.decided_at.astimezone(UTC), row.identifier_id, row.purpose, row.act_id)
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def _decode(text: str) -> _Cursor:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=_Cursor)
    except (binascii.Error, ValueError):
        raise BadHistoryCursor from None
