"""What a caller is told when something is not right, as RFC 9457 problem details.

The only place that knows which exception is which HTTP status. A problem names what is wrong and what to
do; it never carries personal data, so neither the values of a request nor its path are repeated in it.
"""

import logging
import sys
import traceback
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from consent.audit.heads import NoHeadYet
from consent.audit.merkle import NoSuchTree
from consent.callers import NoSuchCaller, TokenTaken
from consent.delivery_steps import NoSuchDelivery, NotSigned, NotToSendAgain
from consent.erasure_log import ErasureLogBroken
from consent.hold_writing import HoldInUse, NoSuchHold
from consent.ledger_reading import BadHistoryCursor
from consent.packages import NoSuchPackage, PackageExpired, PackageGone
from consent.privacy_tasks import NoSuchTask
from consent.purpose_diff import NoticePublished
from consent.purpose_fields import PurposeRefused
from consent.purposes import UnknownPurpose
from consent.receipt_issuing import NoSuchReceipt
from consent.recipient_writing import NoSuchRecipient, RecipientRefused
from consent.retention import RetentionRefused
from consent.retention_rules import NoSuchRule
from consent.signing import KeysContended
from consent.suppression import SuppressionUnreadable
from cxprofiles.doors.metrics import CLOSED
from cxprofiles.doors.reply import STATUS_LINES
from cxprofiles.tokens import NoSuchToken, TokenExists, TokenRefused
from profiles.consents.acts import ActExists
from profiles.consents.told import ActRefused
from profiles.credentials import BadKey, KeyInUse
from profiles.golden.rule_changes import RuleRefused
from profiles.history import TooMuchHistory
from profiles.identity.decisions import (
    JoinsRestricted,
    NoSuchDecision,
    NoSuchIdentifier,
    NotAnIdentifier,
    SameIdentifier,
)
from profiles.identity.previewing import TooMuchToForesee
from profiles.identity.splitting import NothingToSplit, NotOfTheProfile, TooManyTies
from profiles.identity.type_changes import RankTaken, TooMuchToPreview, TypeRefused
from profiles.intake.quarantine import NoSuchEvent
from profiles.privacy.beginning import ErasedPerson
from profiles.privacy.callers import CallerRefused
from profiles.privacy.exchanging import NotYours
from profiles.privacy.requests import BadRequestCursor, ExternalIdTaken, NoSuchRequest, NotNow, RequestRefused
from profiles.profile import UnknownType
from profiles.review.deciding import NeedsTwo
from profiles.sources import NoSuchKey, NoSuchSource, SourceExists, SourceRefused
from profiles.timeline import BadCursor

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
SECONDS_TO_WAIT = 5


class FieldError(msgspec.Struct, frozen=True):
    """One thing that is wrong in a body: where, as a JSON pointer, and what, in a sentence."""

    pointer: str
    detail: str


