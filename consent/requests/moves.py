"""What staff, the person and the engine do with a request: each function one transaction.

All raise `NoSuchRequest`, and `NotNow` where the state does not allow it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction

from consent.models import PrivacyRequest, RequestExtension
from consent.requests import machine
from consent.requests.approvals import approved_first, is_enough
from consent.requests.claims import hashes_of, lock_contenders, place_of, settle
from consent.requests.clocks import clock_of
from consent.requests.journal import EXTENDED, Journal
from consent.requests.kinds import AWAITING_APPROVAL, CLOSED, PARTIALLY_COMPLETED
from consent.requests.records import (
    Identifier,
    Subject,
    calendar_of,
    lock_request,
    name_subjects,
    reaches,
    read_subject,
)
from consent.requests.refusals import NoSuchRequest, NotNow
from consent.requests.results import answer_review, gaps_that_failed, groups_that_failed, groups_to_review
from consent.requests.telling import tell_denied, tell_extended

ACKNOWLEDGED = "acknowledged"
IDENTITY_NOTED = "identity_noted"
INCLUDE, LEAVE = "include", "leave"


def subject_of(id: UUID) -> Subject | None:  # noqa: A002
    """Whom an open request is about; None once it is closed. Raises `NoSuchRequest`."""
    row = PrivacyRequest.objects.filter(id=id).first()
    if row is None:
        raise NoSuchRequest
    return read_subject(row)


def type_of(id: UUID) -> str:  # noqa: A002
    """What a request asks for. Raises `NoSuchRequest`."""
    found = PrivacyRequest.objects.filter(id=id).values_list("type", flat=True).first()
    if found is None:
        raise NoSuchRequest
    return found


@dataclass(frozen=True, slots=True)
class Contest:
    """A request, locked along with the active ones of the same person and place. `person`: all of their identifiers."""

    row: PrivacyRequest
    rivals: Sequence[PrivacyRequest]
    subject: Subject
    place: str
    person: Sequence[Identifier]
    digests: Sequence[bytes]

    def settle(self, journal: Journal) -> None:
        """Let one of them stay active."""
        name_subjects(self.row.id, self.person)
        settle(journal, self.row, self.rivals, self.place, self.digests)


def enter_contest(id: UUID, person: Sequence[Identifier]) -> Contest:  # noqa: A002
    """Lock a request and its rivals. Raises `NoSuchRequest`, and `NotNow` where it is closed."""
    row = PrivacyRequest.objects.filter(id=id).first()
    if row is None:
        raise NoSuchRequest
    subject = read_subject(row)
    if subject is None:
        raise NotNow(f"The request is {row.state}, which is final.")
    place, digests = place_of(row.type, subject.details), hashes_of(person)
    own, rivals = lock_contenders(id, place, digests)
    if own.state in CLOSED:
        raise NotNow(f"The request is {own.state}, which is final.")
    return Contest(own, rivals, subject, place, person, digests)


@transaction.atomic
def verify(
    *,
    id: UUID,  # noqa: A002
    level: str,
    method: str,
    person: Sequence[Identifier],
    actor: str,
    now: datetime,
    needs_approval: bool = False,
) -> None:
    """Record how well the identity was checked, and let the request go on where that is enough. Again: no change.

    `needs_approval`: it awaits approval then, whatever it was to do before.
    """
    journal = Journal(actor, now)
    contest = enter_contest(id, person)
    note_identity(journal, contest.row, level, method)
    if contest.row.state in machine.UNVERIFIED and reaches(contest.row.identity_level, contest.row.identity_needed):
        contest.row.needs_approval |= needs_approval
        go_on(journal, contest, at=now)
    journal.write_audit()


def note_identity(journal: Journal, row: PrivacyRequest, level: str, method: str) -> None:
    """Keep the best level that was reached."""
    if reaches(row.identity_level, level):
        return
    row.identity_level, row.identity_method = level, method
    row.save(update_fields=["identity_level", "identity_method"])
    journal.note(row, IDENTITY_NOTED, {"level": level, "method": method})


def go_on(journal: Journal, contest: Contest, *, at: datetime) -> None:
    """Let a request whose person is known now go on, or find it a duplicate. `at`: since when the person is known."""
    row = contest.row
    journal.advance(row, machine.VERIFIED, verified_at=at, execute_after=end_of_cooling_off(row, contest.subject, at))
    contest.settle(journal)
    if row.state in machine.ACTIVE and row.needs_approval:
        journal.advance(row, machine.APPROVAL_WANTED)


def end_of_cooling_off(row: PrivacyRequest, subject: Subject, at: datetime) -> datetime | None:
    """When it can be executed; never so late that the strict day is missed. None: at once."""
    if not subject.patience:
        return None
    return min(at + subject.patience, datetime.combine(row.internal_due_on, time.min, tzinfo=UTC))


@transaction.atomic
def approve(*, id: UUID, actor: str, now: datetime, wanted: int = 1) -> None:  # noqa: A002
    """Let a request that awaits approval be executed.

    `wanted`: how many have to approve. Of two the first is noted and the request goes on waiting. Raises `NotNow` also
    where the same actor approves again, and where nobody of both is a member of staff (ADR 0035).
    """
    journal, row = Journal(actor, now), lock_request(id)
    if row.state == AWAITING_APPROVAL and not is_enough(approved_first(id), actor, wanted):
        journal.advance(row, machine.APPROVED_FIRST)
        journal.write_audit()
        return
    changes: dict[str, Any] = {"executing_since": now} if row.execute_after is None or row.execute_after <= now else {}
    journal.advance(row, machine.APPROVED, approved_by=actor, **changes)
    journal.write_audit()


@transaction.atomic
def deny(*, id: UUID, reason: str, explanation: str, actor: str, now: datetime) -> None:  # noqa: A002
    """Refuse a request that is not being executed."""
    journal, row = Journal(actor, now), lock_request(id)
    subject = read_subject(row)
    journal.advance(row, machine.REFUSED, reason=reason, explanation=explanation, detail={"reason": reason})
    tell_denied(row, subject)
    journal.write_audit()


@transaction.atomic
def cancel(*, id: UUID, actor: str, now: datetime) -> None:  # noqa: A002
    """Cancel a request of which nothing was done, unless its cooling-off is over."""
    journal, row = Journal(actor, now), lock_request(id)
    journal.advance(row, machine.WITHDRAWN, reason="cancelled_by_person")
    journal.write_audit()


@transaction.atomic
def expire(*, id: UUID, actor: str, now: datetime) -> None:  # noqa: A002
    """Close a request whose person did not prove who they are in time."""
    journal, row = Journal(actor, now), lock_request(id)
    journal.advance(row, machine.RAN_OUT, reason="not_verified_in_time")
    journal.write_audit()


@transaction.atomic
def acknowledge(*, id: UUID, actor: str, now: datetime) -> None:  # noqa: A002
    """Note that receipt was confirmed to the person. Again: no change."""
    row = lock_request(id)
    note_acknowledged(Journal(actor, now), row)


def note_acknowledged(journal: Journal, row: PrivacyRequest) -> None:
    """Note that receipt was confirmed, once."""
    if row.acknowledged_at is None:
        row.acknowledged_at = journal.now
        row.save(update_fields=["acknowledged_at"])
        journal.note(row, ACKNOWLEDGED, {})


@transaction.atomic
def extend(*, id: UUID, reason: str, actor: str, now: datetime) -> None:  # noqa: A002
    """Take the longer period, once, while the first is not over."""
    journal, row = Journal(actor, now), lock_request(id)
    internal, due = longer_period(row, now)
    detail = {"due_before": row.due_on.isoformat(), "due_on": due.isoformat()}
    RequestExtension.objects.create(
        request=row, reason=reason, noticed_at=now, actor=actor, due_before=row.due_on, due_on=due
    )
    row.due_on, row.internal_due_on = due, internal
    row.save(update_fields=["due_on", "internal_due_on"])
    journal.note(row, EXTENDED, detail)
    tell_extended(row, read_subject(row), reason)
    journal.write_audit()


def longer_period(row: PrivacyRequest, now: datetime) -> tuple[date, date]:
    """The strict and the legal day of the longer period. Raises `NotNow` where there is none, or not any more."""
    clock = clock_of(
        regulation=row.regulation, type=row.type, received_on=row.received_at, region=calendar_of(row.region)
    )
    if row.state in CLOSED:
        raise NotNow(f"The request is {row.state}, which is final.")
    if clock.extended_due_on is None or clock.extended_internal_due_on is None:
        raise NotNow("A choice takes effect at once; its period cannot be extended.")
    if RequestExtension.objects.filter(request=row).exists():
        raise NotNow("The period was extended already, which can be done once.")
    if now.date() > row.due_on:
        raise NotNow("The first period is over; an extension must be noticed within it.")
    return clock.extended_internal_due_on, clock.extended_due_on


@transaction.atomic
def review(
    *,
    id: UUID,  # noqa: A002
    answers: Mapping[str, bool],
    person: Sequence[Identifier],
    actor: str,
    now: datetime,
) -> None:
    """Answer evidence groups that await review: True has it executed for them too, False leaves them as they are."""
    journal, contest = Journal(actor, now), enter_contest(id, person)
    row = contest.row
    if row.state == PARTIALLY_COMPLETED:
        check_answers(row.result, answers)
    detail = {group: INCLUDE if include else LEAVE for group, include in sorted(answers.items())}
    result = answer_review(row.result, answers)
    if any(answers.values()):
        go_again(journal, contest, machine.INCLUDED, result, detail)
    else:
        journal.advance(row, machine.LEFT, result=result, detail=detail)
    journal.write_audit()


def check_answers(result: Mapping[str, Any], answers: Mapping[str, bool]) -> None:
    """Raise `NotNow` unless each group that is included awaits review, and each that is left does or could not be done.

    What the evidence settles cannot be left: it is tried again until it is done.
    """
    included = {group for group, include in answers.items() if include}
    open_groups = groups_to_review(result) | groups_that_failed(result)
    if not answers or not (included <= groups_to_review(result) and answers.keys() <= open_groups):
        raise NotNow("Only evidence groups that await review can be answered; the gaps of the request name them.")


@transaction.atomic
def retry(*, id: UUID, person: Sequence[Identifier], actor: str, now: datetime) -> None:  # noqa: A002
    """Have executed again what failed."""
    journal, contest = Journal(actor, now), enter_contest(id, person)
    row = contest.row
    if row.state == PARTIALLY_COMPLETED and not gaps_that_failed(row.result):
        raise NotNow("Nothing of it failed; what is left awaits review.")
    go_again(journal, contest, machine.RETRIED, {**row.result, "next": sorted(row.result.get("groups", ()))}, {})
    journal.write_audit()


def go_again(
    journal: Journal, contest: Contest, event: str, result: Mapping[str, Any], detail: Mapping[str, Any]
) -> None:
    """Let a request that was done in part be executed again, once no other of the person and type is active."""
    rivals = [row for row in contest.rivals if row.id != contest.row.id]
    journal.advance(
        contest.row,
        event,
        rival=bool(rivals),
        detail=detail,
        result=dict(result),
        executing_since=journal.now,
        attempted_at=None,
        attempts=0,
    )
    contest.settle(journal)
