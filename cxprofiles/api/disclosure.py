"""Every read of personal data: for a stated purpose that is in force now, written to the access log, and numbered.

The number, `decision.id`, is in the answer and is the access log's key. Where an answer is about several
profiles, each has a row; those after the first are keyed by a number made of the decision's and the profile's.
"""

import uuid
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import uuid_utils
from rest_framework.request import Request

from consent.access import Access, record_access
from consent.in_force import UNREADABLE, InForce, in_force, nothing_in_force
from consent.purposes import Purpose
from consent.times import now_microseconds
from cxprofiles.api.authentication import actor_of, token_of
from cxprofiles.api.bodies import bad_parameter
from cxprofiles.api.errors import Problem
from cxprofiles.doors.metrics import CLOSED
from cxprofiles.tokens import TokenSettings
from profiles.configuration import configuration
from profiles.profile import Subject
from profiles.recognition import Decision, decision_of

DEFAULT_PURPOSE = "service"
FOR_RIGHTS = "{} It is shown to those who see to the person's rights."


class Disclosure(NamedTuple):
    """An answer about to be given: by whom, which operation, for which purpose, under which number."""

    actor: str
    operation: str
    purpose: Purpose
    decision_id: uuid.UUID

    def allow(self, subjects: Collection[Subject], fields: Iterable[str]) -> Decision:
        """Log that the fields of these people are disclosed; raises a 403 without ids where one may not be now."""
        rulings = [self.ruling(subject) for subject in subjects]
        refused = next((ruling for ruling in rulings if not ruling.allowed), None)
        if refused is not None and refused.state == UNREADABLE.state:
            CLOSED.labels("readable_card").inc()
        allowed = refused is None
        named = ",".join(fields) if allowed else ""
        for number, subject in enumerate(subjects):
            self._record(number, subject.profile_id, allowed=allowed, fields=named)
        ruling = refused or (rulings[0] if rulings else nothing_in_force(self.purpose))
        decision = self.decided(ruling)
        if not allowed:
            raise Problem(
                403,
                "There is a profile, but this purpose is not allowed for it now; decision.reason says why.",
                members={"decision": msgspec.to_builtins(decision)},
            )
        if not subjects:
            self._record(0, None, allowed=True, fields=named)
        return decision

    def allow_always(self, subjects: Collection[Subject], fields: Iterable[str]) -> Decision:
        """Log the same, whatever is in force: for what serves people's own rights and is no use of their data.

        There is at least one of them.
        """
        named = ",".join(fields)
        for number, subject in enumerate(subjects):
            self._record(number, subject.profile_id, allowed=True, fields=named)
        rulings = [self.ruling(subject) for subject in subjects]
        refused = next((ruling for ruling in rulings if not ruling.allowed), None)
        if refused is None:
            return self.decided(rulings[0])
        return self.decided(InForce(True, refused.basis, FOR_RIGHTS.format(refused.reason), refused.state))

    def refuse(self, subject: Subject, sentence: str) -> Problem:
        """Log that nothing was disclosed, since the purpose has no business with such data at all; the 403 to raise."""
        self._record(0, subject.profile_id, allowed=False, fields="")
        return Problem(403, sentence)

    def decided(self, ruling: InForce) -> Decision:
        """The decision as answers carry it."""
        return decision_of(self.purpose, ruling, str(self.decision_id))

    def ruling(self, subject: Subject) -> InForce:
        """What is in force for one of the people now."""
        return in_force(self.purpose, subject.standing, now_microseconds(), region=subject.region)

    def may_show(self, neighbour: Subject) -> bool:
        """Whether a neighbour's data may be shown beside that of the people that the answer is about."""
        return self.ruling(neighbour).allowed

    def _record(self, number: int, profile_id: uuid.UUID | None, *, allowed: bool, fields: str) -> None:
        key = self.decision_id if number == 0 else uuid.uuid5(self.decision_id, str(profile_id))
        record_access(
            Access(
                id=key,
                at=datetime.now(UTC),
                actor=self.actor,
                operation=self.operation,
                profile_id=profile_id,
                purpose=self.purpose.key,
                allowed=allowed,
                fields=fields,
            )
        )


def disclosure(request: Request, operation: str, key: str | None, *, default: str | None = None) -> Disclosure:
    """What a caller asks for, before anything is read. `key` is the purpose as sent.

    Raises a 400 where a needed purpose is missing, `UnknownPurpose`, or a 403 where the token is not for it.
    """
    token = token_of(request)
    asked = key or default
    if asked is None:
        raise bad_parameter("purpose", "Say what the data is for; a read of personal data needs a purpose.")
    known = configuration().purposes.find(asked)
    check_purpose(token, known)
    return Disclosure(actor_of(request), operation, known, uuid.UUID(bytes=uuid_utils.uuid7().bytes))


def check_purpose(token: TokenSettings, asked: Purpose) -> None:
    """Raise a 403 where the token is tied to other purposes."""
    if not token.may_use_purpose(asked.key):
        raise Problem(403, "This token is tied to purposes, and this one is not among them.")
