"""The page on which anybody checks a receipt. Nothing that is sent to it is stored or logged.

It lies outside the prefixes of pages with a session: checking changes nothing, so a form that another site forged
could do no harm, and whoever checks a receipt gets no cookie for it.
"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from consent.receipt_summary import summarise
from consent.signatures import LONGEST_RECEIPT, BadReceipt, find_receipt, read_header, verify_receipt
from consent.signing import public_keys
from cxprofiles.api.errors import DATABASE_AWAY
from cxprofiles.portal import pasted
from cxprofiles.portal.pages import HEADERS as SHARED_HEADERS

TEMPLATE = "cxprofiles/portal/verify.html"
LARGEST_FORM = LONGEST_RECEIPT
REFUSALS = {
    pasted.TOO_LARGE: f"This is too large to be a receipt: more than {LARGEST_FORM // 1024} KiB.",
    pasted.NOT_TEXT: "This file is not text, so it is not a receipt.",
    pasted.UNREADABLE: "The form did not arrive whole. Send it again.",
    pasted.NOTHING_SENT: "Paste a receipt or choose its file first.",
}
AWAY = "The keys cannot be read at the moment, so nothing was checked. Try again in a minute."
HEADERS = {**SHARED_HEADERS, "Referrer-Policy": "no-referrer"}


@require_http_methods(["GET", "HEAD", "POST"])
def verify_page(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: whether what was pasted or uploaded is a genuine receipt, why not, and what it says."""
    if request.method != "POST":
        return page(request, {})
    try:
        return page(request, checked(pasted.sent_text(request, "receipt", LARGEST_FORM)))
    except pasted.FormRefused as refusal:
        return page(request, {"problem": REFUSALS[refusal.why]}, status=refusal.status)
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


def page(request: HttpRequest, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page with a verdict, a problem, or neither."""
    response = render(request, TEMPLATE, shown, status=status)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
