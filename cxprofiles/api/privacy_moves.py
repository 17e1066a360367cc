"""What an officer, or the person through a service, does with a request."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from consent.requests.kinds import DENIALS, GROUPS
from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import read_body
from cxprofiles.api.privacy_requests import Level, PrivacyRequestShown, Words, request_shown
from profiles.privacy.requests import (
    Shown,
    acknowledge_request,
    appeal_request,
    approve_request,
    cancel_request,
    decide_appeal,
    deny_request,
    extend_request,
    retry_request,
    review_request,
    verify_request,
)

Denial = Literal[DENIALS]  # type: ignore[valid-type]  # the one list of reasons
Group = Literal[GROUPS]  # type: ignore[valid-type]


class VerificationTold(msgspec.Struct, forbid_unknown_fields=True):
    """How well the person's identity was checked, and how, in a word."""

    level: Level
    method: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class DenialTold(msgspec.Struct, forbid_unknown_fields=True):
    """Why a request is refused: a reason, and what the letter says. Name nobody in it."""

    reason: Denial
    explanation: Words


class ExtensionTold(msgspec.Struct, forbid_unknown_fields=True):
    """Why more time is needed; the person is told."""

    reason: Words


class ReviewTold(msgspec.Struct, forbid_unknown_fields=True):
    """For each evidence group that awaits review: `include` does for it what was done for the others, `leave` keeps it
    as it is."""

    groups: dict[Group, Literal["include", "leave"]]


class AppealTold(msgspec.Struct, forbid_unknown_fields=True):
    """What is wrong with how the request ended, in the person's words."""

    reason: Words


class AppealDecided(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the appeal is right, and the answer to the person."""

    upheld: bool
    outcome: Words


class MoveView(ApiView):
    """The base of the views that move a request: each answers with the request as it is then."""

    scopes: ClassVar[Scopes] = {"POST": ("privacy",)}


def moved(shown: Shown, request: Request) -> HttpResponse:
    """The answer to a move."""
    return answer(request_shown(shown, request))


class VerifyView(MoveView):
    """Identity."""

    @extend_schema(operation_id="verify_privacy_request", request=VerificationTold, responses=PrivacyRequestShown)
    def post(self, request: Request, request_id: UUID) -> HttpResponse:
        """Vouch for who asks; the request goes on where that is enough for its type."""
        told = read_body(request, VerificationTold)
        return moved(
            verify_request(id=request_id, level=told.level, method=told.method, actor=actor_of(request)), request
        )


class AcknowledgeView(MoveView):
    """Receipt confirmed."""

    @extend_schema(operation_id="acknowledge_privacy_request", request=None, responses=PrivacyRequestShown)
    def post(self, request: Request, request_id: UUID) -> HttpResponse:
        """Note that the person was told that the request has arrived."""
        return moved(acknowledge_request(id=request_id, actor=actor_of(request)), request)


class ApproveView(MoveView):
    """Approval."""

    @extend_schema(operation_id="approve_privacy_request", request=None, responses=PrivacyRequestShown)
    def post(self, request: Request, request_id: UUID) -> HttpResponse:
        """Let a request that awaits approval be executed."""
        return moved(approve_request(id=request_id, actor=actor_of(request)), request)


class DenyView(MoveView):
    """Refusal."""

    @extend_schema(operation_id="deny_privacy_request", request=DenialTold, responses=PrivacyRequestShown)
    def post(self, request: Request, request_id: UUID) -> HttpResponse:
        """Refuse a request, with the reason and the words of the letter."""
        told = read_body(request, DenialTold)
        denied = deny_request(id=request_id, reason=told.reason, explanation=told.explanation, actor=actor_of(request))
        return moved(denied, request)


class ExtendView(MoveView):
    """More time."""

    @extend_schema(operation_id="extend_privacy_request", request=ExtensionTold, responses=PrivacyRequestShown)
    def post(self, request: Request, request_id: UUID) -> HttpResponse:
        """Take the longer period, once, while the first is not over."""
        told = read_body(request, ExtensionTold)
        return moved(extend_request(id=request_id, reason=told.reason, actor=actor_of(request)), request)


class CancelView(MoveView):
    """Second thoughts."""

    @extend_schema(operation_id="cancel_privacy_request", request=None, responses=PrivacyRequestShown)
    def post(self, request: Request, request_id: UUID) -> HttpResponse:
        """Cancel a request that is not being executed yet and whose cooling-off is not over."""
        return moved(cancel_request(id=request_id, actor=actor_of(request)), request)


class ReviewView(MoveView):
    """What the evidence does not settle."""

    @extend_schema(operation_id="review_privacy_request", request=ReviewTold, responses=PrivacyRequestShown)
    def post(self, request: Request, request_id: UUID) -> HttpResponse:
        """Answer the evidence groups that await review."""
        told = read_body(request, ReviewTold)
        return moved(review_request(id=request_id, groups=told.groups, actor=actor_of(request)), request)


class RetryView(MoveView):
    """Stores that failed."""

    @extend_schema(operation_id="retry_privacy_request", request=None, responses=PrivacyRequestShown)
    def post(self, request: Request, request_id: UUID) -> HttpResponse:
        """Execute again what a store could not do."""
        return moved(retry_request(id=request_id, actor=actor_of(request)), request)


class AppealView(MoveView):
    """The person's objection to how a request ended."""

    @extend_schema(operation_id="appeal_privacy_request", request=AppealTold, responses={201: PrivacyRequestShown})
    def post(self, request: Request, request_id: UUID) -> HttpResponse:
        """Take an appeal; it has a clock of its own, and one is open at a time."""
        told = read_body(request, AppealTold)
        shown = appeal_request(id=request_id, words=told.reason, actor=actor_of(request))
        return answer(request_shown(shown, request), 201)


class DecideAppealView(MoveView):
    """The answer to an appeal."""

    @extend_schema(operation_id="decide_privacy_appeal", request=AppealDecided, responses=PrivacyRequestShown)
    def post(self, request: Request, request_id: UUID) -> HttpResponse:
        """Decide the open appeal of a request."""
        told = read_body(request, AppealDecided)
        return moved(
            decide_appeal(id=request_id, upheld=told.upheld, outcome=told.outcome, actor=actor_of(request)), request
        )
