"""Who stands before a channel: from what was presented to an answer. Pure: no Django, no database.

The strongest presented identifier that is known decides; two of equal standing that lead to different profiles
make the answer ambiguous. What a purpose may not see now is not in the answer (consent.md, "Enforced where").
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from consent.in_force import Consents, InForce, Purpose, in_force, states
from profiles.identity.types import TypeRule

Status = Literal["known", "anonymous", "ambiguous", "withheld", "unknown"]
Assurance = Literal["identified", "device", "likely"]

IDENTIFIED: Assurance = "identified"
DEVICE: Assurance = "device"

SECTIONS = frozenset({"traits", "segments", "chain", "recent"})

NOTHING_KNOWN = "Nothing is known for what was presented."
TOO_UNSURE = "Traits need a person identifier that a trusted source or a valid identity hash has shown."


class Presented(msgspec.Struct, frozen=True, gc=False):
    """An identifier as it was presented, in canonical form."""

    rule: TypeRule
    value: str


class Card(msgspec.Struct, frozen=True, gc=False):
    """The card of a cluster. `consents`, `traits` and `recent` are JSON as the card holds it."""

    root_id: int
    profile_id: str
    known: bool
    bridged: bool
    first_seen: datetime | None
    last_seen: datetime | None
    traits: bytes
    consents: bytes
    recent: bytes


class Found(msgspec.Struct, frozen=True, gc=False):
    """A presented identifier that leads to a profile. `verified`: some interaction that was no claim carried it."""

    presented: Presented
    verified: bool
    card: Card


class MatchedIdentifier(msgspec.Struct, frozen=True, gc=False):
    """A presented identifier that leads to the profile, in canonical form."""

    type: str
    value: str


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A profile that it may be. `score` is the share of the known presented identifiers that lead to it."""

    profile_id: str
    score: float
    reason: str


class Decision(msgspec.Struct, frozen=True):
    """Whether the purpose was allowed, why, and which traits were held back; the access log has it under `id`."""

    id: str
    purpose: str
    allowed: bool
    basis: str
    withheld: list[str]
    reason: str


class Answer(msgspec.Struct, frozen=True):
    """The answer to a recognition, in the order of api.md."""

    status: Status
    assurance: Assurance | None
    profile_id: str | None
    canonical_id: str | None
    candidates: list[Candidate]
    matched: list[MatchedIdentifier]
    traits: Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "object"})]
    segments: list[str]
    consents: dict[str, str]
    chain: None
    recent: Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "array"})]
    first_seen: datetime | None
    last_seen: datetime | None
    decision: Decision


class Answers(msgspec.Struct, frozen=True):
    """The answers to a batch, in the order of its questions."""

    answers: list[Answer]


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """An answer, and what the access log says of it: the profiles that it is about and what it shows of them."""

    answer: Answer
    profiles: Sequence[str]
    fields: str


EMPTY_OBJECT = msgspec.Raw(b"{}")
EMPTY_ARRAY = msgspec.Raw(b"[]")

# What the access log says was shown, by whether traits and recent interactions were.
SHOWN = {
    (False, False): "consents",
    (True, False): "traits,consents",
    (False, True): "consents,recent",
    (True, True): "traits,consents,recent",
}

_consents = msgspec.json.Decoder(dict[str, tuple[int | None, int | None]])
_names = msgspec.json.Decoder(dict[str, msgspec.Raw])


def decide(purpose: Purpose, found: Sequence[Found], decision_id: str, sections: Collection[str] = SECTIONS) -> Outcome:
    """The answer for a purpose, given what the presented identifiers lead to."""
    if not found:
        ruling = InForce(False, purpose.legal_basis, NOTHING_KNOWN)
        return Outcome(_nobody("unknown", purpose, ruling, decision_id), (), "")
    card = found[0].card
    if len(found) > 1:
        strongest = min(item.presented.rule.rank for item in found)
        deciding = [item for item in found if item.presented.rule.rank == strongest]
        card = deciding[0].card
        if any(item.card.root_id != card.root_id for item in deciding):
            return _ambiguous(purpose, found, deciding, decision_id)
    consents = _consents_of(card)
    ruling = in_force(purpose, consents)
    if not ruling.allowed:
        return Outcome(_nobody("withheld", purpose, ruling, decision_id), (card.profile_id,), "")
    return _recognised(purpose, ruling, consents, card, found, decision_id, sections)


