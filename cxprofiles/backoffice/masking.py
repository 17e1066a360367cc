"""Values as staff see them before they are revealed: enough to tell two apart, not enough to reach anybody. Pure.

What is masked for certain is what the service knows to be an identifier of the profile (`known`), wherever it stands;
beside that, all that looks like an address, a number that can be called, a birth date or an id. Texts of traits and
events are shown only where their category, or their member's name, says that they name nobody, and after that.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from profiles.naming import SHOWN_NAMES

DOT = "•"
SHOWN_CATEGORIES = frozenset({"preference", "service", "transaction", "behaviour"})
# Members of events that tell of goods and visits and name nobody, in the spellings of Segment's and GA's events.
PLAIN_MEMBERS = frozenset(
    {
        *("affiliation", "brand", "browser", "campaign", "category", "color", "colour", "content_type", "count"),
        *("coupon", "currency", "depth", "device", "discount", "duration", "format", "item_brand", "item_category"),
        *("item_id", "item_name", "items", "language", "list", "list_id", "list_name", "locale", "medium"),
        *("method", "model", "os", "page", "path", "payment_method", "plan", "platform", "position", "price"),
        *("product", "product_id", "product_name", "products", "promotion", "quantity", "rating", "reason"),
        *("result", "revenue", "section", "shipping", "size", "sku", "status", "step", "store", "subtotal", "tax"),
        *("term", "theme", "tier", "title", "topic", "total", "type", "unit_price", "value", "variant", "version"),
    }
)
# Traits that say roughly where somebody is, and in which language to speak to them.
PLAIN_TRAITS = frozenset(
    {*SHOWN_NAMES, "city", "country", "country_code", "countryCode", "region", "state", "timezone"}
)
LONGEST_PLAIN = 200  # characters: what is longer is somebody's prose
DEEPEST = 12
SHORTEST_KNOWN = 3
LONGEST_WORD = 6  # a known value that is no longer is one only where it stands as a word

_ADDRESS = re.compile(r"[^\s@<>\"'(),;:]+(?:@|%40)[^\s@<>\"'(),;]+")
# Six digits and more, whatever parts them: telephone and card numbers, birth dates, account numbers.
_NUMBER = re.compile(r"\+?\d(?:[\s()./_-]{0,3}\d){5,}")
_ID = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b", re.IGNORECASE)
_IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\b", re.IGNORECASE)
_INSTANT = re.compile(r"20\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_WORD_SIGN = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def masked(type_name: str, value: str) -> str:
    """An identifier's value, masked after its kind: `a••@e••.org`, `+49 ••• 42`, `a•••1`."""
    if "@" in value[1:]:
        return _masked_address(value)
    if type_name == "phone" or (value.startswith("+") and value[1:].isdigit()):
        return f"{value[:3]} {DOT * 3} {value[-2:]}" if len(value) > 7 else DOT * 5
    network, colon, handle = value.partition(":")
    if type_name == "social_handle" and colon:
        return f"{network}:{_masked_word(handle)}"
    return _masked_word(value)


def masked_text(text: str, known: Collection[str] = ()) -> str:
    """A text without the identifiers that are known, and without all that looks like one."""
    if known:
        text = _without_known(text, frozenset(known))
    text = _ADDRESS.sub(lambda found: _masked_address(found[0].replace("%40", "@")), text)
    text = _IP.sub(lambda found: DOT * 4, _ID.sub(lambda found: _masked_word(found[0]), text))
    return _NUMBER.sub(lambda found: _masked_word(found[0]), text)


def masked_name(name: str, known: Collection[str] = ()) -> str:
    """What a person is called: shown as it is, but for identifiers that stand in it."""
    return masked_text(name, known)


def masked_trait(name: str, value: Any, category: str, known: Collection[str] = ()) -> Any:
    """A trait's value: plain where its category names and reaches nobody, or where it is the name that the header shows
    too; else masked."""
    if category in SHOWN_CATEGORIES or name in PLAIN_TRAITS:
        return _scrubbed(value, known, 0)
    return masked_json(value, known)


