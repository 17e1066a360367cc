"""The timeline tab of a profile: its interactions by day, its lanes, and each interaction whole."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cxprofiles.backoffice.channels import CHANNELS
from cxprofiles.backoffice.event_words import TYPE_NAMES, event_in_words, name_in_words
from cxprofiles.backoffice.masking import masked_text
from cxprofiles.backoffice.profile.opening import Opened, open_profile, show_tab
from cxprofiles.backoffice.profile.timeline_asked import Asked, read_asked
from cxprofiles.backoffice.profile.timeline_event import consents_of, json_of, reasons_of
from cxprofiles.backoffice.profile.timeline_lanes import Picture, draw
from cxprofiles.backoffice.profile.timeline_rows import Names, days_of, money_of, named_of
from cxprofiles.backoffice.profile.timeline_words import (
    DIALECTS,
    clock_said,
    dropped_said,
    marks_of,
    purpose_said,
    signals_said,
)
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, is_fragment, screen, show
from cxprofiles.backoffice.warning_words import warning_in_words
from cxprofiles.portal.words import named
from profiles.journey.counts import read_lanes
from profiles.journey.lanes import Days, cut, days_between
from profiles.journey.pages import JourneyPage, read_journey
from profiles.journey.reading import Interaction, read_interaction

PAGE = 50
FIELDS = ("interactions", "identifiers")


@screen(Right.SEARCH, "GET")
def timeline_page(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """The timeline; to htmx the page of it that was asked for alone."""
    opened = open_profile(request, profile_id, tab="timeline", fields=FIELDS)
    zone = zone_here()
    asked = read_asked(request.GET, [one.id for one in opened.profile.identifiers], zone)
    page = JourneyPage([], None, None, None) if asked.wrong else read_page(opened, asked, zone)
    shown = page_shown(opened, asked, page)
    if is_fragment(request) and not asked.wrong:
        return show(request, "profile/timeline_days.html", shown)
    return show_tab(
        request,
        opened,
        "profile/timeline.html",
        {**shown, "picture": picture_of(opened, asked, zone), **filters_shown(opened, asked)},
        status=400 if asked.wrong else 200,
    )


@screen(Right.SEARCH, "GET")
def interaction_page(request: HttpRequest, profile_id: UUID, interaction_id: UUID) -> HttpResponse:
    """One interaction whole: a page of its own, and to htmx the inside of the drawer."""
    opened = open_profile(request, profile_id, tab="timeline", fields=FIELDS)
    anchors = [one.id for one in opened.profile.identifiers]
    item = read_interaction(interaction_id, anchors, opened.held)
    if item is None:
        raise NotHere
    names = Names(opened, item.identifier_ids)
    shown = {
        "item": item,
        "words": event_in_words(item.type, item.event, corrects=item.settings.corrects, known=names.known),
        "only": query_of_name(item, names),
        "money": money_of(item),
        "marks": marks_of(item),
        "clock": clock_said(item.timing),
        "identifiers": named_of(item, names),
        "former": names.born_as(item.anchor_id),
        "reasons": reasons_of(item, opened, names),
        "signals": signals_said(item.observed.signals if item.observed else None),
        "said": consents_of(item),
        "barred": [purpose_said(key) for key in item.barred],
        "dropped": dropped_said(item.dropped),
        "warnings": [warning_in_words(sentence) for sentence in item.warnings],
        "dialect": named(DIALECTS, item.dialect),
        "json": json_of(item, names.known, revealed=opened.revealed),
    }
    if is_fragment(request):
        return show(request, "profile/timeline_event.html", {"opened": opened, **base_of(opened), **shown})
    return show_tab(request, opened, "profile/timeline_event_page.html", shown)


def query_of_name(item: Interaction, names: Names) -> str:
    """The query string of all interactions of the same name; empty where the name may name somebody."""
    named_somebody = masked_text(item.event, names.known) != item.event
    return "" if named_somebody or not item.event else Asked(given={"event": item.event}).query()


def zone_here() -> ZoneInfo:
    """The time zone of the reader."""
    zone = timezone.get_current_timezone()
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")


def base_of(opened: Opened) -> dict[str, str]:
    """Where the profile's tabs are."""
    return {"base": f"/backoffice/profiles/{opened.profile_id}/"}


def anchors_of(opened: Opened, asked: Asked) -> list[int]:
    """The identifiers whose interactions are asked for."""
    if asked.identifier is not None:
        return [asked.identifier]
    return [one.id for one in opened.profile.identifiers]


def read_page(opened: Opened, asked: Asked, zone: ZoneInfo) -> JourneyPage:
    """The page that was asked for."""
    anchors = anchors_of(opened, asked)
    return read_journey(anchors, asked.sought(zone), opened.held, limit=PAGE, place=asked.place)


def page_shown(opened: Opened, asked: Asked, page: JourneyPage) -> dict[str, Any]:
    """What the list of days shows."""
    after = asked.place.cursor if asked.place and not asked.place.later and not asked.day else None
    return {
        "opened": opened,
        **base_of(opened),
        "asked": asked,
        "query": asked.query(),
        "days": days_of(page.items, opened, asked, after),
        "page": page,
        "newest": asked.place is None,
        "narrowed": bool(asked.given),
        "earlier": asked.query(earlier=page.earlier) if page.earlier else "",
        "later": asked.query(later=page.later) if page.later else "",
    }


def picture_of(opened: Opened, asked: Asked, zone: ZoneInfo) -> Picture | None:
    """The lanes of the days that were asked for, whatever else was; None: nothing ever happened."""
    profile = opened.profile
    if profile.first_seen is None or profile.last_seen is None:
        return None
    whole = days_between(profile.first_seen, profile.last_seen, zone)
    first, last = asked.first or min(whole.first, asked.last or whole.first), asked.last or whole.last
    days = Days(first, max(first, last))
    return draw(read_lanes(anchors_of(opened, asked), cut(days, zone), opened.held), asked, zone)


def filters_shown(opened: Opened, asked: Asked) -> dict[str, Any]:
    """The form of the filters, and those that are set, each with the way to take it off."""
    own = Names(opened, ())
    identifiers = [shown for one in opened.profile.identifiers if (shown := own.named(one.id))]
    words: dict[str, Any] = {
        "channel": CHANNELS[asked.channel].word if asked.channel else "",
        "type": TYPE_NAMES[asked.type] if asked.type else "",
        "event": name_in_words(asked.event) if asked.event else "",
        "text": f"“{asked.text}”" if asked.text else "",
        "identifier": next((f"{one.type} {one.value}" for one in identifiers if one.id == asked.identifier), ""),
    }
    return {
        "channels": CHANNELS.values(),
        "types": TYPE_NAMES.items(),
        "identifiers": identifiers,
        "set": [(name, word, asked.query(**{name: ""})) for name, word in words.items() if word],
    }
