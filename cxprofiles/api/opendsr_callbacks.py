"""Callbacks of other processors, whom a request was passed on to (OpenDSR 2.0, 8.6 and 8.8)."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.callers import find_signing
from consent.exchanges import note_callback
from consent.protocols.opendsr import DIALECTS, Malformed, is_request_id, read_object
from consent.protocols.x509 import verifies
from consent.requests.refusals import NoSuchRequest
from cxprofiles.api.bodies import read_bounded
from cxprofiles.api.errors import Problem
from cxprofiles.api.links import public_url
from cxprofiles.api.opendsr import ERROR, OpenDsrView

STATUSES = ("pending", "in_progress", "completed", "cancelled")
LONGEST_SIGNATURE = 4_000

_Word = Annotated[str, msgspec.Meta(max_length=200)]


class OpenDsrCallback(msgspec.Struct):
    """How a processor's part of a request stands (8.6)."""

    controller_id: _Word
    status_callback_url: str
    subject_request_id: str
    request_status: str
    expected_completion_time: str


class CallbacksView(OpenDsrView):
    """Where processors call back. What is not signed by a processor that is known is never read."""

    open_to_all = frozenset({"POST"})

    @extend_schema(
        operation_id="opendsr_callback",
        request=OpenDsrCallback,
        responses={202: None, "default": ERROR},
        parameters=[
            OpenApiParameter("X-OpenDSR-Processor-Domain", str, location=OpenApiParameter.HEADER, required=True),
            OpenApiParameter("X-OpenDSR-Signature", str, location=OpenApiParameter.HEADER, required=True),
        ],
        auth=[],
    )
    def post(self, request: Request) -> HttpResponse:
        """Note in the life of a request what a processor says of it."""
        body = read_bounded(request._request)
        domain = signed_by(request, body)
        content = read_object(body)
        if content.get("status_callback_url") != public_url(request._request, request.path):
            raise Malformed("status_callback_url is not this address.")
        id_, status = content.get("subject_request_id"), content.get("request_status")
        if not isinstance(id_, str) or not is_request_id(id_):
            raise Malformed("subject_request_id is not a UUID v4 in lower case.")
        if status not in STATUSES:
            raise Malformed(f"request_status is not one of: {', '.join(STATUSES)}.")
        if not note_callback(id=UUID(id_), actor=f"opendsr:{domain}", status=str(status)):
            raise NoSuchRequest
        return HttpResponse(status=202)


def signed_by(request: Request, body: bytes) -> str:
    """The domain of the processor whose certificate signed the body; a 403 where none did.

    The certificate is the one that was registered: who is not known cannot make this service fetch anything.
    """
    for dialect in DIALECTS:
        domain = request.headers.get(f"{dialect.header}-Processor-Domain", "").strip().lower()
        signature = request.headers.get(f"{dialect.header}-Signature", "")
        if not domain or not signature or len(signature) > LONGEST_SIGNATURE:
            continue
        for caller in find_signing(domain):
            if verifies(caller.certificate, domain=domain, body=body, signature=signature, now=datetime.now(UTC)):
                return domain
    raise Problem(403, "The signature is not by the certificate of a processor that is known here.")