def masked_json(content: Any, known: Collection[str] = (), *, plain: Collection[str] = (), depth: int = 0) -> Any:
    """JSON of the same shape whose texts and numbers are masked, and in its names what looks like an identifier.

    `plain`: names of members whose values are shown, but for what looks like an identifier.
    """
    if depth > DEEPEST:
        return DOT * 3
    if isinstance(content, Mapping):
        return {
            masked_text(str(key), known): _scrubbed(value, known, depth + 1)
            if is_plain(str(key), plain) and not isinstance(value, Mapping | list)
            else masked_json(value, known, plain=plain, depth=depth + 1)
            for key, value in content.items()
        }
    if isinstance(content, list | tuple):
        return [masked_json(value, known, plain=plain, depth=depth + 1) for value in content]
    if isinstance(content, str):
        return masked("", content)
    return content if content is None or isinstance(content, bool) else DOT * 3


def masked_payload(content: Any, known: Collection[str] = ()) -> Any:
    """What an event says: goods, prices and the like are shown, all else is masked."""
    return masked_json(content, known, plain=PLAIN_MEMBERS)


def is_plain(name: str, plain: Collection[str]) -> bool:
    """Whether a member is among the plain ones, whatever its spelling: productId, product_id."""
    return bool(plain) and _WORD_SIGN.sub("_", name).lower() in plain


def known_values(identifiers: Iterable[tuple[str, str]]) -> frozenset[str]:
    """What of some identifiers, (type, value), must not stand in any text: each value, and a handle without its
    network."""
    found = set()
    for type_name, value in identifiers:
        found.add(value)
        if type_name == "social_handle":
            found.add(value.partition(":")[2])
    return frozenset(value for value in found if len(value) >= SHORTEST_KNOWN)


def _scrubbed(value: Any, known: Collection[str], depth: int) -> Any:
    """A value whose texts are shown, without identifiers in them; a number that could be one is masked."""
    if depth > DEEPEST:
        return DOT * 3
    if isinstance(value, Mapping):
        return {masked_text(str(key), known): _scrubbed(one, known, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(one, known, depth + 1) for one in value]
    if isinstance(value, str):
        if _INSTANT.fullmatch(value):
            return value
        return masked_text(value, known) if len(value) <= LONGEST_PLAIN else _masked_word(value)
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    return DOT * 3 if masked_text(text, known) != text else value


def _without_known(text: str, known: frozenset[str]) -> str:
    """A text without known values, in any case. Few texts hold any of a profile's hundreds: those are sought first."""
    folded = text.casefold()
    size = len(folded)
    inside = [value for value, lowered in _folded(known) if len(lowered) <= size and lowered in folded]
    if not inside:
        return text
    escaped = (re.escape(one) if len(one) > LONGEST_WORD else rf"(?<!\w){re.escape(one)}(?!\w)" for one in inside)
    return re.sub("|".join(escaped), lambda found: _masked_word(found[0]), text, flags=re.IGNORECASE)


@lru_cache(maxsize=16)
def _folded(known: frozenset[str]) -> list[tuple[str, str]]:
    """Known values as they are and without case, the longest first."""
    long_enough = (one for one in known if len(one) >= SHORTEST_KNOWN)
    return [(one, one.casefold()) for one in sorted(long_enough, key=lambda one: (-len(one), one))]


def _masked_address(value: str) -> str:
    name, _at, host = value.rpartition("@")
    first, dot, rest = host.rpartition(".")
    return f"{name[:1]}{DOT * 2}@{first[:1]}{DOT * 2}{dot}{rest if dot and len(rest) <= 4 else ''}"


def _masked_word(value: str) -> str:
    return f"{value[:1]}{DOT * 3}{value[-1:]}" if len(value) > 4 else DOT * 4
