"""What is in force: each reason, each default, and the cases of consent.md by their names."""

from dataclasses import replace
from typing import Any

import pytest

from consent import in_force as module
from consent.in_force import REASONS, UNLESS_REFUSED, default_in, in_force, nothing_in_force, states
from consent.outcome import CODES, RESTRICTED
from consent.purposes import Purpose, Purposes
from consent.standing import pack, read_standing
from tests.unit.consent.voices import (
    ADS,
    EMAIL,
    SECURITY,
    SayIt,
    browser,
    day,
    email,
    phone_app,
    ruling,
    said,
    user,
    verdict,
)

GIVEN, REFUSED = said("Given", "2026-01-01"), said("Refused", "2026-01-01")


@pytest.mark.parametrize(
    ("state", "allowed", "reason"),
    [
        ("Given", True, "granted"),
        ("RenewedConsentGiven", True, "granted"),
        ("Unknown", False, "unknown"),
        ("Requested", False, "pending"),
        ("RequestDeferred", False, "deferred"),
        ("Refused", False, "denied"),
        ("Withdrawn", False, "withdrawn"),
        ("Expired", False, "expired"),
        ("Terminated", False, "terminated"),
        ("Invalidated", False, "invalidated"),
    ],
)
def test_prf_02_of_the_ten_states_only_the_two_given_permit(state: str, allowed: bool, reason: str) -> None:
    assert verdict(ADS, user(1, {"ads": said(state, "2026-01-01")})) == (allowed, reason)


def test_prf_01_a_grant_without_proof_is_on_record_and_does_not_count() -> None:
    assert verdict(ADS, user(1, {"ads": said("Given", "2026-01-01", problem="unproven")})) == (False, "unproven")


def test_prf_01_a_grant_without_proof_does_not_lift_a_refusal_either() -> None:
    told = [REFUSED, said("Given", "2026-02-01", problem="unproven")]
    assert verdict(ADS, user(1, {"ads": told})) == (False, "denied")


def test_prf_04_a_grant_dated_ahead_counts_from_its_day_on() -> None:
    person = user(1, {"ads": said("Given", "2026-05-01", ahead=True)})
    assert verdict(ADS, person, at="2026-04-01") == (False, "not_asked")
    assert verdict(ADS, person, at="2026-05-01") == (True, "granted")


def test_a_refusal_dated_ahead_counts_from_its_day_on() -> None:
    person = user(1, {"ads": [GIVEN, said("Withdrawn", "2026-05-01", ahead=True)]})
    assert verdict(ADS, person, at="2026-04-30T23:59:59") == (True, "granted")
    assert verdict(ADS, person, at="2026-05-01") == (False, "withdrawn")


def test_prf_08_a_withdrawal_after_a_grant() -> None:
    told = [said("Given", "2026-01-01"), said("Withdrawn", "2026-02-01")]
    assert verdict(ADS, email(1, {"ads": told})) == (False, "withdrawn")


def test_prf_11_an_older_grant_that_arrives_after_a_newer_withdrawal() -> None:
    told = [said("Withdrawn", "2026-03-02T09:00:00"), said("Given", "2026-03-01T09:00:00")]
    assert verdict(ADS, email(1, {"ads": told})) == (False, "withdrawn")


@pytest.mark.parametrize("together", [True, False])
def test_prf_12_opposite_decisions_of_the_same_instant_are_a_conflict(together: bool) -> None:
    yes, no = said("Given", "2026-03-02T09:00:00"), said("Withdrawn", "2026-03-02T09:00:00")
    people = [email(1, {"ads": [yes, no]})] if together else [email(1, {"ads": yes}), email(2, {"ads": no})]
    assert verdict(ADS, *people) == (False, "conflict")


def test_prf_13_a_childs_own_grant_waits_for_a_guardian() -> None:
    told = said("Given", "2026-01-01", problem="awaiting_guardian")
    assert verdict(ADS, user(1, {"ads": told})) == (False, "awaiting_guardian")


def test_prf_15_a_guardians_grant_ends_when_the_child_is_of_age() -> None:
    child = user(1, {"ads": said("Given", "2024-06-01", ends="2026-06-01", guardian=True)})
    assert verdict(ADS, child, at="2026-05-31T23:59:59") == (True, "granted")
    assert verdict(ADS, child, at="2026-06-01") == (False, "reconfirm_required")


