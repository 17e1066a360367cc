"""What a law wants kept of an event that is erased: the fields that a hold names, until its day."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Any

import msgspec

from consent.durations import add_duration
from consent.holds import Held, Hold
from consent.times import moment
from profiles.intake.explode import Prepared

TRAIT = "traits."


def held_of(items: Iterable[Prepared], holds: Sequence[Hold], now: datetime) -> Iterator[Held]:
    """What the holds keep of some events, where a hold's day is still to come and it names a field that is there."""
    for item in items:
        for hold in holds:
            if _is_about(hold, item):
                until = _keep_until(hold, item)
                content = _content(hold, item) if until > now else {}
                if content:
                    yield Held(hold.name, moment(item.observed.occurred_at), until, item.source.id, content)


def _is_about(hold: Hold, item: Prepared) -> bool:
    event = not hold.events or item.observed.event in hold.events
    return event and (not hold.sources or item.source.name in hold.sources)


def _keep_until(hold: Hold, item: Prepared) -> datetime:
    until = add_duration(moment(item.observed.occurred_at), hold.keep_for)
    if hold.ends_on is None:
        return until
    return min(until, datetime.combine(hold.ends_on, time.min, UTC))


def _content(hold: Hold, item: Prepared) -> dict[str, Any]:
    payload = msgspec.json.decode(item.observed.payload) if hold.fields else {}
    found = {path: _at(payload, path) for path in hold.fields}
    found |= {TRAIT + name: item.observed.traits.get(name) for name in hold.traits}
    return {path: value for path, value in found.items() if value is not None}


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
