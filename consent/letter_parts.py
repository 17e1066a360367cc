"""What the messages to people are made of, in the languages of the pages. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

LANGUAGES = ("en", "de", "id")
FALLBACK = "en"


class Letter(NamedTuple):
    """What a person reads."""

    subject: str
    text: str


def language_spoken(language: str) -> str:
    """The language of a letter for one as BCP 47 has it; English where it is not spoken."""
    return next((code for code in (language, language.partition("-")[0]) if code in LANGUAGES), FALLBACK)


def letter_of(subject: str, parts: Iterable[str]) -> Letter:
    """A letter of some paragraphs."""
    return Letter(subject, "\n\n".join(parts) + "\n")


def listed(told: str, names: Iterable[str]) -> str:
    """A paragraph that ends in a list."""
    return "\n".join([told, *(f"- {name}" for name in names)])