def test_mrg_01_two_known_profiles_that_say_opposite_things() -> None:
    yes = user(1, {"ads": said("Given", "2026-02-01", with_account=True)})
    no = user(2, {"ads": said("Refused", "2026-01-01", with_account=True)})
    assert verdict(ADS, yes, no) == (False, "conflict")


def test_mrg_01_a_new_grant_under_the_account_that_refused_settles_it() -> None:
    yes = user(1, {"ads": said("Given", "2026-02-01", with_account=True)})
    settled = user(2, {"ads": [REFUSED, said("Given", "2026-03-01", with_account=True)]})
    assert verdict(ADS, yes, settled) == (True, "granted")


def test_a_refusal_under_an_account_is_lifted_where_no_other_account_is_named() -> None:
    assert verdict(ADS, user(1, {"ads": REFUSED}), email(2, {"ads": said("Given", "2026-02-01")})) == (True, "granted")


def test_mrg_02_silence_neither_widens_nor_destroys_a_grant() -> None:
    silent, granting = email(1), email(2, {"marketing.email": GIVEN})
    assert verdict(EMAIL, silent, granting, address=2) == (True, "granted")
    assert verdict(EMAIL, silent, granting, address=1) == (False, "not_asked")


def test_mrg_03_a_merge_does_not_bring_an_older_grant_back() -> None:
    one = email(1, {"ads": said("Withdrawn", "2026-02-01")})
    two = email(2, {"ads": said("Given", "2025-06-01")})
    assert verdict(ADS, two) == (True, "granted")
    assert verdict(ADS, one, two) == (False, "withdrawn")


def test_mrg_04_two_grants_without_an_end() -> None:
    assert verdict(ADS, email(1, {"ads": GIVEN}), email(2, {"ads": GIVEN})) == (True, "granted")


def test_mrg_05_an_unsubscribed_address_stays_so_and_its_person_is_not_written_to_as_such() -> None:
    winner = email(1, {"marketing.email": said("Given", "2025-01-01")})
    loser = email(2, {"marketing.email": said("Withdrawn", "2026-01-05")})
    assert verdict(EMAIL, winner, loser, address=2) == (False, "withdrawn")
    assert verdict(EMAIL, winner, loser, address=1) == (True, "granted")
    assert verdict(EMAIL, winner, loser) == (False, "withdrawn")


def test_mrg_06_the_earlier_end_applies() -> None:
    limited = email(1, {"ads": said("Given", "2026-01-01", ends="2026-03-01", by_choice=True)})
    endless = email(2, {"ads": said("Given", "2025-12-01")})
    assert verdict(ADS, limited, endless, at="2026-02-28") == (True, "granted")
    assert verdict(ADS, limited, endless, at="2026-03-01") == (False, "expired")


@pytest.mark.parametrize(
    ("state", "at"), [("RenewedConsentGiven", "2026-02-01"), ("Given", "2026-03-01"), ("Given", "2026-04-01")]
)
def test_mrg_06_unless_the_person_renewed(state: str, at: str) -> None:
    limited = email(1, {"ads": said("Given", "2026-01-01", ends="2026-03-01", by_choice=True)})
    assert verdict(ADS, limited, email(2, {"ads": said(state, at)})) == (True, "granted")


def test_an_end_that_the_purpose_sets_ends_that_grant_alone() -> None:
    limited = email(1, {"ads": said("Given", "2026-01-01", ends="2026-03-01")})
    assert verdict(ADS, limited) == (False, "expired")
    assert verdict(ADS, limited, email(2, {"ads": said("Given", "2025-12-01")})) == (True, "granted")


def test_an_expired_grant_lifts_no_refusal() -> None:
    granted = user(1, {"security": said("Given", "2026-02-01", ends="2026-03-01")})
    refused = browser(2, {"security": REFUSED})
    assert verdict(SECURITY, granted, refused, at="2026-02-15") == (True, "granted")
    assert verdict(SECURITY, granted, refused, at="2026-03-01") == (False, "denied")


