"""Whether an event may be used for a purpose: its own stamp, what is in force, and which of them was later."""

import msgspec
import pytest

from consent.collection import is_denied, is_restricted, is_still_refused
from consent.narrowing import stamp_permits
from consent.outcome import Holder
from consent.purposes import Purpose
from consent.said import VERIFIED, Said
from consent.signals.reading import Signals
from consent.standing import NOTHING_STANDS, Standing

ADS = Purpose("ads")
PERSONALISED = Purpose("ads.personalised")
SECURITY = Purpose("security", legal_basis="legitimate_interest", default="allowed")
SERVICE = Purpose("service", legal_basis="contract", default="allowed")
SALE = Purpose("ads.sale_share", regions={"US-CA": "allowed"})
NOW = 1_000


def stamped(**said: bool) -> Signals:
    return Signals(said={name.replace("__", "."): granted for name, granted in said.items()}, stamped=True)


def standing(**codes: object) -> Standing:
    return Standing(msgspec.json.encode({name.replace("__", "."): code for name, code in codes.items()}))


SILENT = Signals()
GPC = Signals(said={"ads.sale_share": False})  # the header alone is no consent block
UNREADABLE = Signals(stamped=True, unreadable=True)


@pytest.mark.parametrize(
    ("purpose", "signals", "expected"),
    [
        (ADS, SILENT, None),
        (ADS, stamped(), False),
        (ADS, UNREADABLE, False),
        (ADS, stamped(analytics=True), False),
        (ADS, stamped(ads=True), True),
        (ADS, stamped(ads=False), False),
        (PERSONALISED, stamped(ads=True), False),
        (PERSONALISED, stamped(ads__personalised=True), True),
        (PERSONALISED, stamped(ads=False, ads__personalised=True), False),
        (SALE, GPC, False),
        (ADS, GPC, None),
        (SECURITY, stamped(), None),
        (SECURITY, stamped(security=True), None),
        (SECURITY, stamped(security=False), False),
        (SERVICE, stamped(service=False), None),
    ],
)
def test_a_stamp_permits_only_what_it_says(purpose: Purpose, signals: Signals, expected: bool | None) -> None:
    assert stamp_permits(purpose, signals) is expected


@pytest.mark.parametrize(
    ("purpose", "signals", "held", "expected"),
    [
        (ADS, SILENT, NOTHING_STANDS, True),
        (ADS, SILENT, standing(ads="g"), False),
        (ADS, SILENT, standing(ads="v"), True),
        (ADS, stamped(), standing(ads="g"), True),
        (ADS, stamped(ads=True), NOTHING_STANDS, False),
        (ADS, stamped(ads=True), standing(ads="v"), False),
        (ADS, stamped(ads=True), standing(ads="x"), False),
        (ADS, stamped(ads=True), standing(ads="d"), None),
        (ADS, stamped(ads=True), standing(ads="c"), None),
        (PERSONALISED, stamped(ads__personalised=True), standing(ads="w"), None),
        (PERSONALISED, stamped(ads__personalised=True), standing(analytics="w"), False),
        (ADS, stamped(ads=False), standing(ads="g"), True),
        (ADS, stamped(ads=True), standing(**{"*": "!"}), True),
        (ADS, SILENT, Standing(b"broken"), True),
        (ADS, stamped(ads=True), Standing(b"broken"), True),
        (SECURITY, SILENT, NOTHING_STANDS, False),
        (SECURITY, stamped(), standing(security="o"), True),
        (SERVICE, stamped(service=False), NOTHING_STANDS, False),
        (SERVICE, SILENT, standing(**{"*": "!"}), True),
    ],
)
def test_what_is_denied_for_an_event(purpose: Purpose, signals: Signals, held: Standing, expected: bool | None) -> None:
    assert is_denied(purpose, signals, held, NOW) is expected


def test_a_region_may_allow_what_nobody_was_asked() -> None:
    assert is_denied(SALE, SILENT, NOTHING_STANDS, NOW, region="US-CA") is False
    assert is_denied(SALE, SILENT, NOTHING_STANDS, NOW, region="DE") is True
    assert is_denied(SALE, GPC, NOTHING_STANDS, NOW, region="US-CA") is True


def person(*said: Said, device: bool = False) -> Holder:
    return Holder(2 if device else 1, "d" if device else "u", not device, not device, True, {"ads": list(said)})


def test_the_later_of_a_refusal_and_a_grant_counts_if_it_is_as_sure() -> None:
    before, after = Said(5, "R", VERIFIED), Said(15, "R", VERIFIED)
    grant = Said(10, "G", VERIFIED)
    assert not is_still_refused(ADS, [person(before, grant)], NOW)
    assert is_still_refused(ADS, [person(grant, after)], NOW)
    assert is_still_refused(ADS, [person(grant, Said(10, "R", VERIFIED))], NOW), "at the same instant it is a conflict"
    assert is_still_refused(ADS, [person(before), person(grant, device=True)], NOW), "a device does not speak for Ann"
    assert not is_still_refused(ADS, [person(before, device=True), person(grant)], NOW)


@pytest.mark.parametrize(
    ("held", "at", "expected"),
    [
        (NOTHING_STANDS, NOW, False),
        (standing(ads="d"), NOW, False),
        (standing(**{"*": "!"}), NOW, True),
        (standing(**{"*": ["!", NOW, ""]}), NOW - 1, True),
        (standing(**{"*": ["!", NOW, ""]}), NOW, False),
        (Standing(b"[]"), NOW, True),
    ],
)
def test_what_is_restricted(held: Standing, at: int, expected: bool) -> None:
    assert is_restricted(held, at) is expected
