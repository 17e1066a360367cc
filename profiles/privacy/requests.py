"""The request engine: what can be done with a privacy request, and how one is read.

Each function is one transaction (an execution is several), takes the actor, and returns the request as it may be shown.
Functions that move a request raise `NoSuchRequest`, and `NotNow` where its state does not allow it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from consent.requests import moves
from consent.requests.appeals import close_appeal, open_appeal
from consent.requests.kinds import APPEAL, BY_WORKER, DENIALS, EXECUTING, IN_PROGRESS
from consent.requests.reading import events_of, list_shown, read_shown, shown_about
from consent.requests.refusals import BadRequestCursor, NoSuchRequest, NotNow
from consent.requests.shown import (
    Shown,
    ShownAppeal,
    ShownDelivery,
    ShownEvent,
    ShownExtension,
    ShownGap,
    ShownPackage,
    ShownStep,
)
from profiles.privacy.asking import Asked, ExternalIdTaken, RequestRefused
from profiles.privacy.executing import execute
from profiles.privacy.four_eyes import approvals_wanted, needs_two
from profiles.privacy.people import Person, person_of
from profiles.privacy.submitting import canonical_of, take_request

NOBODY = Person({}, (), (), ())

__all__ = [
    "Asked",
    "BadRequestCursor",
    "ExternalIdTaken",
    "NoSuchRequest",
    "NotNow",
    "RequestRefused",
    "Shown",
    "ShownAppeal",
    "ShownDelivery",
    "ShownEvent",
    "ShownExtension",
    "ShownGap",
    "ShownPackage",
    "ShownStep",
    "acknowledge_request",
    "appeal_request",
    "approve_request",
    "cancel_request",
    "decide_appeal",
    "deny_request",
    "execute_request",
    "extend_request",
    "list_requests",
    "read_request",
    "request_events",
    "requests_of",
    "retry_request",
    "review_request",
    "submit_request",
    "verify_request",
]


def submit_request(*, asked: Asked) -> Shown:
    """Take a request; under an external id that was used for the same content, return the request that it made.

    Raises `RequestRefused` and `ExternalIdTaken`, and for an appeal (`about`, details.reason) what `appeal_request`
    does. What needs no worker is in force when this returns. Call it outside of a transaction: what it does waits for
    the resolver lane after it wrote the audit log.
    """
    if asked.type == APPEAL:
        return take_appeal(asked)
    return go_on(take_request(asked=asked, now=datetime.now(UTC)))


def verify_request(*, id: UUID, level: str, method: str, actor: str) -> Shown:  # noqa: A002
    """Record how well the person's identity was checked; the request goes on where that is enough for its type."""
    person = people_of(id)
    moves.verify(
        id=id,
        level=level,
        method=method,
        person=person.names,
        actor=actor,
        now=datetime.now(UTC),
        needs_approval=needs_two(moves.type_of(id), person),
    )
    return go_on(id)


def approve_request(*, id: UUID, actor: str) -> Shown:  # noqa: A002
    """Let a request that awaits approval be executed. Where two have to approve it, the first one's approval is noted
    and it waits on; `NotNow` also for an approval that cannot be the second (ADR 0035)."""
    wanted = approvals_wanted(moves.type_of(id), people_of(id))
    moves.approve(id=id, actor=actor, now=datetime.now(UTC), wanted=wanted)
    return go_on(id)


def deny_request(*, id: UUID, reason: str, explanation: str, actor: str) -> Shown:  # noqa: A002
    """Refuse a request, with a reason of `kinds.DENIALS` and a sentence for the letter. Raises `RequestRefused`."""
    if reason not in DENIALS:
        raise RequestRefused("reason", f"This must be one of: {', '.join(DENIALS)}.")
    moves.deny(id=id, reason=reason, explanation=explanation, actor=actor, now=datetime.now(UTC))
    return read_shown(id)


def extend_request(*, id: UUID, reason: str, actor: str) -> Shown:  # noqa: A002
    """Take the longer period, once, while the first is not over. Raises `RequestRefused`."""
    if not reason.strip():
        raise RequestRefused("reason", "Say why more time is needed: the person is told.")
    moves.extend(id=id, reason=reason, actor=actor, now=datetime.now(UTC))
    return read_shown(id)


def cancel_request(*, id: UUID, actor: str) -> Shown:  # noqa: A002
    """Cancel a request that is not being executed and whose cooling-off is not over."""
    moves.cancel(id=id, actor=actor, now=datetime.now(UTC))
    return read_shown(id)