def test_a_grant_that_an_end_chosen_elsewhere_has_ended_lifts_no_refusal() -> None:
    people = [
        browser(1, {"security": said("Refused", "2026-01-01")}),
        email(2, {"security": said("Given", "2026-02-01")}),
        email(3, {"security": said("Given", "2025-12-01", ends="2026-03-01", by_choice=True)}),
    ]
    assert verdict(SECURITY, *people, at="2026-02-15") == (True, "granted")
    assert verdict(SECURITY, *people, at="2026-03-01") == (False, "denied")


def test_mrg_07_a_grant_is_not_copied_to_who_has_no_record() -> None:
    assert verdict(ADS, browser(1, {"ads": GIVEN}), user(2)) == (False, "device_only")


def test_mrg_10_an_empty_record_is_no_decision() -> None:
    agreed, placeholder = user(1, {"ads": said("Given", "2025-01-01")}), user(2)
    assert verdict(ADS, agreed, placeholder) == (True, "granted")


def test_mrg_10_a_newer_question_does_not_displace_an_answer() -> None:
    told = [said("Given", "2025-01-01"), said("Unknown", "2026-01-01"), said("Requested", "2026-02-01")]
    assert verdict(ADS, user(1, {"ads": told})) == (True, "granted")


def test_mrg_11_a_split_gives_each_side_its_own_history_back() -> None:
    one, two = user(1, {"ads": GIVEN}), user(2, {"ads": said("Refused", "2026-01-02")})
    assert verdict(ADS, one, two)[0] is False
    assert verdict(ADS, one) == (True, "granted")
    assert verdict(ADS, two) == (False, "denied")


def test_log_02_what_whoever_used_the_browser_granted_does_not_rise_to_the_account() -> None:
    account = user(1, {"c3": GIVEN})
    shared = browser(2, {"c2": said("Given", "2026-02-01"), "c3": said("Given", "2026-02-01")})
    assert verdict(Purpose("c2"), account, shared) == (False, "device_only")
    assert verdict(Purpose("c3"), account, shared) == (True, "granted")


def test_log_02_nor_does_it_lift_what_the_account_refused() -> None:
    account = user(1, {"c2": REFUSED})
    assert verdict(Purpose("c2"), account, browser(2, {"c2": said("Given", "2026-02-01")}))[0] is False


def test_a_refusal_on_a_device_rises_to_the_account_at_login() -> None:
    account = user(1, {"ads": GIVEN})
    assert verdict(ADS, account, browser(2, {"ads": said("Refused", "2026-02-01")})) == (False, "denied")


def test_log_05_nothing_of_the_account_leaks_down_to_who_comes_next() -> None:
    account, fresh = user(1, {"ads": GIVEN}), browser(3)
    assert verdict(ADS, account, browser(2)) == (True, "granted")
    assert verdict(ADS, fresh) == (False, "not_asked")


def test_use_03_a_restriction_denies_what_rests_on_a_contract_too() -> None:
    restricted = email(1, {"*": said("ProcessingRestricted", "2026-01-01"), "ads": GIVEN})
    for purpose in (ADS, SECURITY, Purpose("service", "contract", "allowed"), Purpose("tax", "legal_obligation")):
        assert verdict(purpose, restricted, user(2, {"ads": GIVEN})) == (False, "restricted")


def test_a_restriction_ends_when_it_is_lifted_under_the_same_identifier() -> None:
    lifted = [said("ProcessingRestricted", "2026-01-01"), said("RestrictionLifted", "2026-02-01")]
    assert verdict(ADS, user(1, {"*": lifted, "ads": GIVEN})) == (True, "granted")
    other = email(2, {"*": lifted[0]})
    assert verdict(ADS, user(1, {"*": lifted[1], "ads": GIVEN}), other) == (False, "restricted")


def test_use_04_an_objection_to_marketing_is_absolute() -> None:
    objected = {"marketing": said("ObjectionRaised", "2026-01-01")}
    later = {key: said("Given", "2026-02-01") for key in ("marketing", "marketing.email", "marketing.profiling")}
    for key, basis in (
        ("marketing", "consent"),
        ("marketing.email", "consent"),
        ("marketing.profiling", "public_task"),
    ):
        assert verdict(Purpose(key, basis), browser(1, objected), user(2, later)) == (False, "objected")
        assert verdict(Purpose(key, basis), browser(1, objected)) == (False, "objected")


