"""Other people in what is given to one person (GDPR, Art. 15(4)): their identifiers are made unreadable. Pure.

What is an identifier of somebody else is masked wherever it stands; so is every email address and telephone number in
a text that is not the person's own, whether it is known or not. Names in free text cannot be told from other words.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import phonenumbers

Others = Callable[[Collection[str]], Collection[str]]

MASK = "***"
LEAST, MOST = 3, 200  # characters of a text that may be an identifier
MOST_KNOWN = 10_000  # texts that are remembered not to be one, or to be
# Members of an event that name nobody and are different in each: not worth looking up.
PLAIN = frozenset(
    {
        *("messageId", "timestamp", "sentAt", "originalTimestamp", "receivedAt", "type", "event", "sent_at"),
        *("$insert_id", "uuid", "specversion", "time"),
    }
)

_NAME = r"[^\s@<>\"',;:()\[\]{}/?&=|\\]"
_EMAIL = re.compile(rf"{_NAME}{{1,64}}(?:@|%40){_NAME}{{1,200}}\.[^\W_]{{2,24}}", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.,+-])(?:\+|00|\(?0)[\d ()./-]{6,20}\d(?![\w-])")
_DIGITS = re.compile(r"\D+")
_WHEN = re.compile(r"\d{4}-\d\d-\d\d")
_FRACTION = re.compile(r"0\.\d+")


class Masker:
    """Masks what is others' in JSON values.

    `own`: the person's identifiers, canonical (type, value). `others`: those of some texts that are identifiers of
    somebody else.
    """

    def __init__(self, own: Iterable[tuple[str, str]], others: Others) -> None:
        pairs = list(own)
        self._own = {value.casefold() for _, value in pairs}
        self._own_digits = [digits for _, value in pairs if len(digits := _DIGITS.sub("", value)) >= 7]
        self._others = others
        self._known: dict[str, bool] = {}

    def learn(self, values: Iterable[Any]) -> None:
        """Find out which texts of some values are others' identifiers: all at once, before they are masked."""
        asked = {text for value in values for text in texts_of(value) if text not in self._known}
        if len(self._known) + len(asked) > MOST_KNOWN:
            self._known.clear()
        found = self._others(asked) if asked else ()
        self._known.update(dict.fromkeys(asked, False) | dict.fromkeys(found, True))

    def mask(self, value: Any, also: Collection[str] = ()) -> Any:
        """The value without others. `learn` has seen it. `also`: identifiers of others that may stand inside texts."""
        inside = sorted({one for one in also if len(one) >= LEAST and one.casefold() not in self._own}, key=len)
        words = "|".join(map(re.escape, reversed(inside)))
        pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if inside else None
        return self._mask(value, pattern)

    def _mask(self, value: Any, inside: re.Pattern[str] | None) -> Any:
        if isinstance(value, str):
            return self._text(value, inside)
        if isinstance(value, list):
            return [self._mask(one, inside) for one in value]
        if isinstance(value, dict):
            return {self._text(name, inside): self._mask(one, inside) for name, one in value.items()}
        if isinstance(value, int) and not isinstance(value, bool) and inside is not None:
            return MASK if inside.fullmatch(str(value)) else value
        return value

    def _text(self, text: str, inside: re.Pattern[str] | None) -> str:
        if self._known.get(text) and not self._is_own(text):
            return masked(text)
        if inside is not None:
            text = inside.sub(lambda found: masked(found[0]), text)
        if "@" in text or "%40" in text:
            text = _EMAIL.sub(lambda found: found[0] if self._is_own(found[0]) else masked(found[0]), text)
        if "0" in text or "+" in text:
            text = _PHONE.sub(self._phone, text)
        return text

    def _is_own(self, text: str) -> bool:
        return text.strip().casefold().replace("%40", "@") in self._own

    def _phone(self, found: re.Match[str]) -> str:
        text = found[0]
        if not is_phone(text) or self._is_own_number(text):
            return text
        return MASK

    def _is_own_number(self, text: str) -> bool:
        digits = _DIGITS.sub("", text).lstrip("0")
        return any(own.endswith(digits) or digits.endswith(own) for own in self._own_digits)


def is_phone(text: str) -> bool:
    """Whether a text that looks like it is a telephone number, and no date or other number."""
    digits = _DIGITS.sub("", text)
    if not 8 <= len(digits) <= 15 or _WHEN.match(text) or _FRACTION.fullmatch(text):
        return False
    international = "+" + digits.removeprefix("00") if text.startswith(("+", "00")) else ""
    if not international:
        return len(digits) < len(text)  # a national one is written with gaps; without, it is any number
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(international))
    except phonenumbers.NumberParseException:
        return False


def masked(text: str) -> str:
    """What is shown of an identifier: enough for the person to guess whom they know, too little to learn one."""
    if "@" in text or "%40" in text:
        return f"{text.strip()[:1]}{MASK}@…"
    return MASK


def texts_of(value: Any, name: str = "") -> Iterator[str]:
    """The texts in a value that may be identifiers."""
    if isinstance(value, str):
        if name not in PLAIN and is_likely(value):
            yield value
    elif isinstance(value, list):
        for one in value:
            yield from texts_of(one, name)
    elif isinstance(value, dict):
        for key, one in value.items():
            if is_likely(key) and not key.isidentifier():
                yield key
            yield from texts_of(one, key)


def is_likely(text: str) -> bool:
    """Whether a text may be an identifier: one word, neither short nor long, no date and no address of a page."""
    return LEAST <= len(text) <= MOST and not _WHEN.match(text) and "://" not in text and len(text.split(None, 2)) == 1
