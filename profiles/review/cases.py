"""A case's life: opened, claimed, answered, put off, taken back; settled when what it asks no longer stands."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import uuid_utils
from django.db import transaction
from django.db.models import Q

from profiles.models import ReviewCase
from profiles.review.kinds.case_kind import Candidate
from profiles.review.registry import kind_named

CLAIM = timedelta(minutes=10)
State = ReviewCase.State
WAITING = (State.OPEN, State.LATER)
ComesBack = Callable[[ReviewCase], bool]


class NoSuchCase(LookupError):
    """There is no such case: it never was, or whoever it was about was erased."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Taken(Exception):
    """Somebody else works on this case at the moment."""

    def __init__(self, by: str) -> None:
        super().__init__(self.__doc__)
        self.by = by


class NotWaiting(Exception):
    """This case was answered or settled meanwhile; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def open_candidate(kind: str, candidate: Candidate) -> ReviewCase:
    """Open a case, or the one that there is of it."""
    open_candidates(kind, [candidate], comes_back=lambda case: True)
    return ReviewCase.objects.get(kind=kind, key=candidate.key)


def open_candidates(kind: str, candidates: Iterable[Candidate], *, comes_back: ComesBack) -> int:
    """Open those that are no case yet, and those that were settled and stand again; how many.

    One that waits takes the stake of today. An answered one stays answered unless `comes_back` says otherwise.
    """
    found = {one.key: one for one in candidates}
    opened = 0
    with transaction.atomic():
        rows = ReviewCase.objects.select_for_update().filter(kind=kind, key__in=found)
        for row in rows.order_by("key"):
            opened += _find_again(row, found.pop(row.key), comes_back)
        made = [_new(kind, one) for one in found.values()]
        ReviewCase.objects.bulk_create(made, ignore_conflicts=True)
    return opened + len(made)


def _new(kind: str, candidate: Candidate) -> ReviewCase:
    return ReviewCase(
        id=UUID(bytes=uuid_utils.uuid7().bytes),
        kind=kind,
        key=candidate.key,
        identifier_ids=list(candidate.identifier_ids),
        details=dict(candidate.details),
        stake=candidate.stake,
    )


def _find_again(row: ReviewCase, candidate: Candidate, comes_back: ComesBack) -> int:
    again = row.state == State.SETTLED or (row.state == State.ANSWERED and comes_back(row))
    if not again and (row.state == State.ANSWERED or row.stake == candidate.stake):
        return 0
    row.stake, row.identifier_ids = candidate.stake, list(candidate.identifier_ids)
    if again:
        row.details, row.opened_at = dict(candidate.details), datetime.now(UTC)
        _reopen(row)
    row.save()
    return int(again)


def _reopen(row: ReviewCase) -> None:
    row.state, row.last_at = State.OPEN, datetime.now(UTC)
    row.answer = row.note = row.answered_by = row.claimed_by = ""
    row.answered_at = row.claimed_until = None
    row.decision_ids, row.withdrawn_ids = [], []


def find_case(id_: UUID) -> ReviewCase:
    """A case; raises `NoSuchCase`."""
    row = ReviewCase.objects.filter(id=id_).first()
    if row is None:
        raise NoSuchCase
    return row


def claim_case(*, case: ReviewCase, actor: str) -> bool:
    """Claim a case that waits for ten minutes, unless another works on it; whether it is claimed by this one now."""
    now = datetime.now(UTC)
    free = Q(claimed_by__in=["", actor]) | Q(claimed_until__lte=now)
    until = now + CLAIM
    rows = ReviewCase.objects.filter(free, id=case.id, state__in=WAITING)
    if not rows.update(claimed_by=actor, claimed_until=until):
        return False
    case.claimed_by, case.claimed_until = actor, until
    return True


def release_case(*, id: UUID, actor: str, until: str = "") -> None:  # noqa: A002 - the field's name
    """Give a case back that one works on; one that is not one's own stays as it is.

    `until`: the claim that is meant, by its end in ISO 8601. One that was renewed since is kept: a page that was loaded
    again claims the case before the page that it takes the place of gives it back.
    """
    with transaction.atomic():
        row = ReviewCase.objects.select_for_update().filter(id=id, claimed_by=actor).first()
        if row is None or (until and row.claimed_until and row.claimed_until.isoformat() != until):
            return
        row.claimed_by, row.claimed_until = "", None
        row.save(update_fields=["claimed_by", "claimed_until"])


def is_claimed(case: ReviewCase, actor: str) -> bool:
    """Whether another than this one works on a case now."""
    until = case.claimed_until
    return case.claimed_by not in ("", actor) and until is not None and until > datetime.now(UTC)


def postpone_case(*, id: UUID, note: str, actor: str) -> None:  # noqa: A002
    """Put a case off: nobody is sure, until more is known. Raises `NoSuchCase`, `Taken` and `NotWaiting`."""
    with transaction.atomic():
        row = locked_case(id, actor)
        row.state, row.note, row.answered_by = State.LATER, note, actor
        row.details = {**row.details, "known": kind_named(row.kind).known_about([row])[row.id]}
        row.claimed_by, row.claimed_until = "", None
        row.last_at = datetime.now(UTC)
        row.save()


def bring_back(cases: Iterable[ReviewCase]) -> int:
    """Open those of some cases anew that were put off and of which more is known by now; how many.

    Who was not sure, and what they noted, stays until it is answered.
    """
    put_off: dict[str, list[ReviewCase]] = {}
    for case in cases:
        if case.state == State.LATER:
            put_off.setdefault(case.kind, []).append(case)
    count = 0
    for name, some in put_off.items():
        known = kind_named(name).known_about(some)
        back = [case.id for case in some if case.details.get("known") != known[case.id]]
        rows = ReviewCase.objects.filter(id__in=back, state=State.LATER)
        count += rows.update(state=State.OPEN, last_at=datetime.now(UTC))
    return count


def settle_case(*, case: ReviewCase) -> None:
    """Close a case whose question does not stand any more; nobody answered it."""
    rows = ReviewCase.objects.filter(id=case.id, state__in=WAITING)
    rows.update(state=State.SETTLED, claimed_by="", claimed_until=None, last_at=datetime.now(UTC))
    case.state = State.SETTLED


def locked_case(id_: UUID, actor: str) -> ReviewCase:
    """A case that waits and that no other works on, locked until the transaction ends."""
    row = ReviewCase.objects.select_for_update().filter(id=id_).first()
    if row is None:
        raise NoSuchCase
    if row.state not in WAITING:
        raise NotWaiting
    if is_claimed(row, actor):
        raise Taken(row.claimed_by)
    return row
