"""Google Consent Mode, version 2: seven kinds of use, each granted or denied. Pure.

It comes as the object that a page hands to `gtag('consent', …)`, or as it stands in the address of a request to
Google: `gcs`, such as `G111`, for storage for advertising and for analytics; `gcd`, such as `13r3q3n3m5`, with one
letter for each of the four kinds of version 2, which also tells how the answer came about.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from consent.signals.bits import MAX_LENGTH, UnreadableSignal

GRANTED: Final = "granted"
DENIED: Final = "denied"
KINDS: Final = (
    "ad_storage",
    "analytics_storage",
    "ad_user_data",
    "ad_personalization",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
)

_MOST_PARAMETERS = 100
_GCS_KINDS = KINDS[:2]
_GCD_KINDS = KINDS[:4]
_GCS = re.compile(r"G1([01-])([01-])")
_GCS_ANSWERS = {"1": GRANTED, "0": DENIED}
_GCD = re.compile(r"1[0-9]([a-z])[0-9]([a-z])[0-9]([a-z])[0-9]([a-z])[0-9](?:[a-z][0-9]){0,4}")
# By Google's letters: q and u were denied, r and v granted, over the site's default; m and n, where it had none.
_GCD_ANSWERS = {"q": DENIED, "u": DENIED, "m": DENIED, "r": GRANTED, "v": GRANTED, "n": GRANTED}
_GCD_DEFAULTS = {"p": DENIED, "t": GRANTED}
_GCD_UNSET = "l"


@dataclass(slots=True)
class ConsentMode:
    """What Consent Mode says: kind → `granted` or `denied`.

    `answers`: what the person decided, or what cannot be told from it; `defaults`: what the site assumed before it
    asked, which is nobody's decision; `unreadable`: kinds with a value that is neither.
    """

    answers: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def answer(self, kind: str, state: str) -> None:
        """Take an answer; where two differ, it is denied."""
        self.answers[kind] = DENIED if self.answers.get(kind) == DENIED else state


def read_consent_mode(value: Any) -> ConsentMode:
    """What an object, a `gcs`, a `gcd` or a query string with them says. Raises UnreadableSignal."""
    if isinstance(value, Mapping):
        return _of_object(value)
    if not isinstance(value, str) or len(value) > MAX_LENGTH:
        raise UnreadableSignal("Consent Mode is neither an object nor a string.")
    found = ConsentMode()
    value = value.strip()
    if "=" in value:
        _read_parameters(found, _parameters(value))
    elif value.startswith("G"):
        _read_gcs(found, value)
    else:
        _read_gcd(found, value)
    return found


def _of_object(value: Mapping[str, Any]) -> ConsentMode:
    found = ConsentMode()
    items = [(name.lower(), item) for name, item in value.items()]
    for kind, state in items:
        if kind not in KINDS or state is None:
            continue
        if isinstance(state, str) and state.lower() in (GRANTED, DENIED):
            found.answer(kind, state.lower())
        else:
            found.unreadable.append(kind)
    try:
        _read_parameters(found, [(name, item) for name, item in items if item is not None])
    except UnreadableSignal:
        found.unreadable.extend(_GCD_KINDS)  # what stands beside it counts
    return found


def _parameters(text: str) -> list[tuple[str, str]]:
    try:
        parameters = parse_qsl(text.partition("?")[2] or text, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise UnreadableSignal(f"The query string has more than {_MOST_PARAMETERS} parameters.") from None
    if not {"gcs", "gcd"} & {name for name, _ in parameters}:
        raise UnreadableSignal("The query string holds neither `gcs` nor `gcd`.")
    return parameters


def _read_parameters(found: ConsentMode, parameters: Iterable[tuple[str, Any]]) -> None:
    for name, value in parameters:
        if name == "gcs":
            _read_gcs(found, value)
        elif name == "gcd":
            _read_gcd(found, value)


def _read_gcs(found: ConsentMode, value: Any) -> None:
    match = _GCS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise UnreadableSignal("`gcs` is not of its form, such as G111.")
    for kind, character in zip(_GCS_KINDS, match.groups(), strict=True):
        if character in _GCS_ANSWERS:
            found.answer(kind, _GCS_ANSWERS[character])


def _read_gcd(found: ConsentMode, value: Any) -> None:
    match = _GCD.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise UnreadableSignal("`gcd` is not of its form, such as 13r3q3n3m5.")
    for kind, letter in zip(_GCD_KINDS, match.groups(), strict=True):
        if letter in _GCD_ANSWERS:
            found.answer(kind, _GCD_ANSWERS[letter])
        elif letter in _GCD_DEFAULTS:
            found.defaults[kind] = _GCD_DEFAULTS[letter]
        elif letter != _GCD_UNSET:
            found.unreadable.append(kind)
