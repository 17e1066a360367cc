"""Data Rights Protocol 1.0: requests of authorised agents, as the covered business.

Messages are signed by the agent's Ed25519 key and sent in base64 as text; answers are JSON. Errors are in the
protocol's own shape (3.06).
"""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from consent.callbacks import check_callback
from consent.callers import DRP, KnownCaller, NoSuchCaller, note_setup, read_caller, write_token
from consent.outgoing import AddressRefused
from consent.protocols import drp
from consent.protocols.drp import MessageRefused
from consent.protocols.standing import Standing
from consent.requests.refusals import NoSuchRequest
from cxprofiles.api.bodies import read_bounded
from cxprofiles.api.errors import problem_of
from cxprofiles.api.links import public_url
from cxprofiles.api.protocols import ProtocolView, results_url, sender_of
from profiles.credentials import TOKEN_PREFIX, digest_of, new_key
from profiles.privacy.exchanging import Sender, read_drp, revoke_drp, take_drp
from profiles.privacy.requests import ExternalIdTaken, RequestRefused

SIGNED = {
    "text/plain": {
        "type": "string",
        "description": "Base64 of an Ed25519 signature of 64 bytes and the JSON message that it signs.",
    }
}


class ExerciseStatus(msgspec.Struct, omit_defaults=True):
    """How a request stands (3.03), in the words of 3.02."""

    request_id: UUID
    received_at: datetime
    expected_by: datetime
    status: str
    reason: str = ""
    agent_request_id: str = ""
    processing_details: str = ""
    user_verification_url: str = ""
    results_url: str = ""
    expires_at: datetime | None = None


class KeySetup(msgspec.Struct, rename={"agent_id": "agent-id"}):
    """The token of an agent, shown this once."""

    agent_id: str
    token: str


class DrpError(msgspec.Struct, omit_defaults=True):
    """What is wrong. `fatal`: to send the same again is of no use."""

    code: str
    message: str
    fatal: bool = False


ERROR = OpenApiResponse(DrpError, description="What is wrong (3.06).")


class DrpView(ProtocolView):
    """The base of the views."""

    protocol = DRP

    def get_exception_handler(self) -> Any:
        return answer_error


class ExerciseView(DrpView):
    """Requests of agents."""

    @extend_schema(operation_id="drp_exercise", request=SIGNED, responses={200: ExerciseStatus, "default": ERROR})
    def post(self, request: Request) -> HttpResponse:
        """Exercise a right of a person, for whom the agent acts."""
        agent, sender = agent_of(request), sender_of(request)
        message = drp.open_message(read_bounded(request._request), agent.verify_key)
        check_claims(message, agent.name)
        asked = drp.read_exercise(message)
        check_status_callback(asked, sender)
        return answer_status(request, take_drp(asked, sender=sender))


class ExerciseStatusView(DrpView):
    """One request of an agent."""

    @extend_schema(operation_id="drp_status", responses={200: ExerciseStatus, "default": ERROR})
    def get(self, request: Request, request_id: str) -> HttpResponse:
        """How a request stands. One of another agent: 403."""
        return answer_status(request, read_drp(id_of(request_id), sender=sender_of(request)))

    @extend_schema(operation_id="drp_revoke", request=SIGNED, responses={200: ExerciseStatus, "default": ERROR})
    def delete(self, request: Request, request_id: str) -> HttpResponse:
        """Revoke a request that is not carried out yet."""
        id_, sender = id_of(request_id), sender_of(request)
        message = drp.open_message(read_bounded(request._request), agent_of(request).verify_key)
        drp.check_told_claims(message, agent=sender.name, business=settings.DRP_BUSINESS_ID, now=datetime.now(UTC))
        drp.read_reason(message)
        return answer_status(request, revoke_drp(id_, sender=sender))