def test_use_04_only_taking_the_objection_back_lifts_it() -> None:
    told = [said("ObjectionRaised", "2026-01-01"), said("ObjectionLifted", "2026-02-01")]
    assert verdict(SECURITY, user(1, {"security": told})) == (True, "not_asked")
    assert verdict(SECURITY, user(1, {"security": told[0]}), user(2, {"security": told[1]})) == (False, "objected")


def test_an_objection_raised_and_lifted_at_the_same_instant_is_raised() -> None:
    told = [said("ObjectionRaised", "2026-01-01"), said("ObjectionLifted", "2026-01-01")]
    assert verdict(SECURITY, user(1, {"security": told})) == (False, "objected")


def test_an_objection_under_one_address_holds_for_the_persons_others() -> None:
    objected = email(1, {"marketing.email": said("ObjectionRaised", "2026-01-01")})
    granted = email(2, {"marketing.email": said("Given", "2026-02-01")})
    assert verdict(EMAIL, granted, address=2) == (True, "granted")
    assert verdict(EMAIL, objected, granted, address=2) == (False, "objected")


def test_use_06_a_refused_parent_refuses_what_is_below_it() -> None:
    below = Purpose("marketing.advertising.first_party", "legitimate_interest", "allowed")
    refused = ruling(below, user(1, {"marketing": REFUSED}))
    assert (refused.allowed, refused.state) == (False, "denied")
    assert refused.reason == module.ABOVE_REFUSED.words


def test_use_06_a_refused_child_refuses_neither_its_parent_nor_its_siblings() -> None:
    person = user(1, {"marketing": GIVEN, "marketing.sms": REFUSED, "marketing.post": GIVEN})
    assert verdict(Purpose("marketing"), person) == (True, "granted")
    assert verdict(Purpose("marketing.post"), person) == (True, "granted")
    assert verdict(Purpose("marketing.sms"), person) == (False, "denied")


def test_a_grant_of_a_parent_grants_nothing_that_was_not_asked() -> None:
    assert verdict(Purpose("marketing.post"), user(1, {"marketing": GIVEN})) == (False, "not_asked")


def test_a_later_grant_of_the_child_itself_stands_against_an_older_refusal_of_its_parent() -> None:
    told = {"marketing": REFUSED, "marketing.post": said("Given", "2026-02-01")}
    assert verdict(Purpose("marketing.post"), user(1, told)) == (True, "granted")
    told = {"marketing": REFUSED, "marketing.post": said("Given", "2025-12-01")}
    assert verdict(Purpose("marketing.post"), user(1, told)) == (False, "denied")


def test_a_grant_of_the_child_under_a_device_stands_against_what_the_device_refused_above_it() -> None:
    told = {"marketing": REFUSED, "marketing.fraud": said("Given", "2026-02-01")}
    purpose = Purpose("marketing.fraud", "legitimate_interest", "allowed")
    assert verdict(purpose, browser(1, told), user(2))[0] is True


@pytest.mark.parametrize("basis", ["contract", "legal_obligation", "vital_interest"])
def test_what_rests_on_a_contract_or_the_law_cannot_be_refused(basis: str) -> None:
    for told in (REFUSED, said("ObjectionRaised", "2026-01-01"), GIVEN):
        assert verdict(Purpose("service", basis, "allowed"), user(1, {"service": told})) == (True, "not_needed")


@pytest.mark.parametrize("basis", ["legitimate_interest", "public_task"])
def test_what_rests_on_an_interest_is_allowed_until_refused_or_objected_to(basis: str) -> None:
    purpose = Purpose("security", basis, "allowed")
    assert verdict(purpose, user(1)) == (True, "not_asked")
    assert verdict(purpose, user(1, {"security": REFUSED})) == (False, "denied")
    assert verdict(purpose, user(1, {"security": said("ObjectionRaised", "2026-01-01")})) == (False, "objected")


def test_what_rests_on_consent_is_denied_where_nobody_was_asked() -> None:
    assert verdict(ADS) == (False, "not_asked")
    assert nothing_in_force(ADS) == ruling(ADS)
    assert nothing_in_force(SECURITY).reason == UNLESS_REFUSED.words


SALE = Purpose("ads.sale_share", regions={"US": "allowed", "US-VT": "denied"})


