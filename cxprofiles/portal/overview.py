"""What is known of the person who visits, and from where; correcting it."""

import math
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from consent.requests.kinds import RECTIFICATION
from cxprofiles.portal.asking import ask
from cxprofiles.portal.pages import NoSuchPage, go_to
from cxprofiles.portal.visits import Visitor, log_view, own_page, visitor_page
from cxprofiles.portal.words import IDENTIFIERS, named, readable, source_of
from profiles.configuration import configuration
from profiles.privacy.asking import RequestRefused
from profiles.privacy.own import Own, OwnData, find_own, read_interactions, read_own
from profiles.profile import ProfileIdentifier, TraitValue
from profiles.snapshot import one_snapshot
from profiles.timeline import BadCursor, Cursor, TimelineItem, decode_cursor

A_PAGE = 10
LONGEST_VALUE = 500
YES = ("true", "yes", "ja", "ya", "1")


@visitor_page("GET")
def overview_page(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """All that is known, and what happened, page by page."""
    held = configuration()
    with one_snapshot():
        own = find_own(visitor.identifiers, held)
        known = read_own(own, held)
        page = read_interactions(own, held, limit=A_PAGE, cursor=cursor_of(request))
    log_view(own, "overview", "identifiers,traits,counters,interactions")
    shown = {
        **overview_shown(own, known),
        "interactions": [interaction_shown(item) for item in page.items],
        "next_cursor": page.next_cursor,
        "later": "cursor" in request.GET,
    }
    return own_page(request, visitor, "overview", shown)


@visitor_page("GET", "POST")
def correct_page(request: HttpRequest, visitor: Visitor, name: str) -> HttpResponse:
    """GET: the form for one detail. POST: ask for it to be corrected."""
    held = configuration()
    with one_snapshot():
        own = find_own(visitor.identifiers, held)
        trait = read_own(own, held).traits.get(name)
    if trait is None:
        raise NoSuchPage
    entered = request.POST.get("value", "").strip()
    shown = {
        "name": name,
        "title": readable(name),
        "value": value_shown(trait.value),
        "entered": entered[:LONGEST_VALUE],
    }
    if request.method != "POST":
        log_view(own, "correct", "traits")
        return own_page(request, visitor, "correct", shown)
    try:
        corrected = parsed(entered, trait.value)
        made = ask(visitor, RECTIFICATION, {"traits": {name: corrected}})
    except (RequestRefused, ValueError):
        return own_page(request, visitor, "correct", shown | {"problem": True}, status=400)
    return go_to(f"/privacy/requests/{made.id}?new")


def cursor_of(request: HttpRequest) -> Cursor | None:
    """Where the page of interactions begins. Raises `NoSuchPage` for what is no cursor."""
    given = request.GET.get("cursor")
    try:
        return None if given is None else decode_cursor(given)
    except BadCursor:
        raise NoSuchPage from None


def overview_shown(own: Own, known: OwnData) -> dict[str, Any]:
    """What the page shows beside what happened."""
    return {
        "own": own,
        "identifiers": [identifier_shown(one) for one in known.identifiers],
        "traits": [trait_shown(name, trait) for name, trait in known.traits.items()],
        "count": known.counters.get("interactions", 0),
        "channels": sorted(known.counters.get("interactions_by_channel", {}).items()),
        "first_seen": known.first_seen,
        "last_seen": known.last_seen,
    }


def identifier_shown(one: ProfileIdentifier) -> dict[str, Any]:
    """An identifier as the page shows it."""
    return {
        "type": named(IDENTIFIERS, one.type),
        "value": one.value,
        "source": source_of(one.source),
        "first_seen": one.first_seen,
        "last_seen": one.last_seen,
    }


def trait_shown(name: str, trait: TraitValue) -> dict[str, Any]:
    """A trait as the page shows it."""
    return {
        "name": name,
        "title": readable(name),
        "value": value_shown(trait.value),
        "source": source_of(trait.source),
        "at": trait.at,
        "correctable": not isinstance(trait.value, list | dict) and "/" not in name,
    }


def interaction_shown(item: TimelineItem) -> dict[str, Any]:
    """An interaction without what may be of others: their identifiers, and the words of what was said."""
    return {
        "at": item.occurred_at,
        "what": item.event or readable(item.type),
        "channel": readable(item.channel),
        "source": source_of(item.source),
    }


def value_shown(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(value_shown(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{readable(name)}: {value_shown(one)}" for name, one in value.items())
    return msgspec.json.encode(value).decode()


def parsed(entered: str, before: Any) -> Any:
    """What was entered, as a value of the kind that it was before. Raises `ValueError`."""
    if not entered or len(entered) > LONGEST_VALUE:
        raise ValueError("Enter a value.")
    if isinstance(before, bool):
        return entered.casefold() in YES
    if isinstance(before, int | float):
        number = float(entered.replace(",", "."))
        if not math.isfinite(number):
            raise ValueError("Enter a number.")
        return int(number) if number.is_integer() else number
    return entered
