"""Why something is, or is not, in force: told voice by voice."""

from typing import Any

import pytest

from consent.effective import effective
from consent.explaining import Explanation, explain
from consent.in_force import in_force
from consent.outcome import Holder
from consent.purposes import Purpose
from consent.said import ENDS_BY_CHOICE, GUARDIAN, VERIFIED, WITH_ACCOUNT, Said
from consent.standing import Standing, pack

NOW = 1_000
ADS = Purpose("ads")
MAIL = Purpose("mail", address_type="email")


def account(id_: int, *said: Said, key: str = "ads") -> Holder:
    """A user id."""
    return Holder(id_, "user_id", True, True, True, {key: list(said)} if said else {})


def device(id_: int, *said: Said, key: str = "ads") -> Holder:
    """A browser."""
    return Holder(id_, "anonymous_id", False, False, True, {key: list(said)})


def said(at: int, letter: str, flags: int = VERIFIED, ends: int | None = None) -> Said:
    """One statement."""
    return Said(at, letter, flags, ends)


def explained(*holders: Holder, purpose: Purpose = ADS) -> Explanation:
    """The explanation of what holds now."""
    standing = Standing(pack(holders, {"mail": "email"}))
    return explain(purpose, in_force(purpose, standing, NOW), holders, NOW)


@pytest.mark.parametrize(
    ("holders", "rule", "voices"),
    [
        ([account(1)], 5, []),
        ([account(1, said(1, "G"))], 4, [("granted", "person", True)]),
        ([account(1, said(1, "O"))], 1, [("objected", "person", True)]),
        ([account(1, said(1, "!"), key="*")], 1, [("restricted", "person", True)]),
        ([account(1, said(1, "G"), said(1, "W"))], 2, [("conflict", "person", True)]),
        ([account(1, said(1, "G", ends=500))], 2, [("expired", "person", True)]),
        ([account(1, said(2_000, "G"))], 5, []),
        ([account(1, said(1, "p"))], 2, [("unproven", "person", True)]),
        ([account(1, said(1, "k"))], 2, [("awaiting_guardian", "person", True)]),
        ([account(1), device(2, said(1, "G"))], 4, [("granted", "device", False)]),
        ([device(2, said(1, "G"))], 4, [("granted", "device", True)]),
        (
            [account(1, said(5, "G")), device(2, said(1, "W"))],
            4,
            [("withdrawn", "device", False), ("granted", "person", True)],
        ),
        (
            [account(1, said(5, "G", VERIFIED | WITH_ACCOUNT)), account(2, said(1, "R", VERIFIED | WITH_ACCOUNT))],
            4,
            [("denied", "person", True), ("granted", "person", True)],
        ),
    ],
)
def test_the_rule_that_decides_and_each_voice(holders: list[Holder], rule: int, voices: list[Any]) -> None:
    found = explained(*holders)
    assert found.rule == rule
    assert [(voice.state, voice.assurance, voice.counts) for voice in found.voices] == voices
    assert found.in_words.endswith(".")


def test_a_refusal_above_is_told_under_its_own_name() -> None:
    found = explained(account(1, said(1, "R"), key="ads"), purpose=Purpose("ads.personalised"))
    assert [(voice.purpose, voice.state, voice.counts) for voice in found.voices] == [("ads", "denied", True)]


def test_a_purpose_about_addresses_is_decided_by_its_own_rule() -> None:
    address = Holder(1, "email", True, False, True, {"mail": [said(1, "G")]})
    assert explained(address, purpose=MAIL).rule == 3


def test_a_contract_needs_nobody_to_be_asked() -> None:
    assert explained(account(1, said(1, "R")), purpose=Purpose("ads", legal_basis="contract")).rule == 5


DAY = 24 * 3600 * 1_000_000


@pytest.mark.parametrize(
    ("statement", "due"),
    [
        (said(0, "G"), "1971-02-01"),
        (said(0, "R"), "1971-01-01"),
        (said(0, "W"), "1971-01-01"),
        (said(0, "O"), None),
        (said(0, "Q"), None),
        (said(0, "G", VERIFIED | ENDS_BY_CHOICE | GUARDIAN, 10 * DAY), "1970-01-11"),
    ],
)
def test_the_day_on_which_to_ask_again(statement: Said, due: str | None) -> None:
    holders = [account(1, statement)]
    found = effective(ADS, holders, Standing(pack(holders, {})), 20 * DAY)
    assert (None if found.reask_due is None else found.reask_due.isoformat()) == due


def test_a_purpose_without_a_wait_asks_nobody_again() -> None:
    holders = [account(1, said(0, "R"))]
    assert effective(Purpose("ads", reask_after=""), holders, Standing(pack(holders, {})), DAY).reask_due is None


def test_a_mere_claim_is_told_but_grants_nothing() -> None:
    holders = [account(1, said(1, "G", 0))]
    [own] = effective(ADS, holders, Standing(pack(holders, {})), NOW).by_identifier
    assert (own.state, own.grants, own.allowed) == ("granted", False, False)
