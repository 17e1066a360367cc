"""Tokens in words: what each scope allows, and why a field is refused."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

SCOPES: Mapping[str, Text] = {
    "recognise": _("recognise people at a touchpoint"),
    "profiles:read": _("read profiles, timelines and identity"),
    "profiles:write": _("decide who is the same person"),
    "consent:write": _("tell what people consented to"),
    "privacy": _("see to privacy requests"),
    "admin": _("change sources, types, purposes and tokens"),
}
REFUSALS: Mapping[str, Text] = {
    "name": _("A name has 1 to 100 printable characters, no slash, and no spaces around it."),
    "exists": _("A valid token has this name already. Revoke it first, or choose another name."),
    "scopes": _("Choose at least one thing that the token may do."),
    "purposes": _("Choose from the purposes that exist."),
    "channels": _("Choose from the channels that are listed."),
    "expires_at": _("Choose a day in the future, or none."),
}


def refusal(field: str, sentence: str) -> str:
    """Why a field is refused, in the reader's language where there are words for it."""
    return str(REFUSALS.get(field, sentence))
