"""The page on which anybody checks a receipt. Nothing that is sent to it is stored or logged.

It lies outside the prefixes of pages with a session: checking changes nothing, so a form that another site forged
could do no harm, and whoever checks a receipt gets no cookie for it.
"""

import json
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from consent.receipt_summary import summarise
from consent.signatures import LONGEST_RECEIPT, BadReceipt, find_receipt, read_header, verify_receipt
from consent.signing import public_keys
from cxprofiles.api.errors import DATABASE_AWAY
from cxprofiles.portal.pages import HEADERS as SHARED_HEADERS

TEMPLATE = "cxprofiles/portal/verify.html"
LARGEST_FORM = LONGEST_RECEIPT
TOO_LARGE = f"This is too large to be a receipt: more than {LARGEST_FORM // 1024} KiB."
NOT_TEXT = "This file is not text, so it is not a receipt."
UNREADABLE = "The form did not arrive whole. Send it again."
NOTHING_SENT = "Paste a receipt or choose its file first."
AWAY = "The keys cannot be read at the moment, so nothing was checked. Try again in a minute."
HEADERS = {**SHARED_HEADERS, "Referrer-Policy": "no-referrer"}


class FormRefused(ValueError):
    """What was sent holds nothing that could be checked; the text says why."""


@require_http_methods(["GET", "HEAD", "POST"])
def verify_page(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: whether what was pasted or uploaded is a genuine receipt, why not, and what it says."""
    if request.method != "POST":
        return page(request, {})
    try:
        return page(request, checked(sent_text(request)))
    except FormRefused as refusal:
        return page(request, {"problem": str(refusal)}, status=413 if str(refusal) == TOO_LARGE else 400)
    except DATABASE_AWAY:
        return page(request, {"problem": AWAY}, status=503)


def checked(text: str) -> dict[str, Any]:
    """What the page shows of a receipt that somebody sent."""
    receipt = find_receipt(text)
    try:
        content = verify_receipt(receipt, public_keys())
    except BadReceipt as problem:
        return {"verdict": "bad", "reason": str(problem), "pasted": text}
    return {
        "verdict": "good",
        "kid": read_header(receipt)["kid"],
        "record": summarise(content),
        "raw": json.dumps(content, ensure_ascii=False, indent=2),
    }


def sent_text(request: HttpRequest) -> str:
    """The receipt as text, from the file if there is one; raises `FormRefused`."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if length.isdecimal() and int(length) > LARGEST_FORM:
        raise FormRefused(TOO_LARGE)
    try:
        upload, pasted = request.FILES.get("file"), request.POST.get("receipt", "")
    except (MultiPartParserError, SuspiciousOperation):
        raise FormRefused(UNREADABLE) from None
    if upload is not None and upload.size:
        try:
            return str(upload.read().decode())
        except UnicodeDecodeError:
            raise FormRefused(NOT_TEXT) from None
    if not pasted.strip():
        raise FormRefused(NOTHING_SENT)
    return pasted


def page(request: HttpRequest, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page with a verdict, a problem, or neither."""
    response = render(request, TEMPLATE, shown, status=status)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
