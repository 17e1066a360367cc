"""Whether a purpose is allowed for a person now. Pure: no Django, no database.

Stands in for the consent ledger until that is built, behind the same functions: the purposes are built
in, and what a person said comes as one pair of instants per purpose, the greatest over all identifiers
of the profile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Purpose key to [granted_at, refused_at], each in microseconds since the epoch or None.
Consents = Mapping[str, Sequence[int | None]]


class UnknownPurpose(ValueError):
    """This purpose does not exist; use one of: service, personalisation, analytics."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What data may be used for, on which legal basis, and how sure one must be of who the person is to see traits."""

    key: str
    legal_basis: str  # "contract" | "consent"
    least_assurance: str  # "identified" | "device"


@dataclass(frozen=True, slots=True)
class InForce:
    """The decision in force: whether the purpose is allowed, on which basis, and why, in words."""

    allowed: bool
    basis: str
    reason: str


PURPOSES: dict[str, Purpose] = {
    "service": Purpose("service", "contract", "identified"),
    "personalisation": Purpose("personalisation", "consent", "device"),
    "analytics": Purpose("analytics", "consent", "device"),
}

BY_CONTRACT = InForce(True, "contract", "The purpose rests on the contract with the person, not on consent.")
GRANTED = InForce(True, "consent", "Consent was given and has not been refused since.")
REFUSED = InForce(False, "consent", "Consent was refused or withdrawn and has not been given again since.")
NOBODY_ASKED = InForce(False, "consent", "There is no consent on record; without one the purpose is denied.")


def purpose(key: str) -> Purpose:
    """The purpose of this key; raises `UnknownPurpose`."""
    found = PURPOSES.get(key)
    if found is None:
        raise UnknownPurpose
    return found


def in_force(purpose: Purpose, consents: Consents) -> InForce:
    """Allowed if the purpose needs no consent, or a grant is later than every refusal (the same instant: denied)."""
    if purpose.legal_basis != "consent":
        return BY_CONTRACT
    said = consents.get(purpose.key)
    if said is None:
        return NOBODY_ASKED
    granted_at, refused_at = said
    if granted_at is None:
        return NOBODY_ASKED if refused_at is None else REFUSED
    return GRANTED if refused_at is None or granted_at > refused_at else REFUSED


def states(consents: Consents) -> dict[str, str]:
    """What the person said, purpose to `granted` or `denied`; a purpose that nobody was asked about is left out."""
    return {
        key: "granted" if granted_at is not None and (refused_at is None or granted_at > refused_at) else "denied"
        for key, (granted_at, refused_at) in consents.items()
        if granted_at is not None or refused_at is not None
    }
