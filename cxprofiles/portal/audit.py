"""The page on which anybody checks the certificate of an erasure. Nothing that is sent to it is stored or logged.

It lies outside the prefixes of pages with a session, as the page for receipts does, and for the same reason.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from consent.audit.checking import CERTIFICATE
from consent.signatures import find_receipt
from cxprofiles.api.errors import DATABASE_AWAY
from cxprofiles.portal.certificate import examine, private
from cxprofiles.portal.pages import localised_page
from cxprofiles.portal.pasted import FormRefused, sent_text

TEMPLATE = "cxprofiles/portal/audit.html"
LARGEST_FORM = CERTIFICATE.longest


@require_http_methods(["GET", "HEAD", "POST"])
def audit_page(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: whether what was pasted or uploaded is a genuine certificate, and what it says."""
    if request.method != "POST":
        return page(request, {})
    try:
        text = sent_text(request, "certificate", LARGEST_FORM)
        return page(request, examine(find_receipt(text, "certificate")))
    except FormRefused as refusal:
        return page(request, {"problem": refusal.why}, status=refusal.status)
    except DATABASE_AWAY:
        return page(request, {"problem": "away"}, status=503)


def page(request: HttpRequest, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page with a verdict, a problem, or neither."""
    return private(localised_page(request, TEMPLATE, {**shown, "form": True}, status=status))
