"""Canonical forms of identifiers, and what is never an identifier. Pure; identity.md is its source.

To canonicalise a canonical value changes nothing, and the same value always gives the same answer.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import UUID

import email_validator
import phonenumbers

from profiles.identity.types import TypeRule

MAX_LENGTH = 500  # characters

BLOCKED = "blocked"
MALFORMED = "malformed"
TOO_LONG = "too long"

BLOCKED_EVERYWHERE = frozenset(
    {
        "",
        "null",
        "none",
        "nil",
        "nan",
        "undefined",
        "unknown",
        "anonymous",
        "guest",
        "n/a",
        "na",
        "-",
        "0",
        "-1",
        "true",
        "false",
        "[object object]",
        "00000000-0000-0000-0000-000000000000",
    }
)
LEAST_RUN = 4  # a value that is one character so many times over, or more, is a placeholder

# The table of identity.md, in the order of rank.
DEFAULT_TYPES: tuple[dict[str, Any], ...] = tuple(
    dict(
        zip(
            ("name", "rank", "person", "per_profile", "ownership", "shared_above", "normaliser", "blocked"),
            row,
            strict=True,
        )
    )
    for row in (
        ("user_id", 1, True, 1, "first", None, "trim", ()),
        ("loyalty_id", 2, True, 1, "first", 3, "upper", ()),
        ("crm_id", 3, True, 5, "first", 3, "trim", ()),
        ("email", 4, True, 5, "first", 3, "email", ("test@test.com", "noreply@*", "no-reply@*")),
        ("phone", 5, True, 5, "first", 3, "phone", ()),
        ("social_handle", 6, True, 5, "first", 3, "handle", ()),
        ("device_id", 7, False, None, "last", 10, "lower", ()),
        ("anonymous_id", 8, False, None, "last", 10, "trim", ()),
    )
)

# Addresses under `.test`, `.local` and their like cannot be reached from everywhere, but they name people all the
# same. The library documents this list as its users' to change.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

_CONTROL_OR_SURROGATE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))  # U+3000 is the last of them
_OF_NO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"  # pasted along unseen
_AROUND = _SPACE + _OF_NO_WIDTH
_HANDLE = re.compile(r"([a-z0-9_.-]{1,40})\s*:\s*@*([^\s:/@][^\s:/]*)")
FEWEST_DIGITS = 7
# What nearly all addresses look like, and the library surely takes as it stands: to ask it costs fifty microseconds.
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_]+(?:[.+_-][a-z0-9_]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}",
)
_SURELY_SHORT = 64  # neither the local part nor a label of the domain can be too long
_CACHED = 50_000  # the forms that cost tens of microseconds


class Dropped(Exception):
    """The value is no identifier. `reason` is `blocked`, `malformed` or `too long`; it never holds the value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def canonical(rule: TypeRule, value: str, *, region: str) -> str:
    """The canonical form of a value of the type; raises Dropped. `region` (ISO 3166) is for national phone numbers."""
    if len(value) > MAX_LENGTH:
        raise Dropped(TOO_LONG)
    normaliser = rule.normaliser
    text = value if normaliser == "exact" else trim(value)
    refuse_blocked(text, rule.blocked)
    if not text.isprintable() and _CONTROL_OR_SURROGATE.search(text):
        raise Dropped(MALFORMED)
    form = _FORMS[normaliser](text, region)
    if form is None:
        raise Dropped(MALFORMED)
    if form != text:
        refuse_blocked(form, rule.blocked)
        if len(form) > MAX_LENGTH:
            raise Dropped(TOO_LONG)
    return form


def refuse_blocked(text: str, patterns: tuple[str, ...]) -> None:
    """Raises Dropped if `text` is a placeholder that many people share, here or everywhere."""
    lowered = text.strip().lower()
    if lowered in BLOCKED_EVERYWHERE or (len(lowered) >= LEAST_RUN and lowered == lowered[0] * len(lowered)):
        raise Dropped(BLOCKED)
    if patterns and any(matches(pattern, lowered) for pattern in patterns):
        raise Dropped(BLOCKED)


def matches(pattern: str, lowered: str) -> bool:
    """Whether a pattern, in which `*` stands for anything, is the whole of a lower-case text. Linear in the text."""
    first, *rest = pattern.lower().split("*")
    if not rest:
        return lowered == first
    *middle, last = rest
    if not lowered.startswith(first):
        return False
    at = len(first)
    for part in middle:
        found = lowered.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(lowered) - at >= len(last) and lowered.endswith(last)


def trim(text: str) -> str:
    """`text` without the space, visible or not, around it."""
    return text.strip(_AROUND)


def identifier_digest(key: bytes, value: str) -> UUID:
    """The first 16 bytes of HMAC-SHA256 of a canonical value."""
    return UUID(bytes=digest_bytes(key, value))


def digest_bytes(key: bytes, value: str) -> bytes:
    """The same as 16 bytes. RFC 2104 by hand: `hmac.digest` takes the key in anew each time, at four times the cost."""
    begun = _padded(key)
    inner, outer = begun[0].copy(), begun[1].copy()
    inner.update(value.encode())
    outer.update(inner.digest())
    return outer.digest()[:16]


@lru_cache(maxsize=4)
def _padded(key: bytes) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """SHA-256 with HMAC's inner and outer block of the key taken in."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in block)), hashlib.sha256(bytes(byte ^ 0x5C for byte in block))


@lru_cache(maxsize=_CACHED)
def _email(text: str, _region: str) -> str | None:
    """NFKC, lower case, the domain in IDNA; None unless the library finds the syntax right."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    if _PLAIN_EMAIL.fullmatch(folded) and len(folded) <= _SURELY_SHORT:
        return folded
    return _checked_email(folded)


def _checked_email(folded: str) -> str | None:
    try:
        found = email_validator.validate_email(folded, check_deliverability=False)
    except email_validator.EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain}"


def _could_be_assigned(number: phonenumbers.PhoneNumber) -> bool:
    """Possible by its length: numbering plans change faster than the library's tables of assigned ranges.

    Below seven digits, or of one digit repeated, only what is assigned counts: the rest are placeholders.
    """
    digits = phonenumbers.national_significant_number(number)
    placeholder = len(digits) < FEWEST_DIGITS or len(set(digits)) == 1
    return not placeholder and bool(phonenumbers.is_possible_number(number))


@lru_cache(maxsize=_CACHED)
def _phone(text: str, region: str) -> str | None:
    """E.164; None unless the number can exist. One with an extension is nobody's own: E.164 would drop the extension
    and make one number of a whole switchboard."""
    try:
        number = phonenumbers.parse(text, region.upper() or None)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not (phonenumbers.is_valid_number(number) or _could_be_assigned(number)):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _handle(text: str, _region: str) -> str | None:
    match = _HANDLE.fullmatch(text.lower())
    if match is None:
        return None
    network, handle = match.groups()
    refuse_blocked(handle, ())
    return f"{network}:{handle}"


_FORMS: dict[str, Callable[[str, str], str | None]] = {
    "exact": lambda text, _region: text,
    "trim": lambda text, _region: text,
    "lower": lambda text, _region: text.lower(),
    "upper": lambda text, _region: text.upper(),
    "email": _email,
    "phone": _phone,
    "handle": _handle,
}
NORMALISERS = frozenset(_FORMS)
