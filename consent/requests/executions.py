"""The execution of a request as its row records it: begun, failed, finished.

A request is executed by one at a time: who holds its lock of the session. It ends with the connection, so that what a
worker died over is taken up by the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from consent.models import PrivacyRequest, RequestStep
from consent.requests import machine
from consent.requests.journal import Journal
from consent.requests.kinds import ERASURE, EXECUTING, IN_PROGRESS
from consent.requests.letters import no_match_words
from consent.requests.moves import enter_contest
from consent.requests.records import Identifier, Subject, lock_request, read_subject
from consent.requests.results import Done, groups_to_run, merge_run, part_of
from consent.requests.telling import tell_denied, tell_finished

ENGINE = "engine"
NO_MATCH = "no_match"
TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('privacy request ' || %s, 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('privacy request ' || %s, 0))"
MOST_ATTEMPTS = 6
FIRST_PAUSE = timedelta(seconds=10)
PAUSE_GROWTH = 4  # the pauses between six attempts add up to about an hour


@dataclass(frozen=True, slots=True)
class Begun:
    """An execution that goes on now. `groups`: of the evidence, to be done in this run."""

    row: PrivacyRequest
    subject: Subject
    scope: Mapping[str, Sequence[int]]
    groups: frozenset[str]


@contextmanager
def only_one(id: UUID) -> Iterator[bool]:  # noqa: A002
    """Whether this is the only one who executes the request."""
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [str(id)])
        row = cursor.fetchone()
    taken = bool(row and row[0])
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute(UNLOCK, [str(id)])


def begin(
    journal: Journal,
    id: UUID,  # noqa: A002
    *,
    scope: Mapping[str, Sequence[int]],
    person: Sequence[Identifier],
    needs_approval: bool = False,
) -> Begun | None:
    """Begin an execution, or go on with it, in the caller's transaction; None where it is not to be executed now.

    `scope` is kept where none was yet. `needs_approval`: one that nobody approved waits for that instead. Raises
    `NotNow` where the request is closed.
    """
    contest = enter_contest(id, person)
    row = contest.row
    if row.state == IN_PROGRESS and not cools_or_waits(row, journal.now):
        contest.settle(journal)
    if row.state == IN_PROGRESS and needs_approval and not row.needs_approval:
        journal.advance(row, machine.APPROVAL_WANTED, needs_approval=True)
    if row.state not in (IN_PROGRESS, EXECUTING) or cools_or_waits(row, journal.now):
        return None
    changes: dict[str, Any] = {
        "attempted_at": journal.now,
        "attempts": row.attempts + 1,
        "scope": dict(row.scope or scope),
    }
    if row.state == IN_PROGRESS:
        journal.advance(row, machine.BEGUN, executing_since=journal.now, **changes)
    else:
        PrivacyRequest.objects.filter(id=id).update(**changes)
        row.refresh_from_db()
    return Begun(row, contest.subject, row.scope, groups_to_run(row.result))


def cools_or_waits(row: PrivacyRequest, now: datetime) -> bool:
    """Whether the time of a request that is in progress has not come."""
    cools = row.execute_after is not None and now < row.execute_after
    waits = row.needs_approval and not row.approved_by
    return row.state == IN_PROGRESS and (cools or waits)


def deny_as_nothing_held(journal: Journal, id: UUID) -> None:  # noqa: A002
    """Close a request about somebody of whom nothing is stored, in the caller's transaction.

    One that did something before is finished instead: what is gone meanwhile is no reason to deny it.
    """
    row = lock_request(id)
    if row.state != EXECUTING:
        return
    if row.result.get("groups"):
        finish(journal, id, Done())
        return
    subject = read_subject(row)
    words = no_match_words(row.language)
    journal.advance(row, machine.NOTHING_HELD, reason=NO_MATCH, explanation=words, detail={"reason": NO_MATCH})
    tell_denied(row, subject)


def finish(journal: Journal, id: UUID, done: Done, *, token: str = "") -> PrivacyRequest | None:  # noqa: A002
    """Record what a run came to, in the caller's transaction: completed where nothing is left, else partly.

    `token`: of the link to a package that it made.
    """
    row = lock_request(id)
    if row.state != EXECUTING:
        return None
    subject = read_subject(row)
    row.result = merge_run(row.result, done, type=row.type, scope=row.scope)
    if row.type != ERASURE:  # its address is erased with the rest
        tell_finished(row, subject, token)
    gaps = len(row.result["gaps"])
    journal.advance(row, machine.FINISHED_PARTLY if gaps else machine.FINISHED, detail={"gaps": gaps})
    return row


@transaction.atomic
def fail(*, id: UUID, problem: str, now: datetime) -> None:  # noqa: A002
    """Note that a run failed; after the last attempt the request is done in part, what did not answer being its gap."""
    journal, row = Journal(ENGINE, now), lock_request(id)
    if row.state != EXECUTING:
        return
    if row.attempts < MOST_ATTEMPTS:
        journal.advance(row, machine.ATTEMPT_FAILED, attempted_at=now, detail={"problem": problem})
    else:
        finish(journal, id, Done(gaps=unanswered(row, problem)))
    journal.write_audit()


def unanswered(row: PrivacyRequest, problem: str) -> list[dict[str, Any]]:
    """The stores that did not answer, as gaps."""
    part = part_of(groups_to_run(row.result))
    open_ = RequestStep.objects.filter(request=row).exclude(state="done").order_by("store", "part")
    gaps = [{"store": one.store, "group": one.part, "rows": one.rows, "why": one.problem or problem} for one in open_]
    return gaps or [{"store": "*", "group": part, "rows": 0, "why": problem}]


def pause_after(attempts: int) -> timedelta:
    """How long after an attempt the next one is made."""
    return FIRST_PAUSE * int(PAUSE_GROWTH ** max(attempts - 1, 0))


def due_executions(now: datetime, limit: int) -> list[UUID]:
    """Requests whose execution is to begin, or to be tried again, the longest waiting first."""
    approved = Q(needs_approval=False) | ~Q(approved_by="")
    ready = Q(state=IN_PROGRESS) & approved & (Q(execute_after=None) | Q(execute_after__lte=now))
    pauses = Q(attempted_at=None)
    for attempts in range(MOST_ATTEMPTS + 1):
        pauses |= Q(attempts=attempts, attempted_at__lte=now - pause_after(attempts))
    again = Q(state=EXECUTING) & pauses
    found = PrivacyRequest.objects.filter(ready | again).order_by("received_at", "id")
    return list(found.values_list("id", flat=True)[:limit])
