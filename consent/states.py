"""The states of a decision by the words that callers use, and by their names in ISO/IEC TS 27560. Pure."""

import re

from consent.said import EVERYTHING, LETTERS

# What answers call a state; two names can come to one word, a word that is sent means the first.
WORDS = {
    "ConsentUnknown": "unknown",
    "ConsentRequested": "requested",
    "ConsentRequestDeferred": "deferred",
    "ConsentRefused": "denied",
    "ConsentGiven": "granted",
    "RenewedConsentGiven": "granted",
    "ConsentWithdrawn": "withdrawn",
    "ConsentExpired": "expired",
    "ConsentTerminated": "terminated",
    "ConsentInvalidated": "invalidated",
    "ObjectionRaised": "objected",
    "ObjectionLifted": "objection_lifted",
    "ProcessingRestricted": "restricted",
    "RestrictionLifted": "restriction_lifted",
}
GIVEN = "ConsentGiven"
RENEWED = "RenewedConsentGiven"
REQUESTED = "ConsentRequested"
GRANTS = frozenset({GIVEN, RENEWED})
REFUSALS = frozenset({"ConsentRefused", "ConsentWithdrawn", "ConsentTerminated", "ConsentInvalidated"})
ANSWERS = GRANTS | REFUSALS | {"ConsentExpired"}
BARS = frozenset({"ObjectionRaised", "ObjectionLifted", "ProcessingRestricted", "RestrictionLifted"})
# What is said of all processing at once, and of nothing else.
OF_EVERYTHING = frozenset({"ProcessingRestricted", "RestrictionLifted"})

_SEPARATORS = re.compile(r"[\s_:-]+")


def _plain(word: str) -> str:
    return _SEPARATORS.sub("", word).lower().removeprefix("dpv")


_NAMED = {_plain(word): name for name, word in reversed(WORDS.items())} | {_plain(name): name for name in LETTERS}
_NAMED |= {"refused": "ConsentRefused", "renewed": RENEWED, "given": GIVEN}


class UnknownState(ValueError):
    """There is no such state; use granted, denied, withdrawn or another that openapi.json names."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def state_named(word: str) -> str:
    """The standard's name of a state, out of its word or of the name itself in any spelling; raises `UnknownState`."""
    found = _NAMED.get(_plain(word))
    if found is None:
        raise UnknownState
    return found


def fits(state: str, purpose: str) -> bool:
    """Whether a state can be said of a purpose: restrictions are of all processing, everything else of one purpose."""
    return (state in OF_EVERYTHING) == (purpose == EVERYTHING)
