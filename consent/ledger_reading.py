"""What the ledger says of some identifiers: what counted at an instant, what they answered when, all of it in pages."""

import base64
import binascii
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Case, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import Rank

from consent.ledger import Decided, said_of
from consent.models import ConsentDecision, Receipt
from consent.said import LETTERS, QUESTION, Said, add_said, kind_of
from consent.states import GRANTS, REFUSALS

MOST_RECEIPTS = 1_000

READ_ANSWERS = f"""
    SELECT asked.n, {", ".join(f"said.{name}" for name in Decided._fields)}
    FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[])
        WITH ORDINALITY AS asked(id, since, until, n)
    JOIN consent_decision AS said ON said.identifier_id = asked.id
        AND said.decided_at BETWEEN asked.since AND asked.until
    WHERE said.state = ANY(%(states)s) AND said.problem = '' AND NOT said.with_account
"""  # noqa: S608 - our own constants

# The kind of a row, as folds have it (`said.kind_of`): what is read is what would have been kept.
KIND = Case(
    When(~Q(problem="") & Q(state__in=sorted(GRANTS)), then=Value(QUESTION)),
    *(When(state=state, then=Value(kind_of(Said(0, letter))[0])) for state, letter in sorted(LETTERS.items())),
)


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


class Span(NamedTuple):
    """One identifier, from an instant to another, both included."""

    identifier_id: int
    since: datetime
    until: datetime


def answers_within(spans: Sequence[Span]) -> list[tuple[int, Decided]]:
    """What was granted and refused under identifiers, each in its span, without an account: which span, and the row.

    Grants that cannot be used are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            READ_ANSWERS,
            {
                "ids": [span.identifier_id for span in spans],
                "since": [span.since for span in spans],
                "until": [span.until for span in spans],
                "states": sorted(GRANTS | REFUSALS),
            },
        )
        return [(n - 1, Decided(*row)) for n, *row in cursor.fetchall()]


def decisions_after(identifier_id: int, limit: int) -> list[Decided]:
    """The rows of the next identifiers past one, whole identifiers at a time: for going through all of the ledger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(identifier_id) FROM (SELECT identifier_id FROM consent_decision WHERE identifier_id > %s"
            " ORDER BY identifier_id LIMIT %s) AS next",
            (identifier_id, limit),
        )
        last = cursor.fetchone()[0]
    if last is None:
        return []
    rows = ConsentDecision.objects.filter(identifier_id__gt=identifier_id, identifier_id__lte=last)
    return [Decided(*row) for row in rows.order_by("identifier_id").values_list(*Decided._fields)]


def read_latest(
    identifier_ids: Iterable[int], *, decided_by: datetime, received_by: datetime | None = None
) -> list[Decided]:
    """The rows that counted at an instant: per identifier and purpose the latest of each kind, with all of the same
    time; claims aside from what is known."""
    place = Window(
        Rank(), partition_by=[F("identifier_id"), F("purpose"), F("verified"), KIND], order_by=F("decided_at").desc()
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
        purposes = said.setdefault(row.identifier_id, {})
        purposes[row.purpose] = add_said(purposes.get(row.purpose), said_of(row))
    return said


def read_decisions(identifier_ids: Iterable[int], *, received_by: datetime) -> Iterator[Decided]:
    """All that was said under some identifiers and had been received by an instant, in no order, and never all of it in
    memory at once. Go through it in one transaction."""
    rows = _of(identifier_ids, None, received_by).values_list(*Decided._fields)
    return (Decided(*row) for row in rows.iterator())


def read_page(
    identifier_ids: Iterable[int],
    *,
    limit: int,
    cursor: str | None = None,
    decided_by: datetime | None = None,
    received_by: datetime | None = None,
    purposes: Collection[str] | None = None,
) -> HistoryPage:
    """A page of what was said under some identifiers, of some purposes (None: of all). Raises `BadHistoryCursor`."""
    rows = _of(identifier_ids, decided_by, received_by)
    if purposes is not None:
        rows = rows.filter(purpose__in=list(purposes))
    if cursor is not None:
        rows = rows.filter(_behind(_decode(cursor)))
    ordered = rows.order_by("-decided_at", "identifier_id", "purpose", "act_id")
    found = [Decided(*row) for row in ordered.values_list(*Decided._fields)[: limit + 1]]
    return HistoryPage(found[:limit], _encode(found[limit - 1]) if len(found) > limit else None)


def read_act(act_id: UUID, identifier_ids: Iterable[int]) -> list[Decided]:
    """What one act decided for some identifiers."""
    rows = ConsentDecision.objects.filter(identifier_id__in=list(identifier_ids), act_id=act_id)
    return [Decided(*row) for row in rows.order_by("identifier_id", "purpose").values_list(*Decided._fields)]


def acts_of(identifier_ids: Iterable[int], state: str, signal: str) -> list[Decided]:
    """All that those acts decided, for whomever, that said a state of some identifiers and have a receipt."""
    acts = ConsentDecision.objects.filter(identifier_id__in=list(identifier_ids), state=state, signal=signal)
    told = with_receipts(set(acts.values_list("act_id", flat=True)))
    rows = ConsentDecision.objects.filter(act_id__in=told, state=state)
    return [Decided(*row) for row in rows.values_list(*Decided._fields)]


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


def cursor_after(row: Decided) -> str:
    """The cursor of the page that begins behind a row."""
    return _encode(row)


def _encode(row: Decided) -> str:
    cursor = _Cursor(row.decided_at.astimezone(UTC), row.identifier_id, row.purpose, row.act_id)
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def _decode(text: str) -> _Cursor:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=_Cursor)
    except (binascii.Error, ValueError):
        raise BadHistoryCursor from None
