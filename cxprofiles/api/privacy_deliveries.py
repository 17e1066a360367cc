"""What recipients were told, and what became of it; and their word that they have acted on it."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.delivery_reading import STATES, Told, list_told
from consent.delivery_steps import acknowledge_delivery, send_again
from cxprofiles.api.authentication import ApiView, Scopes, answer
from cxprofiles.api.bodies import bad_parameter, read_bounded, read_count, read_text

MOST_ITEMS = 200
USUAL_ITEMS = 50
SIGNATURE = ("webhook-id", "webhook-timestamp", "webhook-signature")
LONGEST_HEADER = 2_000


class DeliveryShown(msgspec.Struct):
    """One message to one recipient, without what it says.

    `title` and `country` are the recipient's. `next_at`: when it is tried again. `problem`: why the last attempt
    failed, in a sentence; empty: it did not.
    """

    id: UUID
    recipient: str
    title: str
    country: str
    request_id: UUID | None
    act_id: UUID | None
    kind: str
    state: Literal["pending", "sent", "acknowledged", "failed"]
    attempts: int
    made_at: datetime
    next_at: datetime | None
    sent_at: datetime | None
    acknowledged_at: datetime | None
    problem: str


class DeliveriesListed(msgspec.Struct):
    """Some messages, the latest first. `next_cursor` null: this was the last page."""

    items: list[DeliveryShown]
    next_cursor: str | None


class Acknowledged(msgspec.Struct):
    """The word was taken."""

    acknowledged: bool


class DeliveriesView(ApiView):
    """What recipients were told."""

    scopes: ClassVar[Scopes] = {"GET": ("privacy",)}

    @extend_schema(
        operation_id="list_deliveries",
        parameters=[
            OpenApiParameter("request", UUID, description="Of this privacy request alone."),
            OpenApiParameter("state", str, enum=STATES, description="In this state alone."),
            OpenApiParameter("recipient", str, description="To this recipient alone."),
            OpenApiParameter("limit", int, description=f"1 to {MOST_ITEMS}, {USUAL_ITEMS} if left out."),
            OpenApiParameter("cursor", UUID, description="`next_cursor` of the page before."),
        ],
        responses=DeliveriesListed,
    )
    def get(self, request: Request) -> HttpResponse:
        """What recipients were told and what became of it, the latest first."""
        limit = read_count(request, "limit", default=USUAL_ITEMS, most=MOST_ITEMS)
        found = list_told(
            request_id=read_id(request, "request"),
            state=read_state(request),
            recipient=read_text(request, "recipient"),
            before=read_id(request, "cursor"),
            limit=limit + 1,
        )
        more = str(found[limit - 1].id) if len(found) > limit else None
        return answer(DeliveriesListed([shown(one) for one in found[:limit]], more))


class RetryDeliveryView(ApiView):
    """Sending a message again."""

    scopes: ClassVar[Scopes] = {"POST": ("privacy",)}

    @extend_schema(operation_id="retry_delivery", request=None, responses={202: None})
    def post(self, request: Request, delivery_id: UUID) -> HttpResponse:
        """Have a message sent now that waits for its next try, or was given up in the last week."""
        send_again(delivery_id=delivery_id)
        return HttpResponse(status=202)


class AcknowledgeView(ApiView):
    """A recipient's word. It is authenticated by its signature."""

    scopes: ClassVar[Scopes] = {}
    authentication_classes = ()
    permission_classes = ()
    http_method_names = ["post"]  # noqa: RUF012 - Django's own form

    @extend_schema(
        operation_id="acknowledge_delivery",
        auth=[],
        parameters=[OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True) for name in SIGNATURE],
        request={"application/json": {"type": "object"}},
        responses=Acknowledged,
    )
    def post(self, request: Request, delivery_id: UUID) -> HttpResponse:
        """Take a recipient's word that it has acted on a message, or will, signed as Standard Webhooks has it.

        The webhook-id is the message's own; the secret is the recipient's. The body may say anything.
        """
        body = read_bounded(request._request)
        headers = {name: str(request.headers.get(name, ""))[:LONGEST_HEADER] for name in SIGNATURE}
        acknowledge_delivery(delivery_id=delivery_id, body=body, headers=headers)
        return answer(Acknowledged(True))


def read_id(request: Request, name: str) -> UUID | None:
    """A query parameter as an id, or None."""
    value = read_text(request, name)
    try:
        return None if value is None else msgspec.convert(value, UUID)
    except msgspec.ValidationError:
        raise bad_parameter(name, "This is not an id.") from None


def read_state(request: Request) -> str | None:
    """The state that is asked for, or None."""
    value = read_text(request, "state")
    if value is not None and value not in STATES:
        raise bad_parameter("state", f"This must be one of: {', '.join(STATES)}.")
    return value


def shown(one: Told) -> DeliveryShown:
    """A message as the answer has it."""
    return msgspec.convert(one, DeliveryShown, from_attributes=True)
