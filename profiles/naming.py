"""What a person is called, out of their traits. Pure."""

from collections.abc import Mapping
from typing import Any

WHOLE = ("name", "full_name", "fullName", "display_name", "displayName")
FIRST = ("first_name", "firstName", "given_name", "givenName", "firstname")
LAST = ("last_name", "lastName", "family_name", "familyName", "surname", "lastname")
SHOWN_NAMES = (*WHOLE, *FIRST, *LAST)
LONGEST = 120


def display_name(traits: Mapping[str, Any]) -> str:
    """The name to call somebody by: first and last name, else a whole one; empty where none is known."""
    parts = [part for part in (_first_of(traits, FIRST), _first_of(traits, LAST)) if part]
    return (" ".join(parts) or _first_of(traits, WHOLE))[:LONGEST]


def _first_of(traits: Mapping[str, Any], names: tuple[str, ...]) -> str:
    found = (traits.get(name) for name in names)
    return next((" ".join(value.split()) for value in found if isinstance(value, str) and value.strip()), "")
