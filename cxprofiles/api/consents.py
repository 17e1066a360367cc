"""Consent as people give, refuse and withdraw it, told by the services that asked them."""

import re
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.urls import reverse
from django.utils.crypto import salted_hmac
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.guardians import Age
from consent.ledger import Decided
from consent.states import WORDS
from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer, token_of
from cxprofiles.api.bodies import Instant, bad_body, idempotency_key, read_json, read_shape
from cxprofiles.api.errors import FieldError, Problem
from cxprofiles.api.profiles import IdentifierNamed
from cxprofiles.tokens import TokenSettings
from profiles.consents.acts import record_consents
from profiles.consents.records import Recorded
from profiles.consents.told import ActAsked, DecisionAsked

MOST_EXTRAS = 20
LONGEST_EXTRA = 500
# What the service itself notes in a proof.
RESERVED = frozenset(
    {"request", "reach", "reached", "reached_from", "carried_from", "requested_by", "requested_at", "confirmed_at"}
)
BAD_NAME = "is the service's own, or is not a letter and up to 63 more letters, digits, `_`, `.` and `-`"
KEYS = uuid.UUID("6f2a1e0c-8f0e-5d2b-9a51-3c8c8f1d7b64")

Word = Annotated[str, msgspec.Meta(max_length=200)]
Address = Annotated[str, msgspec.Meta(max_length=2_000)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Years = Annotated[int, msgspec.Meta(ge=0, le=150)]
Identifiers = Annotated[list[IdentifierNamed], msgspec.Meta(min_length=1, max_length=50)]

_EXTRA_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


class DecisionTold(msgspec.Struct, forbid_unknown_fields=True):
    """What was decided about one purpose.

    `purpose`: its key, or `*` for a restriction of all processing. `state`: granted, denied, withdrawn, requested,
    deferred, unknown, objected, objection_lifted, restricted, restriction_lifted, or a name of ISO/IEC TS 27560 such
    as `ConsentGiven`. `at`: now if it is left out; in the future, it is not in force until then. `expires_at`: only
    for a grant; if it is left out, the purpose says when it ends.
    """

    purpose: Key
    state: Word
    at: Instant | None = None
    expires_at: Instant | None = None


class ProofTold(msgspec.Struct):
    """What the person saw and did. A grant without the notice's version and language is kept and cannot be used.

    `method` `double_opt_in`: the grant waits until its link is opened and confirmed. Up to 20 further members, each a
    string of up to 500 characters, a number, or true or false, are kept with these.
    """

    method: Word = ""
    notice: Word = ""
    notice_version: Word | int = ""
    language: Word = ""
    ui_part: Word = ""
    url: Address = ""
    region: Word = ""
    collector: Word = ""
    gpc: bool | None = None
    expressed_by: Literal["person", "guardian", "agent"] = "person"


class SubjectTold(msgspec.Struct, forbid_unknown_fields=True):
    """How old the person is and where they live; if it is left out, the traits of the profile tell."""

    date_of_birth: date | None = None
    age: Years | None = None
    country: Word = ""


class ConsentsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """One act of deciding, by one person, under all these identifiers.

    `carry_from`: a device whose answers of the last 24 hours the person takes along, as at a registration. `reach`
    `person`: what is said of `unification` is said for all identifiers of the person. `id`: the act's, chosen by the
    caller; told again it changes nothing.
    """

    identifiers: Identifiers
    decisions: Annotated[list[DecisionTold], msgspec.Meta(min_length=1, max_length=100)]
    proof: ProofTold = msgspec.field(default_factory=ProofTold)
    subject: SubjectTold | None = None
    carry_from: IdentifierNamed | None = None
    reach: Literal["identifiers", "person"] = "identifiers"
    id: UUID | None = None


class ReceiptIssued(msgspec.Struct):
    """The receipt to hand to the person; `jws` is checked with the keys of /.well-known/jwks.json."""

    id: UUID
    jws: str


class CarriedDecision(msgspec.Struct):
    """A decision that was taken along from a device, with its own time and end."""

    purpose: str
    state: str
    iso_state: str
    decided_at: datetime
    expires_at: datetime | None


class RecordedDecision(CarriedDecision):
    """A decision as it was recorded. `usable`: it can be relied on as consent; `problem`: why a grant cannot.

    `missing`: what a record of a grant lacks by ISO/IEC TS 27560; only notice and language keep it from being used.
    """

    usable: bool
    problem: str | None
    missing: list[str]


class ConfirmationAsked(msgspec.Struct):
    """A grant that waits: send the person the link. What waits of one act has one link."""

    purpose: str
    url: str
    token: str
    expires_at: datetime


class ConsentsRecorded(msgspec.Struct):
    """An act as it was recorded; it is in force. `id` is also its receipt's.

    `reached`: for how many further identifiers of the person it was said.
    """

    id: UUID
    receipt: ReceiptIssued
    decisions: list[RecordedDecision]
    carried: list[CarriedDecision]
    reached: int
    confirmations: list[ConfirmationAsked]


class ConsentsView(ApiView):
    """Acts of deciding."""

    scopes: ClassVar[Scopes] = {"POST": ("consent:write",)}

    @extend_schema(
        operation_id="record_consents",
        request=ConsentsRequest,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                location=OpenApiParameter.HEADER,
                description="Told again under the same key, an act changes nothing; another one is a 409.",
            )
        ],
        responses={201: ConsentsRecorded},
    )
    def post(self, request: Request) -> HttpResponse:
        """Record what a person decided, in force at once, and issue the receipt."""
        content = read_json(request)
        body = read_shape(content, ConsentsRequest)
        token = token_of(request)
        check_purposes(token, [one.purpose for one in body.decisions])
        id_ = body.id or id_of_key(request)
        act = act_asked(body, proof_of(content, body), id_, digest_of(content) if id_ else "", token)
        made = record_consents(act=act, actor=actor_of(request))
        return answer(shown(made, request), 201)


