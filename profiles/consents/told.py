"""An act of deciding as a service tells it, and what of it cannot be recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from consent.acts import Asked
from consent.guardians import AGE_UNKNOWN, Age
from consent.purposes import UNIFICATION, Purpose, UnknownPurpose
from consent.said import EVERYTHING
from consent.states import GRANTS, REQUESTED, UnknownState, fits, state_named
from profiles.configuration import Configuration
from profiles.intake.explode import Canoniser, Named
from profiles.intake.observed import RawIdentifier

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
FURTHEST_AHEAD = timedelta(days=5 * 365 + 1)
FURTHEST_END = timedelta(days=100 * 365)


class ActRefused(ValueError):
    """Why an act of deciding cannot be recorded, in a sentence. `field` is where: a JSON pointer without its slash."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class DecisionAsked:
    """What was decided about one purpose. `state`: a word or a name of the standard; `at` None: now."""

    purpose: str
    state: str
    at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActAsked:
    """One act of deciding, as a service tells it.

    `proof`: what was shown and done, as JSON. `age` and `country`: of the person, as far as the caller knows.
    `carry_from`: a device whose answers of the last day the person takes along. `reach_person`: what is said of being
    unified is said for all identifiers of the person. `id`: the act's, where the caller chose one, and `digest` tells
    its content, so that the same is not recorded twice. `carried_purposes`: which may be carried; None: all.
    """

    identifiers: Sequence[RawIdentifier]
    decisions: Sequence[DecisionAsked]
    proof: Mapping[str, Any] = field(default_factory=dict)
    age: Age = AGE_UNKNOWN
    country: str = ""
    carry_from: RawIdentifier | None = None
    reach_person: bool = False
    id: UUID | None = None
    digest: str = ""
    carried_purposes: frozenset[str] | None = None


def name_identifiers(raw: Sequence[RawIdentifier], held: Configuration) -> list[Named]:
    """The identifiers in canonical form, each once, the strongest first. Raises `ActRefused`."""
    found = {named.key: named for n, one in enumerate(raw) for named in [name(one, f"identifiers/{n}", held)]}
    return sorted(found.values(), key=lambda one: (one.rule.rank, one.value.encode()))


def name_device(raw: RawIdentifier, held: Configuration) -> Named:
    """The device that answers are carried from. Raises `ActRefused`."""
    named = name(raw, "carry_from", held)
    if named.rule.person:
        raise ActRefused("carry_from/type", "Answers are carried from a device; what one person said is not another's.")
    return named


def name(raw: RawIdentifier, pointer: str, held: Configuration) -> Named:
    """An identifier in canonical form. Raises `ActRefused`."""
    if raw[0] not in held.types:
        raise ActRefused(f"{pointer}/type", "There is no identifier type of this name.")
    named = Canoniser(held).named(raw, "")
    if isinstance(named, str):
        raise ActRefused(f"{pointer}/value", f"This cannot be an identifier of its type: {named}.")
    return named


def purposes_of(act: ActAsked) -> list[str]:
    """The keys that the act decides about, in its order."""
    return [one.purpose for one in act.decisions]


def check(act: ActAsked, held: Configuration) -> None:
    """Raise `ActRefused` for what cannot be recorded, before anything is stored."""
    keys = purposes_of(act)
    for n, key in enumerate(keys):
        if key in keys[:n]:
            raise ActRefused(f"decisions/{n}/purpose", "One act decides about a purpose once.")
    if act.reach_person and UNIFICATION not in keys:
        raise ActRefused("reach", f"Only `{UNIFICATION}` can be decided for all identifiers of a person at once.")
    asked_of(act, held, datetime.now(UTC))


def asked_of(act: ActAsked, held: Configuration, now: datetime) -> list[Asked]:
    """The decisions with their purposes and instants. Raises `ActRefused`."""
    return [_asked(one, f"decisions/{n}", held, now) for n, one in enumerate(act.decisions)]


def _asked(one: DecisionAsked, pointer: str, held: Configuration, now: datetime) -> Asked:
    purpose = _purpose(one.purpose, f"{pointer}/purpose", held)
    try:
        state = state_named(one.state)
    except UnknownState as error:
        raise ActRefused(f"{pointer}/state", str(error)) from None
    if not fits(state, one.purpose):
        raise ActRefused(
            f"{pointer}/state", f"Restrictions are of all processing, purpose `{EVERYTHING}`; no other is."
        )
    at = now if one.at is None else _instant(one.at, f"{pointer}/at", EARLIEST, now + FURTHEST_AHEAD)
    ends = one.expires_at
    if ends is not None:
        if state not in GRANTS and state != REQUESTED:
            raise ActRefused(f"{pointer}/expires_at", "Only a grant ends by itself.")
        if ends <= at:
            raise ActRefused(f"{pointer}/expires_at", "A grant must end later than it begins.")
        ends = _instant(ends, f"{pointer}/expires_at", at, now + FURTHEST_END)
    return Asked(one.purpose, purpose, state, at, ends)


def _purpose(key: str, pointer: str, held: Configuration) -> Purpose | None:
    if key == EVERYTHING:
        return None
    if key == UNIFICATION:
        return held.purposes.unification
    try:
        return held.purposes.find(key)
    except UnknownPurpose as error:
        raise ActRefused(pointer, str(error)) from None


def _instant(at: datetime, pointer: str, first: datetime, last: datetime) -> datetime:
    if not first <= at <= last:
        raise ActRefused(pointer, f"This must lie between {first:%Y-%m-%d} and {last:%Y-%m-%d}.")
    return at.astimezone(UTC)
