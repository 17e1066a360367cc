"""Finding people by whatever is known of them: an identifier of any type, a name, or an id.

Identifiers and ids are found exactly, names by their beginning. Nothing is ever looked through whole: each page is
some probes of indexes, however many people there are.
"""

import base64
import binascii
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from consent.collection import is_restricted
from consent.in_force import states
from consent.standing import read_standing
from consent.times import now_microseconds
from profiles.configuration import Configuration
from profiles.identity.canonical import identifier_digest
from profiles.lookup import ids, sql
from profiles.lookup.guesses import Guess, Guesses, Ruled, guess
from profiles.lookup.names import NameFact, NamesFound, Place, find_names
from profiles.models import Card, Identifier
from profiles.naming import SHOWN_NAMES, display_name
from profiles.timeline import BadCursor

IDENTIFIER, NAME, FORMER_NAME = "identifier", "name", "former_name"
MOST_STRONGEST = 24  # all that name a person, by the limits of the types as they are shipped
LEAST_ID, MOST_ID = -1, 2**62
MOST_WAYS, MOST_KEY = 8, 100

_decode_traits = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Match(NamedTuple):
    """Why a profile was found. `kind`: identifier, name, former_name, or a kind of id; `detail`: the type or trait;
    `value`: the identifier or the name itself, empty for an id."""

    kind: str
    detail: str = ""
    value: str = ""


class Strong(NamedTuple):
    """One of the strongest identifiers of a profile."""

    type: str
    value: str
    shared: bool


@dataclass(frozen=True, slots=True)
class FoundProfile:
    """A profile as a list shows it. `identifiers` are the strongest of `held`; `consents` purpose to granted or
    denied, as it is in force."""

    profile_id: UUID
    root_id: int
    known: bool
    name: str
    restricted: bool
    identifiers: Sequence[Strong]
    held: int
    matched: Sequence[Match]
    first_seen: datetime | None
    last_seen: datetime | None
    consents: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """What was found, and how it was looked for.

    `tried`: names of types, `id`, `name`; `told`: the type that was written before the value; `refused`: types that
    the words look like and cannot be; `shared`: types under which they are an identifier of many people; `exactly`:
    two names are so common that only profiles with exactly these were looked for.
    """

    words: str
    profiles: Sequence[FoundProfile]
    requests: Sequence[UUID] = ()
    tried: Sequence[str] = ()
    told: str = ""
    refused: Sequence[Ruled] = ()
    shared: Sequence[str] = ()
    exactly: bool = False
    next_cursor: str = ""


@dataclass(slots=True)
class _Matches:
    by_root: dict[int, list[Match]] = field(default_factory=dict)
    shared: list[str] = field(default_factory=list)

    def add(self, root: int, match: Match) -> None:
        self.by_root.setdefault(root, []).append(match)


def find_profiles(words: str, held: Configuration, *, cursor: str = "", limit: int = 25) -> FoundPage:
    """A page of whom some words may mean: who holds them as an identifier or an id, then who is or was called so.

    Call it in one snapshot. Raises `BadWords` (profiles/lookup/guesses.py) and `BadCursor`.
    """
    place = read_cursor(cursor)
    guesses = guess(words, held.types, regions_of(held))
    matches, requests = _Matches(), []
    if not cursor:
        find_exactly(guesses.identifiers, matches)
        requests = find_led(guesses, held, matches)
    named = find_names(guesses.name, place=place, limit=limit) if guesses.name else NamesFound()
    return FoundPage(
        words=guesses.words,
        profiles=read_found(matches.by_root, named.matched, held),
        requests=requests,
        tried=guesses.tried,
        told=guesses.told,
        refused=guesses.refused,
        shared=matches.shared,
        exactly=named.exactly,
        next_cursor=write_cursor(named.following) if named.following else "",
    )


def regions_of(held: Configuration) -> list[str]:
    """Where a national phone number may be from: the deployment's country and those of its sources."""
    told = {source.region for source in held.sources.values()} | {settings.PRIVACY_COUNTRY.partition("-")[0]}
    return sorted(told - {""})


def find_exactly(guesses: Sequence[Guess], matches: _Matches) -> None:
    """Who holds one of these identifiers."""
    if not guesses:
        return
    digests = [identifier_digest(settings.IDENTIFIER_KEY, one.value) for one in guesses]
    with connection.cursor() as cursor:
        cursor.execute(sql.FIND_IDENTIFIERS, {"types": [one.rule.id for one in guesses], "digests": digests})
        rows = cursor.fetchall()
    for number, _id, root, shared in rows:
        found = guesses[number - 1]
        matches.add(root, Match(IDENTIFIER, found.rule.name, found.value))
        if shared:
            matches.shared.append(found.rule.name)


