"""Short ways to read events in tests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from consent.signals.reading import SignalRules
from profiles.intake.observed import NotUnderstood, Observed
from profiles.intake.wire import read_batch, read_event

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


RULES = SignalRules({}, frozenset({"ads.sale_share", "analytics", "personalisation"}))


@dataclass(frozen=True)
class Source:
    """A source that maps some paths."""

    mappings: Mapping[str, str] = field(default_factory=dict)
    signal_rules: SignalRules = RULES


def microseconds(text: str) -> int:
    """An instant in UTC, written without an offset."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


RECEIVED_AT = microseconds("2026-11-22T05:00:00")


def read(
    body: bytes | dict[str, Any] | list[Any],
    *,
    dialect: str = "segment",
    context: dict[str, Any] | None = None,
    mappings: dict[str, str] | None = None,
    received_at: int = RECEIVED_AT,
) -> list[Observed | NotUnderstood]:
    """All that a body holds, each event also read again from what would be stored of it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    arguments: dict[str, Any] = {
        "dialect": dialect,
        "context": context or {},
        "received_at": received_at,
        "source": Source(mappings or {}),
    }
    events = list(read_batch(body=raw, **arguments))
    for event in events:
        if isinstance(event, Observed):
            assert read_event(body=event.payload, **arguments) == event
    return events


def read_one(event: Any, *, dialect: str = "segment", **arguments: Any) -> Observed:
    """One event that is understood."""
    (observed,) = read({"batch": [event]} if dialect != "cloudevents" else event, dialect=dialect, **arguments)
    assert isinstance(observed, Observed), observed.reason
    return observed


def refusal(event: Any, *, dialect: str = "segment", **arguments: Any) -> str:
    """Why one event is not understood."""
    (refused,) = read({"batch": [event]} if dialect != "cloudevents" else event, dialect=dialect, **arguments)
    assert isinstance(refused, NotUnderstood)
    return refused.reason
