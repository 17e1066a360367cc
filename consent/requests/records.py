"""Privacy requests as they are stored: locked, unsealed, judged, and forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from consent.models import PrivacyRequest, RequestSubject
from consent.pseudonyms import pseudonym
from consent.requests.clocks import IDENTITY_PERIOD
from consent.requests.kinds import IDENTITY_LEVELS
from consent.requests.machine import Situation
from consent.requests.refusals import NoSuchRequest
from consent.requests.results import gaps_that_failed, groups_to_review
from consent.sealing import unseal_bytes

SEALED_FOR = "privacy request"
Identifier = tuple[str, str]


class Subject(msgspec.Struct, frozen=True):
    """What is sealed of a request: whom it is about, in canonical form, and what of it names them."""

    identifiers: list[Identifier]
    details: dict[str, Any] = {}
    cooling_off: float = 0.0  # seconds

    @property
    def patience(self) -> timedelta:
        """How long the request waits before it is executed, once the person is known."""
        return timedelta(seconds=self.cooling_off)


def name_subjects(request_id: UUID, identifiers: Sequence[Identifier]) -> None:
    """Let those who prove one of these identifiers find the request."""
    named = {pseudonym(*one) for one in identifiers}
    RequestSubject.objects.bulk_create(
        [RequestSubject(request_id=request_id, digest=one.digest, key_version=one.version) for one in named],
        ignore_conflicts=True,
    )


def lock_request(id: UUID) -> PrivacyRequest:  # noqa: A002
    """A request that nobody else moves until the transaction ends. Raises `NoSuchRequest`."""
    row = PrivacyRequest.objects.select_for_update().filter(id=id).first()
    if row is None:
        raise NoSuchRequest
    return row


def read_subject(row: PrivacyRequest) -> Subject | None:
    """Whom a request is about; None once it is closed."""
    if row.subject is None:
        return None
    return msgspec.json.decode(unseal_bytes(row.subject, SEALED_FOR), type=Subject)


def situation_of(row: PrivacyRequest, now: datetime, *, rival: bool = False) -> Situation:
    """What the machine judges a row by."""
    return Situation(
        state=row.state,
        identified=reaches(row.identity_level, row.identity_needed),
        unidentified_too_long=now >= row.received_at + IDENTITY_PERIOD,
        approval_open=row.needs_approval and not row.approved_by,
        cooling=row.execute_after is not None and now < row.execute_after,
        cooled=row.execute_after is not None and now >= row.execute_after,
        failed=bool(gaps_that_failed(row.result)),
        unreviewed=bool(groups_to_review(row.result)),
        rival=rival,
    )


def reaches(level: str, needed: str) -> bool:
    """Whether an identity level is at least another."""
    return IDENTITY_LEVELS.index(level) >= IDENTITY_LEVELS.index(needed)


def calendar_of(region: str) -> str:
    """Whose holidays count: those of the person's region, or of the deployment's country."""
    return region or settings.PRIVACY_COUNTRY