def find_led(guesses: Guesses, held: Configuration, matches: _Matches) -> list[UUID]:
    """Whose id it is; the requests of this id."""
    led = ids.follow_ids(guesses, held)
    roots = (
        dict(Identifier.objects.filter(id__in=led.identifiers).values_list("id", "root_id")) if led.identifiers else {}
    )
    for id_, kinds in led.identifiers.items():
        for kind in kinds:
            former = kind == ids.PROFILE and roots.get(id_, id_) != id_
            matches.add(roots.get(id_, id_), Match(ids.FORMER if former else kind))
    return led.requests


def read_found(
    exact: Mapping[int, list[Match]], named: Mapping[int, list[NameFact]], held: Configuration
) -> list[FoundProfile]:
    """The profiles of some roots with all that a list shows, in the order in which they were found."""
    roots = list(dict.fromkeys([*exact, *named]))
    if not roots:
        return []
    cards = {
        card.root_id: card for card in Card.objects.filter(root_id__in=roots).defer("provenance", "recent", "counters")
    }
    strongest = read_strongest(cards, held)
    return [
        found_profile(cards[root], exact.get(root, []), named.get(root, []), strongest.get(root, ([], 0)), held)
        for root in roots
        if root in cards
    ]


def found_profile(
    card: Card,
    exact: Sequence[Match],
    names: Iterable[NameFact],
    strongest: tuple[list[Strong], int],
    held: Configuration,
) -> FoundProfile:
    """A card as a list shows it."""
    traits = _decode_traits(bytes(card.traits))
    identifiers, count = strongest
    standing = read_standing(bytes(card.consents))
    return FoundProfile(
        profile_id=card.profile_id,
        root_id=card.root_id,
        known=card.known,
        name=display_name({name: msgspec.json.decode(traits[name]) for name in SHOWN_NAMES if name in traits}),
        restricted=is_restricted(standing, now_microseconds()),
        identifiers=identifiers,
        held=count,
        matched=[*exact, *named_as(names, traits)],
        first_seen=card.first_seen,
        last_seen=card.last_seen,
        consents=states(standing, held.purposes, now_microseconds()),
    )


def named_as(names: Iterable[NameFact], traits: Mapping[str, msgspec.Raw]) -> list[Match]:
    """The names that were looked for, those of today first; of the same text once."""
    now: dict[str, Match] = {}
    then: dict[str, Match] = {}
    for one in names:
        current = one.name in traits and bytes(traits[one.name]).decode()[: len(one.value)] == one.value
        (now if current else then).setdefault(one.text, Match(NAME if current else FORMER_NAME, one.name, one.text))
    return [*now.values(), *(match for text, match in then.items() if text not in now)]


def read_strongest(roots: Collection[int], held: Configuration) -> dict[int, tuple[list[Strong], int]]:
    """The strongest identifiers of some profiles, and how many each has."""
    ranked = [rule.id for rule in sorted(held.types.values(), key=lambda rule: rule.rank)]
    with connection.cursor() as cursor:
        cursor.execute(sql.READ_STRONGEST, {"roots": list(roots), "ranked": ranked, "most": MOST_STRONGEST})
        rows = cursor.fetchall()
    found: dict[int, tuple[list[Strong], int]] = {}
    for root, type_id, value, shared, count in rows:
        strong, _ = found.setdefault(root, ([], count))
        strong.append(Strong(held.types_by_id[type_id].name, value, shared))
    return found


def write_cursor(place: Place) -> str:
    """The cursor as a page carries it, in a form and never in a URL: it may hold the beginning of a name."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode()


def read_cursor(text: str) -> Place:
    """The cursor that a page brings back; raises `BadCursor`."""
    if not text:
        return Place()
    try:
        place = msgspec.msgpack.decode(
            base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True), type=Place
        )
    except (binascii.Error, msgspec.DecodeError, UnicodeError):
        raise BadCursor from None
    if not (0 <= place.way < MOST_WAYS and LEAST_ID <= place.id < MOST_ID) or len(place.key) > MOST_KEY:
        raise BadCursor
    if "\0" in place.key:
        raise BadCursor
    return place
