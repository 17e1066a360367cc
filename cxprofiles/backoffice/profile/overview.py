"""Who this is, in one look; and who they were believed to be on another day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.finding import OpenRequest, find_open_requests
from cxprofiles.backoffice.desk.words import STATES, TYPES, word
from cxprofiles.backoffice.disclosing import note_reads
from cxprofiles.backoffice.event_words import event_in_words
from cxprofiles.backoffice.masking import known_values
from cxprofiles.backoffice.profile.opening import Opened, open_profile, show_tab
from cxprofiles.backoffice.profile.values import View, groups_of, traits_shown
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import screen
from profiles.history import TooMuchHistory, read_profile_as_of
from profiles.naming import NAME_TRAITS
from profiles.profile import Profile, read_people
from profiles.snapshot import one_snapshot

FIELDS = ("identifiers", "traits", "counters", "consents", "recent")
MOST_KEY_TRAITS = 8
MOST_CHANNELS = 8
MOST_ASKED_ABOUT = 500  # identifiers whose requests are looked for
# What tells most about somebody, if it is known.
KEY_TRAITS = (
    *NAME_TRAITS,
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
    opened = open_profile(request, profile_id, tab="profile", fields=FIELDS)
    view = View(opened.revealed, opened.known, opened.held.trait_categories)
    then = read_then(request, opened)
    shown = {
        "this": {**seen_in(opened.profile, view), "recent": recent_shown(opened, view)},
        "requests": [] if then else requests_shown(opened),
        "today": timezone.localdate(),
        "then": then,
        **({"past": seen_in(then.profile, view_of_then(opened, then.profile))} if then and then.profile else {}),
    }
    return show_tab(request, opened, "profile/overview.html", shown, status=422 if then and then.problem else 200)


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


def read_then(request: HttpRequest, opened: Opened) -> Then | None:
    """What was believed on the day that is asked for; None: none is."""
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
    return _believed(request, opened, day)


def _believed(request: HttpRequest, opened: Opened, day: date) -> Then:
    try:
        with one_snapshot():
            profile = read_profile_as_of(opened.asked_id, end_of(day), opened.held)
            own = set(opened.identifier_ids)
            others = [one.id for one in profile.identifiers if one.id not in own] if profile else []
            people = read_people(others) if others else {}
    except TooMuchHistory:
        return Then(
            day, problem=_("Too much hangs on this profile to work out its past here: read its timeline instead.")
        )
    if people:
        note_reads(request, "staff.profile", [one.profile_id for one in people.values()], FIELDS)
    if profile is None:
        return Then(day, problem=_("Nothing was known of this profile on that day."))
    return Then(day, profile)


def end_of(day: date) -> datetime:
    """The last instant of a day in the reader's time zone, or this one."""
    try:
        end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)).astimezone(UTC)
    except OverflowError:
        return datetime.now(UTC)
    return min(end, datetime.now(UTC))


def view_of_then(opened: Opened, profile: Profile) -> View:
    """Who is somebody else today stays masked, whatever was revealed of this profile."""
    own = set(opened.identifier_ids)
    revealed = opened.revealed and all(one.id in own for one in profile.identifiers)
    known = known_values((one.type, one.value) for one in (*profile.identifiers, *opened.profile.identifiers))
    return View(revealed, frozenset() if revealed else known, opened.held.trait_categories)
