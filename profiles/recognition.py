"""Who stands before a channel: from what was presented to an answer. Pure: no Django, no database.

The strongest presented identifier that is known decides; two of equal standing that lead to different profiles
make the answer ambiguous. What a purpose may not see now is not in the answer (consent.md, "Enforced where").
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from consent.in_force import InForce, in_force, states
from consent.purposes import ALL_CATEGORIES, SENSITIVE, UNREFUSABLE, Purpose, Purposes
from consent.standing import Standing, read_standing
from profiles.identity.types import TypeRule
from profiles.regions import region_of

Status = Literal["known", "anonymous", "ambiguous", "withheld", "unknown"]
Assurance = Literal["identified", "device", "likely"]

IDENTIFIED: Assurance = "identified"
DEVICE: Assurance = "device"

SECTIONS = frozenset({"traits", "segments", "chain", "recent"})

NOTHING_KNOWN = "Nothing is known for what was presented."
OTHER_CHANNEL = "The purpose is for other channels than the one that was named, or none was named."
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
    id: int
    verified: bool
    card: Card


class Asking(msgspec.Struct, frozen=True, gc=False):
    """What an answer is for: the purpose, which sections it fills, and what it must know to keep to the purpose.

    `categories`: trait name to data category. `now`: microseconds since the epoch.
    """

    purpose: Purpose
    sections: Collection[str]
    purposes: Purposes
    categories: Mapping[str, str]
    now: int
    channel: str | None = None

    def in_force(self, card: Card, found: Sequence[Found]) -> InForce:
        """Whether the purpose is allowed for a profile: for all presented addresses, where it is about addresses."""
        if self.purpose.channels and self.channel not in self.purpose.channels:
            return InForce(False, self.purpose.legal_basis, OTHER_CHANNEL, "other_channel")
        standing, region = read_standing(card.consents), ""
        if self.purpose.regions:
            region = region_of(card.traits)
        if self.purpose.address_type:
            rulings = [
                in_force(self.purpose, standing, self.now, address=item.id, region=region)
                for item in found
                if item.presented.rule.name == self.purpose.address_type and item.card.root_id == card.root_id
            ]
            if rulings:
                return next((ruling for ruling in rulings if not ruling.allowed), rulings[0])
        return in_force(self.purpose, standing, self.now, region=region)

    def limited(self, card: Card) -> bool:
        """Whether the purpose must do without what is sensitive."""
        if not self.purpose.sees(SENSITIVE):
            return False
        region = region_of(card.traits) if self.purposes.sensitive.regions else ""
        return is_limited(self.purpose, self.purposes, read_standing(card.consents), self.now, region)


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
    """Whether the purpose was allowed, why, and which traits were held back; the access log has it under `id`.

    `restricted` is there, and true, where all processing of the person's data is restricted.
    """

    id: str
    purpose: str
    allowed: bool
    basis: str
    withheld: list[str]
    reason: str
    restricted: bool | msgspec.UnsetType = msgspec.UNSET


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

BEHAVIOUR = "behaviour"  # the data category of interactions

_names = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode = msgspec.json.Encoder().encode


def decide(asking: Asking, found: Sequence[Found], decision_id: str) -> Outcome:
    """The answer for a purpose, given what the presented identifiers lead to."""
    if not found:
        ruling = InForce(False, asking.purpose.legal_basis, NOTHING_KNOWN)
        return Outcome(_nobody("unknown", asking.purpose, ruling, decision_id), (), "")
    card = found[0].card
    if len(found) > 1:
        strongest = min(item.presented.rule.rank for item in found)
        deciding = [item for item in found if item.presented.rule.rank == strongest]
        card = deciding[0].card
        if any(item.card.root_id != card.root_id for item in deciding):
            return _ambiguous(asking, found, deciding, decision_id)
    ruling = asking.in_force(card, found)
    if not ruling.allowed:
        return Outcome(_nobody("withheld", asking.purpose, ruling, decision_id), (card.profile_id,), "")
    return _recognised(asking, ruling, card, found, decision_id)


def _recognised(asking: Asking, ruling: InForce, card: Card, found: Sequence[Found], decision_id: str) -> Outcome:
    matched = found if len(found) == 1 else [item for item in found if item.card.root_id == card.root_id]
    assurance = _assurance(card, matched)
    purpose, reason = asking.purpose, ruling.reason
    if purpose.least_assurance == IDENTIFIED and assurance != IDENTIFIED:
        traits, withheld = EMPTY_OBJECT, _trait_names(card)
        if withheld:
            reason = TOO_UNSURE
    else:
        traits, withheld = visible_traits(purpose, card.traits, asking.categories, limited=asking.limited(card))
    if "traits" not in asking.sections:
        traits = EMPTY_OBJECT
    shows_recent = "recent" in asking.sections and purpose.sees(BEHAVIOUR)
    recent = msgspec.Raw(card.recent) if shows_recent else EMPTY_ARRAY
    answer = Answer(
        status="known" if card.known else "anonymous",
        assurance=assurance,
        profile_id=card.profile_id,
        canonical_id=card.profile_id,
        candidates=[],
        matched=[MatchedIdentifier(item.presented.rule.name, item.presented.value) for item in matched],
        traits=traits,
        segments=[],
        consents=states(read_standing(card.consents), asking.purposes, asking.now),
        chain=None,
        recent=recent,
        first_seen=card.first_seen,
        last_seen=card.last_seen,
        decision=Decision(decision_id, purpose.key, True, ruling.basis, withheld, reason),
    )
    return Outcome(answer, (card.profile_id,), SHOWN[traits is not EMPTY_OBJECT, recent is not EMPTY_ARRAY])


def visible_traits(
    purpose: Purpose, traits: bytes, categories: Mapping[str, str], *, limited: bool = False
) -> tuple[msgspec.Raw, list[str]]:
    """The traits, JSON, that a purpose may see by their data category, and the names of the others.

    `limited`: the person has limited the use of what is sensitive (`is_limited`).
    """
    if ALL_CATEGORIES in purpose.categories and not limited:
        return msgspec.Raw(traits), []
    members = _names.decode(traits)
    if limited:
        withheld = [name for name in members if not may_see(purpose, categories.get(name, ""), limited=True)]
    else:
        seen = purpose.categories
        withheld = [name for name in members if categories.get(name, "") not in seen]
    if not withheld:
        return msgspec.Raw(traits), withheld
    for name in withheld:
        del members[name]
    return msgspec.Raw(_encode(members)) if members else EMPTY_OBJECT, withheld


def may_see(purpose: Purpose, category: str, *, limited: bool) -> bool:
    """Whether a purpose may see a trait of a data category."""
    return purpose.sees(category) and not (limited and category == SENSITIVE)


def is_limited(purpose: Purpose, purposes: Purposes, standing: Standing, now: int, region: str = "") -> bool:
    """Whether a purpose must do without what is sensitive, since the person has limited its use.

    What rests on a contract or the law is what the person asked for or what must be: it is not limited.
    """
    if not purpose.sees(SENSITIVE) or purpose.legal_basis in UNREFUSABLE:
        return False
    return not in_force(purposes.sensitive, standing, now, region=region).allowed


def _assurance(card: Card, matched: Sequence[Found]) -> Assurance:
    if not card.bridged:
        for item in matched:
            if item.verified and item.presented.rule.person:
                return IDENTIFIED
    return DEVICE


def _ambiguous(asking: Asking, found: Sequence[Found], deciding: Sequence[Found], decision_id: str) -> Outcome:
    """Ids of the profiles for which the purpose is allowed, and no more."""
    cards = {item.card.root_id: item.card for item in deciding}
    rulings = {root: asking.in_force(card, found) for root, card in cards.items()}
    allowed = [card for root, card in cards.items() if rulings[root].allowed]
    if not allowed:
        refused = _nobody("withheld", asking.purpose, next(iter(rulings.values())), decision_id)
        return Outcome(refused, [card.profile_id for card in cards.values()], "")
    candidates = sorted((_candidate(card, found) for card in allowed), key=lambda one: (-one.score, one.profile_id))
    answer = _nobody("ambiguous", asking.purpose, rulings[allowed[0].root_id], decision_id, candidates)
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
        decision=decision_of(purpose, ruling, decision_id),
    )


def decision_of(purpose: Purpose, ruling: InForce, decision_id: str) -> Decision:
    """A ruling as answers carry it."""
    restricted = True if ruling.restricted else msgspec.UNSET
    return Decision(decision_id, purpose.key, ruling.allowed, ruling.basis, [], ruling.reason, restricted)


def _trait_names(card: Card) -> list[str]:
    return list(_names.decode(card.traits))
