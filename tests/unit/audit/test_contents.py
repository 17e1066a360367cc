"""What the audit log takes: no form into which an identity fits."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.audit.contents import CONSENT_TYPES, FORMS, TYPES, NotForTheLog, check_content, counts_told
from consent.states import WORDS

GOOD: dict[str, Any] = {
    "purpose": "marketing.email",
    "problem": "awaiting_guardian",
    "request": "018f2b3c-0000-7000-8000-000000000001",
    "request_type": "opt_out_sale_share",
    "regulation": "gdpr",
    "source": "pages",
    "region": "US-CA",
    "state": "partially_completed",
    "reason": "insuf_verification",
    "counts": {"interaction": 12, "trait_fact": 0},
    "gaps": ["device_only"],
    "policy_version": "2026.1",
    "commitment": "ab" * 32,
}
NAMING = [
    "ann@example.org",
    "+49 170 1234567",
    "01701234567",
    "555-123-4567",
    "Ann Lee",
    "Ann",
    "u-1",
    "1234567",
    "https://example.org/?e=ann",
    "ann\n",
    "",
    None,
    7,
    True,
    ["ann@example.org"],
    {"ann@example.org": 1},
    {"interaction": "ann@example.org"},
    {"interaction": -1},
    {"interaction": True},
    {"interaction": 1.5},
]


@pytest.mark.parametrize("type_name", TYPES)
def test_each_type_takes_its_members(type_name: str) -> None:
    check_content(type_name, {name: GOOD[name] for name in TYPES[type_name]})
    check_content(type_name, {})


@pytest.mark.parametrize("value", NAMING, ids=repr)
@pytest.mark.parametrize("name", FORMS)
def test_no_member_takes_what_could_name_somebody(name: str, value: object) -> None:
    type_name = next(one for one, members in TYPES.items() if name in members)
    check_content(type_name, {name: GOOD[name]})
    with pytest.raises(NotForTheLog) as refused:
        check_content(type_name, {name: value})
    assert str(value) not in str(refused.value) or not str(value)


@pytest.mark.parametrize("member", ["email", "identifiers", "seq", "prev", "at", "type", "profile_id"])
def test_no_type_takes_other_members(member: str) -> None:
    for type_name in TYPES:
        with pytest.raises(NotForTheLog):
            check_content(type_name, {member: "word"})


@pytest.mark.parametrize("type_name", ["", "ann@example.org", "consent", "request.received "])
def test_no_other_type_is_taken(type_name: str) -> None:
    with pytest.raises(NotForTheLog) as refused:
        check_content(type_name, {})
    assert "@" not in str(refused.value)


def test_every_state_of_a_decision_has_its_type() -> None:
    assert CONSENT_TYPES.keys() == WORDS.keys()
    assert CONSENT_TYPES["ConsentGiven"] == "consent.granted"
    assert CONSENT_TYPES["ConsentWithdrawn"] == "consent.withdrawn"


@given(st.uuids().map(UUID.__str__))
def test_any_number_of_a_request_is_taken(request: str) -> None:
    check_content("request.received", {"request": request})


@given(st.emails() | st.from_regex(r"\+?[0-9][0-9 ()./-]{6,}", fullmatch=True))
def test_no_address_is_taken_anywhere(address: str) -> None:
    for name in FORMS:
        type_name = next(one for one, members in TYPES.items() if name in members)
        for value in (address, [address], {address: 1}):
            with pytest.raises(NotForTheLog):
                check_content(type_name, {name: value})


def test_stores_are_counted_under_names_that_the_log_takes() -> None:
    counts = {"profiles.Interaction": 3, "mail folder": 1, "consent_decision": 2, "ann@example.org 12345": 1, "x": -1}
    told = counts_told(counts)
    assert told == {"profiles.interaction": 3, "mail_folder": 1, "consent_decision": 2}
    check_content("erasure.completed", {"counts": told})