@pytest.mark.parametrize(
    ("region", "allowed"), [("", False), ("DE", False), ("US", True), ("US-CA", True), ("US-VT", False), ("USA", False)]
)
def test_a_region_may_have_its_own_default(region: str, allowed: bool) -> None:
    assert verdict(SALE, user(1), region=region) == (allowed, "not_asked")


@pytest.mark.parametrize(("region", "allowed"), [("", True), ("FR", True), ("DE", False), ("DE-BY", False)])
def test_a_region_may_be_stricter_than_the_default(region: str, allowed: bool) -> None:
    purpose = replace(SECURITY, regions={"DE": "denied"})
    assert default_in(purpose, region) == ("allowed" if allowed else "denied")
    assert verdict(purpose, user(1), region=region) == (allowed, "not_asked")
    assert verdict(purpose, user(1, {"security": GIVEN}), region=region) == (True, "granted")


def test_an_opt_out_region_allows_until_the_person_opts_out() -> None:
    opted_out = browser(1, {"ads.sale_share": REFUSED})
    assert ruling(SALE, user(2), region="US-CA").reason == module.OPT_OUT_REGION.words
    assert verdict(SALE, opted_out, user(2), region="US-CA") == (False, "denied")
    assert verdict(SALE, user(2, {"ads": REFUSED}), region="US-CA") == (False, "denied")


def test_a_channel_purpose_is_about_each_address() -> None:
    old, new = email(1, {"marketing.email": GIVEN}), email(2, {"marketing.email": said("Refused", "2026-02-01")})
    assert verdict(EMAIL, old, new, address=1) == (True, "granted")
    assert verdict(EMAIL, old, new, address=2) == (False, "denied")
    assert verdict(EMAIL, old, new, address=3) == (False, "not_asked")


def test_a_channel_purpose_hears_what_was_refused_for_the_person() -> None:
    address = email(1, {"marketing.email": GIVEN})
    for other in (
        user(2, {"marketing.email": said("Withdrawn", "2026-02-01")}),
        browser(2, {"marketing.email": said("Withdrawn", "2026-02-01")}),
        email(2, {"marketing": said("Withdrawn", "2026-02-01")}),
    ):
        assert verdict(EMAIL, address, other, address=1)[0] is False


def test_a_grant_for_the_person_is_none_for_an_address() -> None:
    person = [email(1), user(2, {"marketing.email": GIVEN})]
    assert verdict(EMAIL, *person) == (True, "granted")
    assert verdict(EMAIL, *person, address=1) == (False, "not_asked")


def test_a_device_that_notifications_go_to_grants_for_itself_in_a_known_profile_too() -> None:
    push = Purpose("marketing.push", address_type="device_id")
    device = phone_app(1, {"marketing.push": GIVEN})
    assert verdict(push, device, user(2), address=1) == (True, "granted")
    assert verdict(push, device, user(2)) == (False, "device_only")


def test_a_claim_about_an_address_that_is_known_grants_nothing_for_it() -> None:
    claim = said("Given", "2026-01-01", verified=False)
    assert verdict(EMAIL, email(1, {"marketing.email": claim}), address=1) == (False, "device_only")
    assert verdict(EMAIL, email(1, {"marketing.email": claim}, verified=False), address=1) == (True, "granted")


def test_a_claim_does_not_lift_what_the_person_refused() -> None:
    told = [REFUSED, said("Given", "2026-02-01", verified=False)]
    assert verdict(ADS, user(1, {"ads": told}))[0] is False


def test_a_claimed_refusal_stands_until_the_person_says_otherwise() -> None:
    told = [GIVEN, said("Refused", "2026-02-01", verified=False)]
    assert verdict(ADS, user(1, {"ads": told})) == (False, "denied")
    assert verdict(ADS, user(1, {"ads": [*told, said("Given", "2026-03-01")]})) == (True, "granted")


def test_what_cannot_be_read_allows_nothing_at_all() -> None:
    unreadable = read_standing(b"not JSON")
    for purpose in (ADS, SECURITY, Purpose("service", "contract", "allowed")):
        found = in_force(purpose, unreadable, 0)
        assert (found.allowed, found.state) == (False, "unreadable")


def test_each_outcome_has_a_reason_in_words() -> None:
    assert set(REASONS) == CODES - {RESTRICTED}
    assert all(reason.words.endswith(".") and reason.state for reason in REASONS.values())


