"""The normal form of an event, whatever client sent it. Pure: no Django, no database."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

# An identifier as a client named it: (type name, value as sent). Nothing is canonical yet.
RawIdentifier = tuple[str, str]


@dataclass(slots=True)
class Observed:
    """One event that was understood.

    `occurred_at` is microseconds since the epoch in UTC, corrected for clock skew and never later than
    receipt. `same` holds what an alias says: every raw identifier in it is one person; these need not
    stand in `identifiers`. `consent` maps purpose keys to granted (True) or refused (False).
    `payload` is the event as it came, cleaned, as UTF-8 JSON without `\\u0000` and lone surrogates.
    """

    message_id: str
    type: str  # identify | track | page | screen | group | alias
    event: str
    occurred_at: int
    identifiers: list[RawIdentifier]
    payload: bytes
    same: list[RawIdentifier] = field(default_factory=list)
    traits: dict[str, Any] = field(default_factory=dict)
    traits_once: dict[str, Any] = field(default_factory=dict)
    consent: dict[str, bool] = field(default_factory=dict)
    consent_by: dict[str, str] = field(default_factory=dict)  # purpose to the signal that spoke of it
    stamped: bool = False  # it carried a consent block, be it an empty or an unreadable one
    decides_unification: bool = False  # its one job is to change consent
    revenue: Decimal | None = None
    currency: str = ""
    identity_hash: str | None = None  # as sent in context.identityHash
    hashed_user_id: str | None = None  # the user id as sent, which the hash is of
    warnings: list[str] = field(default_factory=list)
    dropped: list[dict[str, str]] = field(default_factory=list)  # {type, reason}: never the value


@dataclass(slots=True)
class NotUnderstood:
    """One event that could not be understood; `body` is it as it came."""

    body: bytes
    reason: str  # a sentence, without personal data
