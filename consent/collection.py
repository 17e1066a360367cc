"""Whether an event may be used for a purpose at all, by what it says itself and by what is in force. Pure.

Two places ask: the collection of a source with rules, before anything is stored, and reads of single interactions.
"""

from collections.abc import Sequence

from consent.in_force import in_force
from consent.narrowing import stamp_permits
from consent.outcome import REFUSING, Holder, outcome
from consent.purposes import Purpose, ancestors
from consent.said import EVERYTHING
from consent.signals.reading import Signals
from consent.standing import Standing


def is_denied(purpose: Purpose, signals: Signals, standing: Standing, now: int, *, region: str = "") -> bool | None:
    """Whether a purpose is denied for an event now (microseconds since the epoch); None: see `is_still_refused`.

    The event's own refusal denies it. Its grant permits it unless processing is restricted or a refusal stands;
    which of the two was said later decides then, and a standing does not tell. An event that says nothing is
    subject to what is in force for the person: `standing` is that of the profile, or of nobody.
    """
    permits = stamp_permits(purpose, signals)
    if permits is None:
        return not in_force(purpose, standing, now, region=region).allowed
    if not permits or is_restricted(standing, now):
        return True
    refused = any(standing.code(key, now) in REFUSING for key in (purpose.key, *ancestors(purpose.key)))
    return None if refused else False


def is_still_refused(purpose: Purpose, holders: Sequence[Holder], now: int) -> bool:
    """Whether a refusal stands although the event grants the purpose: `holders` are those of the profile and of the
    event, with what the event says among what was said under the identifiers that it carries.

    So an event's grant is weighed as the decision that it is: it lifts a refusal only if it is later, and as sure of
    who speaks.
    """
    return outcome(purpose.key, holders, now).code in REFUSING


def is_restricted(standing: Standing, now: int) -> bool:
    """Whether all processing is restricted, or what stands cannot be read."""
    return standing.unreadable or bool(standing.code(EVERYTHING, now))
