"""What an event's own consent signals make of what is in force: a stamp can only narrow it. Pure."""

from consent.in_force import InForce, nothing_in_force
from consent.purposes import CONSENT, UNREFUSABLE, Purpose, ancestors
from consent.signals.reading import Signals

REFUSED_BY_EVENT = "The event itself says no."
NOT_IN_STAMP = "The event has a consent block, and this purpose is not granted in it."
UNREADABLE_STAMP = "The event's consent block cannot be read; it grants nothing."
GRANTED_BY_EVENT = "Nobody is known under these identifiers, and the event itself says yes."


def stamp_permits(purpose: Purpose, signals: Signals) -> bool | None:
    """Whether an event's own signals permit a purpose for this event; None: they leave it to what is in force.

    What they refuse in so many words, the purpose or one above it, they forbid, whatever the signal. An event that
    carries a consent block permits of what needs consent only what the block grants in so many words: what it leaves
    out, or what cannot be read, is no grant.
    """
    if purpose.legal_basis in UNREFUSABLE:
        return None
    if refuses(purpose, signals):
        return False
    if purpose.legal_basis != CONSENT or not signals.stamped:
        return None
    return signals.said.get(purpose.key, False)


def narrowed(purpose: Purpose, ruling: InForce, signals: Signals) -> InForce:
    """The ruling, or a refusal where the event does not say yes to what needs consent, or says no to anything."""
    basis = purpose.legal_basis
    if not ruling.allowed or stamp_permits(purpose, signals) is not False:
        return ruling
    if refuses(purpose, signals):
        return InForce(False, basis, REFUSED_BY_EVENT, "denied_for_event")
    reason = UNREADABLE_STAMP if signals.unreadable else NOT_IN_STAMP
    return InForce(False, basis, reason, "not_granted_for_event")


def of_unknown(purpose: Purpose, signals: Signals) -> InForce:
    """What is in force for identifiers that nobody knows: what an event says explicitly is all that they ever said."""
    ruling = nothing_in_force(purpose)
    if ruling.allowed:
        return narrowed(purpose, ruling, signals)
    if signals.said.get(purpose.key) and not refuses(purpose, signals):
        return InForce(True, purpose.legal_basis, GRANTED_BY_EVENT, "granted")
    return ruling


def refuses(purpose: Purpose, signals: Signals) -> bool:
    """Whether the event says no to the purpose, or to one above it."""
    said = signals.said
    return bool(said) and any(said.get(key) is False for key in (purpose.key, *ancestors(purpose.key)))
