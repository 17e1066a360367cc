"""The page behind the link of an erasure's certificate: it shows it, checks it, and gives it as a file.

The link is all that opens it, so the page has no session and sets no cookie.
"""

import json
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from consent.audit.certificate import Kept, NoSuchCertificate, find_certificate
from consent.audit.checking import Certified, check_certificate
from consent.audit.proofs import still_begins_with
from consent.signatures import BadReceipt
from consent.signing import public_keys
from cxprofiles.api.errors import DATABASE_AWAY
from cxprofiles.portal.pages import localised_page
from cxprofiles.store_words import store_named
from profiles.snapshot import one_snapshot

TEMPLATE = "cxprofiles/portal/certificate.html"
FILE = "erasure-certificate.txt"


@require_safe
def certificate_page(request: HttpRequest, token: str) -> HttpResponse:
    """The certificate under a link; with `?download` as a file. 404 where there is none, or none any more."""
    try:
        kept = find_certificate(token)
        return download(kept) if "download" in request.GET else private(show(request, kept))
    except NoSuchCertificate:
        return localised_page(request, TEMPLATE, {"over": True}, status=404)
    except DATABASE_AWAY:
        return localised_page(request, TEMPLATE, {"away": True}, status=503)


def show(request: HttpRequest, kept: Kept) -> HttpResponse:
    """The certificate as a page."""
    return localised_page(request, TEMPLATE, {**examine(kept.signed), "kept_until": kept.until, "signed": kept.signed})


def download(kept: Kept) -> HttpResponse:
    """The certificate as a file."""
    response = HttpResponse(kept.signed, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    response.headers["Cache-Control"] = "no-store"
    return private(response)


def private(response: HttpResponse) -> HttpResponse:
    """The same; no other site is told of the link."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def examine(signed: str) -> dict[str, Any]:
    """What pages show of a certificate: whether it is good, each check that was made, and what it says."""
    with one_snapshot():
        try:
            found = check_certificate(signed, public_keys())
        except BadReceipt as problem:
            return {"verdict": "bad", "reason": str(problem)}
        begins = still_begins_with(size=found.head.size, root=found.head.root)
    good = found.opens and found.included and begins
    return {"verdict": "good" if good else "bad", "begins": begins, "found": found, **said(found)}


def said(found: Certified) -> dict[str, Any]:
    """What a certificate says, in parts."""
    entry = found.stated.entry
    counts = entry.get("counts")
    return {
        "erased_at": entry.get("at"),
        "counts": sorted((store_named(store), count) for store, count in counts.items())
        if isinstance(counts, dict)
        else [],
        "identifiers": found.stated.identifiers,
        "raw": json.dumps(msgspec.to_builtins(found.stated), ensure_ascii=False, indent=2),
    }
