"""What is in force, worked out over the identifiers that are one person now (consent.md, "In force"). Pure.

Each identifier has a voice: the latest that was said under it. A refusal stands until a later grant of equal or better
assurance lifts it; a grant counts for a known person only where a person identifier gave it. So a merge can never
bring a grant back, a split has nothing to undo, and the order of arrival shows nowhere.

Two accounts of which a person has only one (two user ids, say) become one person by a decision alone. What was
granted under the one is no answer to what was refused under the other: that is a conflict, and denied.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from consent.purposes import ancestors
from consent.said import (
    ENDS_BY_CHOICE,
    EVERYTHING,
    EXPIRY,
    GRANT,
    GRANTS,
    GUARDIAN,
    OBJECTION,
    QUESTION,
    REFUSAL,
    VERIFIED,
    WITH_ACCOUNT,
    Said,
    kind_of,
    latest_by_kind,
)

Groups = Mapping[tuple[int, int], Sequence[Said]]  # the latest statements of each kind

# Outcomes, as cards hold them.
GRANTED = "g"
REFUSED = "d"
WITHDRAWN = "w"
TERMINATED = "t"
INVALIDATED = "i"
CONFLICT = "c"
OBJECTED = "o"
EXPIRED = "x"
RECONFIRM = "K"  # the guardian's consent ended when the child came of age
DEVICE_ONLY = "v"  # granted, but only under a device of a known person
REQUESTED = "q"
DEFERRED = "f"
UNKNOWN = "u"
UNPROVEN = "p"
AWAITING_GUARDIAN = "k"
RESTRICTED = "!"
NOBODY_ASKED = ""

CODES = frozenset("gdwticoxKvqfupk!") | {NOBODY_ASKED}
REFUSING = frozenset({REFUSED, WITHDRAWN, TERMINATED, INVALIDATED, CONFLICT, OBJECTED})

_OF_REFUSAL = {"R": REFUSED, "W": WITHDRAWN, "T": TERMINATED, "I": INVALIDATED, "c": CONFLICT}
_OF_QUESTION = {"Q": REQUESTED, "D": DEFERRED, "U": UNKNOWN, "p": UNPROVEN, "k": AWAITING_GUARDIAN}
_BOTH_AT_ONCE = "c"
_LAPSED = "x"

DEVICE, PERSON = 1, 2  # levels of assurance

# What is heeded of what an identifier says: a refusal under another address is about that address alone.
_OBJECTIONS, _REFUSALS, _PARENTS, _ALL = range(4)


class Holder(NamedTuple):
    """An identifier of a profile, and what was said under it of each purpose.

    `account`: a person has only one of this type. `verified`: some interaction carried it that was no claim.
    """

    id: int
    type: str
    person: bool
    account: bool
    verified: bool
    said: Mapping[str, Sequence[Said]]


class Voice(NamedTuple):
    """The latest that was said under one identifier of a purpose, or of one above it."""

    holder: Holder
    key: str
    said: Said
    letter: str  # that of `said`, `c` where it says two things at once, `x` where its time is over

    @property
    def level(self) -> int:
        """How sure it is that the person spoke; a claim about an identifier that is known otherwise is a device's."""
        known = self.holder.person and (self.said.verified or not self.holder.verified)
        return PERSON if known else DEVICE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What holds, and which voices say so. `ends`: when a grant ends by itself, microseconds."""

    code: str
    because: tuple[Voice, ...] = ()
    ends: int | None = None


NOTHING_SAID = Outcome(NOBODY_ASKED)


def outcome(
    key: str, holders: Sequence[Holder], at: int, *, address_type: str = "", address: int | None = None
) -> Outcome:
    """What holds of a purpose at an instant, restrictions of all processing aside.

    `address`: an identifier that the purpose is asked about alone; it looks at that one, and at what was refused
    under identifiers that are no address of this kind. None: at the person as a whole.
    """
    heard = _Heard(key, holders, at, address_type, address)
    if heard.objections:
        return Outcome(OBJECTED, tuple(heard.objections))
    # A device's grant counts where no person is known, and where the device itself is the address.
    needed = PERSON if any(holder.person for holder in holders if address in (None, holder.id)) else DEVICE
    counting = [grant for grant in heard.grants if grant.level >= needed]
    over = [
        lapse
        for lapse in heard.lapses
        if lapse.level >= needed and _ended_by_choice(lapse) and not _renewed(lapse, counting)
    ]
    grants = [grant for grant in heard.grants if all(_begins_after(grant, lapse) for lapse in over)]
    standing = [refusal for refusal in heard.refusals if not any(lifts(grant, refusal) for grant in grants)]
    if standing:
        return _refused(standing, grants)
    if over and counting:
        return Outcome(_code_of_lapse(over), tuple(over))
    return _granted(counting) if counting else _open(heard)


def voices(key: str, holders: Sequence[Holder], at: int) -> list[Voice]:
    """All that was heard of a purpose by an instant, and the refusals of those above it: for explaining."""
    heard = _Heard(key, holders, at, "", None)
    return [*heard.objections, *heard.refusals, *heard.grants, *heard.lapses, *heard.questions]


def lifts(grant: Voice, refusal: Voice) -> bool:
    """Whether a grant answers a refusal: later, as sure of who spoke, and not under another account."""
    if grant.said.at <= refusal.said.at or grant.level < refusal.level:
        return False
    elsewhere = refusal.holder.account and grant.holder.id != refusal.holder.id
    return not (elsewhere and grant.said.flags & WITH_ACCOUNT)


def _refused(standing: list[Voice], grants: Sequence[Voice]) -> Outcome:
    latest = max(standing, key=lambda voice: (voice.said.at, voice.letter, -voice.holder.id))
    against = [
        grant
        for grant in grants
        if any(grant.said.at >= refusal.said.at and grant.level >= refusal.level for refusal in standing)
    ]
    if against:
        return Outcome(CONFLICT, (*standing, *against))
    return Outcome(_OF_REFUSAL[latest.letter], (latest,))


def _granted(counting: Sequence[Voice]) -> Outcome:
    """Granted, until the first end that was chosen and that nobody has renewed since, or the last of all ends."""
    limited = [
        grant.said.ends
        for grant in counting
        if grant.said.ends is not None and grant.said.flags & ENDS_BY_CHOICE and not _renewed(grant, counting)
    ]
    natural = [grant.said.ends for grant in counting]
    last = None if None in natural else max(end for end in natural if end is not None)
    return Outcome(GRANTED, tuple(counting), min(limited) if limited else last)


def _ended_by_choice(lapse: Voice) -> bool:
    """Whether it was a grant, and the person said when it should end."""
    return lapse.said.letter in GRANTS and bool(lapse.said.flags & ENDS_BY_CHOICE)


def _renewed(limited: Voice, grants: Iterable[Voice]) -> bool:
    """Whether the person granted it anew: in so many words, or after the end had come."""
    return any(
        (grant.said.letter == "N" and grant.said.at > limited.said.at) or _begins_after(grant, limited)
        for grant in grants
    )


def _begins_after(grant: Voice, limited: Voice) -> bool:
    """Whether a grant was given when the time of another was over."""
    return grant.said.at >= (limited.said.ends or 0)


def _open(heard: "_Heard") -> Outcome:
    """No refusal and no grant that counts: what there is instead."""
    if heard.grants:
        return Outcome(DEVICE_ONLY, tuple(heard.grants))
    if heard.lapses:
        return Outcome(_code_of_lapse(heard.lapses), tuple(heard.lapses))
    if heard.questions:
        latest = max(heard.questions, key=lambda voice: (voice.said.at, voice.letter))
        return Outcome(_OF_QUESTION[latest.letter], (latest,))
    return NOTHING_SAID


def _code_of_lapse(lapses: Iterable[Voice]) -> str:
    return RECONFIRM if any(lapse.said.flags & GUARDIAN for lapse in lapses) else EXPIRED


class _Heard:
    """The voices about a purpose at an instant, by what they say."""

    __slots__ = ("grants", "lapses", "objections", "questions", "refusals")

    def __init__(self, key: str, holders: Sequence[Holder], at: int, address_type: str, address: int | None) -> None:
        self.objections: list[Voice] = []
        self.refusals: list[Voice] = []
        self.grants: list[Voice] = []
        self.lapses: list[Voice] = []
        self.questions: list[Voice] = []
        above = ancestors(key)
        for holder in holders:
            said = holder.said
            if not said:
                continue
            if key in said:
                asked = address in (None, holder.id)
                heed = _ALL if asked else _OBJECTIONS if holder.type == address_type else _REFUSALS
                self._hear(holder, key, said[key], at, heed)
            for parent in above:
                if parent in said:
                    self._hear(holder, parent, said[parent], at, _PARENTS)

    def _hear(self, holder: Holder, key: str, statements: Sequence[Said], at: int, heed: int) -> None:
        """Take in what was said under one identifier of the purpose, or of one above it, as far as it is heeded."""
        groups = {kind_of(group[0]): group for group in latest_by_kind(statements, at)}
        for verified in (VERIFIED, 0):
            objections = groups.get((OBJECTION, verified))
            if objections and any(said.letter == "O" for said in objections):
                self.objections.append(Voice(holder, key, objections[0], "O"))
            if heed != _OBJECTIONS:
                self._answer(holder, key, groups, verified, at, heed)

    def _answer(self, holder: Holder, key: str, groups: Groups, verified: int, at: int, heed: int) -> None:
        """Take in the latest answer. The latest refusal of a purpose above is one, whatever was granted there since: a
        grant of a parent grants nothing that was not asked."""
        granted, refused = groups.get((GRANT, verified)), groups.get((REFUSAL, verified))
        expired = groups.get((EXPIRY, verified))
        since = granted[0].at if granted and heed != _PARENTS else None
        if refused and (since is None or refused[0].at >= since):
            letter = _BOTH_AT_ONCE if refused[0].at == since else min(said.letter for said in refused)
            self.refusals.append(Voice(holder, key, refused[0], letter))
        elif heed != _ALL:
            return
        elif granted and not (expired and expired[0].at >= granted[0].at):
            self._sort_grants(holder, key, granted, at)
        elif expired:
            self.lapses.append(Voice(holder, key, expired[0], _LAPSED))
        elif questions := groups.get((QUESTION, verified)):
            self.questions.append(Voice(holder, key, questions[0], min(said.letter for said in questions)))

    def _sort_grants(self, holder: Holder, key: str, group: Sequence[Said], at: int) -> None:
        said = group[0] if len(group) == 1 else _narrowest(group)
        if said.ends is not None and said.ends <= at:
            self.lapses.append(Voice(holder, key, said, _LAPSED))
        else:
            self.grants.append(Voice(holder, key, said, said.letter))


def _narrowest(grants: Sequence[Said]) -> Said:
    """What grants of one instant have in common: the first of their ends, and all that limits any of them."""
    ends = [grant.ends for grant in grants if grant.ends is not None]
    flags = reduce(or_, (grant.flags for grant in grants))
    return Said(grants[0].at, min(grant.letter for grant in grants), flags, min(ends, default=None))


def restriction(holders: Sequence[Holder], at: int) -> Outcome:
    """Whether all processing is restricted: on one identifier is on all."""
    for holder in holders:
        for group in latest_by_kind(holder.said.get(EVERYTHING, ()), at):
            if any(said.letter == "!" for said in group):
                return Outcome(RESTRICTED, (Voice(holder, EVERYTHING, group[0], "!"),))
    return NOTHING_SAID
