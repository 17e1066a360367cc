"""What stands for a profile, as its card holds it: for each purpose the outcome, and when it changes by itself. Pure.

A card says nothing of when things were said, only what they come to. It is made of the statements alone, so it is the
same whenever it is made; what has an end, or was dated ahead, is there with its instants. Most cards hold one of few
different texts, so that what is read out of one is kept.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import msgspec

from consent.outcome import (
    CODES,
    DEVICE_ONLY,
    GRANTED,
    NOBODY_ASKED,
    REFUSED,
    WITHDRAWN,
    Holder,
    Outcome,
    outcome,
    restriction,
)
from consent.purposes import ancestors
from consent.said import AHEAD, EVERYTHING, GRANTS, VERIFIED

# An outcome, or outcomes with the instants between them: [code, microseconds, code, …].
Course = str | list[str | int]
# For a purpose about addresses: the course for the person (""), for an address that nothing was said of ("-"), and for
# each identifier that something was said of, by its id.
Packed = dict[str, Course | dict[str, Course]]

PERSON = ""
ANY_ADDRESS = "-"

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(dict[str, str | list[str | int] | dict[str, str | list[str | int]]]).decode


def pack(holders: Sequence[Holder], address_types: Mapping[str, str]) -> bytes:
    """What stands for the profile that holds these identifiers. `address_types`: purpose to identifier type."""
    speaking = [holder for holder in holders if holder.said]
    if not speaking:
        return b"{}"
    packed: Packed = {}
    for key in {key for holder in speaking for key in holder.said}:
        course = _course_of(key, holders, address_types.get(key, ""))
        if course:
            packed[key] = course
    return _encode(packed)


def _course_of(key: str, holders: Sequence[Holder], address_type: str) -> Course | dict[str, Course]:
    plain = None if address_type or key == EVERYTHING else _plain_code(key, holders)
    if plain is not None:
        return plain
    instants = _instants(key, holders)
    if key == EVERYTHING:
        return _course(instants, lambda at: restriction(holders, at))
    person = _course(instants, lambda at: outcome(key, holders, at))
    if not address_type:
        return person

    def of_address(address: int) -> Course:
        return _course(instants, lambda at: outcome(key, holders, at, address_type=address_type, address=address))

    courses = {PERSON: person, ANY_ADDRESS: of_address(-1)}
    for holder in holders:
        if holder.type == address_type and key in holder.said:
            courses[str(holder.id)] = of_address(holder.id)
    return {name: course for name, course in courses.items() if course or name not in (PERSON, ANY_ADDRESS)}


def _plain_code(key: str, holders: Sequence[Holder]) -> str | None:
    """The outcome where all voices say the same, for good, and nothing was said of what is above: `outcome` would come
    to it as well, but nearly every card is of this kind, and it is written with every event. None: ask `outcome`."""
    letters: set[str] = set()
    knows_person = sure = False
    above = ancestors(key)
    for holder in holders:
        knows_person = knows_person or holder.person
        if above and not holder.said.keys().isdisjoint(above):
            return None
        statements = holder.said.get(key)
        if not statements:
            continue
        said = statements[0]
        if len(statements) > 1 or said.ends is not None or said.flags & AHEAD:
            return None
        letters.add(said.letter)
        sure = sure or (holder.person and (bool(said.flags & VERIFIED) or not holder.verified))
    if letters and letters <= GRANTS:
        return GRANTED if sure or not knows_person else DEVICE_ONLY
    return {"R": REFUSED, "W": WITHDRAWN}.get(letters.pop()) if len(letters) == 1 else None


def _instants(key: str, holders: Sequence[Holder]) -> list[int]:
    """The instant of the latest statement that was not dated ahead, and all later ones at which something changes."""
    latest, changes = 0, set()
    for of in (key, *ancestors(key)):
        for holder in holders:
            for said in holder.said.get(of, ()):
                if said.flags & AHEAD:
                    changes.add(said.at)
                elif said.at > latest:
                    latest = said.at
                if said.ends is not None:
                    changes.add(said.ends)
    return [latest, *sorted(at for at in changes if at > latest)]


def _course(instants: Iterable[int], at_instant: Callable[[int], Outcome]) -> Course:
    course: list[str | int] = []
    for at in instants:
        code = at_instant(at).code
        if not course:
            course.append(code)
        elif course[-1] != code:
            course += (at, code)
    return str(course[0]) if len(course) == 1 else course


class Unreadable(ValueError):
    """What a card says of consent cannot be read."""


class Standing:
    """What stands for a profile. `unreadable`: it could not be read, so that nothing is allowed."""

    __slots__ = ("_packed", "constant", "kept", "keys", "unreadable")

    def __init__(self, raw: bytes) -> None:
        self._packed: Packed = {}
        self.unreadable = False
        try:
            self._packed = _checked(_decode(raw))
        except (msgspec.MsgspecError, Unreadable, UnicodeDecodeError, RecursionError):
            self.unreadable = True
        self.keys = frozenset(self._packed)
        # Whether it says the same at every instant, so that what follows from it can be kept here.
        self.constant = not any(_changes(course) for course in self._packed.values())
        self.kept: dict[Any, Any] = {}

    def part(self, key: str, address: int | None) -> str:
        """Which part of what stands for a purpose speaks of an address; empty: what stands for the person."""
        if address is None or not isinstance(course := self._packed.get(key), dict):
            return PERSON
        return str(address) if str(address) in course else ANY_ADDRESS

    def code(self, key: str, now: int, part: str = PERSON) -> str:
        """The outcome for a purpose itself, whatever stands for those above it; empty: nothing was said of it."""
        course = self._packed.get(key, NOBODY_ASKED)
        if isinstance(course, dict):
            course = course.get(part, NOBODY_ASKED)
        if isinstance(course, str):
            return course
        return str(course[2 * bisect_right(course[1::2], now)])

    def next_change(self, key: str, now: int) -> int | None:
        """When what stands for the person in this purpose changes by itself next; None: it will not."""
        course = self._packed.get(key, NOBODY_ASKED)
        instants = course[1::2] if isinstance(course, list) else []
        return next((int(at) for at in instants if int(at) > now), None)


def _changes(course: Course | dict[str, Course]) -> bool:
    if isinstance(course, dict):
        return any(isinstance(one, list) for one in course.values())
    return isinstance(course, list)


def _checked(packed: Any) -> Packed:
    """Raise `Unreadable` unless every course is an outcome, or alternates outcomes and later and later instants."""
    for course in packed.values():
        for said in course.values() if isinstance(course, dict) else (course,):
            one = said if isinstance(said, list) else [said]
            if not (
                len(one) % 2
                and all(code in CODES for code in one[::2])
                and all(isinstance(at, int) for at in one[1::2])
                and all(at < later for at, later in pairwise(one[1::2]))
            ):
                raise Unreadable
    checked: Packed = packed
    return checked


@lru_cache(maxsize=20_000)
def read_standing(raw: bytes) -> Standing:
    """What a card's bytes say, kept for the next card that says the same."""
    return Standing(raw)


NOTHING_STANDS = Standing(b"{}")
