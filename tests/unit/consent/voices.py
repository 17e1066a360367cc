"""Identifiers and what was said under them, as the examples name them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from consent.in_force import InForce, in_force
from consent.outcome import Holder
from consent.purposes import Purpose
from consent.said import AHEAD, ENDS_BY_CHOICE, GUARDIAN, VERIFIED, WITH_ACCOUNT, Said, keep, letter_of
from consent.standing import pack, read_standing
from consent.times import microseconds

SayIt = Said | Sequence[Said]
ADS = Purpose("ads")
EMAIL = Purpose("marketing.email", address_type="email")
SECURITY = Purpose("security", "legitimate_interest", "allowed")


def day(text: str) -> int:
    """The instant at which a day begins, or of a time of a day, in UTC."""
    return microseconds(datetime.fromisoformat(text + ("" if "T" in text else "T00:00:00") + "+00:00"))


def said(
    state: str,
    at: str,
    *,
    ends: str = "",
    by_choice: bool = False,
    verified: bool = True,
    with_account: bool = False,
    guardian: bool = False,
    ahead: bool = False,
    problem: str = "",
) -> Said:
    """One statement; `state` without its prefix, where it is one of ISO/IEC TS 27560 that begins with `Consent`."""
    flags = (
        VERIFIED * verified
        | WITH_ACCOUNT * with_account
        | ENDS_BY_CHOICE * by_choice
        | GUARDIAN * guardian
        | AHEAD * ahead
    )
    name = state if state.startswith(("Renewed", "Objection", "Processing", "Restriction")) else f"Consent{state}"
    return Said(day(at), letter_of(name, problem), flags, day(ends) if ends else None)


def user(id_: int, told: Mapping[str, SayIt] | None = None, *, verified: bool = True) -> Holder:
    """A user id, of which a person has one only."""
    return _holder(id_, "user_id", person=True, account=True, verified=verified, told=told)


def email(id_: int, told: Mapping[str, SayIt] | None = None, *, verified: bool = True) -> Holder:
    """An email address."""
    return _holder(id_, "email", person=True, account=False, verified=verified, told=told)


def browser(id_: int, told: Mapping[str, SayIt] | None = None) -> Holder:
    """A browser that nobody needs to have signed in on."""
    return _holder(id_, "anonymous_id", person=False, account=False, verified=True, told=told)


def phone_app(id_: int, told: Mapping[str, SayIt] | None = None) -> Holder:
    """A device that can be sent notifications."""
    return _holder(id_, "device_id", person=False, account=False, verified=True, told=told)


def _holder(
    id_: int, type_: str, *, person: bool, account: bool, verified: bool, told: Mapping[str, SayIt] | None
) -> Holder:
    kept = {key: keep([one] if isinstance(one, Said) else one) for key, one in (told or {}).items()}
    return Holder(id_, type_, person, account, verified, kept)


def ruling(
    purpose: Purpose, *holders: Holder, at: str = "2026-07-01", address: int | None = None, region: str = ""
) -> InForce:
    """What is in force for the person of these identifiers, as their card has it."""
    types = {purpose.key: purpose.address_type} if purpose.address_type else {}
    return in_force(purpose, read_standing(pack(holders, types)), day(at), address=address, region=region)


def verdict(
    purpose: Purpose, *holders: Holder, at: str = "2026-07-01", address: int | None = None, region: str = ""
) -> tuple[bool, str]:
    """Whether it is allowed, and the state."""
    found = ruling(purpose, *holders, at=at, address=address, region=region)
    return found.allowed, found.state
