"""Reading privacy requests, as they may be shown."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from consent.models import Delivery, Package, PrivacyRequest, RequestEvent
from consent.pseudonyms import pseudonyms
from consent.requests.cursor import read_instant, write_cursor
from consent.requests.records import Identifier
from consent.requests.refusals import NoSuchRequest
from consent.requests.shown import (
    Shown,
    ShownAppeal,
    ShownDelivery,
    ShownEvent,
    ShownExtension,
    ShownGap,
    ShownPackage,
    ShownStep,
)

# What is shown as it is stored.
SAME = sorted(
    {one.name for one in fields(Shown)}
    - {"duplicate_of", "result", "gaps", "extension", "appeals", "steps", "package", "deliveries"}
)


def read_shown(id: UUID) -> Shown:  # noqa: A002
    """One request. Raises `NoSuchRequest`."""
    row = _whole(PrivacyRequest.objects.filter(id=id)).first()
    if row is None:
        raise NoSuchRequest
    return shown_of(row)


def list_shown(
    *,
    state: str,
    type: str,  # noqa: A002
    source: str,
    overdue: bool,
    due_before: date | None,
    cursor: str,
    limit: int,
) -> tuple[list[Shown], str]:
    """The latest first, and the cursor of the next page ("" at the end). Raises `BadRequestCursor`."""
    wanted = {name: value for name, value in (("state", state), ("type", type), ("source", source)) if value}
    found = PrivacyRequest.objects.filter(**wanted)
    if overdue:
        found = found.filter(closed_at=None, due_on__lt=datetime.now(UTC).date())
    if due_before is not None:
        found = found.filter(closed_at=None, due_on__lt=due_before)
    if cursor:
        at, last = read_instant(cursor)
        found = found.filter(Q(received_at__lt=at) | Q(received_at=at, id__lt=last))
    rows = list(_whole(found.order_by("-received_at", "-id"))[: limit + 1])
    following = write_cursor(rows[limit - 1].received_at, rows[limit - 1].id) if len(rows) > limit else ""
    return [shown_of(row) for row in rows[:limit]], following


def shown_about(identifiers: Sequence[Identifier]) -> list[Shown]:
    """The requests about one of some canonical identifiers, the latest first."""
    digests = [one.digest for pair in identifiers for one in pseudonyms(*pair)]
    ids = PrivacyRequest.objects.filter(subjects__digest__in=digests).values("id")
    return [shown_of(row) for row in _whole(PrivacyRequest.objects.filter(id__in=ids))]


def open_types_about(identifiers: Sequence[Identifier]) -> list[str]:
    """The types of the requests that are not closed about one of some canonical identifiers. One query."""
    digests = [one.digest for pair in identifiers for one in pseudonyms(*pair)]
    rows = PrivacyRequest.objects.filter(closed_at=None, subjects__digest__in=digests)
    return sorted(set(rows.values_list("type", flat=True)))


def events_of(id: UUID) -> list[ShownEvent]:  # noqa: A002
    """The life of a request, from its beginning. Raises `NoSuchRequest`."""
    if not PrivacyRequest.objects.filter(id=id).exists():
        raise NoSuchRequest
    found = RequestEvent.objects.filter(request=id).order_by("id")
    return [ShownEvent(one.at, one.actor, one.name, one.from_state, one.to_state, one.detail) for one in found]


def shown_of(row: PrivacyRequest) -> Shown:
    """A row, read by `_whole`, as it may be shown."""
    return Shown(
        **{name: getattr(row, name) for name in SAME},
        duplicate_of=row.duplicate_of_id,
        result={"rows": row.result.get("rows", {})},
        gaps=[ShownGap(gap["store"], gap["group"], gap["rows"], gap["why"]) for gap in row.result.get("gaps", ())],
        extension=_extension(row),
        appeals=_all(ShownAppeal, row.appeals.all()),
        steps=_all(ShownStep, row.steps.all()),
        package=_package(row),
        deliveries=[_delivery(one) for one in row.deliveries.all()],
    )


def _whole(found: QuerySet[PrivacyRequest]) -> QuerySet[PrivacyRequest]:
    """With all that is shown of each, in a few queries."""
    deliveries = Delivery.objects.select_related("recipient").order_by("recipient__name").defer("content")
    return (
        found.defer("subject")
        .select_related("extension")
        .prefetch_related("appeals", "steps", "package", Prefetch("deliveries", deliveries))
    )


def _all(shape: Any, rows: Iterable[Any]) -> list[Any]:
    return [shape(**{name: getattr(row, name) for name in shape.__slots__}) for row in rows]


def _extension(row: PrivacyRequest) -> ShownExtension | None:
    one = getattr(row, "extension", None)
    return one and ShownExtension(one.reason, one.noticed_at, one.actor, one.due_before, one.due_on)


def _package(row: PrivacyRequest) -> ShownPackage | None:
    one: Package | None = getattr(row, "package", None)
    return None if one is None else ShownPackage(one.id, one.expires_at, one.fetched_at)


def _delivery(one: Delivery) -> ShownDelivery:
    return ShownDelivery(
        recipient=one.recipient.name,
        title=one.recipient.title or one.recipient.name,
        state=one.state,
        attempts=one.attempts,
        sent_at=one.sent_at,
        acknowledged_at=one.acknowledged_at,
        problem=one.problem,
    )
