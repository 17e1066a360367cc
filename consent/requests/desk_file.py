"""One request as the desk opens it: all that may be shown, and whom it is about, read together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.db.models import Prefetch

from consent.delivery_reading import Told, told
from consent.models import Certificate, Delivery, PrivacyRequest, RequestEvent
from consent.requests.appeals import OPEN, SEALED_FOR
from consent.requests.kinds import COMPLETED, ERASURE
from consent.requests.letter_reading import letters_of
from consent.requests.letters import Letter
from consent.requests.machine import APPROVED_FIRST
from consent.requests.reading import shown_of
from consent.requests.records import Subject, read_subject
from consent.requests.refusals import NoSuchRequest
from consent.requests.results import gaps_that_failed, groups_to_review
from consent.requests.shown import Shown, ShownEvent
from consent.requests.telling import refusal_of
from consent.sealing import Unsealable, unseal_bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A request on the desk. `subject` None: it is closed, and names nobody any more. `scope`: evidence group to
    identifier ids. `appeal_words`: what the person wrote, while the appeal is open. `approved_first`: who gave the
    first of two approvals. `to_review`, `failed`: what is left of one that was done in part. `certified_until`: how
    long the certificate of an erasure is kept; None: there is none."""

    shown: Shown
    subject: Subject | None
    scope: Mapping[str, Sequence[int]]
    parts: Mapping[str, Mapping[str, int]]
    left: Sequence[str]
    events: Sequence[ShownEvent]
    told: Sequence[Told]
    letters: Mapping[str, Letter]
    appeal_words: str
    approved_first: Sequence[str]
    to_review: frozenset[str]
    failed: bool
    certified_until: datetime | None


def open_on_desk(id: UUID) -> Opened:  # noqa: A002
    """All of a request that its page shows. Raises `NoSuchRequest`."""
    row = _read(id)
    events = [ShownEvent(one.at, one.actor, one.name, one.from_state, one.to_state, one.detail) for one in _events(row)]
    return Opened(
        shown=shown_of(row),
        subject=_subject(row),
        scope=row.scope,
        parts=row.result.get("parts", {}),
        left=row.result.get("left", ()),
        events=events,
        told=[told(one) for one in row.deliveries.all()],
        letters=letters_of(row),
        appeal_words=_appeal_words(row),
        approved_first=[one.actor for one in events if one.name == APPROVED_FIRST],
        to_review=frozenset(groups_to_review(row.result)),
        failed=bool(gaps_that_failed(row.result)),
        certified_until=_certified_until(row),
    )


def draft_refusal(id: UUID, *, reason: str, explanation: str) -> Letter:  # noqa: A002
    """The letter that a refusal of this reason and words would be. Nothing is stored. Raises `NoSuchRequest`."""
    row = PrivacyRequest.objects.filter(id=id).first()
    if row is None:
        raise NoSuchRequest
    row.reason, row.explanation = reason, explanation
    return refusal_of(row)


def _read(id: UUID) -> PrivacyRequest:  # noqa: A002
    deliveries = Delivery.objects.select_related("recipient").order_by("recipient__name").defer("content")
    row = (
        PrivacyRequest.objects.filter(id=id)
        .select_related("extension", "package")
        .prefetch_related("appeals", "steps", "events", Prefetch("deliveries", deliveries))
        .first()
    )
    if row is None:
        raise NoSuchRequest
    return row


def _events(row: PrivacyRequest) -> list[RequestEvent]:
    return sorted(row.events.all(), key=lambda one: one.pk)


def _subject(row: PrivacyRequest) -> Subject | None:
    try:
        return read_subject(row)
    except Unsealable:  # under another secret: the desk shows the rest
        return None


def _appeal_words(row: PrivacyRequest) -> str:
    held = next((one.reason for one in row.appeals.all() if one.state == OPEN), None)
    try:
        return "" if held is None else str(msgspec.json.decode(unseal_bytes(held, SEALED_FOR)))
    except Unsealable:
        return ""


def _certified_until(row: PrivacyRequest) -> datetime | None:
    if row.type != ERASURE or row.state != COMPLETED:
        return None
    return Certificate.objects.filter(request_id=row.id).values_list("expires_at", flat=True).first()
