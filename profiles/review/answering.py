"""Answers of stewards: given, put into force, and taken back."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from django.db import transaction

from profiles.configuration import Configuration, configuration
from profiles.identity.decisions import reinstate_decisions, withdraw_decisions
from profiles.models import Decision, ReviewCase
from profiles.pipeline import enter_lane
from profiles.review.cases import WAITING, NoSuchCase, NotWaiting, State, find_case, locked_case
from profiles.review.deciding import Proposed, decide_pairs, take_back_decisions
from profiles.review.kinds.case_kind import Answer, Done
from profiles.review.proposing import PROPOSED, propose_anew, withdraw_proposal
from profiles.review.registry import kind_named
from profiles.review.sides import SideSeen, read_sides


class NoSuchAnswer(LookupError):
    """This cannot be answered to the case, or not by you."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class CannotUndo(Exception):
    """What followed from this answer cannot be taken back; or it was taken back already."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class ChangedSince(Exception):
    """What the answer would do is no longer what was shown; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def answer_case(
    *,
    id: UUID,  # noqa: A002
    answer: str,
    note: str,
    actor: str,
    rights: Sequence[str] = (),
    seen: str | None = None,
) -> ReviewCase:
    """Answer a case, with all that follows, in one transaction.

    `rights`: what the member of staff may do beside deciding identity. `seen`: the `mark_of` what they were shown;
    None: whatever it is. The case's `answer` is `proposed` where another has to agree first. Raises `NoSuchCase`,
    `Taken`, `NotWaiting`, `NoSuchAnswer`, `ChangedSince` and what decisions raise.
    """
    with transaction.atomic():
        held = configuration()  # the latest, for the kinds
        found = find_case(id)
        if found.state not in WAITING:
            raise NotWaiting
        chosen = _chosen(found, answer, actor, rights)
        if chosen.changes_profiles:
            enter_lane()  # before the case: an erasure has the lane when it comes to the case
        row = locked_case(id, actor)
        if not kind_named(row.kind).still_open(row):
            raise NotWaiting
        if chosen.changes_profiles:
            chosen = _chosen(row, answer, actor, rights)  # nobody else decides from here on
            check_seen(seen, row, actor, held)
        proposal, done = _carry_out(chosen, note, actor)
        row.answer, row.note, row.answered_by = PROPOSED if proposal else chosen.name, note, actor
        undo = {**done.undo, "final": chosen.final}
        row.details = {**row.details, "undo": undo, **({"proposal": str(proposal)} if proposal else {})}
        row.decision_ids, row.withdrawn_ids = list(done.decision_ids), list(done.withdrawn_ids)
        row.state, row.answered_at = State.ANSWERED, datetime.now(UTC)
        row.claimed_by, row.claimed_until, row.last_at = "", None, row.answered_at
        row.save()
    return row


def check_seen(seen: str | None, row: ReviewCase, actor: str, held: Configuration) -> None:
    """Raise `ChangedSince` unless what the answers would do is what was shown."""
    kind = kind_named(row.kind)
    if seen is not None and seen != mark_of(kind.answers(row, actor), read_sides(kind.sides(row), held)):
        raise ChangedSince


def mark_of(answers: Iterable[Answer], sides: Iterable[SideSeen]) -> str:
    """What tells that which answers would do, and to whom, from whatever else they might; it tells nothing else."""
    told = [
        (one.name, sorted(one.told), sorted(id_.hex for id_ in one.withdrawn))
        for one in answers
        if one.changes_profiles
    ]
    people = [(side.root_id, sorted(member.id for member in side.members)) for side in sides]
    return hashlib.sha256(msgspec.json.encode([told, people])).hexdigest()[:16]


def _chosen(row: ReviewCase, name: str, actor: str, rights: Sequence[str]) -> Answer:
    for one in kind_named(row.kind).answers(row, actor):
        if one.name == name and (not one.right or one.right in rights):
            return one
    raise NoSuchAnswer


def _carry_out(chosen: Answer, note: str, actor: str) -> tuple[UUID | None, Done]:
    """What an answer orders is done; the id of the proposal where it waits for another."""
    if chosen.perform is not None:
        return None, chosen.perform(note, actor)
    decided: list[UUID] = []
    for verdict in Decision.Verdict.values:
        pairs = [(a, b) for a, b, said in chosen.told if said == verdict]
        if pairs:
            made = decide_pairs(pairs=pairs, verdict=verdict, reason=note, actor=actor)
            if isinstance(made, Proposed):
                return made.proposal_id, Done()
            decided += [one.id for one in made.decisions]
    if chosen.withdrawn:
        take_back_decisions(ids=chosen.withdrawn, actor=actor)
    return None, Done(decided, chosen.withdrawn)


def undo_case(*, id: UUID, actor: str) -> ReviewCase:  # noqa: A002
    """Take an answer back, or that a case was put off: profiles are as they were, and the case is open again.

    Raises `NoSuchCase` and `CannotUndo`.
    """
    with transaction.atomic():
        found = find_case(id)
        if found.decision_ids or found.withdrawn_ids or found.answer == PROPOSED:
            enter_lane()
        row = ReviewCase.objects.select_for_update().filter(id=id).first()
        if row is None:
            raise NoSuchCase
        if not _can_undo(row, actor):
            raise CannotUndo
        _take_back(row, actor)
        row.state, row.last_at = State.OPEN, datetime.now(UTC)
        row.answer = row.note = row.answered_by = ""
        row.answered_at, row.decision_ids, row.withdrawn_ids = None, [], []
        row.details = {name: value for name, value in row.details.items() if name != "undo"}
        row.save()
    return row


def _can_undo(row: ReviewCase, actor: str) -> bool:
    if row.answered_by != actor:
        return False
    return row.state == State.LATER or (row.state == State.ANSWERED and not row.details.get("undo", {}).get("final"))


def _take_back(row: ReviewCase, actor: str) -> None:
    kind_named(row.kind).take_back(row, actor)
    if row.answer == PROPOSED:
        withdraw_proposal(id=UUID(row.details["proposal"]), note="", actor=actor)
    if row.decision_ids:
        withdraw_decisions(ids=row.decision_ids, actor=actor)
        propose_anew(row.decision_ids)
    if row.withdrawn_ids:
        reinstate_decisions(ids=row.withdrawn_ids)
