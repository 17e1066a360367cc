"""Data Rights Protocol 1.0 as the covered business that receives: messages read, checked, answered. Pure.

Source: data-rights-protocol.md of consumer-reports-innovation-lab. Section numbers are that document's. What it leaves
open is decided in docs/adr/0027.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from consent.protocols.opendsr import is_url
from consent.protocols.plain import NotPlain, is_clean, read_plain
from consent.protocols.standing import NO_MATCH, Standing, end_of, stamp
from consent.requests.clocks import IDENTITY_PERIOD
from consent.requests.kinds import (
    ACCESS,
    AWAITING_APPROVAL,
    CANCELLED,
    COMPLETED,
    DENIED,
    ERASURE,
    EXECUTING,
    EXPIRED,
    IDENTITY_CHECK,
    OPT_OUT,
    PARTIALLY_COMPLETED,
    RECEIVED,
)

VERSION = "1.0"
VERSIONS = re.compile(r"(1(\.\d{1,3}){0,2}|0\.9(\.\d{1,3})?)")
SIGNATURE_BYTES = 64
KEY_BYTES = 32

# 3.01: what can be asked, and what it is here. An opt-in needs a notice that the person saw, which no message carries.
ACTIONS: Mapping[str, str] = {
    "sale:opt_out": OPT_OUT,
    "deletion": ERASURE,
    "access": ACCESS,
    "access:categories": ACCESS,
    "access:specific": ACCESS,
}
# The examples of 2.01 write it with a hyphen, the table of 3.01 with an underscore.
SPELLINGS = {"sale:opt-out": "sale:opt_out"}
REGIMES: Mapping[str, str] = {"ccpa": "ccpa", "voluntary": ""}

OPEN, IN_PROGRESS, FULFILLED, REVOKED, REFUSED, OVER = (
    "open",
    "in_progress",
    "fulfilled",
    "revoked",
    "denied",
    "expired",
)
FINAL = frozenset({FULFILLED, REVOKED, REFUSED, OVER})
NEED_VERIFICATION = "need_user_verification"
INSUFFICIENT = "insuf_verification"
REASONS = frozenset(
    {
        "suspected_fraud",
        INSUFFICIENT,
        NO_MATCH,
        "claim_not_covered",
        "outside_jurisdiction",
        "too_many_requests",
        "other",
    }
)
# Our reasons that the protocol has no word for: what the law exempts is not covered.
NOT_COVERED = frozenset({"legal_obligation", "legal_claims", "public_interest", "free_expression"})
DETAILS: Mapping[str, str] = {
    IDENTITY_CHECK: "The person's identity is still to be confirmed.",
    AWAITING_APPROVAL: "The request waits for the privacy officer's approval.",
    EXECUTING: "The request is being carried out.",
    PARTIALLY_COMPLETED: "Most of it is done; the rest is under review.",
}
USUAL_DETAIL = "The request was received and will be carried out."

# 3.02: a final request may be disregarded after 60 days.
KEPT = timedelta(days=60)
LONGEST_ID = 200
LONGEST_WORDS = 2_000
MOST_RELATIONSHIPS = 50


class MessageRefused(ValueError):
    """Why a message is not taken, in a sentence that repeats nothing of it.

    Sent again as it is, it will be refused again: it is fatal in the protocol's words (3.06).
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class BadVerifyKey(ValueError):
    """A verify key is an Ed25519 public key: 32 bytes, in base64 (or, as before version 0.9.1, in hexadecimal)."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Exercise:
    """A request to exercise a right, as it was read.

    `type` and `regulation`: ours; `identifiers`: (type of ours, value, whether the agent verified it).
    """

    action: str
    type: str
    regulation: str
    identifiers: Sequence[tuple[str, str, bool]]
    status_callback: str
    agent_request_id: str
    issued_at: datetime
    message: Mapping[str, Any]


def read_verify_key(text: str) -> str:
    """A verify key in base64, from base64 or hexadecimal; raises `BadVerifyKey`."""
    try:
        raw = bytes.fromhex(text) if re.fullmatch(r"[0-9a-fA-F]{64}", text) else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadVerifyKey from None
    if len(raw) != KEY_BYTES:
        raise BadVerifyKey
    return base64.b64encode(raw).decode()


def open_message(body: bytes, verify_key: str) -> dict[str, Any]:
    """The JSON object of a signed message (3.07): decoded, then verified, then parsed. Raises `MessageRefused`."""
    try:
        raw = base64.b64decode(compact(body), validate=True)
    except (binascii.Error, ValueError):
        raise MessageRefused(400, "The body is not base64.") from None
    if len(raw) <= SIGNATURE_BYTES:
        raise MessageRefused(400, f"The body holds no message after a signature of {SIGNATURE_BYTES} bytes.")
    try:
        signed = VerifyKey(base64.b64decode(verify_key)).verify(raw)
    except (BadSignatureError, ValueError, TypeError):
        raise MessageRefused(403, "The signature is not by the key of this agent.") from None
    try:
        return read_plain(signed)
    except NotPlain:
        raise MessageRefused(400, "The message is not a JSON object in UTF-8 without oddities.") from None


def compact(body: bytes) -> bytes:
    """Base64 without the line breaks that it may travel with."""
    return b"".join(body.split())


def check_claims(message: Mapping[str, Any], *, agent: str, business: str, now: datetime) -> None:
    """Hold who, for whom and when of a message against what is so, in the order of 3.07; raises `MessageRefused`."""
    if message.get("agent-id") != agent:
        raise MessageRefused(403, "agent-id is not the agent that this comes from.")
    if not business or message.get("business-id") != business:
        raise MessageRefused(403, "business-id is not this business.")
    if now < read_time(message, "issued-at"):
        raise MessageRefused(400, "issued-at is in the future.")
    if now >= read_time(message, "expires-at"):
        raise MessageRefused(400, "expires-at is over.")
    version = message.get("drp.version")
    if not isinstance(version, str) or not VERSIONS.fullmatch(version):
        raise MessageRefused(400, f"drp.version is not supported; this is version {VERSION}.")


def check_told_claims(message: Mapping[str, Any], *, agent: str, business: str, now: datetime) -> None:
    """The same of those claims alone that a message has: a revocation needs none (2.04). Raises `MessageRefused`."""
    usual = {
        "agent-id": agent,
        "business-id": business,
        "issued-at": now.isoformat(),
        "expires-at": datetime.max.replace(tzinfo=UTC).isoformat(),
        "drp.version": VERSION,
    }
    check_claims({**usual, **message}, agent=agent, business=business, now=now)


def read_time(message: Mapping[str, Any], name: str) -> datetime:
    """An ISO 8601 timestamp of a message; raises `MessageRefused`."""
    value = message.get(name)
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) and len(value) > len("2026-01-01") else None
        if at is not None and at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise MessageRefused(400, f"{name} is not a timestamp as ISO 8601 has it, with its offset from UTC.")


def read_exercise(message: Mapping[str, Any]) -> Exercise:
    """What a checked message asks (2.01, 3.04); raises `MessageRefused`."""
    action = message.get("exercise")
    action = SPELLINGS.get(action, action) if isinstance(action, str) else ""
    if action not in ACTIONS:
        raise MessageRefused(400, "Unsupported rights actions submitted.")
    regime = message.get("regime")
    regime = "voluntary" if regime is None else regime
    if not isinstance(regime, str) or regime not in REGIMES:
        raise MessageRefused(400, f"regime is not supported; it is one of: {', '.join(REGIMES)}.")
    check_relationships(message.get("relationships"))
    callback = _text(message, "status_callback", LONGEST_WORDS)
    if callback and not is_url(callback):
        raise MessageRefused(400, "status_callback is not an https URL.")
    return Exercise(
        action=action,
        type=ACTIONS[action],
        regulation=REGIMES[regime],
        identifiers=read_identity(message),
        status_callback=callback,
        agent_request_id=_text(message, "agent-request-id", LONGEST_ID),
        issued_at=read_time(message, "issued-at"),
        message=message,
    )


def read_identity(message: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """The identifiers among the claims about the person (3.04): at least one. Raises `MessageRefused`."""
    for name in ("name", "power_of_attorney"):
        _text(message, name, LONGEST_WORDS)
    if not isinstance(message.get("address") or {}, dict | str):
        raise MessageRefused(400, "address is neither an object nor a string.")
    _verified(message, "address")
    claims = (("email", "email"), ("phone", "phone_number"))
    found = [(type_, _text(message, name, LONGEST_WORDS), _verified(message, name)) for type_, name in claims]
    if not any(value for _, value, _ in found):
        raise MessageRefused(
            400, "The message names nobody whom this business could find: it needs email or phone_number."
        )
    return [one for one in found if one[1]]


def check_relationships(value: Any) -> None:
    """Raise `MessageRefused` unless the hints of 2.01 are a list of strings."""
    fits = isinstance(value, list) and len(value) <= MOST_RELATIONSHIPS and all(isinstance(one, str) for one in value)
    if value is not None and not fits:
        raise MessageRefused(400, f"relationships is not a list of up to {MOST_RELATIONSHIPS} strings.")


def read_reason(message: Mapping[str, Any]) -> str:
    """Why a request is revoked (2.04), if that is said; raises `MessageRefused`."""
    return _text(message, "reason", LONGEST_WORDS)


def _text(message: Mapping[str, Any], name: str, longest: int) -> str:
    value = message.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or not is_clean(value):
        raise MessageRefused(400, f"{name} is not a string of up to {longest} characters.")
    return value.strip()


def _verified(message: Mapping[str, Any], name: str) -> bool:
    value = message.get(f"{name}_verified")
    if value is not None and not isinstance(value, bool):
        raise MessageRefused(400, f"{name}_verified is neither true nor false.")
    return value is True


def presented(exercise: Exercise, *, identity_needed: bool) -> tuple[list[tuple[str, str]], bool]:
    """The identifiers to act on, and whether the agent vouches for all of them.

    Where the type needs an identity, one that is only claimed never widens what is given out or deleted: those that
    were verified are taken alone, if there are any.
    """
    verified = [(type_, value) for type_, value, sure in exercise.identifiers if sure]
    if identity_needed and verified:
        return verified, True
    everything = [(type_, value) for type_, value, _ in exercise.identifiers]
    return everything, len(verified) == len(everything)


def word_of(standing: Standing, *, now: datetime) -> tuple[str, str]:
    """The status of a request and its reason in the words of 3.02; no reason: ""."""
    state = standing.state
    if state == RECEIVED:
        return OPEN, ""
    if state == IDENTITY_CHECK:
        return IN_PROGRESS, NEED_VERIFICATION
    if state == COMPLETED:
        over = standing.package_until is not None and standing.package_until <= now
        return (OVER if over else FULFILLED), ""
    if state == DENIED:
        return REFUSED, denial_of(standing.reason)
    if state == CANCELLED:
        return REVOKED, ""
    if state == EXPIRED:
        return REFUSED, INSUFFICIENT
    return IN_PROGRESS, ""


def told_of(standing: Standing, *, now: datetime) -> str:
    """What an agent is told of a request, in a word: another word is a change that it is to hear of."""
    status, reason = word_of(standing, now=now)
    told = f"{status}/{reason}" if reason else status
    return f"{told} extended" if standing.extended_because and status not in FINAL else told


def denial_of(reason: str) -> str:
    """A reason of ours in the protocol's words."""
    if reason in NOT_COVERED:
        return "claim_not_covered"
    return reason if reason in REASONS else "other"


