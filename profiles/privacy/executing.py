"""Carrying a request out: begun, done by what its type needs, finished; and taken up again where it stopped.

Beginning, doing and finishing are transactions of their own. What is done at once (a choice, a correction) is done and
finished in one; an erasure and a package make many, and can be gone on with after a crash at any point.
"""

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from consent.audit.certificate import issue_certificate
from consent.messages import send_due
from consent.pseudonyms import pseudonyms
from consent.purposes import SALE_SHARE, SENSITIVE
from consent.recipients import tell_recipients
from consent.requests.executions import (
    ENGINE,
    Begun,
    begin,
    deny_as_nothing_held,
    due_executions,
    fail,
    finish,
    only_one,
)
from consent.requests.forgetting import forget_subjects, subject_digests
from consent.requests.journal import Journal
from consent.requests.kinds import (
    ACCESS,
    BY_WORKER,
    ERASURE,
    LIMIT,
    OBJECTION,
    OPT_OUT,
    PORTABILITY,
    RECTIFICATION,
    RESTRICTION,
    TOLD,
    WITHDRAW,
)
from consent.requests.moves import subject_of, type_of
from consent.requests.records import Identifier
from consent.requests.refusals import NotNow
from consent.requests.results import Done
from consent.requests.telling import message_waits, tell_erasure_begun
from profiles.privacy.choosing import choose
from profiles.privacy.erasing import erase
from profiles.privacy.execution import Execution, Outcome
from profiles.privacy.four_eyes import needs_two
from profiles.privacy.packaging import make_package, package_token
from profiles.privacy.people import Person, person_of
from profiles.privacy.rectifying import rectify
from profiles.privacy.removing import last_batch, waits_in_inbox

logger = logging.getLogger(__name__)

HANDLERS: Mapping[str, Callable[[Execution], Outcome]] = {
    ACCESS: make_package,
    PORTABILITY: make_package,
    ERASURE: erase,
    RECTIFICATION: rectify,
    RESTRICTION: choose,
    OBJECTION: choose,
    OPT_OUT: choose,
    LIMIT: choose,
    WITHDRAW: choose,
}
# Of whom nothing is held, there is nothing to show, change or erase; a refusal is kept for whom we may meet yet.
NEEDS_DATA = frozenset({ACCESS, PORTABILITY, RECTIFICATION, ERASURE, RESTRICTION})
PURPOSES = {OPT_OUT: (SALE_SHARE,), LIMIT: (SENSITIVE,)}
AT_ONCE = 20
GPC = "gpc"
MESSAGE_ATTEMPTS = 4  # of six: about four minutes


def execute(id: UUID) -> None:  # noqa: A002
    """Do what is asked, or go on where it stopped; nothing where it is not to be executed now, or somebody does it.

    Raises `NoSuchRequest`.
    """
    with only_one(id) as alone:
        if alone:
            run(id)


def run(id: UUID) -> None:  # noqa: A002
    """One run of an execution. What goes wrong in it is noted, and tried again later."""
    subject = subject_of(id)
    if subject is None:
        return
    person = person_of(subject.identifiers)
    if not person.is_known and type_of(id) in NEEDS_DATA and is_arriving(subject.identifiers):
        return  # the first that we hear of them is on its way; the next sweep looks again
    begun = begin_execution(id, person)
    if begun is None:
        return
    try:
        if not is_heard_first(begun):
            return
        carry_out(execution_of(begun), person)
    except Exception as error:  # whatever a store raises, the others' answers count and the request stays
        logger.error("A privacy request could not be executed: %s", where(error))
        fail(id=id, problem=type(error).__name__, now=datetime.now(UTC))


def is_arriving(identifiers: Sequence[Identifier]) -> bool:
    """Whether something that names one of them was accepted and is not stored yet."""
    return waits_in_inbox(identifiers, last_batch())


def is_heard_first(begun: Begun) -> bool:
    """Whether the last message before an erasure went out; where it cannot go for long, the erasure does not wait."""
    if begun.row.type != ERASURE or begun.row.attempts > MESSAGE_ATTEMPTS or not message_waits(begun.row.id):
        return True
    send_due()
    if not message_waits(begun.row.id):
        return True
    fail(id=begun.row.id, problem="MessageWaits", now=datetime.now(UTC))
    return False


