"""Taking one person's identifiers out of an event that is another's. Pure.

What is an identifier, whole, goes with the member that holds it, so that the event reads as if it had never been there;
inside a longer text it is replaced. Short values are too common to be looked for inside of texts.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

LEAST_INSIDE = 6  # characters
ERASED = "[erased]"
NEUTRAL = "none"  # blocked everywhere: an identifier of this value names nobody
_NOT_WORDS = re.compile(r"[^a-z0-9]")


class Erased(NamedTuple):
    """An identifier that goes: its type's name and one way in which it is written."""

    type: str
    value: str


class _Gone:
    pass


GONE = _Gone()


class Redactor:
    """Takes some identifiers out of JSON values.

    `kept`: values that stand for another's identifier too. They go only where the type is said: by the name of the
    member that holds them, or by a `type` beside an `id`.
    """

    def __init__(self, erased: Collection[Erased], kept: Collection[str] = ()) -> None:
        self._types: dict[str, set[str]] = {}
        for one in erased:
            self._types.setdefault(_plain(one.value), set()).add(one.type)
        self._kept = {_plain(value) for value in kept}
        inside = sorted({one.value for one in erased if len(one.value) >= LEAST_INSIDE}, key=len, reverse=True)
        inside = [value for value in inside if _plain(value) not in self._kept]
        self._inside = re.compile("|".join(map(re.escape, inside)), re.IGNORECASE) if inside else None

    def redact(self, value: Any, *, neutral: bool = False) -> Any:
        """The value without the identifiers. `neutral`: members at the top keep their place, with a value that names
        nobody, for events that must have them."""
        redacted = self._redact(value, "")
        if neutral and isinstance(value, dict) and isinstance(redacted, dict):
            gone = [name for name in value if name not in redacted and not self._is_named(name)]
            return {**redacted, **dict.fromkeys(gone, NEUTRAL)}
        return redacted

    def text(self, value: str) -> str:
        """A text without them."""
        redacted = self._redact(value, "")
        return ERASED if redacted is GONE else str(redacted)

    def _redact(self, value: Any, name: str) -> Any:
        if isinstance(value, Mapping):
            return self._members(value)
        if isinstance(value, list):
            return [one for one in (self._redact(item, name) for item in value) if one is not GONE]
        if isinstance(value, str):
            return GONE if self._is_whole(value, name) else self._within(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return GONE if self._is_number(value, name) else value
        return value

    def _members(self, value: Mapping[str, Any]) -> Any:
        types = self._types_beside(value)
        if types is not None and value["type"] in types:
            return GONE
        members = {}
        for name, held in value.items():
            if name == "id" and types is not None and self._is_anothers(held):
                redacted = held
            else:
                redacted = GONE if self._is_named(name) else self._redact(held, name)
            if redacted is not GONE:
                members[self._within(name)] = redacted
        return members

    def _types_beside(self, value: Mapping[str, Any]) -> set[str] | None:
        """The types of which the `id` of an object that says a `type` goes; None where there are none."""
        kind, id_ = value.get("type"), value.get("id")
        if not isinstance(kind, str) or not isinstance(id_, str | int) or self._is_named(kind):
            return None
        return self._types.get(_plain(str(id_)))

    def _is_anothers(self, value: str | int) -> bool:
        """Whether an identifier that is said to be of another type stays: it is known, or too short to tell."""
        text = _plain(str(value))
        return text in self._kept or len(text) < LEAST_INSIDE

    def _is_named(self, name: str) -> bool:
        return _plain(name) in self._types and _plain(name) not in self._kept

    def _is_whole(self, value: str, name: str) -> bool:
        types = self._types.get(_plain(value))
        if types is None:
            return False
        return _plain(value) not in self._kept or _letters(name) in {_letters(one) for one in types}

    def _is_number(self, value: float, name: str) -> bool:
        """A number may be anything, unless its member is called what identifiers are called."""
        types = self._types.get(str(value))
        return types is not None and ("id" in name.lower() or _letters(name) in {_letters(one) for one in types})

    def _within(self, text: str) -> str:
        return self._inside.sub(ERASED, text) if self._inside else text


def _plain(value: str) -> str:
    return value.strip().casefold()


def _letters(name: str) -> str:
    return _NOT_WORDS.sub("", name.lower())
