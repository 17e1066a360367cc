"""What the words that somebody typed may be: an identifier of which types, a name, an id. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from profiles.identity.canonical import MAX_LENGTH, Dropped, canonical, trim
from profiles.identity.types import TypeRule

NAME, ID = "name", "id"  # what else than a type may stand before a colon
MOST_NAME_WORDS = 6
# Where a handle without its network may be from.
NETWORKS = (
    *("bluesky", "discord", "facebook", "instagram", "line", "linkedin", "mastodon", "pinterest", "reddit"),
    *("snapchat", "telegram", "threads", "tiktok", "twitter", "wechat", "whatsapp", "x", "xing", "youtube"),
)
# What says in which direction text runs: copied along unseen, as around numbers out of address books.
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_DIALLED = re.compile(r"[\s(]*\+?[\d\s()./\u2010-\u2015\u2212-]+")
_PREFIXED = re.compile(r"([a-zA-Z][\w-]{0,62})\s*[:\uff1a]\s*(\S.*)", re.DOTALL)
# An address with the name that a mail program writes before it.
_ADDRESSED = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_SPOKEN = {
    "mailto": "email",
    "mail": "email",
    "e_mail": "email",
    "tel": "phone",
    "telephone": "phone",
    "user": "user_id",
}
FEWEST_DIALLED = 5
LONGEST_HANDLE = 100


class BadWords(ValueError):
    """These words cannot be looked for; the sentence says why."""


class NoWords(BadWords):
    """Type what you know of somebody: an email address, a phone number, a name, an id."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class TooManyWords(BadWords):
    """This is too long to be an identifier or a name: at most 500 characters."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class UnreadableWords(BadWords):
    """This holds characters that cannot be part of an identifier or a name. Type it anew instead of pasting it."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Guess(NamedTuple):
    """An identifier that the words may be, in canonical form."""

    rule: TypeRule
    value: str


class Ruled(NamedTuple):
    """A type that the words look like and cannot be. `reason`: blocked, malformed or too long."""

    type: str
    reason: str


@dataclass(slots=True)
class Guesses:
    """All that the words may be. `name`: empty where they are none; `told`: the type that was written before them."""

    words: str
    told: str = ""
    identifiers: list[Guess] = field(default_factory=list)
    refused: list[Ruled] = field(default_factory=list)
    name: str = ""
    id: UUID | None = None
    message_id: str = ""

    @property
    def tried(self) -> list[str]:
        """What is looked for: names of types, the strongest first, then `id` and `name`."""
        types = sorted({(guess.rule.rank, guess.rule.name) for guess in self.identifiers})
        asked = [(ID, self.id is not None or self.message_id), (NAME, self.name)]
        return [name for _, name in types] + [what for what, wanted in asked if wanted]


def guess(typed: str, types: Mapping[str, TypeRule], regions: Sequence[str]) -> Guesses:
    """What the words may be. `regions`: where a national phone number may be from. Raises `BadWords`."""
    words = readable(typed)
    told, rest = told_type(words, types)
    found = Guesses(rest, told)
    for rule in types.values():
        if told in ("", rule.name):
            _try(found, rule, regions, surely=bool(told))
    if told in ("", ID):
        found.id, found.message_id = as_uuid(rest), rest if told or " " not in rest else ""
    if told in ("", NAME) and found.id is None:
        found.name = as_name(rest, told=bool(told))
    return found


def readable(typed: str) -> str:
    """The words without the space around them, lines as spaces. Raises `BadWords`."""
    lines = " ".join(typed[: 2 * MAX_LENGTH + 2].split("\n")).replace("\t", " ").replace("\r", " ")
    words = trim(trim(lines).strip(DIRECTIONS))
    if _UNREADABLE.search(words):
        raise UnreadableWords
    if len(typed) > 2 * MAX_LENGTH or len(words) > MAX_LENGTH:
        raise TooManyWords
    if not words:
        raise NoWords
    return words


def told_type(words: str, types: Iterable[str]) -> tuple[str, str]:
    """What stands before a colon, where it is a type, `name` or `id`, and the rest; else nothing and all of it."""
    found = _PREFIXED.fullmatch(words)
    if found is None:
        return "", words
    said = found[1].lower().replace("-", "_")
    said = said if said in {*types, NAME, ID} else _SPOKEN.get(said, said)
    return (said, trim(found[2])) if said in {*types, NAME, ID} else ("", words)


def unknown_type(words: str) -> str:
    """What stands before a colon as a type does and is none: for words that `told_type` took whole. Empty: nothing."""
    found = _PREFIXED.fullmatch(words)
    return found[1] if found and found[1].lower() not in (*NETWORKS, "http", "https", "urn") else ""


def as_uuid(words: str) -> UUID | None:
    """The id that the words spell, if they do."""
    spelt = words.lower().removeprefix("urn:uuid:").strip("{}")
    try:
        return UUID(spelt) if len(spelt) in (32, 36) else None
    except ValueError:
        return None


def as_name(words: str, *, told: bool) -> str:
    """The words with single spaces between them, where they may be a name; else nothing."""
    parts = unicodedata.normalize("NFC", words).replace(",", ", ").split()
    plausible = not any(sign in words for sign in "@:/") and any(one.isalpha() for one in words)
    return " ".join(parts) if len(parts) <= MOST_NAME_WORDS and (told or plausible) else ""


def _try(found: Guesses, rule: TypeRule, regions: Sequence[str], *, surely: bool) -> None:
    """Add what the words are as an identifier of a type, or why they are none."""
    reasons = set()
    held = set()
    for value, region in _spellings(found.words, rule, regions, surely=surely):
        try:
            held.add(canonical(rule, value, region=region))
        except Dropped as dropped:
            reasons.add(dropped.reason)
    found.identifiers += [Guess(rule, value) for value in sorted(held)]
    if reasons and not held:
        found.refused.append(Ruled(rule.name, min(reasons)))


def _spellings(words: str, rule: TypeRule, regions: Sequence[str], *, surely: bool) -> Iterator[tuple[str, str]]:
    """As what a type may take the words: values, each with a region; none where they do not look like it."""
    normaliser = rule.normaliser
    if normaliser == "email":
        if surely or "@" in words[1:]:
            addressed = _ADDRESSED.fullmatch(words)
            yield addressed[1] if addressed else words, ""
    elif normaliser == "phone":
        if surely or looks_dialled(words):
            yield from ((words, region) for region in ("", *regions))
    elif normaliser == "handle":
        yield from ((value, "") for value in _handles(words, surely=surely))
    elif surely or " " not in words or any(one.isdigit() for one in words):
        yield words, ""


def looks_dialled(words: str) -> bool:
    """Whether the words look like a phone number."""
    folded = unicodedata.normalize("NFKC", words)
    return bool(_DIALLED.fullmatch(folded)) and sum(one.isdigit() for one in folded) >= FEWEST_DIALLED


def _handles(words: str, *, surely: bool) -> list[str]:
    """A handle with its network, or in each network that it may be of."""
    network, colon, handle = (one.strip() for one in words.partition(":"))
    if colon:
        whole = not any(sign in handle for sign in " :/") and (" " not in words or network.lower() in NETWORKS)
        return [f"{network}:{handle}"] if surely or whole else []
    word = len(words) <= LONGEST_HANDLE and any(one.isalpha() for one in words) and as_uuid(words) is None
    if surely or (word and not any(sign in words[1:] for sign in " @/")):
        return [f"{network}:{words}" for network in NETWORKS]
    return []
