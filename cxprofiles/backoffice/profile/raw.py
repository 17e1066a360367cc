"""A profile as the API shows it, to be read and copied."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse

from consent.in_force import states
from consent.times import now_microseconds
from cxprofiles.backoffice.masking import masked, masked_text, masked_trait
from cxprofiles.backoffice.profile.opening import Opened, open_profile, show_tab
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import screen


@screen(Right.SEARCH, "GET")
def raw_page(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """The JSON of a profile."""
    opened = open_profile(
        request, profile_id, tab="raw", fields=("identifiers", "traits", "counters", "segments", "consents")
    )
    encoded = msgspec.json.encode(content_of(opened))
    return show_tab(request, opened, "profile/raw.html", {"json": msgspec.json.format(encoded, indent=2).decode()})


def content_of(opened: Opened) -> dict[str, Any]:
    """What `GET /v1/profiles/ID` answers, but for the decision; masked unless it was revealed."""
    profile = opened.profile
    return {
        "profile_id": opened.asked_id,
        "canonical_id": profile.profile_id,
        "kind": "known" if profile.known else "anonymous",
        "identifiers": [
            {
                "type": one.type,
                "value": one.value if opened.revealed else masked(one.type, one.value),
                "first_seen": utc(one.first_seen),
                "last_seen": utc(one.last_seen),
                "source": one.source,
                "verified": one.verified,
            }
            for one in profile.identifiers
            if one.first_seen is not None
        ],
        "traits": dict(trait_of(opened, name) for name in profile.traits),
        "counters": profile.counters,
        "segments": [],
        "consents": states(profile.standing, opened.held.purposes, now_microseconds()),
        "first_seen": utc(profile.first_seen),
        "last_seen": utc(profile.last_seen),
    }


def trait_of(opened: Opened, name: str) -> tuple[str, dict[str, Any]]:
    """A trait by its name."""
    trait, value = opened.profile.traits[name], opened.profile.traits[name].value
    if not opened.revealed:
        value = masked_trait(name, value, opened.held.trait_categories.get(name, ""), opened.known)
    shown = name if opened.revealed else masked_text(name, opened.known)
    return shown, {"value": value, "source": trait.source, "interaction_id": trait.interaction_id, "at": utc(trait.at)}


def utc(at: datetime | None) -> str | None:
    """An instant as the API writes it."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")
