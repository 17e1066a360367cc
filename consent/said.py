"""What was said of one purpose under one identifier, in a form small enough to be kept with every identifier. Pure.

Of all that was said only what can still matter is kept: the latest that was said, and what was dated ahead. Which
those are depends on the statements alone, not on the order in which they came.
"""

from collections.abc import Iterable, Sequence

import msgspec

# States of ISO/IEC TS 27560, and those of restrictions and objections, by the letter that stands for each here.
LETTERS = {
    "ConsentUnknown": "U",
    "ConsentRequested": "Q",
    "ConsentRequestDeferred": "D",
    "ConsentRefused": "R",
    "ConsentGiven": "G",
    "RenewedConsentGiven": "N",
    "ConsentWithdrawn": "W",
    "ConsentExpired": "X",
    "ConsentTerminated": "T",
    "ConsentInvalidated": "I",
    "ObjectionRaised": "O",
    "ObjectionLifted": "o",
    "ProcessingRestricted": "!",
    "RestrictionLifted": ".",
}
STATE_NAMES = {letter: name for name, letter in LETTERS.items()}
# Grants that cannot be used: without a notice, or by a child whose guardian has not answered.
UNPROVEN = "p"
AWAITING_GUARDIAN = "k"
PROBLEMS = {"unproven": UNPROVEN, "awaiting_guardian": AWAITING_GUARDIAN}

GRANTS = frozenset("GN")
REFUSALS = frozenset("RWTI")
ANSWERS = GRANTS | REFUSALS | {"X"}
OBJECTIONS = frozenset("Oo")
RESTRICTIONS = frozenset("!.")
BARS = OBJECTIONS | RESTRICTIONS
# What makes more allowed than before.
FREEING = GRANTS | frozenset("o.")

QUESTION, GRANT, REFUSAL, EXPIRY, OBJECTION, RESTRICTION = range(6)  # kinds of statements
_KINDS = (
    dict.fromkeys(GRANTS, GRANT)
    | dict.fromkeys(REFUSALS, REFUSAL)
    | {"X": EXPIRY}
    | dict.fromkeys(OBJECTIONS, OBJECTION)
    | dict.fromkeys(RESTRICTIONS, RESTRICTION)
)

# What a restriction of processing is said of: all purposes at once.
EVERYTHING = "*"

VERIFIED = 1  # not a mere claim of a public source
WITH_ACCOUNT = 2  # the act named an account of which a person has one only
ENDS_BY_CHOICE = 4  # its end was said with it, not set by the purpose
GUARDIAN = 8  # a guardian said it
AHEAD = 16  # it was dated later than it was received

MOST_AHEAD = 50  # of each kind, those that free and those that do not


class Said(msgspec.Struct, array_like=True, frozen=True, gc=False, order=True):
    """One statement. `at` and `ends` are microseconds since the epoch; `flags` is made of the bits above."""

    at: int
    letter: str
    flags: int = 0
    ends: int | None = None

    @property
    def verified(self) -> bool:
        """Whether it is more than a claim."""
        return bool(self.flags & VERIFIED)


def letter_of(state: str, problem: str) -> str:
    """The letter of a state as the ledger names it, or of what keeps the grant from being used.

    Only a grant can have a problem: a refusal counts however it was proven.
    """
    letter = LETTERS[state]
    return PROBLEMS.get(problem, letter) if letter in GRANTS else letter


def add_said(held: list[Said] | None, new: Said) -> list[Said]:
    """The statements with one more; `held` itself is not changed."""
    if held is None:
        return [new]
    if len(held) == 1 and _plainly_comparable(held[0], new):
        return held if held[0].at > new.at or held[0] == new else [new]
    return keep([*held, new])


def _plainly_comparable(one: Said, other: Said) -> bool:
    """Whether the later of two, or one of two equals, is all that matters."""
    return (
        (one.at != other.at or one == other)
        and kind_of(one) == kind_of(other)
        and not (one.flags | other.flags) & AHEAD
    )


def merge_said(one: dict[str, list[Said]], other: dict[str, list[Said]]) -> dict[str, list[Said]]:
    """What was said of each purpose, by two accounts of the same identifier."""
    if not (one and other):
        return one or other
    merged = dict(one)
    for purpose, statements in other.items():
        merged[purpose] = keep([*merged[purpose], *statements]) if purpose in merged else statements
    return merged


def keep(statements: Iterable[Said]) -> list[Said]:
    """Those that can still matter, in order: of each kind the latest, with all of the same instant, and those ahead."""
    groups: dict[tuple[int, int], set[Said]] = {}
    for said in statements:
        groups.setdefault(kind_of(said), set()).add(said)
    for verified in (VERIFIED, 0):
        refused = [said.at for said in groups.get((REFUSAL, verified), ()) if not said.flags & AHEAD]
        if refused and (GRANT, verified) in groups:
            groups[GRANT, verified] = {said for said in groups[GRANT, verified] if said.at >= max(refused)}
    return sorted((said for group in groups.values() for said in _latest(group)), key=_order)


def latest_by_kind(statements: Sequence[Said], at: int) -> list[list[Said]]:
    """Of each kind the latest statement that had been made by an instant, with all of the same time."""
    groups: dict[tuple[int, int], list[Said]] = {}
    for said in statements:
        if said.at > at:
            continue
        held = groups.setdefault(kind_of(said), [])
        if held and held[0].at < said.at:
            held.clear()
        if not held or held[0].at == said.at:
            held.append(said)
    return list(groups.values())


def _latest(group: set[Said]) -> list[Said]:
    came = [said.at for said in group if not said.flags & AHEAD]
    last = max(came) if came else None
    kept = [said for said in group if said.at == last and not said.flags & AHEAD]
    ahead = sorted((said for said in group if said.flags & AHEAD and (last is None or said.at >= last)), key=_order)
    # The latest, so that what is kept does not depend on the order in which they came; by themselves those that
    # free, so that no number of them can push out one that forbids.
    freeing = [said for said in ahead if said.letter in FREEING]
    forbidding = [said for said in ahead if said.letter not in FREEING]
    return kept + freeing[-MOST_AHEAD:] + forbidding[-MOST_AHEAD:]


def kind_of(said: Said) -> tuple[int, int]:
    """What displaces one another: the later of two grants, of two refusals, of two objections and so on.

    A refusal displaces the grants before it too (`keep`). A grant does not displace the refusal before it, which stays
    the latest word about the purposes below; nor does a claim what is known.
    """
    return _KINDS.get(said.letter, QUESTION), said.flags & VERIFIED


def _order(said: Said) -> tuple[int, str, int, int]:
    return said.at, said.letter, said.flags, -1 if said.ends is None else said.ends
