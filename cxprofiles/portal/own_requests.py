"""The requests of the person who visits: how each stands and by when, and what can be done about it now."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from consent.access import PERSON
from consent.audit.certificate import reserve_certificate
from consent.requests import kinds
from cxprofiles.portal.pages import NoSuchPage, go_to
from cxprofiles.portal.visits import Visitor, own_page, visitor_page
from cxprofiles.portal.words import APPEALS, DELIVERIES, DENIALS, GAPS, REQUEST_STATES, TYPES, named
from profiles.privacy.asking import RequestRefused
from profiles.privacy.packaging import package_token
from profiles.privacy.requests import (
    NoSuchRequest,
    NotNow,
    Shown,
    ShownAppeal,
    appeal_request,
    cancel_request,
    requests_of,
    verify_request,
)

LONGEST_APPEAL = 4_000
CANCELLABLE = frozenset({kinds.RECEIVED, kinds.IDENTITY_CHECK, kinds.IN_PROGRESS, kinds.AWAITING_APPROVAL})
APPEALABLE = frozenset({kinds.COMPLETED, kinds.PARTIALLY_COMPLETED, kinds.DENIED})


@visitor_page("GET")
def requests_page(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """All requests of the person, and what else can be asked for."""
    mine = [request_shown(one) for one in requests_of(visitor.identifiers) if one.type != kinds.APPEAL]
    return own_page(request, visitor, "requests", {"requests": mine, "types": TYPES})


@visitor_page("GET")
def request_page(request: HttpRequest, visitor: Visitor, request_id: UUID) -> HttpResponse:
    """One request. Somebody else's is not there."""
    mine = find_mine(visitor, request_id)
    return own_page(request, visitor, "request", {"one": request_shown(mine), "new": "new" in request.GET})


@visitor_page("POST")
def confirm_request(request: HttpRequest, visitor: Visitor, request_id: UUID) -> HttpResponse:
    """The person says that the request is theirs."""

    def confirm(mine: Shown) -> Shown:
        return verify_request(id=mine.id, level=kinds.VERIFIED, method=visitor.method, actor=PERSON)

    return moved(request, visitor, request_id, confirm)


@visitor_page("POST")
def cancel_page(request: HttpRequest, visitor: Visitor, request_id: UUID) -> HttpResponse:
    """The person takes the request back."""
    return moved(request, visitor, request_id, lambda mine: cancel_request(id=mine.id, actor=PERSON))


@visitor_page("POST")
def appeal_page(request: HttpRequest, visitor: Visitor, request_id: UUID) -> HttpResponse:
    """The person objects to how the request ended."""
    words = request.POST.get("words", "").strip()[:LONGEST_APPEAL]
    return moved(request, visitor, request_id, lambda mine: appeal_request(id=mine.id, words=words, actor=PERSON))


def moved(request: HttpRequest, visitor: Visitor, request_id: UUID, move: Callable[[Shown], Shown]) -> HttpResponse:
    """The request after a move; where its state does not allow that any more, as it stands now."""
    mine = find_mine(visitor, request_id)
    try:
        move(mine)
    except (NotNow, NoSuchRequest, RequestRefused):
        shown = {"one": request_shown(find_mine(visitor, request_id)), "not_now": True}
        return own_page(request, visitor, "request", shown, status=409)
    return go_to(f"/privacy/requests/{request_id}?moved")


def find_mine(visitor: Visitor, request_id: UUID) -> Shown:
    """A request that is about an identifier that was proven in this visit. Raises `NoSuchPage`."""
    mine = next((one for one in requests_of(visitor.identifiers) if one.id == request_id), None)
    if mine is None:
        raise NoSuchPage
    return mine


def request_shown(one: Shown) -> dict[str, Any]:
    """A request as the pages show it."""
    appeals = [appeal_shown(appeal) for appeal in one.appeals]
    deciding = any(appeal.state == "received" for appeal in one.appeals)
    return {
        "id": one.id,
        "title": named(TYPES, one.type),
        "state": named(REQUEST_STATES, one.state),
        "tone": tone_of(one),
        "received_at": one.received_at,
        "due_on": None if one.state in kinds.CLOSED else one.due_on,
        "closed_at": one.closed_at,
        "execute_after": one.execute_after if one.state == kinds.IN_PROGRESS else None,
        "to_confirm": one.state == kinds.IDENTITY_CHECK,
        "cancellable": one.state in CANCELLABLE,
        "appealable": one.state in APPEALABLE and not deciding,
        "reason": named(DENIALS, one.reason) if one.state == kinds.DENIED and one.reason in DENIALS else "",
        "explanation": one.explanation,
        "extension": one.extension,
        "duplicate_of": one.duplicate_of,
        "gaps": gaps_shown(one),
        "appeals": appeals,
        "deliveries": [
            {"title": to.title or to.recipient, "state": named(DELIVERIES, to.state)} for to in one.deliveries
        ],
        "package": package_shown(one),
        "certificate": certificate_of(one),
        "certified": one.state in (kinds.COMPLETED, kinds.PARTIALLY_COMPLETED),
    }


def tone_of(one: Shown) -> str:
    """Whether the state is good news, bad news, or neither."""
    if one.state == kinds.COMPLETED:
        return "yes"
    return "no" if one.state in (kinds.DENIED, kinds.EXPIRED) else ""


def gaps_shown(one: Shown) -> list[str]:
    """What was not done, in a sentence each: whose data it may be, or that something did not answer."""
    return list(dict.fromkeys(str(GAPS[gap.group]) if gap.group in GAPS else "" for gap in one.gaps))


def appeal_shown(appeal: ShownAppeal) -> dict[str, Any]:
    """An appeal as the page shows it."""
    return {
        "received_at": appeal.received_at,
        "due_on": appeal.due_on,
        "state": named(APPEALS, appeal.state),
        "open": appeal.state == "received",
        "outcome": appeal.outcome,
    }


def package_shown(one: Shown) -> dict[str, Any] | None:
    """The package: where it can be fetched, or that it was; None: there is none."""
    if one.package is None:
        return None
    fetched = one.package.fetched_at
    return {
        "expires_at": one.package.expires_at,
        "fetched_at": fetched,
        "token": "" if fetched else package_token(one.id),
    }


def certificate_of(one: Shown) -> str:
    """The token of an erasure's certificate, which is known before that is made; empty: there will be none."""
    never = one.state in (kinds.DENIED, kinds.CANCELLED, kinds.EXPIRED, kinds.DUPLICATE)
    return "" if one.type != kinds.ERASURE or never else reserve_certificate(one.id)