class AgentView(DrpView):
    """The token of an agent."""

    open_to_all = frozenset({"POST"})

    @extend_schema(operation_id="drp_key_setup", request=SIGNED, responses={200: KeySetup, 403: None}, auth=[])
    def post(self, request: Request, agent_id: str) -> HttpResponse:
        """Give an agent a token, for a message that its key signed; its earlier token ends. What fails is a 403."""
        body = read_bounded(request._request)
        try:
            token = set_up(agent_id, body)
        except (MessageRefused, NoSuchCaller):
            return HttpResponse(status=403)
        return answer_json({"agent-id": agent_id, "token": token})

    @extend_schema(operation_id="drp_agent", responses={200: OpenApiTypes.OBJECT, "default": ERROR})
    def get(self, request: Request, agent_id: str) -> HttpResponse:
        """Whether the token is still good. One of another agent: 403."""
        if sender_of(request).name != agent_id:
            raise MessageRefused(403, "The token is another agent's.")
        return answer_json({})


@require_safe
def verify(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """GET /drp/verify/{id}: send a person to the page where they say that a request is theirs (3.02.1).

    `request_id` in the query must be the same. They are not sent on to `redirect_to`: whoever can make a link could
    send people anywhere. The agent hears of it by its callback.
    """
    if request.GET.get("request_id", str(request_id)) != str(request_id):
        return answer_json(drp.error_body(404, "This link is of another request."), 404)
    return HttpResponseRedirect(f"/privacy/requests/{request_id}")


def set_up(agent_id: str, body: bytes) -> str:
    """A new token for an agent, whom a signed message names (2.05). Raises `MessageRefused` and `NoSuchCaller`."""
    agent = read_caller(DRP, agent_id)
    if agent.revoked_at is not None:
        raise NoSuchCaller
    message = drp.open_message(body, agent.verify_key)
    check_claims(message, agent_id)
    issued_at = drp.read_time(message, "issued-at")
    if not note_setup(id=agent.id, issued_at=issued_at, message_digest=hashlib.sha256(drp.compact(body)).digest()):
        raise MessageRefused(403, "This message was used already.")
    token = new_key(TOKEN_PREFIX)
    write_token(id=agent.id, digest=digest_of(token), now=datetime.now(UTC))
    return token


def check_claims(message: dict[str, Any], agent: str) -> None:
    """Hold a message against who sent it, who we are, and now (3.07); raises `MessageRefused`."""
    drp.check_claims(message, agent=agent, business=settings.DRP_BUSINESS_ID, now=datetime.now(UTC))


def check_status_callback(asked: drp.Exercise, sender: Sender) -> None:
    """Raise `MessageRefused` where the callback would go to where none may."""
    if asked.status_callback:
        try:
            check_callback(asked.status_callback, sender.callback_hosts)
        except AddressRefused as error:
            raise MessageRefused(400, f"status_callback cannot be called back: {error}") from None


def agent_of(request: Request) -> KnownCaller:
    """The agent whose token a request carries."""
    agent = request.auth
    if not isinstance(agent, KnownCaller):
        raise NotAuthenticated
    return agent


def id_of(text: str) -> UUID:
    """The id in a path; one that is none names nothing."""
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchRequest from None


def answer_status(request: Request, standing: Standing) -> HttpResponse:
    """The status of a request."""
    verify = public_url(request._request, f"/drp/verify/{standing.id}")
    results, now = results_url(request, standing), datetime.now(UTC)
    return answer_json(drp.status_body(standing, now=now, results_url=results, verification_url=verify))


def answer_json(content: Any, status: int = 200) -> HttpResponse:
    """An answer of the protocol."""
    return HttpResponse(msgspec.json.encode(content), status=status, content_type="application/json")


def answer_error(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Whatever a view raised, in the protocol's shape (3.06). What was refused for what it says is fatal."""
    if isinstance(error, MessageRefused):
        return answer_json(drp.error_body(error.status, str(error), fatal=True), error.status)
    problem = problem_of(error)
    status = 400 if problem.status == 422 else problem.status
    fatal = isinstance(error, RequestRefused | ExternalIdTaken)
    response = answer_json(drp.error_body(status, problem.detail, fatal=fatal), status)
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response
