"""Verifying the whole audit log from the browser: a piece at a time, resumable, with how far it got in words."""

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse

from consent.audit.log import read_size
from consent.audit.verifying import Verdict
from consent.audit.verifying_parts import Progress, verify_piece
from consent.signing import public_keys
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import is_fragment, screen, show
from profiles.snapshot import one_snapshot

SALT = "cxprofiles.backoffice.verify_audit"
LONG = 200_000  # entries: from here on the command is the better way


@screen(Right.SEE_AUDIT, "GET", "POST")
def verify_page(request: HttpRequest) -> HttpResponse:
    """GET: what would be done. POST: the next piece."""
    shown: dict[str, Any] = {"size": read_size(), "long": LONG}
    if request.method == "POST":
        shown |= next_piece(request.POST.get("begun", ""))
    return show(request, "audit/verify_part.html" if is_fragment(request) else "audit/verify.html", shown)


def next_piece(token: str) -> dict[str, Any]:
    """Verify the next piece: how far it is then, or what was found."""
    begun = begun_of(token)
    with one_snapshot():
        found = verify_piece(public_keys(), begun)
        size = read_size()
    if isinstance(found, Verdict):
        return {"verdict": found, "size": size}
    return {"progress": found, "token": signing.dumps(list(found), salt=SALT), "size": size}


def begun_of(token: str) -> Progress:
    """Where an earlier piece ended, as it was handed out; the beginning for anything else."""
    try:
        return Progress(*signing.loads(token, salt=SALT, max_age=3600)) if token else Progress()
    except (signing.BadSignature, TypeError):
        return Progress()
