"""Who visits the pages: the identifiers that were proven in this browser, and what its headers say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from uuid import UUID

import uuid_utils
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from consent.access import PERSON, Access, record_accesses
from consent.signals.gpc import header_says_gpc
from consent.visits import LONGEST, Proved, VisitOver, find_visit, open_visit
from cxprofiles.portal.pages import START, go_to, language_of, localised_page, page_view
from profiles.privacy.own import Own
from profiles.privacy.proving import ProvenIdentifier

COOKIE = "privacy_visit"
ENDED = f"{START}?ended"
PURPOSE = "service"

# Where a page that is in no tab of its own belongs.
TAB_OF = {"correct": "overview", "request": "requests", "asking": "requests"}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who proved identifiers in this visit. `gpc`: the browser asks not to sell or share."""

    proved: list[Proved]
    token: str
    language: str
    gpc: bool

    @property
    def identifiers(self) -> list[tuple[str, str]]:
        """What was proven: canonical (type, value)."""
        return [(one.type, one.value) for one in self.proved]

    @property
    def method(self) -> str:
        """How the last of them was proven, as requests have it."""
        return self.proved[-1].method


def visitor_page(*methods: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A view for visitors who proved something, given as its second argument; others are sent to the start."""

    def wrap(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @page_view(*methods)
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                visitor = visitor_of(request)
            except VisitOver:
                return go_to(ENDED)
            return view(request, visitor, *args, **kwargs)

        return answered

    return wrap


def visitor_of(request: HttpRequest) -> Visitor:
    """Who visits. Raises `VisitOver`."""
    token = request.COOKIES.get(COOKIE, "")
    return Visitor(find_visit(token), token, language_of(request), says_gpc(request))


def says_gpc(request: HttpRequest) -> bool:
    """Whether the browser asks not to sell or share (Global Privacy Control)."""
    return header_says_gpc(request.headers.get("Sec-GPC", ""))


def begin_visit(request: HttpRequest, proven: ProvenIdentifier, answer: HttpResponse) -> Visitor:
    """Let the browser keep that an identifier was proven, beside those that were before."""
    proved = Proved(*proven.identifier, proven.method)
    token = open_visit(proved, before=request.COOKIES.get(COOKIE, ""))
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(LONGEST.total_seconds()),
        path=START,
        secure=settings.BEHIND_TLS,
        httponly=True,
        samesite="Lax",
    )
    return Visitor(find_visit(token), token, language_of(request), says_gpc(request))


def own_page(
    request: HttpRequest, visitor: Visitor, section: str, shown: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of somebody who proved something."""
    held = {"visitor": visitor, "nav": TAB_OF.get(section, section), **shown}
    return localised_page(request, f"cxprofiles/portal/{section}.html", held, status=status)


def log_view(own: Own, operation: str, fields: str) -> None:
    """Note in the access log that the person looked at their own data."""
    now = datetime.now(UTC)
    first = {row.root_id: row.profile_id for row in reversed(own.rows)}
    record_accesses(
        Access(
            id=UUID(bytes=uuid_utils.uuid7().bytes),
            at=now,
            actor=PERSON,
            operation=operation,
            profile_id=profile_id,
            purpose=PURPOSE,
            allowed=True,
            fields=fields,
        )
        for profile_id in first.values()
    )
