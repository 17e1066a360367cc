"""OpenDSR 2.0, and OpenGDPR 1.0 and OpenCompliance 1.0 before it: requests of other organisations as controllers.

Whatever is answered is signed by the processor's certificate, errors too. Errors are in the protocol's own shape.
"""

import base64
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from consent.callbacks import check_callback, signature_headers
from consent.callers import OPENDSR
from consent.certificates import find_signer
from consent.outgoing import AddressRefused
from consent.protocols import opendsr
from consent.protocols.opendsr import Dialect, Malformed, error_body, is_request_id
from cxprofiles.api.bodies import read_bounded
from cxprofiles.api.errors import Problem, problem_of
from cxprofiles.api.links import public_url
from cxprofiles.api.protocols import ProtocolView, host_of, results_url, sender_of
from profiles.privacy.exchanging import Sender, cancel_opendsr, read_opendsr, take_opendsr

CERTIFICATE_PATH = "/opendsr/certificate.pem"
REASONS = {401: "Authentication", 403: "Authorization", 404: "NotFound", 409: "InvalidOperationException"}
USUAL_REASON = "IllegalArgumentException"


class IdentityTold(msgspec.Struct):
    """An identity of the person. `/v2/discovery` lists the pairs of type and format that are supported."""

    identity_type: str
    identity_value: str
    identity_format: str


class OpenDsrRequest(msgspec.Struct):
    """A request (7.1). `regulation`: gdpr or ccpa. `subject_request_id`: a UUID v4 in lower case, of the controller.

    `extensions`: by processor domain; this processor reads its own, which has `identities` of the types phone,
    loyalty_id, crm_id, social_handle and anonymous_id.
    """

    regulation: str
    subject_request_id: str
    subject_request_type: str
    submitted_time: datetime
    subject_identities: list[IdentityTold] = []
    api_version: str = "2.0"
    status_callback_urls: list[str] = []
    extensions: dict[str, dict[str, Any]] = {}


class OpenDsrReceipt(msgspec.Struct):
    """A request that was taken (7.3). The same request again: the same receipt."""

    controller_id: str
    expected_completion_time: datetime
    received_time: datetime
    encoded_request: str
    subject_request_id: str


class OpenDsrStatus(msgspec.Struct, omit_defaults=True):
    """How a request stands (8.3): pending, in_progress, completed or cancelled."""

    controller_id: str
    expected_completion_time: datetime
    subject_request_id: str
    request_status: str
    api_version: str
    results_url: str = ""
    results_count: int = 0


class OpenDsrCancellation(msgspec.Struct):
    """A request that was cancelled (9.2)."""

    controller_id: str
    subject_request_id: str
    received_time: datetime
    api_version: str


class OpenDsrDiscovery(msgspec.Struct):
    """What is supported (6.3), and where the certificate is that answers are verified with."""

    api_version: str
    supported_identities: list[dict[str, str]]
    supported_subject_request_types: list[str]
    processor_certificate: str


class OpenDsrErrorDetail(msgspec.Struct):
    """One thing that is wrong."""

    domain: str
    reason: str
    message: str


class OpenDsrErrorTold(msgspec.Struct):
    """The HTTP status, and everything that is wrong."""

    code: int
    errors: list[OpenDsrErrorDetail]


class OpenDsrError(msgspec.Struct):
    """An error (7.6)."""

    error: OpenDsrErrorTold


ERROR = OpenApiResponse(OpenDsrError, description="What is wrong (7.5).")


class OpenDsrView(ProtocolView):
    """The base of the views: `dialect` is the name of the protocol that the path belongs to."""

    protocol = OPENDSR
    dialect: ClassVar[Dialect] = opendsr.OPENDSR

    def get_exception_handler(self) -> Any:
        return answer_error

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in signature_headers(response.content, self.dialect.header, host_of(request)).items():
            response.headers[name] = value
        return response


