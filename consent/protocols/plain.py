"""JSON as other organisations send it, held to what can be kept and compared. Pure."""

from typing import Any

import msgspec

DEEPEST = 32
LARGEST = 2**63


class NotPlain(ValueError):
    """The content is not JSON as RFC 8259 has it in UTF-8, or is nested too deeply, or holds what nobody can store."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def read_plain(body: bytes) -> dict[str, Any]:
    """The JSON object in some bytes: up to 32 levels deep, without NUL, lone surrogates and numbers past 64 bits.

    Raises `NotPlain`.
    """
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotPlain from None
    if not isinstance(content, dict) or not _is_plain(content):
        raise NotPlain
    return content


def is_clean(text: str) -> bool:
    """Whether PostgreSQL can hold the text."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _is_plain(content: Any) -> bool:
    """Level by level: there is no recursion to exhaust."""
    level = [content]
    for _ in range(DEEPEST):
        if not all(_is_storable(item) for item in level):
            return False
        objects = [item for item in level if isinstance(item, dict)]
        level = [inner for item in level if isinstance(item, list) for inner in item]
        level += [inner for item in objects for pair in item.items() for inner in pair]
        if not level:
            return True
    return False


def _is_storable(item: Any) -> bool:
    if isinstance(item, str):
        return is_clean(item)
    return not isinstance(item, int) or -LARGEST <= item < LARGEST
