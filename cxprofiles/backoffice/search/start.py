"""The start: the search box, and what waits for whoever opens it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent.requests.desk import count_desk
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import screen, show
from cxprofiles.backoffice.sources.words import LABELS
from cxprofiles.backoffice.staff_rights import rights_of
from profiles.health import unwell_sources
from profiles.review.listing import MOST_COUNTED, count_open_cases
from profiles.review.registry import KINDS

MOST_LINES = 5


class Line(NamedTuple):
    """One thing that waits. `grave`: it is late, or something is being lost; `more`: so many or more."""

    number: int
    what: str
    path: str
    grave: bool = False
    more: bool = False


class Waiting(NamedTuple):
    """What waits of one kind. Nothing does where there are no lines: `calm` says so."""

    title: str
    icon: str
    path: str
    lines: list[Line]
    calm: str
    more: int = 0


@screen(None, "GET")
def start_page(request: HttpRequest) -> HttpResponse:
    """The search box in the middle, and below it what waits for this member of staff by their rights."""
    rights = rights_of(request.user)
    waiting = [read() for right, read in WAITING if right in rights]
    return show(request, "search/start.html", {"waiting": waiting})


def waiting_cases() -> Waiting:
    """What the rules could not settle."""
    counts = count_open_cases()
    lines = [
        Line(count, str(KINDS[kind].title), f"/backoffice/work/?kind={kind}", more=count >= MOST_COUNTED)
        for kind, count in counts.items()
        if kind in KINDS
    ]
    lines.sort(key=lambda line: -line.number)
    return Waiting(
        _("Work list"), "work", "/backoffice/work/", lines, _("The rules settled all there is. Nothing waits for you.")
    )


def waiting_requests() -> Waiting:
    """Privacy requests that are late or due."""
    counts = count_desk(datetime.now(UTC).date())
    lines = [
        Line(
            counts.overdue,
            ngettext("is overdue", "are overdue", counts.overdue),
            "/backoffice/privacy/?show=overdue",
            True,
        ),
        Line(counts.soon, _("due within a week"), "/backoffice/privacy/?show=soon"),
        Line(counts.approval, ngettext("awaits approval", "await approval", counts.approval), "/backoffice/privacy/"),
        Line(counts.identity, _("waiting for proof of identity"), "/backoffice/privacy/"),
        Line(counts.appeals, ngettext("appeal is open", "appeals are open", counts.appeals), "/backoffice/privacy/"),
        Line(counts.open, _("open in all"), "/backoffice/privacy/"),
    ]
    return Waiting(
        _("Privacy requests"),
        "privacy",
        "/backoffice/privacy/",
        [line for line in lines if line.number],
        _("No request is open."),
    )


def waiting_sources() -> Waiting:
    """Sources that are not well."""
    unwell = unwell_sources()
    lines = [
        Line(0, f"{one.source}: {LABELS[one.reason]}", f"/backoffice/sources/{one.source_id}/", one.is_bad)
        for one in unwell
    ]
    return Waiting(
        _("Sources"),
        "sources",
        "/backoffice/sources/",
        lines[:MOST_LINES],
        _("All sources are well."),
        max(len(lines) - MOST_LINES, 0),
    )


WAITING: tuple[tuple[Right, Callable[[], Waiting]], ...] = (
    (Right.DECIDE, waiting_cases),
    (Right.SEE_REQUESTS, waiting_requests),
    (Right.SEE_SOURCES, waiting_sources),
)
