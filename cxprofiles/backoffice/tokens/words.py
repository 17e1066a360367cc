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

CALLER_REFUSALS: Mapping[str, Text] = {
    "protocol": _("Choose the protocol that the organisation speaks."),
    "name": _("A name is 1 to 100 letters, digits and . _ - and begins with a letter or digit."),
    "exists": _("An organisation of this name is let in already. Choose another name, or switch that one off first."),
    "hosts": _("Write up to 20 names of hosts, without https:// and without a port."),
    "verify_key": _("An agent's verify key is an Ed25519 key: 32 bytes, in base64 or as 64 hexadecimal digits."),
    "no_verify_key": _("Only agents of the Data Rights Protocol have a verify key. Leave it empty."),
    "certificate": _("This is no X.509 certificate in PEM that signatures can be checked with."),
    "no_certificate": _("Only organisations that speak OpenDSR have a certificate. Leave it empty."),
}
OTHERS = {("opendsr", "verify_key"): "no_verify_key", ("drp", "certificate"): "no_certificate"}


def caller_refusal(protocol: str, field: str, sentence: str) -> str:
    """Why a field of a caller is refused, in the reader's language where there are words for it."""
    return str(CALLER_REFUSALS.get(OTHERS.get((protocol, field), field), sentence))


def refusal(field: str, sentence: str) -> str:
    """Why a field is refused, in the reader's language where there are words for it."""
    return str(REFUSALS.get(field, sentence))
