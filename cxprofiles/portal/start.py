"""Where a visit begins: an address is entered, a link and a code are sent to it, and one of the two comes back.

The answers are the same whether anything is known of the address or not; nothing here looks it up.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from consent.proofs import PATIENCE, ProofOver, WrongCode, find_proof, open_proof, read_link
from consent.visits import VisitOver, end_visit
from cxprofiles.portal.addresses import NotAnAddress, masked, read_address
from cxprofiles.portal.choices import honour_gpc
from cxprofiles.portal.limits import Limit, count
from cxprofiles.portal.network import network_of
from cxprofiles.portal.pages import START, go_to, language_of, localised_page, page_view
from cxprofiles.portal.visits import COOKIE, Visitor, begin_visit, visitor_of
from profiles.privacy.asking import Asked, RequestRefused
from profiles.privacy.proving import ProvenIdentifier, prove_by_code, prove_by_link
from profiles.privacy.requests import submit_request

PROOF_COOKIE = "privacy_proof"
OVERVIEW = "/privacy/overview"
HOUR = 3600
SENDING = Limit("proof", 5, HOUR)
SENDING_FROM = Limit("proof-from", 20, HOUR)
TRYING_FROM = Limit("code-from", 60, HOUR)
OPTING_OUT = Limit("opt-out", 5, HOUR)
OPTING_OUT_FROM = Limit("opt-out-from", 20, HOUR)
OPT_OUTS = ("opt_out_sale_share", "limit_sensitive")


@page_view("GET", "POST")
def start_page(request: HttpRequest) -> HttpResponse:
    """GET: what can be done here. POST: send a link and a code to an address."""
    shown: dict[str, Any] = {
        "ended": "ended" in request.GET,
        "left": "left" in request.GET,
        "visitor": visitor_if_any(request),
    }
    if request.method != "POST":
        return localised_page(request, "cxprofiles/portal/start.html", shown)
    entered = request.POST.get("address", "")
    try:
        identifier = read_address(entered)
    except NotAnAddress:
        shown |= {"problem": True, "entered": entered[:200]}
        return localised_page(request, "cxprofiles/portal/start.html", shown, status=400)
    count(SENDING_FROM, network_of(request))
    count(SENDING, ":".join(identifier))
    origin = request.build_absolute_uri("/").rstrip("/")
    proof_id = open_proof(identifier=identifier, language=language_of(request), origin=origin)
    answer = go_to("/privacy/code")
    answer.set_cookie(
        PROOF_COOKIE,
        str(proof_id),
        max_age=int(PATIENCE.total_seconds()),
        path=START,
        secure=settings.BEHIND_TLS,
        httponly=True,
        samesite="Lax",
    )
    return answer


@page_view("GET", "POST")
def code_page(request: HttpRequest) -> HttpResponse:
    """GET: the form for the code. POST: begin the visit, or say how many tries are left."""
    shown = {"by_address": PROOF_COOKIE not in request.COOKIES, "entered": request.POST.get("address", "")[:200]}
    if request.method != "POST":
        return localised_page(request, "cxprofiles/portal/code.html", shown)
    count(TRYING_FROM, network_of(request))
    try:
        proven = prove_by_code(proof_id=proof_named(request), code=digits(request.POST.get("code", "")))
    except WrongCode as wrong:
        shown |= {"tries_left": wrong.tries_left}
        return localised_page(request, "cxprofiles/portal/code.html", shown, status=400)
    except (ProofOver, ValueError):
        return localised_page(request, "cxprofiles/portal/code.html", {"over": True}, status=410)
    return welcome(request, proven)


def proof_named(request: HttpRequest) -> UUID:
    """The proof that a code is for: the one that this browser asked for, or the open one of the address that was
    entered, for a code that somebody was sent without being here. Raises `ProofOver` and `ValueError`."""
    if PROOF_COOKIE in request.COOKIES:
        return UUID(request.COOKIES[PROOF_COOKIE])
    found = find_proof(read_address(request.POST.get("address", "")))
    if found is None:
        raise ProofOver
    return found


@page_view("GET", "POST")
def link_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET: whose link it is, and a button; programs that open every link change nothing. POST: begin the visit."""
    try:
        if request.method == "POST":
            count(TRYING_FROM, network_of(request))
            return welcome(request, prove_by_link(token=token))
        return localised_page(request, "cxprofiles/portal/link.html", {"address": masked(read_link(token))})
    except ProofOver:
        return localised_page(request, "cxprofiles/portal/code.html", {"over": True}, status=410)


@csrf_exempt  # Needs no proof, so there is nothing that a forged form could do which its sender could not.
@page_view("GET", "POST")
def opt_out_page(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: no sale or sharing for an address from now on, for whomever asks, without any cookie."""
    template = "cxprofiles/portal/opt_out.html"
    if request.method != "POST":
        return localised_page(request, template, {})
    entered, asked = request.POST.get("address", ""), [one for one in OPT_OUTS if one in request.POST]
    try:
        identifier = read_address(entered)
    except NotAnAddress:
        return localised_page(request, template, {"problem": True, "entered": entered[:200]}, status=400)
    if not asked:
        return localised_page(request, template, {"nothing": True, "entered": entered[:200]}, status=400)
    count(OPTING_OUT_FROM, network_of(request))
    count(OPTING_OUT, ":".join(identifier))
    try:
        for kind in asked:
            opt_out(kind, identifier, language_of(request))
    except RequestRefused:
        return localised_page(request, template, {"problem": True, "entered": entered[:200]}, status=400)
    return localised_page(request, template, {"done": True})


@page_view("POST")
def leave_page(request: HttpRequest) -> HttpResponse:
    """End the visit."""
    end_visit(request.COOKIES.get(COOKIE, ""))
    answer = go_to(f"{START}?left")
    answer.delete_cookie(COOKIE, path=START)
    return answer


def opt_out(kind: str, identifier: tuple[str, str], language: str) -> None:
    """Ask for one opt-out of an address. Raises `RequestRefused`."""
    submit_request(
        asked=Asked(type=kind, identifiers=[identifier], source="pages", requester="person", language=language)
    )


def welcome(request: HttpRequest, proven: ProvenIdentifier) -> HttpResponse:
    """Begin the visit of somebody who proved an identifier, where it was needed for."""
    answer = go_to(OVERVIEW if proven.request_id is None else f"/privacy/requests/{proven.request_id}")
    visitor = begin_visit(request, proven, answer)
    answer.delete_cookie(PROOF_COOKIE, path=START)
    honour_gpc(request, visitor)
    return answer


def visitor_if_any(request: HttpRequest) -> Visitor | None:
    """Who visits, None where nothing was proven. Asks the database only where there is a cookie."""
    if not request.COOKIES.get(COOKIE):
        return None
    try:
        return visitor_of(request)
    except VisitOver:
        return None


def digits(entered: str) -> str:
    """A code as it was typed or pasted, without what people put between its digits."""
    return "".join(sign for sign in entered[:40] if sign.isascii() and sign.isdigit())
