"""The list of the privacy desk: what is due first, with counts on top and filters in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.requests import desk
from consent.requests.desk import Counts, OnDesk, Wanted, count_desk, list_desk
from consent.requests.kinds import APPEAL, REGULATIONS, SOURCES, STATES, TYPES
from consent.requests.refusals import BadRequestCursor
from cxprofiles.backoffice.actors import names_of
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.deadlines import Bar, bar_of
from cxprofiles.backoffice.desk.reading import choice_of, cursor_of
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, actor_of, screen, show
from cxprofiles.day_words import day_in_words

PATH = "/backoffice/privacy/"
AT_ONCE = 50
ANSWERS = {"yes": True, "no": False}
SHOWS: dict[str, str | Promise] = {
    desk.OPEN: gettext_lazy("Open"),
    desk.OVERDUE: gettext_lazy("Overdue"),
    desk.SOON: gettext_lazy("Due soon"),
    desk.MINE: gettext_lazy("Waits for me"),
    desk.ANSWERED: gettext_lazy("Closed"),
    desk.ALL: gettext_lazy("All"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One request of the list, in words."""

    one: OnDesk
    bar: Bar
    type: str
    state: str
    tone: str
    source: str
    regulation: str
    verified: bool
    waits: str

    @property
    def short(self) -> str:
        """The end of its number: enough to tell it from others."""
        return str(self.one.id)[-8:]


@screen(Right.SEE_REQUESTS, "GET")
def list_page(request: HttpRequest) -> HttpResponse:
    """The requests that the filters leave."""
    return show_list(request)


def show_list(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    """The list, with a sentence above it where something was refused."""
    wanted = wanted_of(request)
    try:
        found, following = list_desk(wanted, cursor=cursor_of(request), limit=AT_ONCE)
    except BadRequestCursor:
        raise Refused(_("This is no place in the list; begin at its start."), 422) from None
    counts = count_desk(datetime.now(UTC).date())
    shown = {
        "lines": lines_of(found, actor_of(request)),
        "wanted": wanted,
        "tabs": tabs_of(request, wanted, counts),
        "counts": counts,
        "choices": choices_of(wanted),
        "narrowed": any((wanted.type, wanted.state, wanted.source, wanted.regulation, wanted.verified is not None)),
        "verified": request.GET.get("verified", ""),
        "more": address_of(request, cursor=following) if following else "",
        "first": address_of(request, cursor="") if request.GET.get("cursor") else "",
        "refusal": refusal,
    }
    return show(request, "desk/list.html", shown, status=status)


def wanted_of(request: HttpRequest) -> Wanted:
    """The filters of the address; raises `Refused` for one that there is not."""
    verified = choice_of(request.GET, "verified", ANSWERS)
    return Wanted(
        show=choice_of(request.GET, "show", SHOWS, desk.OPEN),
        type=choice_of(request.GET, "type", TYPES),
        state=choice_of(request.GET, "state", STATES),
        source=choice_of(request.GET, "source", SOURCES),
        regulation=choice_of(request.GET, "regulation", REGULATIONS),
        verified=ANSWERS.get(verified),
        actor=actor_of(request),
    )


def lines_of(found: Sequence[OnDesk], actor: str) -> list[Line]:
    """Requests as the list shows them."""
    names = names_of(one.approved_first for one in found)
    return [line_of(one, actor, names.get(one.approved_first, "")) for one in found]


def line_of(one: OnDesk, actor: str = "", first: str = "") -> Line:
    """One request as the list shows it. `first`: the name of who gave the first of two approvals."""
    return Line(
        one=one,
        bar=bar_of(one, extended=one.extended),
        type=words.word(words.TYPES, one.type),
        state=words.word(words.STATES, one.state),
        tone=words.TONES.get(one.state, ""),
        source=words.word(words.SOURCES, one.source),
        regulation=words.word(words.REGULATIONS, one.regulation),
        verified=one.verified_at is not None,
        waits=waits_for(one, actor, first),
    )


def waits_for(one: OnDesk, actor: str, first: str) -> str:
    """What brings a request on, in a few words."""
    if one.appeal_due_on is not None:
        return _("an appeal is to be decided by %(day)s") % {"day": day_in_words(one.appeal_due_on)}
    if one.approved_first and one.state == "awaiting_approval":
        if one.approved_first == actor:
            return _("you approved it; somebody else gives the second approval")
        return _("%(name)s approved it; a second approval is wanted") % {"name": first}
    if one.state == "in_progress" and one.execute_after is not None and one.execute_after > datetime.now(UTC):
        return _("can be cancelled until its cooling-off is over")
    return str(WAITS.get(one.state, "")) or (words.word(words.REASONS, one.reason) if one.reason else "")


WAITS: dict[str, Promise] = {
    "received": gettext_lazy("the identity check comes next"),
    "identity_check": gettext_lazy("the person has to prove who they are; the clock runs on"),
    "in_progress": gettext_lazy("begins in a moment"),
    "executing": gettext_lazy("the stores answer one after the other"),
    "partially_completed": gettext_lazy("a review, or another try of what failed, is wanted"),
}


def tabs_of(request: HttpRequest, wanted: Wanted, counts: Counts) -> list[dict[str, Any]]:
    """The kinds of lists, with how many are in those that are counted."""
    numbers = {desk.OPEN: counts.open, desk.OVERDUE: counts.overdue, desk.SOON: counts.soon}
    return [
        {
            "label": label,
            "path": address_of(request, show="" if name == desk.OPEN else name, cursor=""),
            "here": name == wanted.show,
            "count": numbers.get(name),
            "tone": "bad" if name == desk.OVERDUE and counts.overdue else "",
        }
        for name, label in SHOWS.items()
    ]


def choices_of(wanted: Wanted) -> list[dict[str, Any]]:
    """The filters of the form: name, label, and what can be chosen."""
    known: list[tuple[str, str, Sequence[str], words.Words]] = [
        ("type", _("Type"), [one for one in TYPES if one != APPEAL], words.TYPES),
        ("state", _("State"), STATES, words.STATES),
        ("source", _("Came by"), SOURCES, words.SOURCES),
        ("regulation", _("Law"), REGULATIONS, words.REGULATIONS),
    ]
    return [
        {
            "name": name,
            "label": label,
            "options": [(one, words.word(named, one), one == getattr(wanted, name)) for one in values],
        }
        for name, label, values, named in known
    ]


def address_of(request: HttpRequest, **changes: str) -> str:
    """This list with other filters; those that are empty are left out."""
    names = ("show", "type", "state", "source", "regulation", "verified", "cursor")
    held = {name: request.GET.get(name, "") for name in names} | changes
    query = urlencode({name: value for name, value in held.items() if value})
    return f"{PATH}?{query}" if query else PATH
