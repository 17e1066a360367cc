"""Finding profiles by name: by the beginning of any name that they have or had, or by two names in either order.

A person is called what the facts of any of their identifiers say, so one profile stands in the index in several
places. It is shown at the first of them only: no page repeats what an earlier one showed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from profiles.lookup import sql
from profiles.lookup.name_traits import beginning_of, key_of

MOST_PLACES = 200  # in the index that one read looks at
MOST_READS = 3
MOST_LEADING = 5_000  # names of the rarer of two that are looked through
STRETCH = 60_000  # names of each of two common ones that are looked through at a time
MOST_NAMES = 300  # of one profile
RARER_FIRST, RARER_SECOND, EXACTLY = "first", "second", "exactly"

_LIKE = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


class Place(NamedTuple):
    """Where a page ends: in which way of looking, and behind which place of it."""

    way: int = 0
    key: str = ""
    id: int = -1


class NameFact(NamedTuple):
    """One thing that a profile is or was called. `value` is JSON, `key` its beginning in lower case."""

    identifier_id: int
    name: str
    value: str
    key: str

    @property
    def text(self) -> str:
        """The name itself; empty where the value is no text."""
        try:
            return msgspec.json.decode(self.value, type=str)
        except msgspec.DecodeError:
            return self.value[1:] if self.value.startswith('"') else ""


class Hit(NamedTuple):
    """A place in the order of a way of looking, and whose it is."""

    key: str
    id: int
    root: int


class Read(NamedTuple):
    """Some hits, and the names of their profiles by root. `ends_at`: the identifier that a stretch ended at."""

    hits: list[Hit]
    names: dict[int, list[NameFact]]
    ends_at: int | None = None


@dataclass(slots=True)
class NamesFound:
    """Profiles by root, each with its names that were looked for; where the next page begins; whether two names are so
    common that only who has exactly both was looked for."""

    matched: dict[int, list[NameFact]] = field(default_factory=dict)
    following: Place | None = None
    exactly: bool = False


def find_names(words: str, *, place: Place, limit: int) -> NamesFound:
    """A page of the profiles that are or were called so. Bounded work: it may hold fewer, and still a next place."""
    ways, found = ways_to(words), NamesFound()
    reads = 0
    while place.way < len(ways) and reads < MOST_READS and len(found.matched) < limit:
        following = ways[place.way].look(place, limit, ways[: place.way], found)
        reads += 1
        place = following or Place(place.way + 1)
    found.following = place if place.way < len(ways) else None
    return found


class Beginning:
    """Names that begin with some words."""

    def __init__(self, words: str) -> None:
        self.words = words

    def look(self, place: Place, limit: int, before: Sequence["Way"], found: NamesFound) -> Place | None:
        """Add profiles from a place on, until there are `limit`; where to go on, None: there are no more."""
        parameters = {"beginning": pattern_of(self.words), "key": place.key, "id": place.id, "most": MOST_PLACES}
        read = read_hits(sql.READ_BEGINNING, parameters)
        for number, hit in enumerate(read.hits, start=1):
            names = read.names.get(hit.root, [])
            matched = self.matched(names)
            first = min(((one.key, one.identifier_id) for one in matched), default=(hit.key, hit.id))
            if first == (hit.key, hit.id) and not any(way.matched(names) for way in before):
                found.matched[hit.root] = matched
            if len(found.matched) >= limit:
                last = number == len(read.hits) < MOST_PLACES
                return None if last else Place(place.way, hit.key, hit.id)
        return Place(place.way, hit.key, hit.id) if len(read.hits) >= MOST_PLACES else None

    def matched(self, names: Iterable[NameFact]) -> list[NameFact]:
        """The names that begin so."""
        beginning = beginning_of(self.words).lower()
        return [one for one in names if one.key.startswith(beginning)]


class Both:
    """Two names of one profile, each with its beginning; where both are very common, each exactly."""

    def __init__(self, one: str, other: str) -> None:
        self.one, self.other = Beginning(one), Beginning(other)

    def look(self, place: Place, limit: int, before: Sequence["Way"], found: NamesFound) -> Place | None:
        """As `Beginning.look`."""
        how = place.key or self._rarer()
        found.exactly = how == EXACTLY
        most = limit - len(found.matched) + 1
        read = self._read(how, place.id, most)
        for hit in read.hits[: most - 1]:
            names = read.names.get(hit.root, [])
            if not any(way.matched(names) for way in before) and (how != EXACTLY or hit.id == self._least(names)):
                found.matched[hit.root] = self.matched(names)
        if len(read.hits) == most:
            return Place(place.way, how, read.hits[-2].id)
        return None if read.ends_at is None else Place(place.way, how, read.ends_at)

    def matched(self, names: Iterable[NameFact]) -> list[NameFact]:
        """The names that begin so, where both do."""
        names = list(names)
        ones, others = self.one.matched(names), self.other.matched(names)
        return list(dict.fromkeys([*ones, *others])) if ones and others else []

    def _rarer(self) -> str:
        """How to look: led by the rarer name, or, where there are too many of both, for exactly these."""
        patterns = {"one": pattern_of(self.one.words), "other": pattern_of(self.other.words)}
        with connection.cursor() as cursor:
            cursor.execute(sql.COUNT_BEGINNINGS, {**patterns, "most": MOST_LEADING + 1})
            one, other = cursor.fetchone()
        if min(one, other) > MOST_LEADING:
            return EXACTLY
        return RARER_FIRST if one <= other else RARER_SECOND

    def _read(self, how: str, after: int, most: int) -> Read:
        if how == EXACTLY:
            words = {"one": key_of(self.one.words), "other": key_of(self.other.words)}
            return read_hits(sql.READ_BOTH_EXACTLY, {**words, "id": after, "most": most, "stretch": STRETCH})
        led, beside = (self.one, self.other) if how == RARER_FIRST else (self.other, self.one)
        words = {"rarer": pattern_of(led.words), "commoner": pattern_of(beside.words)}
        return read_hits(sql.READ_BOTH, {**words, "id": after, "most": most, "leading": MOST_LEADING})

    def _least(self, names: Iterable[NameFact]) -> int:
        """The first identifier of a profile that was said to have exactly both names."""
        wanted = {key_of(self.one.words).lower(), key_of(self.other.words).lower()}
        keys: dict[int, set[str]] = {}
        for one in names:
            keys.setdefault(one.identifier_id, set()).add(one.key)
        return min((id_ for id_, own in keys.items() if wanted <= own), default=-1)


Way = Beginning | Both


def ways_to(words: str) -> list[Way]:
    """The ways of looking for some words: as the beginning of one name, in either order, then as two names."""
    parts = words.split()
    if len(parts) < 2:
        return [Beginning(words)]
    turned = f"{parts[-1]} {' '.join(parts[:-1])}".rstrip(",")
    pairs = {(parts[0].rstrip(","), " ".join(parts[1:])), (" ".join(parts[:-1]).rstrip(","), parts[-1])}
    return [Beginning(words), Beginning(turned), *(Both(*pair) for pair in sorted(pairs))]


def pattern_of(words: str) -> str:
    """The pattern of stored names that begin with some words; the database brings it into lower case."""
    return beginning_of(words).translate(_LIKE) + "%"


def read_hits(statement: str, parameters: dict[str, Any]) -> Read:
    """What a statement that ends as `sql.WITH_NAMES` does found."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {**parameters, "of_one": MOST_NAMES})
        hits, names, *more = cursor.fetchone()
    return Read(list(dict.fromkeys(_hits(hits))), _by_root(names), *more)


def _hits(content: str) -> Iterator[Hit]:
    for key, id_, root in msgspec.json.decode(content):
        yield Hit(key, id_, root)


def _by_root(content: str) -> dict[int, list[NameFact]]:
    found: dict[int, list[NameFact]] = {}
    for root, *fact in msgspec.json.decode(content):
        found.setdefault(root, []).append(NameFact(*fact))
    return found
