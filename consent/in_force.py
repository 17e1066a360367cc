"""Whether a purpose is allowed for a person now, and why, in words (consent.md, "In force"). Pure.

What cannot be read, is missing or does not exist is denied: every way to *allowed* is spelled out here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from consent import outcome as code
from consent.outcome import NOBODY_ASKED, REFUSING
from consent.purposes import CONSENT, UNREFUSABLE, Purpose, Purposes, ancestors
from consent.said import EVERYTHING
from consent.standing import NOTHING_STANDS, Standing

ALLOWED = "allowed"  # as a default


class Reason(NamedTuple):
    """An outcome as answers name it, and what it means for the person, in words."""

    state: str
    words: str


REASONS = {
    code.GRANTED: Reason("granted", "Consent was given and has not been refused since."),
    code.REFUSED: Reason("denied", "Consent was refused and has not been given again since."),
    code.WITHDRAWN: Reason("withdrawn", "Consent was withdrawn and has not been given again since."),
    code.TERMINATED: Reason("terminated", "Consent was ended and has not been given again since."),
    code.INVALIDATED: Reason("invalidated", "Consent was found to be invalid and has not been given again since."),
    code.CONFLICT: Reason("conflict", "The person's identifiers say opposite things; until they are asked, it is no."),
    code.OBJECTED: Reason("objected", "The person has objected to it; only taking the objection back lifts it."),
    code.EXPIRED: Reason("expired", "Consent was given for a time that is over."),
    code.RECONFIRM: Reason("reconfirm_required", "A guardian consented; the person is of age now and must be asked."),
    code.DEVICE_ONLY: Reason(
        "device_only", "Only a device of this person granted it; a device's grant does not rise to the person."
    ),
    code.REQUESTED: Reason("pending", "Consent was asked for and is not confirmed yet."),
    code.DEFERRED: Reason("deferred", "The person put the answer off."),
    code.UNKNOWN: Reason("unknown", "It is on record that the answer is not known."),
    code.UNPROVEN: Reason("unproven", "A grant is on record without the notice and its language; it cannot be used."),
    code.AWAITING_GUARDIAN: Reason(
        "awaiting_guardian", "The person is below the age of consent; a guardian must answer."
    ),
    NOBODY_ASKED: Reason("not_asked", "There is no consent on record; without one the purpose is denied."),
}
UNREFUSABLE_REASON = Reason("not_needed", "The purpose rests on a contract or the law, not on consent.")
UNLESS_REFUSED = Reason("not_asked", "Nobody has objected; the purpose is allowed until somebody does.")
OPT_OUT_REGION = Reason("not_asked", "In this region the purpose is allowed until the person opts out.")
ABOVE_REFUSED = Reason("denied", "A wider purpose that includes this one was refused.")
ABOVE_OBJECTED = Reason("objected", "The person has objected to a wider purpose that includes this one.")
RESTRICTED = Reason("restricted", "Processing is restricted: the data may be kept, and nothing else done with it.")
UNREADABLE = Reason("unreadable", "What is on record about consent cannot be read; until it can be, it is no.")


@dataclass(frozen=True, slots=True)
class InForce:
    """The decision in force: whether the purpose is allowed, on which basis, and why, in words."""

    allowed: bool
    basis: str
    reason: str
    state: str = ""

    @property
    def restricted(self) -> bool:
        """Whether all processing is restricted."""
        return self.state == RESTRICTED.state


def in_force(
    purpose: Purpose, standing: Standing, now: int, *, address: int | None = None, region: str = ""
) -> InForce:
    """What is in force at an instant (microseconds since the epoch).

    `address`: the identifier that a purpose about addresses is asked for. `region`: where the person is, as
    ISO 3166 has it (`US-CA`), as far as it is known.
    """
    part = standing.part(purpose.key, address)
    default = default_in(purpose, region)
    if not standing.constant:
        return _decide(purpose, standing, now, part, default)
    held = standing.kept.get((purpose.key, part, default))
    if held is not None and held[0] is purpose:
        kept: InForce = held[1]
        return kept
    ruling = _decide(purpose, standing, now, part, default)
    standing.kept[purpose.key, part, default] = (purpose, ruling)
    return ruling


def _decide(purpose: Purpose, standing: Standing, now: int, part: str, default: str) -> InForce:
    basis = purpose.legal_basis
    if standing.unreadable:
        return _ruling(False, basis, UNREADABLE)
    if standing.code(EVERYTHING, now):
        return _ruling(False, basis, RESTRICTED)
    if basis in UNREFUSABLE:
        return _ruling(True, basis, UNREFUSABLE_REASON)
    own = standing.code(purpose.key, now, part)
    if own in REFUSING:
        return _ruling(False, basis, REASONS[own])
    if own == code.GRANTED:
        return _ruling(True, basis, REASONS[own])
    if own == NOBODY_ASKED:  # any other outcome has what was said of those above in it
        above = [standing.code(key, now) for key in ancestors(purpose.key)]
        if code.OBJECTED in above:
            return _ruling(False, basis, ABOVE_OBJECTED)
        if not REFUSING.isdisjoint(above):
            return _ruling(False, basis, ABOVE_REFUSED)
    return _by_default(purpose, own, default)


def _by_default(purpose: Purpose, own: str, default: str) -> InForce:
    """Nobody has granted or refused it: the default, which may differ in the region."""
    # Who needs a guardian, or was spoken for by one, is not somebody whom nobody asked.
    asked_child = purpose.legal_basis == CONSENT and own in (code.AWAITING_GUARDIAN, code.RECONFIRM)
    if default == ALLOWED and not asked_child:
        return _ruling(True, purpose.legal_basis, UNLESS_REFUSED if purpose.default == ALLOWED else OPT_OUT_REGION)
    return _ruling(False, purpose.legal_basis, REASONS.get(own, UNREADABLE))


def default_in(purpose: Purpose, region: str) -> str:
    """The default of a purpose in a region, or in the country that the region is of."""
    country = region.partition("-")[0]
    return purpose.regions.get(region) or purpose.regions.get(country) or purpose.default


def _ruling(allowed: bool, basis: str, reason: Reason) -> InForce:
    return InForce(allowed, basis, reason.words, reason.state)


def states(standing: Standing, purposes: Purposes, now: int) -> dict[str, str]:
    """`granted` or `denied`, as it is in force, for each purpose of which something was said, itself or above it.

    What is allowed unless it is refused, and is not refused, is left out: it is as if nothing had been said, and a
    profile whose person refused and allowed again shows what it showed before.
    """
    if not standing.keys and not standing.unreadable:
        return {}
    if not standing.constant:
        return _states(standing, purposes, now)
    held = standing.kept.get("states")
    if held is None or held[0] is not purposes:
        held = standing.kept["states"] = (purposes, _states(standing, purposes, now))
    found: dict[str, str] = held[1]
    return found


def _states(standing: Standing, purposes: Iterable[Purpose], now: int) -> dict[str, str]:
    found = {}
    for purpose in purposes:
        chain = (purpose.key, *ancestors(purpose.key), EVERYTHING)
        if standing.unreadable or not standing.keys.isdisjoint(chain):
            allowed = in_force(purpose, standing, now).allowed
            if not (allowed and purpose.default == ALLOWED):
                found[purpose.key] = "granted" if allowed else "denied"
    return found


def nothing_in_force(purpose: Purpose) -> InForce:
    """What is in force where nobody was asked anything."""
    return in_force(purpose, NOTHING_STANDS, 0)
