"""Who this is, in one look; and who they were believed to be on another day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.finding import OpenRequest, find_open_requests
from cxprofiles.backoffice.days import begin_of
from cxprofiles.backoffice.desk.words import STATES, TYPES, word
from cxprofiles.backoffice.disclosing import note_reads
from cxprofiles.backoffice.event_words import event_in_words
from cxprofiles.backoffice.masking import known_values
from cxprofiles.backoffice.profile.opening import Opened, open_profile, show_tab
from cxprofiles.backoffice.profile.values import View, groups_of, traits_shown
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import screen
from profiles.history import TooMuchHistory, read_believed
from profiles.naming import SHOWN_NAMES
from profiles.profile import Profile, find_subjects
from profiles.snapshot import one_snapshot

FIELDS = ("identifiers", "traits", "counters", "consents", "recent")
MOST_KEY_TRAITS = 8
MOST_CHANNELS = 8
MOST_ASKED_ABOUT = 500  # identifiers whose requests are looked for
# What tells most about somebody, if it is known.
KEY_TRAITS = (
    *SHOWN_NAMES,
    *("language", "locale", "city", "country", "birthday", "date_of_birth", "dateOfBirth", "gender", "company"),
    *("plan", "tier", "loyalty_tier", "customer_since", "vip", "status"),
)


class Then(NamedTuple):
    """A day in the past, and what was believed then. `problem` says why nothing is shown."""

    day: date
    profile: Profile | None = None
    problem: str = ""


@screen(Right.SEARCH, "GET")
def overview_page(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """The overview of a profile; with `as_of` as it was believed to be at the end of that day."""
    asked = day_asked(request)
    with one_snapshot():
        past = asked is not None and not asked.problem
        opened = open_profile(request, profile_id, tab="profile", fields=FIELDS, noted=False, sightings=not past)
        then, others = believed(opened, asked.day) if asked and past else (asked, [])
        if past and then and then.problem:
            opened = open_profile(request, profile_id, tab="profile", fields=FIELDS, noted=False)
    note_reads(request, "staff.profile", [opened.profile_id, *others], FIELDS)
    shown = {
        **(past_shown(opened, then.profile) if then and then.profile else today_shown(opened)),
        "requests": [] if then else requests_shown(opened),
        "today": timezone.localdate(),
        "then": then,
    }
    return show_tab(request, opened, "profile/overview.html", shown, status=422 if then and then.problem else 200)


def today_shown(opened: Opened) -> dict[str, Any]:
    """The profile as it is."""
    view = View(opened.revealed, opened.known, opened.held.trait_categories)
    return {"this": {**seen_in(opened.profile, view), "recent": recent_shown(opened, view)}}


def past_shown(opened: Opened, profile: Profile) -> dict[str, Any]:
    """The profile as it was."""
    return {"past": seen_in(profile, view_of_then(opened, profile))}


def seen_in(profile: Profile, view: View) -> dict[str, Any]:
    """What a profile shows at a glance."""
    first = [name for name in dict.fromkeys(KEY_TRAITS) if name in profile.traits]
    names = [*first, *(name for name in profile.traits if name not in first)]
    channels = profile.counters.get("interactions_by_channel", {})
    return {
        "groups": groups_of(profile.identifiers, view),
        "traits": traits_shown(profile, names[:MOST_KEY_TRAITS], view),
        "more_traits": max(len(names) - MOST_KEY_TRAITS, 0),
        "channels": channels_shown(channels),
        "counters": profile.counters,
    }


def channels_shown(counts: Mapping[str, int]) -> list[tuple[str, int, float]]:
    """Interactions by channel, the busiest first: how many, and their share of the busiest in percent."""
    busiest = max(counts.values(), default=1) or 1
    found = sorted(counts.items(), key=lambda one: -one[1])[:MOST_CHANNELS]
    return [(name, count, round(100 * count / busiest, 1)) for name, count in found]


def recent_shown(opened: Opened, view: View) -> list[Mapping[str, Any]]:
    """The latest interactions."""
    return [
        {
            "at": datetime.fromisoformat(one["occurred_at"]),
            "channel": one["channel"],
            "what": event_in_words(one["type"], one["event"], known=view.known),
            "id": one["id"],
        }
        for one in opened.profile.recent
    ]


def requests_shown(opened: Opened) -> list[dict[str, Any]]:
    """The privacy requests that are open about this person, those due first."""
    asked = [(one.type, one.value) for one in opened.profile.identifiers[:MOST_ASKED_ABOUT] if not one.shared]
    return [request_shown(one) for one in find_open_requests(asked)]


def request_shown(one: OpenRequest) -> dict[str, Any]:
    """A request in words."""
    return {
        "id": one.id,
        "what": word(TYPES, one.type),
        "state": word(STATES, one.state),
        "due_on": one.due_on,
    }


def day_asked(request: HttpRequest) -> Then | None:
    """The day that is asked for, or what is wrong with it; None: none is."""
    asked = request.GET.get("as_of", "").strip()
    if not asked:
        return None
    today = timezone.localdate()
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        return Then(today, problem=_("This is no day. Write it as year-month-day, such as 2026-03-31."))
    if day > today:
        return Then(today, problem=_("This day is still to come; what will be believed then is not known."))
    return Then(day)


def believed(opened: Opened, day: date) -> tuple[Then, list[UUID]]:
    """What was believed at the end of a day, and the ids of others of today who were a part of it then."""
    start = next(one.id for one in opened.profile.identifiers if one.profile_id == opened.asked_id)
    try:
        found = read_believed(start, end_or_now(day), opened.held)
    except TooMuchHistory:
        problem = _("Too much hangs on this profile to work out its past here: read its timeline instead.")
        return Then(day, problem=problem), []
    if found.profile is None:
        return Then(day, problem=_("Nothing was known of this profile on that day.")), []
    others = set(found.roots) - {opened.root_id}
    people = find_subjects(others).values() if others else ()
    return Then(day, found.profile), [one.profile_id for one in people]


def end_or_now(day: date) -> datetime:
    """The last instant of a day in the reader's time zone, or this one."""
    try:
        end = begin_of(day + timedelta(days=1))
    except OverflowError:
        return datetime.now(UTC)
    return min(end, datetime.now(UTC))


def view_of_then(opened: Opened, profile: Profile) -> View:
    """Who is somebody else today stays masked, whatever was revealed of this profile."""
    own = set(opened.identifier_ids)
    revealed = opened.revealed and all(one.id in own for one in profile.identifiers)
    known = known_values((one.type, one.value) for one in (*profile.identifiers, *opened.profile.identifiers))
    return View(revealed, frozenset() if revealed else known, opened.held.trait_categories)