class Problem(Exception):
    """A refusal that knows its own status. `members` are added to the problem's own."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
        members: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.members = members or {}


# Refusals of the domain that need no more than a status: their text is the sentence.
STATUSES: dict[type[Exception], int] = {
    NoticePublished: 409,
    BadKey: 422,
    KeyInUse: 409,
    NoSuchToken: 404,
    TokenExists: 409,
    NoSuchSource: 404,
    NoSuchKey: 404,
    SourceExists: 409,
    RankTaken: 409,
    TooMuchToPreview: 422,
    TooMuchHistory: 422,
    TooMuchToForesee: 422,
    NothingToSplit: 422,
    NotOfTheProfile: 422,
    TooManyTies: 422,
    NoSuchIdentifier: 404,
    UnknownType: 422,
    SameIdentifier: 422,
    JoinsRestricted: 409,
    NeedsTwo: 409,
    NoSuchDecision: 404,
    NoSuchEvent: 404,
    NoSuchReceipt: 404,
    NoHeadYet: 404,
    NoSuchHold: 404,
    NoSuchRule: 404,
    HoldInUse: 409,
    NoSuchTree: 404,
    KeysContended: 503,
    BadCursor: 400,
    BadHistoryCursor: 400,
    ActExists: 409,
    ErasedPerson: 409,
    NoSuchTask: 404,
    NoSuchPackage: 404,
    PackageGone: 410,
    PackageExpired: 410,
    SuppressionUnreadable: 503,
    ErasureLogBroken: 503,
    NoSuchRecipient: 404,
    NoSuchDelivery: 404,
    NotToSendAgain: 409,
    NotSigned: 401,
    NoSuchRequest: 404,
    NotNow: 409,
    ExternalIdTaken: 409,
    NoSuchCaller: 404,
    TokenTaken: 409,
    NotYours: 403,
    BadRequestCursor: 400,
}
DATABASE_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
FIELD_REFUSED = (
    RetentionRefused,
    TokenRefused,
    SourceRefused,
    TypeRefused,
    RuleRefused,
    PurposeRefused,
    ActRefused,
    RecipientRefused,
    RequestRefused,
    CallerRefused,
)


def answer_exception(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """The answer to whatever a view of the API raised (REST framework's EXCEPTION_HANDLER)."""
    return problem_response(problem_of(error))


def problem_of(error: Exception) -> Problem:
    """Every exception as a problem; one that nobody foresaw is a 500 that tells nothing but its number."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, UnknownPurpose):
        return closed(Problem(422, str(error)), "purpose")
    if isinstance(error, FIELD_REFUSED):
        return Problem(422, str(error), errors=[FieldError(f"/{error.field}", str(error))])
    if isinstance(error, NotAnIdentifier):
        return Problem(422, str(error), errors=[FieldError(f"/{error.position}", str(error))])
    for kind, status in STATUSES.items():
        if isinstance(error, kind):
            return Problem(status, str(error))
    if isinstance(error, DATABASE_AWAY):
        return unavailable()
    return problem_of_framework(error) or unforeseen(error)


def problem_of_framework(error: Exception) -> Problem | None:
    """The problem that an exception of Django or REST framework means; None for any other."""
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        header = getattr(error, "auth_header", None)
        headers = {"WWW-Authenticate": str(header)} if header else {}
        return Problem(401, str(error.detail), headers=headers)
    if isinstance(error, exceptions.MethodNotAllowed):
        return Problem(405, "This method is not allowed here; the Allow header names those that are.")
    if isinstance(error, exceptions.UnsupportedMediaType):
        return Problem(415, "Send the body as application/json.")
    if isinstance(error, Http404 | exceptions.NotFound):
        return not_found()
    if isinstance(error, exceptions.PermissionDenied | DjangoPermissionDenied):
        return Problem(403, "You are not allowed to do this.")
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return Problem(413, "The body is too large.")
    if isinstance(error, exceptions.APIException):
        return Problem(error.status_code, "The request cannot be understood.")
    if isinstance(error, SuspiciousOperation):
        return Problem(400, "The request cannot be understood.")
    return None


def unforeseen(error: BaseException | None) -> Problem:
    """A 500. The log has the frames and the type; never the text, which may quote personal data."""
    occurrence = uuid.uuid4()
    if error is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Unforeseen %s, occurrence %s\n%s", type(error).__name__, occurrence, frames)
    return Problem(
        500,
        "The service failed; nothing is known to be wrong with the request. The log knows this occurrence.",
        members={"instance": f"urn:uuid:{occurrence}"},
    )


def unavailable() -> Problem:
    """The database is away or overloaded."""
    problem = Problem(
        503,
        f"The database does not answer now; try again in {SECONDS_TO_WAIT} seconds.",
        headers={"Retry-After": str(SECONDS_TO_WAIT)},
    )
    return closed(problem, "database")


def closed(problem: Problem, missing: str) -> Problem:
    """The problem, saying too that every use is denied while what is in force cannot be found out; counted."""
    CLOSED.labels(missing).inc()
    problem.members["decision"] = {"allowed": False, "reason": problem.detail}
    return problem


def not_found(detail: str = "There is nothing here; /v1/openapi.json lists the paths.") -> Problem:
    """A 404."""
    return Problem(404, detail)


def problem_body(problem: Problem) -> dict[str, Any]:
    """The problem as RFC 9457 has it. `instance` is an occurrence's own number, never the path that was asked."""
    body = {
        "type": "about:blank",
        "title": STATUS_LINES[problem.status].partition(" ")[2],
        "status": problem.status,
        "detail": problem.detail,
        "instance": f"urn:uuid:{uuid.uuid4()}",
        **problem.members,
    }
    if problem.errors:
        body["errors"] = problem.errors
    return body


def problem_response(problem: Problem) -> HttpResponse:
    """The problem as Django answers it."""
    return HttpResponse(
        msgspec.json.encode(problem_body(problem)),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )


def answer_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400; a form that is too large says so."""
    return problem_response(problem_of_framework(exception) or Problem(400, "The request cannot be understood."))


def answer_forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return problem_response(Problem(403, "You are not allowed to do this."))


def answer_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: paths that no view serves."""
    return problem_response(not_found())


def answer_failure(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called while the exception is at hand: a database that is away is a 503."""
    error = sys.exc_info()[1]
    return problem_response(problem_of(error) if isinstance(error, Exception) else unforeseen(error))
