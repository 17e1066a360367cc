"""Privacy requests: taken, shown, listed."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.audit.certificate import reserve_certificate
from consent.requests.kinds import APPEAL, CLOSED, ERASURE, IDENTITY_LEVELS, SOURCES, STATES, TYPES
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
from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import Instant, bad_body, bad_parameter, idempotency_key, read_body, read_count, read_text
from cxprofiles.api.links import public_url
from profiles.privacy.requests import (
    Asked,
    appeal_request,
    list_requests,
    read_request,
    request_events,
    submit_request,
)

MOST_IDENTIFIERS = 20
MOST_COOLING_OFF = 30
MOST_ITEMS = 200
USUAL_ITEMS = 50
LONGEST_WORDS = 2000

Kind = Literal[TYPES]  # type: ignore[valid-type]  # the one list of types, as the document of the API names them
Level = Literal[IDENTITY_LEVELS]  # type: ignore[valid-type]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_WORDS)]


class IdentifierTold(msgspec.Struct, forbid_unknown_fields=True):
    """An identifier of the person, as the caller has it."""

    type: str
    value: str | int


class IdentityTold(msgspec.Struct, forbid_unknown_fields=True):
    """How well the caller has made sure who asks: `verified` is possession of the identifier (a signed-in session, a
    code), `document` more than that; `method` says how, in a word."""

    level: Level
    method: Annotated[str, msgspec.Meta(max_length=64)] = ""


class CorrectionTold(msgspec.Struct, forbid_unknown_fields=True, rename={"wrong": "from", "right": "to"}):
    """An identifier that was wrong, and the right one."""

    type: str
    wrong: str
    right: str


class DetailsTold(msgspec.Struct, forbid_unknown_fields=True):
    """What a type needs beside its name.

    rectification: `traits` (name to the right value; null unsets it) and `identifiers`. objection and
    withdraw_consent: `purposes`, none: all that it can be about. restriction and objection: `lift` takes it back.
    """

    traits: dict[str, Any] = {}
    identifiers: list[CorrectionTold] = []
    purposes: list[str] = []
    lift: bool = False


class RequestTold(msgspec.Struct, forbid_unknown_fields=True):
    """A new request. Without `identity` the person is asked to prove the identifier first, where the type needs that.

    `regulation` and `region` (ISO 3166, such as DE or US-CA) choose the clock. `id` is the caller's own number: told
    again it makes no second request. `about` and `reason` are for an appeal.
    """

    type: Kind
    identifiers: Annotated[list[IdentifierTold], msgspec.Meta(max_length=MOST_IDENTIFIERS)] = []
    source: Literal["api", "staff"] = "api"
    identity: IdentityTold | None = None
    regulation: Literal["gdpr", "ccpa"] | None = None
    region: Annotated[str, msgspec.Meta(max_length=6)] = ""
    language: Annotated[str, msgspec.Meta(max_length=35)] = "en"
    received_at: Instant | None = None
    details: DetailsTold | None = None
    id: Annotated[str, msgspec.Meta(max_length=255)] = ""
    about: UUID | None = None
    reason: Annotated[str, msgspec.Meta(max_length=LONGEST_WORDS)] = ""
    cooling_off_days: Annotated[int, msgspec.Meta(ge=0, le=MOST_COOLING_OFF)] | None = None


class PrivacyRequestShown(msgspec.Struct):
    """A request: no identifier and no value of the person is in it. `due_on` is the legal day, `internal_due_on` the
    strict one that staff work to; `days_left` counts to that, and is null once the request is closed. Whoever made an
    erasure gets the link of its certificate, to be passed on to the person: it opens once the erasure is complete."""

    id: UUID
    type: str
    state: str
    source: str
    regulation: str
    region: str
    language: str
    requester: str
    external_id: str
    received_at: datetime
    acknowledge_by: date | None
    acknowledged_at: datetime | None
    internal_due_on: date
    due_on: date
    latest_on: date
    days_left: int | None
    overdue: bool
    identity_needed: str
    identity_level: str
    identity_method: str
    verified_at: datetime | None
    execute_after: datetime | None
    needs_approval: bool
    approved_by: str
    closed_at: datetime | None
    reason: str
    processing_details: str
    duplicate_of: UUID | None
    policy_version: str
    result: dict[str, Any]
    gaps: list[ShownGap]
    extension: ShownExtension | None
    appeals: list[ShownAppeal]
    stores: list[ShownStep]
    package: ShownPackage | None
    recipients: list[ShownDelivery]
    certificate_url: str | None


# What is shown here as the domain shows it.
SAME = sorted({one.name for one in fields(Shown)}.intersection(PrivacyRequestShown.__struct_fields__))


class PrivacyRequestsListed(msgspec.Struct):
    """Some requests, the latest first. `next_cursor` null: this was the last page."""

    items: list[PrivacyRequestShown]
    next_cursor: str | None


class PrivacyRequestEvents(msgspec.Struct):
    """The life of a request, from its beginning."""

    items: list[ShownEvent]


FILTERS = [
    OpenApiParameter("state", str, enum=list(STATES)),
    OpenApiParameter("type", str, enum=list(TYPES)),
    OpenApiParameter("source", str, enum=list(SOURCES)),
    OpenApiParameter("overdue", bool, description="`true`: only open ones whose legal day is over."),
    OpenApiParameter("due_before", str, description="A day, as 2026-01-31: only open ones that are due before it."),
    OpenApiParameter("limit", int, description=f"1 to {MOST_ITEMS}, {USUAL_ITEMS} if left out."),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
]


class RequestsView(ApiView):
    """All requests."""

    scopes: ClassVar[Scopes] = {"GET": ("privacy",), "POST": ("privacy",)}

    @extend_schema(operation_id="list_privacy_requests", parameters=FILTERS, responses=PrivacyRequestsListed)
    def get(self, request: Request) -> HttpResponse:
        """The requests that the filters leave, the latest first."""
        found, cursor = list_requests(
            state=one_of(request, "state", STATES),
            type=one_of(request, "type", TYPES),
            source=one_of(request, "source", SOURCES),
            overdue=one_of(request, "overdue", ("true", "false")) == "true",
            due_before=read_day(request, "due_before"),
            cursor=read_text(request, "cursor") or "",
            limit=read_count(request, "limit", default=USUAL_ITEMS, most=MOST_ITEMS),
        )
        return answer(PrivacyRequestsListed([request_shown(one, request) for one in found], cursor or None))

    @extend_schema(
        operation_id="submit_privacy_request",
        request=RequestTold,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                location=OpenApiParameter.HEADER,
                description="Stands for `id` where the body has none.",
            )
        ],
        responses={201: PrivacyRequestShown},
    )
    def post(self, request: Request) -> HttpResponse:
        """Take a request. What changes consent is in force when this answers; the rest follows within its deadline."""
        told = read_body(request, RequestTold)
        made = appealed(told, actor_of(request)) if told.type == APPEAL else submit_request(asked=asked(told, request))
        response = answer(request_shown(made, request), 201)
        response.headers["Location"] = f"/v1/privacy/requests/{made.id}"
        return response


class RequestView(ApiView):
    """One request."""

    scopes: ClassVar[Scopes] = {"GET": ("privacy",)}

    @extend_schema(operation_id="read_privacy_request", responses=PrivacyRequestShown)
    def get(self, request: Request, request_id: UUID) -> HttpResponse:
        """A request with its clock, what each store and each recipient answered, and what is left."""
        return answer(request_shown(read_request(request_id), request))


class EventsView(ApiView):
    """The life of a request."""

    scopes: ClassVar[Scopes] = {"GET": ("privacy",)}

    @extend_schema(operation_id="list_privacy_request_events", responses=PrivacyRequestEvents)
    def get(self, request: Request, request_id: UUID) -> HttpResponse:
        """Who did what with it when."""
        return answer(PrivacyRequestEvents(list(request_events(request_id))))


def asked(told: RequestTold, request: Request) -> Asked:
    """A body as the domain takes it."""
    identity = told.identity or IdentityTold("none")
    return Asked(
        type=told.type,
        identifiers=[(one.type, str(one.value)) for one in told.identifiers],
        source=told.source,
        requester=actor_of(request),
        regulation=told.regulation or "",
        region=told.region,
        language=told.language,
        received_at=told.received_at,
        identity_level=identity.level,
        identity_method=identity.method,
        details=details_of(told),
        external_id=told.id or key_of(request),
        cooling_off=None if told.cooling_off_days is None else timedelta(days=told.cooling_off_days),
    )


def details_of(told: RequestTold) -> dict[str, Any]:
    """What was told beside the type, without what was left out."""
    if told.details is None:
        return {}
    details: dict[str, Any] = msgspec.to_builtins(told.details)
    return {name: value for name, value in details.items() if value}


def appealed(told: RequestTold, actor: str) -> Shown:
    """An appeal, which is about a request and told in words; the request with it."""
    if told.about is None:
        raise bad_body("/about", "An appeal names the request that it is about.")
    if not told.reason.strip():
        raise bad_body("/reason", "An appeal says what is wrong with how the request ended.")
    return appeal_request(id=told.about, words=told.reason, actor=actor)


def key_of(request: Request) -> str:
    """The Idempotency-Key of a request; empty: it has none."""
    return (request.META.get("HTTP_IDEMPOTENCY_KEY") and idempotency_key(request)) or ""


def certificate_url(one: Shown, request: Request) -> str | None:
    """The link of an erasure's certificate, for whoever made the request; None for others, and where there is none."""
    if one.type != ERASURE or one.requester != actor_of(request):
        return None
    return public_url(request._request, reverse("certificate", args=[reserve_certificate(one.id)]))


def request_shown(one: Shown, request: Request) -> PrivacyRequestShown:
    """A request as answers have it."""
    today = datetime.now(UTC).date()
    closed = one.state in CLOSED
    return PrivacyRequestShown(
        **{name: getattr(one, name) for name in SAME},
        days_left=None if closed else (one.internal_due_on - today).days,
        overdue=not closed and one.due_on < today,
        processing_details=one.explanation,
        stores=list(one.steps),
        recipients=list(one.deliveries),
        certificate_url=certificate_url(one, request),
    )


def one_of(request: Request, name: str, values: Sequence[str]) -> str:
    """A query parameter that has one of some values; empty where it is missing."""
    value = read_text(request, name) or ""
    if value and value not in values:
        raise bad_parameter(name, f"This must be one of: {', '.join(values)}.")
    return value


def read_day(request: Request, name: str) -> date | None:
    """A query parameter as a day, or None."""
    value = read_text(request, name)
    if value is None:
        return None
    try:
        return msgspec.convert(value, date)
    except msgspec.ValidationError:
        raise bad_parameter(name, "This must be a day, for example 2026-01-31.") from None
