"""The tree of purposes, and one purpose with its texts, its notice and its history."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext

from consent.purpose_fields import PurposeFields
from consent.purpose_reading import read_ages, read_purpose, read_purposes
from consent.purposes import ancestors
from cxprofiles.backoffice import consent_words
from cxprofiles.backoffice.actors import actor_names, actor_shown
from cxprofiles.backoffice.changes_shown import Difference, change_shown
from cxprofiles.backoffice.channels import CHANNELS
from cxprofiles.backoffice.purposes import words
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, screen, show
from profiles.configuration_reading import Change, read_changes_of

MOST_CHANGES = 30
MOST_ROWS = 300


@screen(Right.SEE_PURPOSES, "GET")
def purposes_page(request: HttpRequest) -> HttpResponse:
    """All purposes, as the tree that they are."""
    purposes = read_purposes()
    rows = [row_of(key, fields) for key, fields in purposes.items()]
    wanted = request.GET.get("q", "").strip().casefold()[:100]
    if wanted:
        rows = [row for row in rows if wanted in row["key"] or wanted in row["name"].casefold()]
    shown = {"rows": rows[:MOST_ROWS], "more": len(rows) > MOST_ROWS, "count": len(purposes), "ages": read_ages()}
    return show(request, "purposes/list.html", {**shown, "wanted": wanted})


@screen(Right.SEE_PURPOSES, "GET")
def purpose_page(request: HttpRequest, key: str) -> HttpResponse:
    """One purpose."""
    fields = find_purpose(key)
    changes = read_changes_of(f"purpose:{key}", limit=MOST_CHANGES)
    names = actor_names(one.actor for one in changes)
    shown = {
        "key": key,
        "title": title_of(key, fields),
        "fields": fields,
        "facts": facts_of(fields),
        "texts": texts_of(fields),
        "regions": regions_of(fields.regions),
        "changes": [named_change(one, names) for one in changes],
    }
    return show(request, "purposes/one.html", shown)


def named_change(change: Change, names: Mapping[str, str]) -> dict[str, Any]:
    """A change of a purpose with its fields in words."""
    shown = change_shown(change)
    lines = [
        Difference(
            words.field_named(line.name),
            *(None if one is None else words.value_named(line.name, one) for one in (line.before, line.after)),
        )
        for line in shown["lines"]
    ]
    return {**shown, "lines": lines, "who": actor_shown(change.actor, names)}


def find_purpose(key: str) -> PurposeFields:
    """A purpose by its key; raises `NotHere`."""
    fields = None if "\x00" in key else read_purpose(key)
    if fields is None:
        raise NotHere
    return fields


def title_of(key: str, fields: PurposeFields) -> str:
    """A purpose's name in the reader's language."""
    return consent_words.in_language(fields.name, get_language() or "en", key)


def row_of(key: str, fields: PurposeFields) -> dict[str, Any]:
    """One purpose as a line of the tree."""
    return {
        "key": key,
        "depth": min(len(ancestors(key)), 3),
        "name": title_of(key, fields),
        "basis": consent_words.named(consent_words.BASES, fields.legal_basis),
        "default": words.DEFAULTS.get(fields.default, fields.default),
        "allowed": fields.default == "allowed",
        "channels": [CHANNELS[name].word for name in fields.channels if name in CHANNELS],
        "categories": fields.categories,
        "all_categories": "*" in fields.categories,
        "regions": len(fields.regions),
        "expires_after": consent_words.duration_words(fields.expires_after),
        "double_opt_in": fields.double_opt_in,
        "address_type": fields.address_type,
        "notice": fields.notice,
    }


def facts_of(fields: PurposeFields) -> list[tuple[str, str]]:
    """The settings of a purpose, as label and value; the value is empty where there is none."""
    shown = {
        "legal_basis": consent_words.named(consent_words.BASES, fields.legal_basis),
        "default": str(words.DEFAULTS.get(fields.default, fields.default)),
        "categories": ", ".join(fields.categories),
        "channels": ", ".join(str(CHANNELS[name].word) if name in CHANNELS else name for name in fields.channels)
        or gettext("everywhere"),
        "address_type": fields.address_type or gettext("no: about the person"),
        "least_assurance": str(words.ASSURANCES.get(fields.least_assurance, fields.least_assurance)),
        "expires_after": consent_words.duration_words(fields.expires_after),
        "reask_after": consent_words.duration_words(fields.reask_after),
        "remind_after": consent_words.duration_words(fields.remind_after),
    }
    return [(words.field_named(name), value) for name, value in shown.items()]


def texts_of(fields: PurposeFields) -> list[dict[str, str]]:
    """Name and text in each language."""
    languages = sorted({*fields.name, *fields.text})
    return [{"language": one, "name": fields.name.get(one, ""), "text": fields.text.get(one, "")} for one in languages]


def regions_of(regions: Mapping[str, Mapping[str, str]]) -> dict[str, list[str]]:
    """The regions by what holds there when nobody was asked."""
    found: dict[str, list[str]] = {}
    for region, rule in sorted(regions.items()):
        found.setdefault(str(words.DEFAULTS.get(rule["default"], rule["default"])), []).append(region)
    return found
