"""What is odd about when an interaction happened: it came late, or the client's clock was not believed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from consent.times import microseconds
from profiles.intake.wire import segment
from profiles.intake.wire.times import NETWORK_LATENCY, parse_time

LATE_AFTER = timedelta(hours=1)  # a phone in a tunnel is not late; one that comes home in the evening is
IMPORTED = "file"


class Clock(StrEnum):
    """What became of the time that the client named."""

    BELIEVED = "believed"
    CORRECTED = "corrected"  # the client's clock was wrong: its age counts, from receipt backwards
    AHEAD = "ahead"  # it named a time after receipt, and receipt stands
    UNREAD = "unread"  # what it named is no time, and receipt stands
    UNSAID = "unsaid"  # it named none, and receipt stands


@dataclass(frozen=True, slots=True)
class Timing:
    """When an interaction came, measured against when it happened.

    `late`: how long after it happened it came, None where that is not worth a word; `imported`: it was meant to come
    later, out of a file; `shift`: what was added to the time that the client named.
    """

    late: timedelta | None
    imported: bool
    clock: Clock
    shift: timedelta


def timing(*, dialect: str, event: Mapping[str, Any], occurred_at: datetime, received_at: datetime) -> Timing:
    """What there is to say of the times of an event; `event` is its payload."""
    gap = received_at - occurred_at
    named = time_named(dialect, event)
    clock, shift = _clock(named, occurred_at, received_at)
    return Timing(gap if gap >= LATE_AFTER else None, dialect == IMPORTED, clock, shift)


def _clock(named: Any, occurred_at: datetime, received_at: datetime) -> tuple[Clock, timedelta]:
    if named is None or named == "":
        return Clock.UNSAID, timedelta()
    said = parse_time(named)
    if said is None:
        return Clock.UNREAD, timedelta()
    shift = timedelta(microseconds=microseconds(occurred_at) - said)
    if occurred_at == received_at and said > microseconds(received_at):
        return Clock.AHEAD, shift
    return (Clock.CORRECTED if abs(shift) >= timedelta(microseconds=NETWORK_LATENCY) else Clock.BELIEVED), shift


def time_named(dialect: str, event: Mapping[str, Any]) -> Any:
    """The time that the client put into an event, as it wrote it; None: it put none."""
    if dialect == "cloudevents":
        data = event.get("data")
        return event.get("time") or (segment.first_said(data, segment.TIMES) if isinstance(data, dict) else None)
    names = ("timestamp",) if dialect == "posthog" else segment.TIMES
    return segment.first_said(dict(event), names)
