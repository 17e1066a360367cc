"""Batches and single events, of every dialect, read."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from profiles.intake import lenient
from profiles.intake.envelope import MAX_EVENT, Envelope, Malformed, TooLarge, read_envelope
from profiles.intake.observed import NotUnderstood, Observed
from profiles.intake.wire import cloudevents, posthog, rectification, segment
from profiles.intake.wire.findings import Findings
from profiles.intake.wire.request import NotAnEvent, Request, SourceReading

Observe = Callable[[Any, Request, Findings], Observed]

OBSERVE: dict[str, Observe] = {
    "segment": segment.observe,
    "jitsu": segment.observe,
    "file": segment.observe,
    "posthog": posthog.observe,
    "cloudevents": cloudevents.observe,
    rectification.DIALECT: rectification.observe,
}
SENT_AT = {"segment": "sentAt", "jitsu": "sentAt", "posthog": "sent_at"}
TOO_LARGE = f"The event is larger than {MAX_EVENT} bytes; send less in it."


def read_batch(
    *, dialect: str, body: bytes, context: Mapping[str, Any], received_at: int, source: SourceReading
) -> Iterator[Observed | NotUnderstood]:
    """Every event of a body as it was stored, in order. `received_at` is microseconds since the epoch."""
    try:
        envelope = read_envelope(dialect, body, context)
    except (Malformed, TooLarge) as error:
        yield NotUnderstood(body, str(error))
        return
    request = Request(dialect, context, received_at, source.mappings, source.signal_rules)
    sent_at = _sent_at_of_events(envelope, dialect)
    oversize = set(envelope.oversize)
    for index, raw in enumerate(envelope.events):
        yield NotUnderstood(raw, TOO_LARGE) if index in oversize else _read(raw, request, sent_at)


def read_event(
    *, dialect: str, body: bytes, context: Mapping[str, Any], received_at: int, source: SourceReading
) -> Observed | NotUnderstood:
    """One event alone: the payload of an Observed, or the body of a NotUnderstood that is tried again."""
    return _read(body, Request(dialect, context, received_at, source.mappings, source.signal_rules), {})


def _sent_at_of_events(envelope: Envelope, dialect: str) -> dict[str, str]:
    """What each event takes over from its batch, so that it can be read again alone."""
    name = SENT_AT.get(dialect)
    if name is None or envelope.sent_at is None or envelope.historical:
        return {}
    return {name: envelope.sent_at}


def _read(raw: bytes, request: Request, from_batch: Mapping[str, str]) -> Observed | NotUnderstood:
    try:
        event = lenient.decode(raw)
        if isinstance(event, dict):
            event.update(from_batch)
        elif "ce" not in request.context:
            raise NotAnEvent("The event is not a JSON object.")
        return OBSERVE[request.dialect](event, request, Findings())
    except lenient.Unreadable as error:
        return NotUnderstood(raw, error.kind)
    except NotAnEvent as error:
        return NotUnderstood(raw, str(error))
