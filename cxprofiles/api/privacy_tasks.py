"""What humans must see to, and how much is dropped since its people were erased."""

from datetime import datetime
from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.models import PrivacyTask
from consent.privacy_tasks import close_task
from consent.suppressed_counts import KINDS, read_suppressed
from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import bad_parameter, read_count, read_text
from profiles.models import Source

MOST_ITEMS = 200
USUAL_ITEMS = 50
HIGHEST_NUMBER = 2**63 - 1
STATES = ("open", "closed", "all")


class TaskShown(msgspec.Struct):
    """Something to see to. `kind`: such as `upstream_keeps_sending`; `subject`: the source or the recipient.

    `count`: how often it came up. `closed_at` null: it is open.
    """

    id: int
    kind: str
    subject: str
    opened_at: datetime
    last_at: datetime
    count: int
    detail: dict[str, Any]
    closed_at: datetime | None
    closed_by: str


class TasksListed(msgspec.Struct):
    """Some tasks, the latest first. `next_cursor` null: this was the last page."""

    items: list[TaskShown]
    next_cursor: str | None


class SuppressedOfSource(msgspec.Struct):
    """How many events of a source were dropped, ever: of before the erasure, and of after it."""

    source: str
    late_after_erasure: int
    after_erasure: int


class SuppressedListed(msgspec.Struct):
    """The sources of which events were dropped, by name."""

    items: list[SuppressedOfSource]


class TasksView(ApiView):
    """Tasks."""

    scopes: ClassVar[Scopes] = {"GET": ("privacy",)}

    @extend_schema(
        operation_id="list_privacy_tasks",
        parameters=[
            OpenApiParameter("state", str, enum=STATES, description="`open` if left out."),
            OpenApiParameter("limit", int, description=f"1 to {MOST_ITEMS}, {USUAL_ITEMS} if left out."),
            OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
        ],
        responses=TasksListed,
    )
    def get(self, request: Request) -> HttpResponse:
        """What is to be seen to. Nobody is named."""
        state = read_text(request, "state") or "open"
        if state not in STATES:
            raise bad_parameter("state", f"It is one of {', '.join(STATES)}.")
        limit = read_count(request, "limit", default=USUAL_ITEMS, most=MOST_ITEMS)
        rows = PrivacyTask.objects.order_by("-id")
        if state != "all":
            rows = rows.filter(closed_at__isnull=state == "open")
        if read_text(request, "cursor"):
            rows = rows.filter(id__lt=read_count(request, "cursor", default=0, most=HIGHEST_NUMBER))
        found = list(rows[: limit + 1])
        more = str(found[limit - 1].pk) if len(found) > limit else None
        return answer(TasksListed([shown(row) for row in found[:limit]], more))


class CloseTaskView(ApiView):
    """The end of a task."""

    scopes: ClassVar[Scopes] = {"POST": ("privacy",)}

    @extend_schema(operation_id="close_privacy_task", request=None, responses=TaskShown)
    def post(self, request: Request, number: int) -> HttpResponse:
        """Somebody has seen to it. Should it come up again, there is a new task."""
        return answer(shown(close_task(number=min(number, HIGHEST_NUMBER), actor=actor_of(request))))


class SuppressedView(ApiView):
    """Dropped events."""

    scopes: ClassVar[Scopes] = {"GET": ("privacy",)}

    @extend_schema(operation_id="count_suppressed", responses=SuppressedListed)
    def get(self, request: Request) -> HttpResponse:
        """How many events of each source were dropped since their people were erased. Counts; nobody is named."""
        return answer(SuppressedListed(suppressed_by_source()))


def suppressed_by_source() -> list[SuppressedOfSource]:
    """The counts of the sources that have any, by name."""
    counts = read_suppressed()
    names = dict(Source.objects.filter(id__in={source_id for source_id, _ in counts}).values_list("id", "name"))
    rows = [SuppressedOfSource(name, *(counts.get((id_, kind), 0) for kind in KINDS)) for id_, name in names.items()]
    return sorted(rows, key=lambda row: row.source)


def shown(row: PrivacyTask) -> TaskShown:
    """A task as the answer has it."""
    return TaskShown(
        id=row.pk,
        kind=row.kind,
        subject=row.subject,
        opened_at=row.opened_at,
        last_at=row.last_at,
        count=row.count,
        detail=row.detail,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
    )