def status_body(
    standing: Standing, *, now: datetime, results_url: str = "", verification_url: str = ""
) -> dict[str, Any]:
    """The status of a request (3.03)."""
    status, reason = word_of(standing, now=now)
    body: dict[str, Any] = {
        "request_id": str(standing.id),
        "received_at": stamp(standing.received_at),
        "expected_by": stamp(end_of(standing.due_on)),
        "status": status,
    }
    if standing.answer.get("agent_request_id"):
        body["agent_request_id"] = standing.answer["agent_request_id"]
    if reason:
        body["reason"] = reason
    details = details_of(standing, status)
    if details:
        body["processing_details"] = details
    if reason == NEED_VERIFICATION:
        body["user_verification_url"] = verification_url
        body["expires_at"] = stamp(standing.received_at + IDENTITY_PERIOD)
    if status in (FULFILLED, OVER):
        body["expires_at"] = stamp(standing.package_until or (standing.closed_at or now) + KEPT)
    if status == FULFILLED and results_url and standing.has_package:
        body["results_url"] = results_url
    return body


def details_of(standing: Standing, status: str) -> str:
    """What the agent may tell the person of how it stands: why it takes longer, why it was denied."""
    if status == REFUSED:
        return standing.explanation or "The request was denied."
    if status in FINAL:
        return ""
    if standing.extended_because:
        return standing.extended_because
    return DETAILS.get(standing.state, USUAL_DETAIL if status == IN_PROGRESS else "")


def error_body(status: int, sentence: str, *, fatal: bool = False) -> dict[str, Any]:
    """An error (3.06). `fatal`: to send the same again is of no use."""
    return {"code": str(status), "message": sentence, **({"fatal": True} if fatal else {})}