def acknowledge_request(*, id: UUID, actor: str) -> Shown:  # noqa: A002
    """Note that receipt was confirmed to the person; again it changes nothing."""
    moves.acknowledge(id=id, actor=actor, now=datetime.now(UTC))
    return read_shown(id)


def review_request(*, id: UUID, groups: Mapping[str, str], actor: str) -> Shown:  # noqa: A002
    """Answer the evidence groups that await review: each `include` or `leave`. Raises `RequestRefused`."""
    for group, answer in groups.items():
        if answer not in (moves.INCLUDE, moves.LEAVE):
            raise RequestRefused(f"groups/{group}", "Each group is answered by `include` or `leave`.")
    answers = {group: answer == moves.INCLUDE for group, answer in groups.items()}
    moves.review(id=id, answers=answers, person=names_of(id), actor=actor, now=datetime.now(UTC))
    return go_on(id)


def retry_request(*, id: UUID, actor: str) -> Shown:  # noqa: A002
    """Execute again what failed."""
    moves.retry(id=id, person=names_of(id), actor=actor, now=datetime.now(UTC))
    return go_on(id)


def appeal_request(*, id: UUID, words: str, actor: str) -> Shown:  # noqa: A002
    """Take the person's appeal against how a request ended; one is open at a time. Raises `RequestRefused`."""
    if not words.strip():
        raise RequestRefused("reason", "An appeal says what is wrong with how the request ended.")
    open_appeal(id=id, words=words, actor=actor, now=datetime.now(UTC))
    return read_shown(id)


def decide_appeal(*, id: UUID, upheld: bool, outcome: str, actor: str) -> Shown:  # noqa: A002
    """Decide the open appeal of the request `id`, with the answer in words."""
    close_appeal(id=id, upheld=upheld, outcome=outcome, actor=actor, now=datetime.now(UTC))
    return read_shown(id)


def execute_request(id: UUID) -> Shown:  # noqa: A002
    """Do what is asked, or go on where it stopped; nothing where it is not to be executed now."""
    execute(id)
    return read_shown(id)


def read_request(id: UUID) -> Shown:  # noqa: A002
    """One request. Raises `NoSuchRequest`."""
    return read_shown(id)


def list_requests(
    *,
    state: str = "",
    type: str = "",  # noqa: A002
    source: str = "",
    overdue: bool = False,
    due_before: date | None = None,
    cursor: str = "",
    limit: int = 50,
) -> tuple[list[Shown], str]:
    """The latest first, and the cursor of the next page ("" at the end). Raises `BadRequestCursor`.

    `overdue`: open, and the legal day is over; `due_before`: open, and the legal day is before this one.
    """
    return list_shown(
        state=state,
        type=type,
        source=source,
        overdue=overdue,
        due_before=due_before,
        cursor=cursor,
        limit=limit,
    )


def requests_of(identifiers: Sequence[tuple[str, Any]]) -> list[Shown]:
    """The requests that are about one of these canonical (type, value), the latest first."""
    return shown_about([(type_, str(value)) for type_, value in identifiers])


def request_events(id: UUID) -> list[ShownEvent]:  # noqa: A002
    """The life of a request, from its beginning. Raises `NoSuchRequest`."""
    return events_of(id)


def names_of(id: UUID) -> Sequence[tuple[str, str]]:  # noqa: A002
    """The identifiers of the one whom an open request is about; none once it is closed."""
    return people_of(id).names


def people_of(id: UUID) -> Person:  # noqa: A002
    """The one whom an open request is about; nobody once it is closed. Raises `NoSuchRequest`."""
    subject = moves.subject_of(id)
    return NOBODY if subject is None else person_of(subject.identifiers)


def take_appeal(asked: Asked) -> Shown:
    """An appeal that comes in as a request: it is about an earlier one of the same person."""
    named = [] if asked.about is None else requests_of(canonical_of(asked))
    if asked.about is None or asked.about not in {one.id for one in named}:
        raise RequestRefused("about", "An appeal names the request of the same person that it is about.")
    return appeal_request(id=asked.about, words=str(asked.details.get("reason", "")), actor=asked.requester)


def go_on(id: UUID) -> Shown:  # noqa: A002
    """Execute at once what is not left to a worker."""
    shown = read_shown(id)
    if shown.type in BY_WORKER or shown.state not in (IN_PROGRESS, EXECUTING):
        return shown
    return execute_request(id)
