"""What is in force for a person in one purpose, with all that people want to know of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from consent import outcome as code
from consent.durations import add_duration
from consent.in_force import REASONS, InForce, in_force
from consent.outcome import Holder, Outcome, outcome
from consent.purposes import Purpose
from consent.standing import Standing
from consent.times import moment

REFUSED = frozenset({code.REFUSED, code.WITHDRAWN, code.TERMINATED, code.INVALIDATED})
# What only the person can settle, so that there is nothing to wait for.
UNSETTLED = frozenset({code.CONFLICT, code.EXPIRED, code.RECONFIRM})


@dataclass(frozen=True, slots=True)
class OwnVoice:
    """What one identifier itself says of the purpose. `allowed`: whether the purpose is, for it as an address."""

    identifier: int
    state: str
    decided_at: datetime | None
    expires_at: datetime | None
    allowed: bool
    grants: bool


@dataclass(frozen=True, slots=True)
class Effective:
    """`reask_due`: the day from which on the person may be asked again, or is reminded of a grant."""

    ruling: InForce
    decided_at: datetime | None
    expires_at: datetime | None
    reask_due: date | None
    by_identifier: list[OwnVoice] = field(default_factory=list)


def effective(purpose: Purpose, holders: Sequence[Holder], standing: Standing, at: int, region: str = "") -> Effective:
    """All of it at an instant, microseconds since the epoch."""
    came_to = outcome(purpose.key, holders, at)
    decided_at = decided(came_to)
    expires_at = ends(came_to)
    return Effective(
        ruling=in_force(purpose, standing, at, region=region),
        decided_at=decided_at,
        expires_at=expires_at,
        reask_due=reask_due(purpose, came_to.code, decided_at, expires_at),
        by_identifier=[
            own_voice(purpose, holder, standing, at, region) for holder in holders if holder.said.get(purpose.key)
        ],
    )


def own_voice(purpose: Purpose, holder: Holder, standing: Standing, at: int, region: str) -> OwnVoice:
    """What one identifier says, whatever was said under others and of wider purposes."""
    alone = holder._replace(said={purpose.key: holder.said[purpose.key]})
    own = outcome(purpose.key, [alone], at)
    # What only claims about it say counts as a device's; it is said under this identifier all the same.
    state = REASONS[code.GRANTED if own.code == code.DEVICE_ONLY else own.code].state
    address = holder.id if purpose.address_type and holder.type == purpose.address_type else None
    ruling = in_force(purpose, standing, at, address=address, region=region)
    return OwnVoice(
        identifier=holder.id,
        state=state,
        decided_at=decided(own),
        expires_at=ends(own),
        allowed=ruling.allowed,
        grants=own.code == code.GRANTED,
    )


def decided(came_to: Outcome) -> datetime | None:
    """When the latest of what decides was said."""
    return moment(max(voice.said.at for voice in came_to.because)) if came_to.because else None


def ends(came_to: Outcome) -> datetime | None:
    """When a grant ends, or ended, by itself."""
    if came_to.ends is not None:
        return moment(came_to.ends)
    over = [voice.said.ends for voice in came_to.because if voice.letter == "x" and voice.said.ends is not None]
    return moment(max(over)) if over else None


def reask_due(purpose: Purpose, came_to: str, decided_at: datetime | None, expires_at: datetime | None) -> date | None:
    """When the person may be asked again: some time after a refusal or a grant, at once where only they can settle it.

    Whoever objected is not asked.
    """
    if decided_at is None:
        return None
    if came_to in UNSETTLED:
        return (expires_at or decided_at).astimezone(UTC).date()
    wait = purpose.reask_after if came_to in REFUSED else purpose.remind_after if came_to == code.GRANTED else ""
    return add_duration(decided_at, wait).astimezone(UTC).date() if wait else None
