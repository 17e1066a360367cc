"""The identity tab: which identifiers a profile is made of, what ties them, and what was believed once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cxprofiles.backoffice.actors import actor_names, staff_in
from cxprofiles.backoffice.days import end_of
from cxprofiles.backoffice.disclosing import is_revealed, note_reads
from cxprofiles.backoffice.profile.identity_rows import Reader, Rows, drawing_of, rows_of
from cxprofiles.backoffice.profile.opening import Opened, open_profile, show_tab
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import TEMPLATES, is_fragment, screen, show
from profiles.history import TooMuchHistory
from profiles.identity.picture import Picture, read_picture
from profiles.identity.picture_then import read_picture_then
from profiles.models import Decision

FIELDS = ("identifiers", "links", "decisions")
MOST_MOMENTS = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """The day as of whose end the picture is asked for; None: today. `problem`: why the day could not be taken."""

    day: date | None = None
    problem: str = ""

    @property
    def at(self) -> datetime | None:
        """The last instant of the day in the reader's time zone."""
        return None if self.day is None else end_of(self.day)


@screen(Right.SEARCH, "GET")
def identity_tab(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """The tab, as of today or of the end of a day."""
    opened = open_identity(request, profile_id)
    asked = asked_day(request.GET.get("as_of", ""))
    return show_identity(request, opened, asked, status=422 if asked.problem else 200)


def open_identity(request: HttpRequest, profile_id: UUID) -> Opened:
    """The profile; whoever answers logs the read, with the others who are in the answer."""
    return open_profile(request, profile_id, tab="identity", fields=FIELDS, noted=False)


def show_identity(
    request: HttpRequest, opened: Opened, asked: Asked, *, status: int = 200, **shown: object
) -> HttpResponse:
    """The tab with whatever else there is to say on it."""
    picture, problem = picture_of(opened, asked)
    rows = rows_for(request, opened, picture)
    told = {
        "rows": rows,
        "drawing": drawing_of(rows),
        "as_of": None if problem else asked.day,
        "problem": problem or asked.problem,
        "moments": moments_of(rows, opened),
        "today": timezone.localdate(),
        "icons": {name: icon_drawn(name) for name in ("person", "device", "check", "cross")},
        **shown,
    }
    if is_fragment(request):
        return show(request, "profile/identity_picture.html", {"opened": opened, "base": base_of(opened), **told})
    return show_tab(request, opened, "profile/identity.html", told, status=status)


def picture_of(opened: Opened, asked: Asked) -> tuple[Picture, str]:
    """The picture asked for; or that of today, and why there is no other."""
    members = opened.profile.identifiers
    if asked.at is not None:
        try:
            ids = [one.id for one in members]
            return read_picture_then(opened.root_id, ids, asked.at, opened.held), ""
        except TooMuchHistory:
            problem = _(
                "Too much is tied to this profile to work out what was believed then. This is the picture of today."
            )
            return read_picture(opened.root_id, members, opened.held), problem
    return read_picture(opened.root_id, members, opened.held), ""


def rows_for(request: HttpRequest, opened: Opened, picture: Picture) -> Rows:
    """The rows of a picture, and a line in the access log of everybody who is in it."""
    shown = {opened.profile_id, *(one.profile_id for one in picture.neighbours.values())}
    note_reads(request, "staff.identity", sorted(shown), FIELDS)
    return rows_of(picture, opened.profile.identifiers, reader_of(request, opened, picture.decisions))


def reader_of(request: HttpRequest, opened: Opened, decisions: Iterable[Decision]) -> Reader:
    """Who looks, with the names of the staff who decided."""
    actors = {actor for item in decisions for actor in (item.actor, item.withdrawn_by, *staff_in(item.reason))}
    return Reader(
        profile_id=opened.profile_id,
        is_revealed=lambda whose: may_see(request, opened, whose),
        types=opened.held.types,
        staff=actor_names(actors),
    )


def may_see(request: HttpRequest, opened: Opened, whose: UUID) -> bool:
    """Whether the values of a profile, this one or another, are shown in the clear."""
    return opened.revealed if whose == opened.profile_id else is_revealed(request, whose)


def icon_drawn(name: str) -> SafeString:
    """A symbol as the tag `icon` draws it: made once for the hundreds of rows that show it."""
    return render_to_string(TEMPLATES + "icon.html", {"name": name})


def asked_day(given: str) -> Asked:
    """The day in a query string. One of today or later is today."""
    if not given:
        return Asked()
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return Asked(problem=_("This is no day. Write it as year, month and day: 2026-03-31."))
    if day >= timezone.localdate():
        return Asked()
    return Asked(day=max(day, date(1970, 1, 1)))


def moments_of(rows: Rows, opened: Opened) -> list[str]:
    """The days on which something changed, the earliest first and today last: where the slider can stand."""
    times = [one.first_seen for one in opened.profile.identifiers]
    times += [row.first_at for row in rows.links] + [row.at for row in rows.decisions]
    days = sorted({timezone.localdate(at) for at in times if at is not None} - {timezone.localdate()})
    before = [days[0] - timedelta(days=1)] if days and days[0] > date(1970, 1, 1) else []
    step = -(-len(days) // MOST_MOMENTS) or 1
    return [day.isoformat() for day in (*before, *days[::-1][::step][::-1], timezone.localdate())]


def base_of(opened: Opened) -> str:
    """Where the profile's tabs are."""
    return f"/backoffice/profiles/{opened.profile_id}/"