def begin_execution(id: UUID, person: Person) -> Begun | None:  # noqa: A002
    """Note that it begins, and tell recipients and, before their address is erased, the person."""
    with transaction.atomic():
        journal = Journal(ENGINE, datetime.now(UTC))
        try:
            held_back = needs_two(type_of(id), person)
            begun = begin(journal, id, scope=person.scope, person=person.names, needs_approval=held_back)
        except NotNow:
            return None
        if begun is not None and not any(begun.scope.values()) and begun.row.type in NEEDS_DATA:
            deny_as_nothing_held(journal, id)
            begun = None
        elif begun is not None and begun.row.attempts == 1:
            tell(begun, person)
        journal.write_audit()
    return begun


def tell(begun: Begun, person: Person) -> None:
    """Say what begins now to those who have to act on it too, and to the person where nobody could later."""
    row = begun.row
    if row.type in TOLD:
        named = [*person.presented, *([] if row.type in NEEDS_DATA else person.shared)]
        if named:
            tell_recipients(
                kind=row.type,
                identifiers=named,
                content=told_of(begun.subject.details),
                request_id=row.id,
                purposes=tuple(begun.subject.details.get("purposes", ())) or PURPOSES.get(row.type, ()),
                also=[one for one in person.own if one not in named],
            )
    if row.type == ERASURE:
        tell_erasure_begun(row, begun.subject)


def told_of(details: Mapping[str, Any]) -> dict[str, Any]:
    """A request's details as recipients are told them: the identifiers to correct stand beside those of the person."""
    return {"corrected" if name == "identifiers" else name: value for name, value in details.items()}


def execution_of(begun: Begun) -> Execution:
    """What the handler of the type is given. A package is made anew whole; an erasure only of what is left to do."""
    row = begun.row
    groups = begun.groups if row.type == ERASURE else begun.groups | frozenset(row.result.get("groups", ()))
    return Execution(
        request_id=row.id,
        type=row.type,
        identifiers=[(type_, value) for type_, value in begun.subject.identifiers],
        scope=begun.scope,
        groups=groups,
        details=begun.subject.details,
        received_at=row.received_at,
        source=row.source,
        requester=row.requester,
        language=row.language,
        regulation=row.regulation,
        region=row.region,
    )


def carry_out(execution: Execution, person: Person) -> None:
    """Call the handler of the type, and record what it came to."""
    handler = stands_already if execution.source == GPC else HANDLERS[execution.type]
    if execution.type not in BY_WORKER:
        with transaction.atomic():
            record(execution, handler(execution))
        return
    outcome = handler(execution)
    if execution.type == ERASURE:
        shared = {one.digest for pair in person.shared for one in pseudonyms(*pair)}
        digests = subject_digests(execution.request_id) - shared
        forget_subjects(digests, journal=Journal(ENGINE, datetime.now(UTC)), keep=execution.request_id)
    with transaction.atomic():
        record(execution, outcome)
        if execution.type == ERASURE and not outcome.no_match:
            certify(execution, outcome, person)


def certify(execution: Execution, outcome: Outcome, person: Person) -> None:
    """Make the certificate that the person's link leads to. The last thing in the transaction: it writes the audit
    log, with a commitment to whom it was about."""
    issue_certificate(
        request_id=execution.request_id,
        identifiers=person.own,
        counts=outcome.rows,
        erased_at=datetime.now(UTC),
    )


def stands_already(execution: Execution) -> Outcome:
    """What a browser refuses by Global Privacy Control stands in the ledger with the event that said it."""
    return Outcome()


def record(execution: Execution, outcome: Outcome) -> None:
    """Close the request, or note what is left of it. Nothing may be waited for after: it writes the audit log."""
    journal = Journal(ENGINE, datetime.now(UTC))
    packaged = execution.type in (ACCESS, PORTABILITY)
    token = package_token(execution.request_id) if packaged and outcome.rows else ""
    done = Done(outcome.rows, [gap._asdict() for gap in outcome.gaps])
    if outcome.no_match and execution.type in NEEDS_DATA:
        deny_as_nothing_held(journal, execution.request_id)
    else:
        finish(journal, execution.request_id, done, token=token)
    journal.write_audit()


def execute_due(now: datetime, limit: int = AT_ONCE) -> int:
    """Execute what is due, the longest waiting first; how many were taken up."""
    due = due_executions(now, limit)
    for id_ in due:
        execute(id_)
    return len(due)


def where(error: BaseException) -> str:
    """The kind of an error and where it was raised, without its text, which may name somebody."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return f"{type(error).__name__} in {last.name}:{last.lineno}" if last else type(error).__name__
