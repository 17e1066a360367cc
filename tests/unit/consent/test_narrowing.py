"""What an event's own signals make of what is in force."""

import pytest

from consent.in_force import InForce
from consent.narrowing import narrowed, of_unknown
from consent.purposes import Purpose
from consent.signals.reading import Signals

ADS = Purpose("ads.personalised")
SECURITY = Purpose("security", legal_basis="legitimate_interest", default="allowed")
SERVICE = Purpose("service", legal_basis="contract")
YES, NO = InForce(True, "consent", "It was given.", "granted"), InForce(False, "consent", "It was not.", "denied")

SIGNALS = {
    "silent": Signals(),
    "empty block": Signals(stamped=True),
    "unreadable": Signals(stamped=True, unreadable=True),
    "yes": Signals(said={"ads.personalised": True}, stamped=True),
    "no": Signals(said={"ads.personalised": False}, stamped=True),
    "no above": Signals(said={"ads.personalised": True, "ads": False}, stamped=True),
    "yes above": Signals(said={"ads": True}, stamped=True),
    "no without a block": Signals(said={"ads.personalised": False}),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_a_stamp_never_widens(name: str) -> None:
    assert narrowed(ADS, NO, SIGNALS[name]) == NO


@pytest.mark.parametrize(("name", "allowed"), [(name, name in ("silent", "yes")) for name in SIGNALS])
def test_what_needs_consent_needs_it_of_the_event_too(name: str, allowed: bool) -> None:
    assert narrowed(ADS, YES, SIGNALS[name]).allowed is allowed


@pytest.mark.parametrize(("name", "allowed"), [(name, name == "yes") for name in SIGNALS])
def test_of_whom_nobody_knows_only_an_explicit_yes_counts(name: str, allowed: bool) -> None:
    assert of_unknown(ADS, SIGNALS[name]).allowed is allowed


def test_what_needs_no_consent_is_stopped_by_a_no_alone() -> None:
    allowed = InForce(True, "legitimate_interest", "Nobody has objected.", "not_asked")
    assert narrowed(SECURITY, allowed, SIGNALS["empty block"]) == allowed
    assert narrowed(SECURITY, allowed, Signals(said={"security": False})).allowed is False
    assert of_unknown(SECURITY, Signals(said={"security": False})).allowed is False
    assert of_unknown(SECURITY, SIGNALS["unreadable"]).allowed is True


def test_a_contract_is_not_refused_by_a_stamp() -> None:
    assert of_unknown(SERVICE, Signals(said={"service": False}, stamped=True)).allowed is True


def test_the_reason_tells_what_was_wrong_with_the_block() -> None:
    reasons = [narrowed(ADS, YES, SIGNALS[name]).reason for name in ("empty block", "unreadable", "no")]
    assert len(set(reasons)) == 3
