"""Values as staff see them before they are revealed: enough to tell two apart, not enough to reach anybody. Pure."""

import re
from collections.abc import Mapping
from typing import Any

DOT = "•"
SHOWN_CATEGORIES = frozenset({"preference", "service"})

_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"',;]+")
_NUMBER = re.compile(r"\+?\d[\d\s()./-]{5,}\d")


def masked(type_name: str, value: str) -> str:
    """An identifier's value, masked after its kind: `a••@e••.org`, `+49 ••• 42`, `a••1`."""
    if "@" in value:
        return _masked_address(value)
    if type_name == "phone":
        return f"{value[:3]} {DOT * 3} {value[-2:]}" if len(value) > 7 else DOT * 5
    return _masked_word(value)


def masked_text(text: str) -> str:
    """A text in which every address and every number that could be called or be an account is masked."""
    return _NUMBER.sub(lambda found: _masked_word(found[0]), _ADDRESS.sub(lambda one: _masked_address(one[0]), text))


def masked_trait(name: str, value: Any, category: str) -> Any:
    """A trait's value: plain where its category names and reaches nobody, else masked."""
    return value if category in SHOWN_CATEGORIES else masked_json(value)


def masked_json(content: Any) -> Any:
    """JSON of the same shape whose texts and numbers are masked."""
    if isinstance(content, Mapping):
        return {key: masked_json(value) for key, value in content.items()}
    if isinstance(content, list):
        return [masked_json(value) for value in content]
    if isinstance(content, str):
        return masked("email", content) if "@" in content else _masked_word(content)
    return content if content is None or isinstance(content, bool) else DOT * 3


def _masked_address(value: str) -> str:
    name, _at, host = value.rpartition("@")
    first, dot, rest = host.rpartition(".")
    return f"{name[:1]}{DOT * 2}@{first[:1]}{DOT * 2}{dot}{rest if dot else ''}"


def _masked_word(value: str) -> str:
    return f"{value[:1]}{DOT * 3}{value[-1:]}" if len(value) > 4 else DOT * 4
