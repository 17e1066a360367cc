"""Which data was read, and for which purposes, as staff read it in the access log."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cxprofiles.backoffice.consent_words import in_language
from cxprofiles.portal.words import named, readable
from profiles.configuration import Configuration
from profiles.purpose_names import described_purposes

FIELDS: Mapping[str, str | Promise] = {
    "identifiers": _("identifiers"),
    "traits": _("traits"),
    "counters": _("counts of interactions"),
    "counts": _("how much is stored"),
    "segments": _("segments"),
    "consents": _("consents"),
    "recent": _("latest interactions"),
    "interactions": _("interactions"),
    "timeline": _("interactions"),
    "chain": _("links"),
    "links": _("links"),
    "decisions": _("decisions about who is who"),
    "accesses": _("who looked"),
    "receipt": _("a receipt"),
    "requests": _("privacy requests"),
    "restrictions": _("restrictions and objections"),
    "retention": _("what is kept how long"),
    "package": _("a copy of all data"),
    "payload": _("events as they came"),
    "body": _("events as they came"),
    "masked": _("masked events"),
}


def fields_in_words(fields: str) -> str:
    """The fields of a read, as the access log holds them, in words; each once."""
    return ", ".join(dict.fromkeys(_lowered(name) for name in fields.split(",") if name))


def _lowered(name: str) -> str:
    return str(FIELDS[name]) if name in FIELDS else readable(name).lower()


def purpose_words(held: Configuration) -> Mapping[str, str]:
    """What each purpose is called in the reader's language, by its key."""
    language = get_language() or "en"
    return {key: in_language(fields.name, language, readable(key)) for key, fields in described_purposes(held).items()}


def purposes_in_words(purposes: str, words: Mapping[str, str]) -> str:
    """The purposes of a read, as the access log holds them, in words."""
    return ", ".join(named(words, key) for key in purposes.split(",") if key)