class DiscoveryView(OpenDsrView):
    """What this processor supports."""

    open_to_all = frozenset({"GET", "HEAD"})

    @extend_schema(operation_id="opendsr_discovery", responses={200: OpenDsrDiscovery, "default": ERROR}, auth=[])
    def get(self, request: Request) -> HttpResponse:
        """What this processor supports, and its certificate. Needs no token."""
        url = public_url(request._request, CERTIFICATE_PATH)
        return answer_json(opendsr.discovery_body(dialect=self.dialect, certificate_url=url))


class RequestsView(OpenDsrView):
    """Requests of a controller."""

    @extend_schema(
        operation_id="opendsr_submit", request=OpenDsrRequest, responses={201: OpenDsrReceipt, "default": ERROR}
    )
    def post(self, request: Request) -> HttpResponse:
        """Take a request of a data subject, whom the controller has identified."""
        sender, body = sender_of(request), read_bounded(request._request)
        domain = find_signer(host_of(request)).domain
        asked = opendsr.read_request(body, dialect=self.dialect, domain=domain, lenient=settings.OPENDSR_LENIENT)
        check_callbacks(asked, sender)
        kept = take_opendsr(asked, sender=sender, dialect=self.dialect, domain=domain)
        receipt = opendsr.receipt_body(
            controller=kept["controller_id"],
            expected=kept["expected_completion_time"],
            received=kept["received_time"],
            encoded=base64.b64encode(body).decode(),
            request_id=asked.id,
        )
        return answer_json(receipt, 201)


class RequestView(OpenDsrView):
    """One request of a controller."""

    @extend_schema(operation_id="opendsr_status", responses={200: OpenDsrStatus, "default": ERROR})
    def get(self, request: Request, request_id: str) -> HttpResponse:
        """How a request stands; `results_url` once its package can be fetched."""
        check_id(request_id)
        standing = read_opendsr(request_id, sender=sender_of(request))
        return answer_json(opendsr.status_body(standing, results_url=results_url(request, standing)))

    @extend_schema(operation_id="opendsr_cancel", responses={202: OpenDsrCancellation, "default": ERROR})
    def delete(self, request: Request, request_id: str) -> HttpResponse:
        """Cancel a request that is pending."""
        check_id(request_id)
        standing = cancel_opendsr(request_id, sender=sender_of(request))
        return answer_json(opendsr.cancellation_body(standing, received_at=datetime.now(UTC)), 202)


class StatusView(RequestView):
    """The same, at the path that section 3.1 names."""

    schema = None
    http_method_names = ["get", "head"]  # noqa: RUF012 - Django's own form


def check_id(request_id: str) -> None:
    """Raise `Malformed` unless the id in a path is one (1.1)."""
    if not is_request_id(request_id):
        raise Malformed("subject_request_id is not a UUID v4 in lower case.")


def check_callbacks(asked: opendsr.SubjectRequest, sender: Sender) -> None:
    """Raise `Malformed` where a callback would go to where none may."""
    for number, url in enumerate(asked.callbacks):
        try:
            check_callback(url, sender.callback_hosts)
        except AddressRefused as error:
            raise Malformed(f"status_callback_urls[{number}] cannot be called back: {error}") from None


def answer_json(content: Any, status: int = 200) -> HttpResponse:
    """An answer of the protocol. Its bytes are what is signed."""
    return HttpResponse(msgspec.json.encode(content), status=status, content_type="application/json")


def answer_error(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Whatever a view raised, in the protocol's shape (7.5): what is wrong with a request is a 400."""
    if isinstance(error, Malformed):
        return answer_json(error_body(400, error.sentences), 400)
    problem = problem_of(error)
    response = answer_problem(problem)
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response


def answer_problem(problem: Problem) -> HttpResponse:
    """A problem in the protocol's shape."""
    status = 400 if problem.status == 422 else problem.status
    domain = "Validation" if status in (400, 409, 413) else "Service" if status >= 500 else "Request"
    body = error_body(status, [problem.detail], domain=domain, reason=REASONS.get(status, USUAL_REASON))
    return answer_json(body, status)


@require_safe
def certificate(request: HttpRequest) -> HttpResponse:
    """GET /opendsr/certificate.pem: the certificate that answers and callbacks are verified with."""
    return HttpResponse(find_signer(host_of(request)).certificate, content_type="application/x-pem-file")