def check_purposes(token: TokenSettings, keys: list[str]) -> None:
    """Raise a 403 where the token is tied to other purposes than those."""
    foreign = [n for n, key in enumerate(keys) if not token.may_use_purpose(key)]
    if foreign:
        sentence = "This token is tied to purposes, and this one is not among them."
        raise Problem(403, sentence, errors=[FieldError(f"/decisions/{n}/purpose", sentence) for n in foreign])


def id_of_key(request: Request) -> UUID | None:
    """The id of an act that is told under an Idempotency-Key: each caller's keys are its own. None: without one."""
    key = idempotency_key(request)
    if key is None:
        return None
    return uuid.uuid5(KEYS, f"{actor_of(request)}\n{key}")


def digest_of(content: Any) -> str:
    """What tells the content of a request from any other's."""
    text = msgspec.json.encode(content, order="sorted").decode()
    return salted_hmac("cxprofiles.api.consents", text, algorithm="sha256").hexdigest()


def act_asked(
    body: ConsentsRequest, proof: Mapping[str, Any], id_: UUID | None, digest: str, token: TokenSettings
) -> ActAsked:
    """The body as the domain takes it."""
    subject = body.subject or SubjectTold()
    return ActAsked(
        identifiers=[(one.type, one.value) for one in body.identifiers],
        decisions=[DecisionAsked(one.purpose, one.state, one.at, one.expires_at) for one in body.decisions],
        proof=proof,
        age=Age(subject.date_of_birth, subject.age),
        country=subject.country,
        carry_from=None if body.carry_from is None else (body.carry_from.type, body.carry_from.value),
        reach_person=body.reach == "person",
        id=id_,
        digest=digest,
        carried_purposes=token.purposes,
    )


def proof_of(content: Any, body: ConsentsRequest) -> dict[str, Any]:
    """What was shown and done, with the caller's own members; what was not told is left out."""
    told: dict[str, Any] = msgspec.to_builtins(body.proof)
    known = {name: value for name, value in told.items() if value not in ("", None)}
    known["notice_version"] = str(body.proof.notice_version)
    sent = content.get("proof", {})
    extras = {name: value for name, value in sent.items() if name not in told}
    if len(extras) > MOST_EXTRAS:
        raise bad_body("/proof", f"A proof has up to {MOST_EXTRAS} members of the caller's own.")
    for number, (name, value) in enumerate(extras.items()):
        if not _EXTRA_NAME.fullmatch(name) or name in RESERVED:
            raise bad_body("/proof", f"The name of member {number + 1} of the caller's own {BAD_NAME}.")
        if not isinstance(value, str | bool | int | float) or len(str(value)) > LONGEST_EXTRA:
            raise bad_body(
                f"/proof/{name}",
                f"This must be a string of up to {LONGEST_EXTRA} characters, a number, or true or false.",
            )
    return {**extras, **{name: value for name, value in known.items() if value != ""}}


def shown(made: Recorded, request: Request) -> ConsentsRecorded:
    """An act as the answer has it."""
    return ConsentsRecorded(
        id=made.id,
        receipt=ReceiptIssued(made.id, made.receipt),
        decisions=[recorded_decision(row, made.missing[row.purpose]) for row in made.rows],
        carried=[CarriedDecision(**described(row)) for row in made.carried],
        reached=made.reached,
        confirmations=confirmations(made, request),
    )


def recorded_decision(row: Decided, missing: list[str]) -> RecordedDecision:
    """A row of the ledger as the answer has it."""
    return RecordedDecision(**described(row), usable=row.usable, problem=row.problem or None, missing=missing)


def described(row: Decided) -> dict[str, Any]:
    """What every answer tells of a row."""
    return {
        "purpose": row.purpose,
        "state": WORDS[row.state],
        "iso_state": row.state,
        "decided_at": row.decided_at,
        "expires_at": row.expires_at,
    }


def confirmations(made: Recorded, request: Request) -> list[ConfirmationAsked]:
    """The link of an act, for each purpose that waits for it."""
    if made.waits_until is None:
        return []
    url = request.build_absolute_uri(reverse("confirm", args=[made.token]))
    return [ConfirmationAsked(purpose, url, made.token, made.waits_until) for purpose in made.waiting]
