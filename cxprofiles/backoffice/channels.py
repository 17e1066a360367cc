"""Channels as the screens show them: a symbol, a colour and always a word."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OTHER = "question"


class Channel(NamedTuple):
    """A channel as it is shown. `symbol` names both a symbol of icons.svg and a colour of channels.css."""

    name: str
    word: str | Promise
    symbol: str


# In the order of the lanes.
CHANNELS = {
    name: Channel(name, word, name)
    for name, word in (
        ("web", _("Website")),
        ("app", _("App")),
        ("store", _("Shop")),
        ("callcentre", _("Call centre")),
        ("email", _("Email")),
        ("social", _("Social media")),
        ("crm", _("CRM")),
    )
}


def channel_shown(name: str) -> Channel:
    """How a channel is shown; one that has no word here by its own name."""
    return CHANNELS.get(name) or Channel(name, name, OTHER)