def test_the_basis_is_told_with_the_decision() -> None:
    assert [ruling(purpose).basis for purpose in (ADS, SECURITY)] == ["consent", "legitimate_interest"]


def test_restricted_is_told_apart_from_denied() -> None:
    assert ruling(ADS, user(1, {"*": said("ProcessingRestricted", "2026-01-01")})).restricted
    assert not ruling(ADS, user(1, {"ads": REFUSED})).restricted


def test_what_is_in_force_is_told_for_each_purpose_that_something_was_said_of() -> None:
    purposes = Purposes({one.key: one for one in (ADS, EMAIL, SECURITY, Purpose("ads.personalised"))})
    standing = read_standing(pack([user(1, {"ads": REFUSED, "security": GIVEN})], {}))
    told = {"ads": "denied", "ads.personalised": "denied"}  # security is allowed unless refused, and was not
    assert states(standing, purposes, day("2026-07-01")) == told
    assert states(standing, purposes, day("2026-07-01")) == told
    assert states(read_standing(b"{}"), purposes, 0) == {}
    assert set(states(read_standing(b"?"), purposes, 0).values()) == {"denied"}


def test_a_restriction_is_told_for_every_purpose() -> None:
    purposes = Purposes({one.key: one for one in (ADS, SECURITY)})
    standing = read_standing(pack([user(1, {"*": said("ProcessingRestricted", "2026-01-01")})], {}))
    assert states(standing, purposes, day("2026-07-01")) == {"ads": "denied", "security": "denied"}


def test_a_change_of_the_purpose_is_not_hidden_by_what_was_worked_out_before() -> None:
    standing = read_standing(pack([user(1, {"other": GIVEN})], {}))
    assert not in_force(SALE, standing, 0).allowed
    assert in_force(replace(SALE, default="allowed"), standing, 0).allowed
    assert in_force(SALE, standing, 0, region="US").allowed


def test_an_end_is_exact_to_the_microsecond() -> None:
    end = day("2026-03-01")
    standing = read_standing(pack([user(1, {"ads": said("Given", "2026-01-01", ends="2026-03-01")})], {}))
    assert in_force(ADS, standing, end - 1).allowed
    assert not in_force(ADS, standing, end).allowed


def test_a_grant_of_a_parent_does_not_bring_back_what_its_refusal_ended_below() -> None:
    told: dict[str, SayIt] = {"marketing": [said("Refused", "2026-02-01"), said("Given", "2026-03-01")]}
    below: dict[str, SayIt] = {"marketing.post": said("Given", "2026-01-01")}
    assert not ruling(Purpose("marketing.post"), user(1, told | below)).allowed
    assert ruling(Purpose("marketing"), user(1, told | below)).allowed
    again: dict[str, SayIt] = {"marketing.post": said("Given", "2026-04-01")}
    assert ruling(Purpose("marketing.post"), user(1, told | again)).allowed


def test_an_expiry_ends_a_grant_and_no_refusal() -> None:
    expired = said("Expired", "2026-05-01")
    refused, given = said("Refused", "2026-02-01"), said("Given", "2026-02-01")
    assert ruling(SECURITY, user(1, {"security": [refused, expired]})).state == "denied"
    assert ruling(ADS, user(1, {"ads": [given, expired]})).state == "expired"
    assert ruling(ADS, user(1, {"ads": [given, expired, said("Given", "2026-06-01")]})).allowed


@pytest.mark.parametrize(
    "grant",
    [
        said("Given", "2026-02-01", problem="awaiting_guardian"),
        said("Given", "2026-02-01", ends="2026-03-01", by_choice=True, guardian=True),
    ],
)
def test_where_the_region_says_opt_out_a_child_is_asked_all_the_same(grant: Any) -> None:
    purpose = Purpose("ads.sale_share", regions={"US-CA": "allowed"})
    assert not ruling(purpose, user(1, {"ads.sale_share": grant}), region="US-CA").allowed
    assert ruling(purpose, user(1), region="US-CA").allowed


def test_the_end_of_a_devices_grant_is_not_the_end_of_the_persons_own() -> None:
    browsers = browser(2, {"ads": said("Given", "2026-01-01", ends="2026-03-01", by_choice=True)})
    assert ruling(ADS, user(1, {"ads": said("Given", "2026-01-15")}), browsers).allowed
