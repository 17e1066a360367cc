"""Decisions of staff: recorded at once, or held back for a second pair of eyes."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from profiles.configuration import configuration
from profiles.identity.canonical import Dropped
from profiles.identity.decisions import RawIdentifier, record_decision, record_decisions, withdraw_decisions
from profiles.identity.previewing import ends_in_force
from profiles.models import Decision, Identifier
from profiles.pipeline import enter_lane
from profiles.profile import UnknownType, find_identifier
from profiles.review.cases import open_candidate
from profiles.review.kinds.proposals import NAME, candidate_of
from profiles.review.proposing import Pair, propose_decisions, size_held_back


class NeedsTwo(Exception):
    """The profile would be so large that two members of staff have to agree to it: decide it in the back office."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class _HeldBack(Exception):
    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


@dataclass(frozen=True, slots=True)
class Decided:
    """What was recorded, and is in force."""

    decisions: list[Decision]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What waits for another member of staff; nothing follows from it until then."""

    proposal_id: UUID
    case_id: UUID
    size: int  # identifiers of the largest profile that would come out


@contextmanager
def nobody_else_decides() -> Iterator[None]:
    """A transaction in which no profile changes but by whoever is in it: what is foreseen here is what comes of it."""
    with transaction.atomic():
        enter_lane()
        yield


def decide_pairs(*, pairs: Sequence[Pair], verdict: str, reason: str, actor: str) -> Decided | Proposed:
    """Decide that pairs of identifiers, by id, are the `same` person or `different` people.

    A *same* that joins profiles into one above the size that FOUR_EYES_ABOVE sets is proposed instead, where FOUR_EYES
    holds `merge`. Raises what `record_decisions` raises.
    """
    ids = {end for ends in pairs for end in ends}
    with transaction.atomic():
        enter_lane()
        try:
            with transaction.atomic():
                before = roots_of(ids)
                made = record_decisions(pairs=pairs, verdict=verdict, reason=reason, actor=actor)
                hold_back_large(ids, verdict == Decision.Verdict.SAME and roots_of(ids) != before)
        except _HeldBack as held:
            return _propose(pairs, verdict, reason, held.size, actor)
    return Decided(made)


def decide_alone(*, a: RawIdentifier, b: RawIdentifier, verdict: str, reason: str, actor: str) -> Decision:
    """A service's decision about two identifiers as it names them: nobody can agree to it for a service.

    Raises `NeedsTwo` where two members of staff have to agree, and what `record_decision` raises.
    """
    # Not in the lane, where nothing may be stored: what joins them in this instant only makes the answer more careful.
    roots = [root_of(one) for one in (a, b)]
    joins = None in roots or roots[0] != roots[1]
    try:
        with transaction.atomic():
            made = record_decision(a=a, b=b, verdict=verdict, reason=reason, actor=actor)
            hold_back_large([made.a_id, made.b_id], joins and verdict == Decision.Verdict.SAME)
    except _HeldBack:
        raise NeedsTwo from None
    return made


def take_back_decisions(*, ids: Collection[UUID], actor: str) -> list[Decision]:
    """Take decisions back, all or none, where that joins nobody into a profile that two have to agree to.

    A proposal is of decisions alone: whoever wants such a profile proposes a *same person*. Raises `NeedsTwo`, and what
    `withdraw_decisions` raises.
    """
    with transaction.atomic():
        enter_lane()
        ends = ends_in_force(ids)
        before = members_by_end(ends)
        made = withdraw_decisions(ids=ids, actor=actor)
        after = members_by_end(ends)
        if size_held_back([end for end in ends if not after[end] <= before[end]]) is not None:
            raise NeedsTwo
    return made


def members_by_end(ends: Collection[int]) -> dict[int, set[int]]:
    """All identifiers of the profile that each of some identifiers is in."""
    roots = roots_of(ends)
    members: dict[int, set[int]] = {root: set() for root in roots.values()}
    for id_, root in Identifier.objects.filter(root_id__in=members).values_list("id", "root_id"):
        members[root].add(id_)
    return {end: members[root] for end, root in roots.items()}


def root_of(raw: RawIdentifier) -> int | None:
    """The profile that holds an identifier today, by its root; None where it is stored nowhere."""
    try:
        found = find_identifier(*raw, configuration())
    except (UnknownType, Dropped):
        return None
    return None if found is None else found.root_id


def hold_back_large(ids: Collection[int], joins: bool) -> None:
    """Raise where what was just decided joined profiles into one that two have to agree to."""
    size = size_held_back(ids) if joins else None
    if size is not None:
        raise _HeldBack(size)


def roots_of(ids: Collection[int]) -> dict[int, int]:
    """The profiles of some identifiers, by the identifier."""
    return dict(Identifier.objects.filter(id__in=ids).values_list("id", "root_id"))


def _propose(pairs: Sequence[Pair], verdict: str, reason: str, size: int, actor: str) -> Proposed:
    row = propose_decisions(pairs=pairs, verdict=verdict, reason=reason, size=size, actor=actor)
    case = open_candidate(NAME, candidate_of(row))
    return Proposed(row.id, case.id, row.size)