def _recognised(
    purpose: Purpose,
    ruling: InForce,
    consents: Consents,
    card: Card,
    found: Sequence[Found],
    decision_id: str,
    sections: Collection[str],
) -> Outcome:
    matched = found if len(found) == 1 else [item for item in found if item.card.root_id == card.root_id]
    assurance = _assurance(card, matched)
    traits, withheld, reason = EMPTY_OBJECT, [], ruling.reason
    if purpose.least_assurance == IDENTIFIED and assurance != IDENTIFIED:
        withheld = _trait_names(card)
        if withheld:
            reason = TOO_UNSURE
    elif "traits" in sections:
        traits = msgspec.Raw(card.traits)
    recent = msgspec.Raw(card.recent) if "recent" in sections else EMPTY_ARRAY
    answer = Answer(
        status="known" if card.known else "anonymous",
        assurance=assurance,
        profile_id=card.profile_id,
        canonical_id=card.profile_id,
        candidates=[],
        matched=[MatchedIdentifier(item.presented.rule.name, item.presented.value) for item in matched],
        traits=traits,
        segments=[],
        consents=states(consents) if consents else {},
        chain=None,
        recent=recent,
        first_seen=card.first_seen,
        last_seen=card.last_seen,
        decision=Decision(decision_id, purpose.key, True, ruling.basis, withheld, reason),
    )
    return Outcome(answer, (card.profile_id,), SHOWN[traits is not EMPTY_OBJECT, recent is not EMPTY_ARRAY])


def _assurance(card: Card, matched: Sequence[Found]) -> Assurance:
    if not card.bridged:
        for item in matched:
            if item.verified and item.presented.rule.person:
                return IDENTIFIED
    return DEVICE


def _ambiguous(purpose: Purpose, found: Sequence[Found], deciding: Sequence[Found], decision_id: str) -> Outcome:
    """Ids of the profiles for which the purpose is allowed, and no more."""
    cards = {item.card.root_id: item.card for item in deciding}
    rulings = {root: in_force(purpose, _consents_of(card)) for root, card in cards.items()}
    allowed = [card for root, card in cards.items() if rulings[root].allowed]
    if not allowed:
        refused = _nobody("withheld", purpose, next(iter(rulings.values())), decision_id)
        return Outcome(refused, [card.profile_id for card in cards.values()], "")
    candidates = sorted((_candidate(card, found) for card in allowed), key=lambda one: (-one.score, one.profile_id))
    answer = _nobody("ambiguous", purpose, rulings[allowed[0].root_id], decision_id, candidates)
    return Outcome(answer, [one.profile_id for one in candidates], "candidates")


def _candidate(card: Card, found: Sequence[Found]) -> Candidate:
    types = [item.presented.rule.name for item in found if item.card.root_id == card.root_id]
    named = ", ".join(dict.fromkeys(types))
    return Candidate(card.profile_id, round(len(types) / len(found), 4), f"Led to by what was presented as: {named}.")


def _nobody(
    status: Status, purpose: Purpose, ruling: InForce, decision_id: str, candidates: list[Candidate] | None = None
) -> Answer:
    """An answer about no one profile: the same shape, and nothing of anybody in it."""
    return Answer(
        status=status,
        assurance=None,
        profile_id=None,
        canonical_id=None,
        candidates=candidates or [],
        matched=[],
        traits=EMPTY_OBJECT,
        segments=[],
        consents={},
        chain=None,
        recent=EMPTY_ARRAY,
        first_seen=None,
        last_seen=None,
        decision=Decision(decision_id, purpose.key, ruling.allowed, ruling.basis, [], ruling.reason),
    )


def _consents_of(card: Card) -> Consents:
    """What the person said; what cannot be read counts as never said, so that a purpose that needs it is denied."""
    if card.consents == b"{}":
        return {}
    try:
        return _consents.decode(card.consents)
    except msgspec.DecodeError:
        return {}


def _trait_names(card: Card) -> list[str]:
    return list(_names.decode(card.traits))
