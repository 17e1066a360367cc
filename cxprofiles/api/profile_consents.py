"""What is in force for one profile, since when and why, with everything that was said."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.effective import Effective, OwnVoice, effective
from consent.explaining import Explanation, VoiceExplained, explain
from consent.in_force import states
from consent.ledger import Decided
from consent.ledger_reading import HistoryPage, read_page, receipts_of, with_receipts
from consent.purposes import Purpose
from consent.said import EVERYTHING
from consent.states import WORDS
from consent.times import moment
from cxprofiles.api.authentication import ApiView, Scopes, answer, token_of
from cxprofiles.api.bodies import bad_parameter, read_count, read_instant, read_text
from cxprofiles.api.disclosure import DEFAULT_PURPOSE, Disclosure, disclosure
from cxprofiles.api.errors import not_found
from cxprofiles.api.profiles import NO_PROFILE, IdentifierNamed, past
from profiles.configuration import Configuration, configuration
from profiles.consents.reading import Consents, read_consents
from profiles.consents.spread import shown_proof
from profiles.profile import Subject
from profiles.recognition import Decision
from profiles.snapshot import one_snapshot

MOST_ROWS = 500
USUAL_ROWS = 100
PRIVACY = "privacy"


class OwnState(msgspec.Struct):
    """What was said under one identifier. `allowed`: whether the purpose is, for it where it is an address."""

    type: str
    value: str
    state: str
    decided_at: datetime | None
    expires_at: datetime | None
    allowed: bool


class VoiceShown(msgspec.Struct):
    """One thing that was said, and whether it counts."""

    identifier: IdentifierNamed
    purpose: str
    state: str
    decided_at: datetime
    assurance: str
    counts: bool
    why: str


class ConsentExplanation(msgspec.Struct):
    """Why the purpose is, or is not, in force: the rule of consent.md that decides, and all that was heard."""

    rule: int
    in_words: str
    voices: list[VoiceShown]


class PurposeInForce(msgspec.Struct):
    """What is in force for one purpose. `effective` is the same as `allowed`.

    `effective_for`: the identifiers whose own voice grants it, where it is in force. `reask_due`: the day from which
    on the person may be asked again, or is reminded of what they granted.
    """

    state: str
    allowed: bool
    effective: bool
    basis: str
    reason: str
    decided_at: datetime | None
    expires_at: datetime | None
    reask_due: date | None
    by_identifier: list[OwnState]
    effective_for: list[IdentifierNamed]
    explanation: ConsentExplanation | msgspec.UnsetType = msgspec.UNSET


class HistoryItem(msgspec.Struct):
    """One decision as it was told. `id`: the act's; `source` null: no channel's; `receipt_id` null: without one."""

    id: UUID
    identifier: IdentifierNamed
    purpose: str
    state: str
    iso_state: str
    decided_at: datetime
    received_at: datetime
    expires_at: datetime | None
    source: str | None
    actor: str
    signal: str
    usable: bool
    problem: str | None
    proof: dict[str, Any]
    receipt_id: UUID | None


class ProfileConsents(msgspec.Struct):
    """What is in force for a profile, per purpose, and all that was said, the latest first.

    `said`: what is in force of each purpose of which something was said. `next_cursor` null: the history ends here.
    """

    profile_id: UUID
    canonical_id: UUID
    at: datetime
    as_of: datetime | None
    purposes: dict[str, PurposeInForce]
    said: dict[str, str]
    history: list[HistoryItem]
    next_cursor: str | None
    receipts: list[UUID]
    restricted: bool
    decision: Decision


PARAMETERS = [
    OpenApiParameter("purpose", str, description=f"What it is read for; `{DEFAULT_PURPOSE}` if left out."),
    OpenApiParameter("explain", bool, description="1: with the reasons of each purpose."),
    OpenApiParameter("at", datetime, description="What was in force then, by all that is known today."),
    OpenApiParameter("as_of", datetime, description="As believed then: of what had been received by that instant."),
    OpenApiParameter("limit", int, description=f"1 to {MOST_ROWS} rows of history, {USUAL_ROWS} if left out."),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
]


class ProfileConsentsView(ApiView):
    """What is in force for one profile."""

    scopes: ClassVar[Scopes] = {"GET": ("profiles:read", "consent:write", PRIVACY)}

    @extend_schema(operation_id="read_consents", parameters=PARAMETERS, responses=ProfileConsents)
    def get(self, request: Request, profile_id: UUID) -> HttpResponse:
        """The state of each purpose with its reason, and the history.

        A token with the scope `privacy` that names no purpose reads it whatever is in force, a restriction of
        processing too: what people decided must stay readable for those who see to their rights. The access log has
        that as every other read.
        """
        asked = disclosure(request, "consents", read_text(request, "purpose"), default=DEFAULT_PURPOSE)
        at, as_of = read_instant(request, "at"), past(read_instant(request, "as_of"))
        explained = read_switch(request, "explain")
        held = configuration()
        with one_snapshot():
            found = read_consents(profile_id, held, at=at, as_of=as_of)
            if found is None:
                raise not_found(NO_PROFILE)
            today = found if at is None and as_of is None else read_consents(profile_id, held)
            page = history_page(request, found, at)
            history = history_shown(page, found, held)
            receipts = receipts_of(found.names, received_by=as_of)
        decision = allow(asked, today or found, request)
        return answer(
            ProfileConsents(
                profile_id=profile_id,
                canonical_id=found.profile_id,
                at=found.at,
                as_of=as_of,
                purposes={one.key: purpose_shown(one, found, explained) for one in held.purposes},
                said=states(found.standing, held.purposes, found.now),
                history=history,
                next_cursor=page.next_cursor,
                receipts=receipts,
                restricted=bool(found.standing.code(EVERYTHING, found.now)),
                decision=decision,
            )
        )


def allow(asked: Disclosure, today: Consents, request: Request) -> Decision:
    """Log the read, or refuse it by what is in force today."""
    subject = Subject(today.profile_id, today.standing, today.region)
    if PRIVACY in token_of(request).scopes and read_text(request, "purpose") is None:
        return asked.allow_always([subject], ["consents"])
    return asked.allow([subject], ["consents"])


def history_page(request: Request, found: Consents, at: datetime | None) -> HistoryPage:
    """The rows that the answer shows: with `at` those decided by then, with `as_of` those received by then."""
    return read_page(
        found.names,
        limit=read_count(request, "limit", default=USUAL_ROWS, most=MOST_ROWS),
        cursor=read_text(request, "cursor"),
        decided_by=at,
        received_by=found.received_by,
    )


def purpose_shown(purpose: Purpose, found: Consents, explained: bool) -> PurposeInForce:
    """What is in force for one purpose."""
    came_to: Effective = effective(purpose, found.holders, found.standing, found.now, found.region)
    ruling = came_to.ruling
    own = {one.identifier: one for one in came_to.by_identifier}
    ordered = [own[id_] for id_ in found.names if id_ in own]
    why: ConsentExplanation | msgspec.UnsetType = msgspec.UNSET
    if explained:
        why = explanation_of(explain(purpose, ruling, found.holders, found.now), found)
    return PurposeInForce(
        state=ruling.state,
        allowed=ruling.allowed,
        effective=ruling.allowed,
        basis=ruling.basis,
        reason=ruling.reason,
        decided_at=came_to.decided_at,
        expires_at=came_to.expires_at,
        reask_due=came_to.reask_due,
        by_identifier=[own_state(one, found) for one in ordered],
        effective_for=[named(one.identifier, found) for one in ordered if one.grants and one.allowed],
        explanation=why,
    )


def own_state(one: OwnVoice, found: Consents) -> OwnState:
    """What was said under one identifier."""
    type_name, value = found.names[one.identifier]
    return OwnState(type_name, value, one.state, one.decided_at, one.expires_at, one.allowed)


def explanation_of(why: Explanation, found: Consents) -> ConsentExplanation:
    """An explanation with the identifiers that it is about."""
    return ConsentExplanation(why.rule, why.in_words, [voice_shown(voice, found) for voice in why.voices])


def voice_shown(voice: VoiceExplained, found: Consents) -> VoiceShown:
    """One voice with its identifier."""
    return VoiceShown(
        identifier=named(voice.identifier, found),
        purpose=voice.purpose,
        state=voice.state,
        decided_at=moment(voice.at),
        assurance=voice.assurance,
        counts=voice.counts,
        why=voice.why,
    )


def history_shown(page: HistoryPage, found: Consents, held: Configuration) -> list[HistoryItem]:
    """Rows of the ledger as the answer has them."""
    issued = with_receipts({row.act_id for row in page.rows})
    return [history_item(row, found, held, row.act_id if row.act_id in issued else None) for row in page.rows]


def history_item(row: Decided, found: Consents, held: Configuration, receipt_id: UUID | None) -> HistoryItem:
    """One row of the ledger."""
    source = held.sources.get(row.source_id) if row.source_id is not None else None
    return HistoryItem(
        id=row.act_id,
        identifier=named(row.identifier_id, found),
        purpose=row.purpose,
        state=WORDS[row.state],
        iso_state=row.state,
        decided_at=row.decided_at,
        received_at=row.received_at,
        expires_at=row.expires_at,
        source=source.name if source else None,
        actor=row.actor,
        signal=row.signal,
        usable=row.usable,
        problem=row.problem or None,
        proof=shown_proof(row.proof),
        receipt_id=receipt_id,
    )


def named(id_: int, found: Consents) -> IdentifierNamed:
    """An identifier of the profile by its id."""
    return IdentifierNamed(*found.names[id_])


def read_switch(request: Request, name: str) -> bool:
    """A query parameter that is on or off; off where it is left out."""
    value = (read_text(request, name) or "0").lower()
    if value not in ("0", "1", "true", "false"):
        raise bad_parameter(name, "This must be 1 or 0.")
    return value in ("1", "true")
