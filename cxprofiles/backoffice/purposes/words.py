"""Purposes and notices in words: the fields of a purpose, and why a field is refused."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consent.receipts import TERMS
from cxprofiles.backoffice.changes_shown import value_shown
from cxprofiles.backoffice.channels import channel_shown
from cxprofiles.backoffice.consent_words import BASES
from cxprofiles.backoffice.durations import in_words

Text = str | Promise

FIELDS: Mapping[str, Text] = {
    "legal_basis": _("Legal basis"),
    "default": _("When nobody was asked"),
    "name": _("Name"),
    "text": _("What it means for the person"),
    "categories": _("Data categories"),
    "channels": _("Channels"),
    "address_type": _("About an address of the type"),
    "least_assurance": _("Least assurance"),
    "expires_after": _("A yes ends after"),
    "reask_after": _("A no is left in peace for"),
    "remind_after": _("A yes is brought to mind after"),
    "regions": _("Regions"),
    "double_opt_in": _("Confirmed by a link"),
    "notice": _("Notice"),
}
# Why a field is refused; where none stands here the sentence of the domain is shown.
REFUSALS: Mapping[str, Text] = {
    "key": _("A key is lower-case words with dots between, up to 100 characters, as marketing.email."),
    "legal_basis": _("Choose a legal basis."),
    "default": _("What rests on consent is denied until it is given. Only a region can say otherwise."),
    "categories": _("Data categories are lower-case words separated by commas, or * for all of them."),
    "channels": _("Choose from the channels that are listed."),
    "address_type": _("Choose an identifier type that exists."),
    "least_assurance": _("Choose the least assurance."),
    "expires_after": _("Write a duration as ISO 8601 has it: P12M for twelve months, P90D for ninety days."),
    "reask_after": _("Write a duration as ISO 8601 has it: P12M for twelve months, P90D for ninety days."),
    "remind_after": _("Write a duration as ISO 8601 has it: P12M for twelve months, P90D for ninety days."),
    "text": _("A text of a purpose has up to 4,000 characters, one of a notice 50,000; no control characters."),
    "terms": _("Terms are a JSON object; its members may be %(names)s, each of its own form."),
    "name": _("A name has 1 to 200 characters, without control characters."),
    "regions": _("Write one region a line: an ISO 3166 code, then allowed or denied, as US-CA allowed."),
    "notice": _("A notice's key is lower-case words with dots between, up to 100 characters."),
    "version": _("A version is up to 50 letters, digits, dots and dashes, for example 2026-01."),
    "country": _("A country is an ISO 3166 code of two letters, or * for all others."),
    "years": _("An age is 0 to 25 years."),
    "published": _(
        "This version stands already with another text or other terms, and never changes. Publish a new version."
    ),
}
DEFAULTS: Mapping[str, Text] = {"allowed": _("allowed"), "denied": _("denied")}
ASSURANCES: Mapping[str, Text] = {
    "device": _("a device is enough"),
    "identified": _("a person must be identified"),
}
DURATIONS = frozenset({"expires_after", "reask_after", "remind_after"})
NAMED_VALUES: Mapping[str, Mapping[str, Text]] = {
    "legal_basis": BASES,
    "default": DEFAULTS,
    "regions": DEFAULTS,
    "least_assurance": ASSURANCES,
}


def refusal(field: str, sentence: str) -> str:
    """Why a field is refused, in the reader's language where there are words for it."""
    words = str(REFUSALS.get(field, sentence))
    return words % {"names": ", ".join(TERMS)} if field == "terms" else words


def field_named(name: str) -> str:
    """A field of a purpose, with the member of it that is meant."""
    field, _dot, member = name.partition(".")
    title = str(FIELDS.get(field, field))
    return f"{title} ({member})" if member else title


def value_named(name: str, value: Any) -> str:
    """The value of a field, or of a member of one, in words."""
    field = name.partition(".")[0]
    if value in (None, "", []):
        return gettext("none")
    if field in DURATIONS:
        return in_words(value)
    if field == "channels" and isinstance(value, list):
        return ", ".join(str(channel_shown(one).word) for one in value)
    if field == "regions" and isinstance(value, dict):
        return value_named("default", value.get("default"))
    named = NAMED_VALUES.get(field, {}) if isinstance(value, str) else {}
    return str(named[value]) if value in named else value_shown(value)
