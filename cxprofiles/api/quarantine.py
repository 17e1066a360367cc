"""Events that could not be understood, or wait since a person is restricted: why, and trying them again."""

from datetime import datetime
from typing import ClassVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from cxprofiles.api.authentication import ApiView, Scopes, answer, token_of
from cxprofiles.api.bodies import read_count, read_text
from cxprofiles.api.disclosure import DEFAULT_PURPOSE, disclosure
from profiles.intake.quarantine import find_event, replay_event
from profiles.models import Quarantine
from profiles.recognition import Decision
from tasks.intake import ring

MOST_ITEMS = 200
USUAL_ITEMS = 50
HIGHEST_NUMBER = 2**63 - 1


class QuarantinedEvent(msgspec.Struct):
    """An event that could not be understood, or waits until the restriction of a person that it names is lifted.

    `bytes` is the length of its body.
    """

    id: int
    source: str
    received_at: datetime
    dialect: str
    reason: str
    bytes: int


class QuarantineListed(msgspec.Struct):
    """Some events, the latest first. `next_cursor` null: this was the last page."""

    items: list[QuarantinedEvent]
    next_cursor: str | None


class QuarantineRead(msgspec.Struct):
    """One event. `body` is it as it came, for the scope admin alone; what is not UTF-8 in it is replaced."""

    item: QuarantinedEvent
    body: str | None
    decision: Decision | None


class Replayed(msgspec.Struct):
    """The event is back in the inbox."""

    replayed: bool


class QuarantinesView(ApiView):
    """All quarantined events."""

    scopes: ClassVar[Scopes] = {"GET": ("profiles:read", "admin")}

    @extend_schema(
        operation_id="list_quarantine",
        parameters=[
            OpenApiParameter("limit", int, description=f"1 to {MOST_ITEMS}, {USUAL_ITEMS} if left out."),
            OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
        ],
        responses=QuarantineListed,
    )
    def get(self, request: Request) -> HttpResponse:
        """What could not be understood and why, without the bodies."""
        limit = read_count(request, "limit", default=USUAL_ITEMS, most=MOST_ITEMS)
        rows = Quarantine.objects.select_related("source").order_by("-id")
        if read_text(request, "cursor"):
            rows = rows.filter(id__lt=read_count(request, "cursor", default=0, most=HIGHEST_NUMBER))
        found = list(rows[: limit + 1])
        more = str(found[limit - 1].id) if len(found) > limit else None
        return answer(QuarantineListed([shown(row) for row in found[:limit]], more))


class QuarantineView(ApiView):
    """One quarantined event."""

    scopes: ClassVar[Scopes] = {"GET": ("profiles:read", "admin")}

    @extend_schema(
        operation_id="read_quarantine",
        parameters=[OpenApiParameter("purpose", str, description=f"`{DEFAULT_PURPOSE}` if left out.")],
        responses=QuarantineRead,
    )
    def get(self, request: Request, number: int) -> HttpResponse:
        """One event; its body, which may hold personal data, for the scope admin alone, and logged."""
        row = find_event(min(number, HIGHEST_NUMBER))
        if "admin" not in token_of(request).scopes:
            return answer(QuarantineRead(shown(row), None, None))
        asked = disclosure(request, "quarantine", read_text(request, "purpose"), default=DEFAULT_PURPOSE)
        decision = asked.allow([], ["body"])
        return answer(QuarantineRead(shown(row), bytes(row.body).decode(errors="replace"), decision))


class ReplayView(ApiView):
    """Trying a quarantined event again."""

    scopes: ClassVar[Scopes] = {"POST": ("admin",)}

    @extend_schema(operation_id="replay_quarantine", request=None, responses={202: Replayed})
    def post(self, request: Request, number: int) -> HttpResponse:
        """Put the event back into the inbox as it came; still not understood, it is quarantined again."""
        replay_event(min(number, HIGHEST_NUMBER))
        ring()
        return answer(Replayed(True), 202)


def shown(row: Quarantine) -> QuarantinedEvent:
    """An event as the answer has it."""
    return QuarantinedEvent(row.id, row.source.name, row.received_at, row.dialect, row.reason, len(row.body))
