"""The normal form of an event, whatever client sent it. Pure: no Django, no database."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from consent.signals.reading import Signals

# An identifier as a client named it: (type name, value as sent). Nothing is canonical yet.
RawIdentifier = tuple[str, str]


@dataclass(slots=True)
class Observed:
    """One event that was understood.

    `occurred_at` is microseconds since the epoch in UTC, corrected for clock skew and never later than
    receipt. `same` holds what an alias says: every raw identifier in it is one person; these need not
    stand in `identifiers`. `payload` is the event as it came, cleaned, as UTF-8 JSON without `\\u0000` and lone
    surrogates.
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
    signals: Signals = field(default_factory=Signals)  # what it says about consent
    decides_unification: bool = False  # to change consent is its one job
    revenue: Decimal | None = None
    currency: str = ""
    sent_at: int | None = None  # by the sender's clock, where that is measured; microseconds
    identity_hash: str | None = None  # as sent in context.identityHash
    hashed_user_id: str | None = None  # the user id as sent, which the hash is of
    warnings: list[str] = field(default_factory=list)
    dropped: list[dict[str, str]] = field(default_factory=list)  # {type, reason}: never the value

    @property
    def consent(self) -> dict[str, bool]:
        """What it says of purposes: granted (True) or refused (False)."""
        return self.signals.said


@dataclass(slots=True)
class NotUnderstood:
    """One event that could not be understood; `body` is it as it came."""

    body: bytes
    reason: str  # a sentence, without personal data
