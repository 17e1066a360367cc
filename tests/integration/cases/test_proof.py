"""Proof, expiry, withdrawal, order of arrival, minors. Cases PRF-*, and their neighbours."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.integration.cases.service import (
    PROOF,
    Json,
    Service,
    browser,
    decision,
    email,
    expected,
    given,
    instant,
    named,
    stamped,
    track,
    user,
)

LATER = "2026-11-01T00:00:00Z"
NEWSLETTER = "newsletter"


def from_now(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


def told(row: Json) -> str:
    """A row of a history as the cases write it."""
    return f"{row['state']} {row['decided_at'][:10]}"


def test_a_grant_without_proof_is_kept_and_cannot_be_used(service: Service) -> None:
    grant = given("PRF-01")["grant"]
    who = user(grant["principal"])
    made = service.decide([who], {grant["purpose"]: ("granted", grant["event_time"])}, proof={})
    [recorded] = made["decisions"]
    assert recorded["usable"] is expected("PRF-01")["usable"]
    assert recorded["missing"] == expected("PRF-01")["missing"]
    found = service.in_force(who, grant["purpose"])
    assert (found["state"], found["allowed"]) == ("unproven", expected("PRF-01")["usable"])
    [row] = service.consents(who)["history"]
    assert (row["usable"], row["problem"], row["decided_at"]) == (False, "unproven", grant["event_time"])


@pytest.mark.parametrize("left_out", ["notice_version", "language"])
def test_neither_notice_version_nor_language_may_be_missing(service: Service, left_out: str) -> None:
    proof = {name: value for name, value in PROOF.items() if name != left_out}
    [recorded] = service.decide([user("u-1")], {"analytics": "granted"}, proof=proof)["decisions"]
    assert not recorded["usable"]
    assert not service.allows(user("u-1"), "analytics")
    service.decide([user("u-1")], {"analytics": "granted"})
    assert service.allows(user("u-1"), "analytics")


def test_an_unproven_grant_neither_lifts_a_refusal_nor_takes_a_grant_away(service: Service) -> None:
    service.decide([user("u-1")], {"analytics": ("denied", "2026-02-01"), "personalisation": ("granted", "2026-02-01")})
    service.decide([user("u-1")], {"analytics": "granted", "personalisation": "granted"}, proof={})
    assert not service.allows(user("u-1"), "analytics")
    assert service.allows(user("u-1"), "personalisation")


def test_a_refusal_and_a_withdrawal_need_no_proof(service: Service) -> None:
    service.decide([user("u-1")], {"analytics": ("granted", "2026-02-01"), "ads": ("granted", "2026-02-01")})
    service.decide([user("u-1")], {"analytics": "withdrawn", "ads": "denied"}, proof={})
    assert (service.state(user("u-1"), "analytics"), service.state(user("u-1"), "ads")) == ("withdrawn", "denied")


def test_a_record_with_a_published_notice_lacks_nothing(service: Service) -> None:
    terms = {
        "pii_controllers": [{"name": "Shop", "contact": "privacy@shop.test"}],
        "retention_period": "P2Y",
        "withdrawal_method": "https://shop.test/privacy",
        "jurisdiction": "DE",
        "storage_locations": ["DE"],
        "recipient_third_parties": [],
        "pii_information": ["contact"],
        "validity_duration": "P1Y",
    }
    body = {"language": "en", "text": "What we do.", "terms": terms}
    assert service.ask("PUT", "/v1/consent/notices/privacy/3", body).status == 201
    [recorded] = service.decide([user("u-1")], {"analytics": "granted"})["decisions"]
    assert (recorded["usable"], recorded["missing"]) == (True, [])


def test_only_two_of_the_ten_states_permit_processing(service: Service) -> None:
    valid = []
    for number, state in enumerate(given("PRF-02")["states"]):
        who = user(f"u-{number}")
        service.decide([who], {"analytics": state})
        if service.allows(who, "analytics"):
            valid.append(state)
        [row] = service.consents(who)["history"]
        assert row["iso_state"] == state
        assert (service.recognise(who, purpose="analytics")["status"] == "known") is (state in valid)
    assert valid == expected("PRF-02")["valid"]


def test_after_a_grant_every_other_answer_ends_it(service: Service) -> None:
    for number, state in enumerate(given("PRF-02")["states"]):
        who = user(f"u-{number}")
        service.decide([who], {"analytics": ("granted", "2026-02-01")})
        service.decide([who], {"analytics": (state, "2026-03-01")})
        question = state in ("ConsentUnknown", "ConsentRequested", "ConsentRequestDeferred")
        assert service.allows(who, "analytics") is (question or state in expected("PRF-02")["valid"]), state


def test_a_version_is_accepted_whatever_language_it_is_shown_in_later(service: Service) -> None:
    notice, accepted = given("PRF-03")["notice"], given("PRF-03")["accepted"]
    for language in notice["langs"]:
        body = {"language": language, "text": f"Notice in {language}."}
        path = f"/v1/consent/notices/{notice['key']}/{notice['version']}"
        assert service.ask("PUT", path, body).status in (200, 201)
    proof = {**PROOF, "notice": notice["key"], "notice_version": accepted["version"], "language": accepted["lang"]}
    service.decide([user("u-1")], {"analytics": "granted"}, proof=proof)
    for language in notice["langs"]:
        service.tell({"type": "identify", "userId": "u-1", "traits": {"language": language}})
        assert service.allows(user("u-1"), "analytics") is expected("PRF-03")["accepted"]
    [row] = service.consents(user("u-1"))["history"]
    assert row["proof"]["language"] == accepted["lang"]
    assert str(row["proof"]["notice_version"]) == str(accepted["version"])


def test_a_grant_that_is_dated_ahead_opens_nothing_early(service: Service) -> None:
    case = given("PRF-04")
    service.decide([user("u-1")], {"analytics": (case["consent"]["status"].lower(), case["consent"]["statusDate"])})
    early = service.in_force(user("u-1"), "analytics", at=case["now"])
    assert early["allowed"] is expected("PRF-04")["granted_now"]
    assert service.allows(user("u-1"), "analytics")
    service.decide([user("u-2")], {"analytics": ("granted", from_now(days=30))})
    assert service.allows(user("u-2"), "analytics") is expected("PRF-04")["granted_now"]
    assert service.recognise(user("u-2"), purpose="analytics")["status"] == "withheld"
    assert service.allows(user("u-2"), "analytics", at=from_now(days=31))


def test_a_withdrawal_that_is_dated_ahead_takes_nothing_early(service: Service) -> None:
    service.decide([user("u-1")], {"analytics": ("granted", "2026-02-01")})
    service.decide([user("u-1")], {"analytics": ("withdrawn", from_now(days=30))})
    assert service.allows(user("u-1"), "analytics")
    assert not service.allows(user("u-1"), "analytics", at=from_now(days=31))


def test_a_grant_of_an_event_with_a_clock_that_is_ahead_opens_nothing_early(service: Service) -> None:
    """A device's clock that is wrong is put right by the time of receipt; it cannot date a grant ahead of it."""
    service.tell(stamped({"analytics": False}, anonymousId="a-1", at=from_now(minutes=-1)))
    service.tell(stamped({"analytics": True}, anonymousId="a-1", at="2030-01-01T00:00:00Z"))
    assert service.allows(browser("a-1"), "analytics")
    service.tell(stamped({"analytics": False}, anonymousId="a-1", at=from_now(seconds=5)))
    assert not service.allows(browser("a-1"), "analytics", at=from_now(minutes=1))


def test_a_grant_whose_end_has_come_is_none(service: Service) -> None:
    grant = {**decision("analytics", ("granted", "2026-01-01")), "expires_at": "2026-06-01T00:00:00Z"}
    service.decide([user("u-1")], [grant])
    assert service.state(user("u-1"), "analytics", at="2026-05-31T23:59:59Z") == "granted"
    assert service.state(user("u-1"), "analytics", at="2026-06-01T00:00:00Z") == "expired"
    found = service.in_force(user("u-1"), "analytics")
    assert (found["state"], found["allowed"], found["expires_at"]) == ("expired", False, "2026-06-01T00:00:00Z")
    assert service.recognise(user("u-1"), purpose="analytics")["status"] == "withheld"
    service.decide([user("u-1")], {"analytics": "granted"})
    assert service.allows(user("u-1"), "analytics")


def test_a_purpose_can_say_when_its_grants_end(service: Service) -> None:
    service.new_purpose(NEWSLETTER, expires_after="P6M", remind_after="")
    made = service.decide([user("u-1")], {NEWSLETTER: ("granted", "2026-01-31")})
    assert made["decisions"][0]["expires_at"] == "2026-07-31T00:00:00Z"
    assert service.state(user("u-1"), NEWSLETTER) == "expired"
    assert service.state(user("u-1"), NEWSLETTER, at="2026-07-30T00:00:00Z") == "granted"


def test_a_reminder_is_due_on_its_day_and_is_no_end(service: Service) -> None:
    case = given("PRF-06")
    months = case["policy"]["remind_after_months"]
    service.new_purpose(NEWSLETTER, remind_after=f"P{months}M")
    service.decide([user("u-1")], {NEWSLETTER: ("granted", case["granted"])})
    found = service.in_force(user("u-1"), NEWSLETTER)
    assert found["reask_due"] == expected("PRF-06")["reask_due"]
    assert (found["state"], found["expires_at"]) == ("granted", None)
    assert service.allows(user("u-1"), NEWSLETTER, at=instant(expected("PRF-06")["reask_due"]))


@pytest.mark.parametrize(
    ("granted", "after", "due"),
    [("2025-01-31", "P13M", "2026-02-28"), ("2024-01-31", "P1M", "2024-02-29"), ("2024-02-29", "P1Y", "2025-02-28")],
)
def test_a_reminder_of_a_month_without_that_day_is_due_on_its_last(
    service: Service, granted: str, after: str, due: str
) -> None:
    service.new_purpose(NEWSLETTER, remind_after=after)
    service.decide([user("u-1")], {NEWSLETTER: ("granted", granted)})
    assert service.in_force(user("u-1"), NEWSLETTER)["reask_due"] == due


def test_who_refused_is_not_asked_again_before_a_year_has_passed(service: Service) -> None:
    service.decide([user("u-1")], {"analytics": ("denied", "2026-02-01")})
    assert service.in_force(user("u-1"), "analytics")["reask_due"] == "2027-02-01"


def test_a_withdrawal_leaves_the_grant_in_the_history(service: Service) -> None:
    case = given("PRF-08")
    [(purpose, stored)] = case["stored"].items()
    state, at = stored.split()
    service.new_purpose(purpose)
    service.decide([user("u-1")], {purpose: (state.lower(), at)})
    assert case["event"]["status"] == "REVOKED"
    service.decide([user("u-1")], {case["event"]["typeIdentifier"]: ("withdrawn", case["event"]["statusDate"])})
    assert service.state(user("u-1"), purpose) == expected("PRF-08")["state"]
    history = service.consents(user("u-1"))["history"]
    assert [told(row) for row in reversed(history)] == expected("PRF-08")["history"]


def test_withdrawing_is_as_easy_as_granting_and_leaves_other_purposes_alone(service: Service) -> None:
    service.decide([user("u-1")], {"marketing.email": "granted", "analytics": "granted"})
    service.post(
        "/v1/consents",
        {"identifiers": [named(user("u-1"))], "decisions": [{"purpose": "marketing.email", "state": "withdrawn"}]},
    )
    assert not service.allows(user("u-1"), "marketing.email")
    assert service.allows(user("u-1"), "analytics")


def test_a_withdrawal_does_not_make_unlawful_what_was_done_before(service: Service) -> None:
    service.decide([user("u-1")], {"analytics": ("granted", "2026-02-01")})
    service.decide([user("u-1")], {"analytics": ("withdrawn", "2026-03-01")})
    assert service.allows(user("u-1"), "analytics", at="2026-02-15T00:00:00Z")
    assert not service.allows(user("u-1"), "analytics", at="2026-03-01T00:00:00Z")


def test_withdrawn_again_and_again_it_stays_withdrawn_and_every_act_has_its_receipt(service: Service) -> None:
    receipts = {service.decide([user("u-1")], {"analytics": "withdrawn"})["receipt"]["id"] for _ in range(3)}
    found = service.consents(user("u-1"))
    assert found["purposes"]["analytics"]["state"] == "withdrawn"
    assert set(found["receipts"]) == receipts
    assert len(receipts) == 3


def asked_to_confirm(service: Service, purpose: str, **more: Any) -> str:
    """Ask for a double opt-in; returns the path of its link."""
    proof = {**PROOF, "method": "double_opt_in"}
    made = service.decide([email("ann@x.test")], {purpose: "granted"}, proof=proof, **more)
    [asked] = made["confirmations"]
    assert asked["purpose"] == purpose
    return str(urlsplit(asked["url"]).path)


def test_a_scanner_that_opens_the_link_confirms_nothing(service: Service) -> None:
    case = given("PRF-10")
    path = asked_to_confirm(service, case["pending"])
    for fetch in case["link_fetches"]:
        for method in (fetch["method"], "HEAD", fetch["method"]):
            assert service.anyone(method, path, User_Agent=fetch["ua"]).status == 200
    assert service.state(email("ann@x.test"), case["pending"]) == expected("PRF-10")["state"]
    assert not service.allows(email("ann@x.test"), case["pending"])


def test_the_button_of_the_page_confirms_once(service: Service) -> None:
    path = asked_to_confirm(service, "marketing.email")
    assert service.press_button(path).status == 200
    assert service.state(email("ann@x.test"), "marketing.email") == "granted"
    service.decide([email("ann@x.test")], {"marketing.email": "withdrawn"})
    assert service.press_button(path).status != 200
    assert service.anyone("GET", path).status == 410
    assert service.state(email("ann@x.test"), "marketing.email") == "withdrawn"


def test_who_withdraws_while_the_link_is_open_has_withdrawn(service: Service) -> None:
    path = asked_to_confirm(service, "marketing.email")
    service.decide([email("ann@x.test")], {"marketing.email": "withdrawn"})
    assert service.state(email("ann@x.test"), "marketing.email") == "withdrawn"
    assert service.press_button(path).status == 200
    assert service.state(email("ann@x.test"), "marketing.email") == "granted"


def test_a_purpose_can_demand_the_double_opt_in(service: Service) -> None:
    service.new_purpose(NEWSLETTER, double_opt_in=True)
    made = service.decide([email("ann@x.test")], {NEWSLETTER: "granted"})
    assert not made["decisions"][0]["usable"]
    assert service.state(email("ann@x.test"), NEWSLETTER) == "pending"
    assert len(made["confirmations"]) == 1


def test_a_link_that_was_never_given_out_is_nothing(service: Service) -> None:
    path = asked_to_confirm(service, "marketing.email")
    for other in (path[:-1], path + "x", path[: path.rindex("/") + 1] + "0" * 43):
        assert service.anyone("GET", other).status == 404
        assert service.press_button(other).status in (403, 404)
    assert service.state(email("ann@x.test"), "marketing.email") == "pending"


def test_an_older_grant_that_arrives_later_changes_nothing(service: Service) -> None:
    for each in sorted(given("PRF-11")["events"], key=lambda one: one["arrives"]):
        service.decide([user("u-1")], {"analytics": (each["s"], each["t"])})
    assert service.state(user("u-1"), "analytics") == expected("PRF-11")["state"]


def test_so_it_is_for_events_and_across_both_ways_of_telling(service: Service) -> None:
    late = given("PRF-11")["events"]
    for number, order in enumerate(permutations(late)):
        who = f"u-{number}"
        for each in order:
            preference = {"analytics": each["s"] == "granted"}
            service.tell(stamped(preference, at=each["t"], userId=who))
        assert service.state(user(who), "analytics") == "denied"
    service.decide([user("u-9")], {"analytics": (late[0]["s"], late[0]["t"])})
    service.tell(stamped({"analytics": True}, at=late[1]["t"], userId="u-9"))
    assert service.state(user("u-9"), "analytics") == expected("PRF-11")["state"]


def test_yes_and_no_at_one_instant_is_a_conflict_whatever_the_order(service: Service) -> None:
    for number, order in enumerate(permutations(given("PRF-12")["events"])):
        who = user(f"u-{number}")
        for each in order:
            service.decide([who], {"analytics": (each["s"], each["t"])})
        found = service.in_force(who, "analytics")
        assert (found["state"], found["effective"]) == (expected("PRF-12")["state"], expected("PRF-12")["effective"])
        assert {row["state"] for row in service.consents(who)["history"]} == {"granted", "withdrawn"}
        assert found["reask_due"] is not None


def test_a_conflict_is_settled_by_asking_the_person(service: Service) -> None:
    for each in given("PRF-12")["events"]:
        service.decide([user("u-1")], {"analytics": (each["s"], each["t"])})
    service.decide([user("u-1")], {"analytics": "granted"})
    assert service.state(user("u-1"), "analytics") == "granted"


def test_yes_and_no_at_one_instant_under_two_identifiers_of_one_person_is_no(service: Service) -> None:
    service.tell(track(userId="u-1", context={"traits": {"email": "ann@x.test"}}))
    instant_ = given("PRF-12")["events"][0]["t"]
    service.decide([user("u-1")], {"analytics": ("granted", instant_)})
    service.decide([email("ann@x.test")], {"analytics": ("denied", instant_)})
    assert service.state(user("u-1"), "analytics") == "conflict"


def child(service: Service, name: str, **subject: Any) -> Json:
    return service.decide([user(name)], {"analytics": "granted"}, subject=subject)


def test_a_child_below_the_age_of_its_country_waits_for_a_guardian(service: Service) -> None:
    person, grant = given("PRF-13")["person"], given("PRF-13")["grant"]
    assert grant == {"by": "child"}
    set_age(service, person["country"], person["threshold"])
    made = child(service, "c-1", age=person["age"], country=person["country"])
    assert not made["decisions"][0]["usable"]
    found = service.in_force(user("c-1"), "analytics")
    assert (found["state"], found["effective"]) == (expected("PRF-13")["state"], expected("PRF-13")["effective"])
    guardian = {**PROOF, "expressed_by": "guardian"}
    service.decide([user("c-1")], {"analytics": "granted"}, proof=guardian, subject=person_of(person))
    assert service.state(user("c-1"), "analytics") == "granted"


def set_age(service: Service, country: str, years: int) -> None:
    assert service.ask("PUT", f"/v1/consent/ages/{country}", {"years": years}).status in (200, 201)


def person_of(person: Json) -> Json:
    return {"age": person["age"], "country": person["country"]}


def test_the_age_is_the_countrys_and_configuration(service: Service) -> None:
    assert child(service, "c-1", age=14, country="DE")["decisions"][0]["usable"] is False
    assert child(service, "c-2", age=14, country="AT")["decisions"][0]["usable"] is True
    assert child(service, "c-3", age=16, country="DE")["decisions"][0]["usable"] is True
    set_age(service, "DE", 13)
    assert child(service, "c-4", age=14, country="DE")["decisions"][0]["usable"] is True


def test_an_age_that_the_profile_tells_counts_as_well(service: Service) -> None:
    born = (datetime.now(UTC) - timedelta(days=12 * 366)).date().isoformat()
    service.tell({"type": "identify", "userId": "c-1", "traits": {"date_of_birth": born, "country": "DE"}})
    service.decide([user("c-1")], {"analytics": "granted"})
    assert service.state(user("c-1"), "analytics") == "awaiting_guardian"


def test_a_childs_refusal_needs_no_guardian(service: Service) -> None:
    service.decide(
        [user("c-1")],
        {"analytics": ("granted", "2026-02-01")},
        proof={**PROOF, "expressed_by": "guardian"},
        subject={"age": 12, "country": "DE"},
    )
    service.decide([user("c-1")], {"analytics": "withdrawn"}, subject={"age": 12, "country": "DE"})
    assert service.state(user("c-1"), "analytics") == "withdrawn"


def test_a_guardians_consent_ends_on_the_birthday_and_the_person_is_asked(service: Service) -> None:
    case = given("PRF-15")
    name, birthday = case["grant"]["for"], case["birthday_16"]
    born = f"{int(birthday[:4]) - 16}{birthday[4:]}"
    service.decide(
        [user(name)],
        {"analytics": ("granted", case["grant"]["at"])},
        proof={**PROOF, "expressed_by": case["grant"]["by"]},
        subject={"date_of_birth": born, "country": "DE"},
    )
    assert service.state(user(name), "analytics", at=f"{int(birthday[:4]) - 1}-12-31T00:00:00Z") == "granted"
    assert service.state(user(name), "analytics", at=instant(birthday)) == expected("PRF-15")["state"]
    found = service.in_force(user(name), "analytics")
    assert (found["state"], found["allowed"]) == (expected("PRF-15")["state"], False)
    assert found["reask_due"] == birthday
    service.decide([user(name)], {"analytics": "granted"}, subject={"date_of_birth": born, "country": "DE"})
    assert service.state(user(name), "analytics", at=LATER) == expected("PRF-15")["state"]
    assert service.state(user(name), "analytics") == "granted"


def test_what_the_child_refuses_on_coming_of_age_stands(service: Service) -> None:
    subject = {"date_of_birth": "2010-06-01", "country": "DE"}
    guardian = {**PROOF, "expressed_by": "guardian"}
    service.decide([user("c-1")], {"analytics": ("granted", "2024-06-01")}, proof=guardian, subject=subject)
    service.decide([user("c-1")], {"analytics": ("denied", "2026-06-02")}, subject=subject)
    assert service.state(user("c-1"), "analytics") == "denied"


def test_every_act_has_a_receipt_that_anybody_can_check(service: Service) -> None:
    made = service.decide([email("ann@x.test")], {"marketing.email": "granted"})
    receipt = made["receipt"]
    assert service.get(f"/v1/receipts/{receipt['id']}")["receipt"] == receipt["jws"]
    assert service.anyone("GET", "/.well-known/jwks.json").content["keys"]
    form = urlencode({"receipt": receipt["jws"]}).encode()
    kind = "application/x-www-form-urlencoded"
    page = service.anyone("POST", "/receipts/verify", form, Content_Type=kind)
    assert page.status == 200
    assert made["id"] in page.body.decode()


def test_the_same_act_told_again_changes_nothing(service: Service) -> None:
    act = "6f2a1e0c-8f0e-4d2b-9a51-3c8c8f1d7b64"
    made = [service.decide([user("u-1")], {"analytics": ("granted", "2026-02-01")}, id=act) for _ in range(2)]
    assert made[0] == made[1]
    assert len(service.consents(user("u-1"))["history"]) == 1


def test_what_was_believed_then_is_told_apart_from_what_was_so(service: Service) -> None:
    service.decide([user("u-1")], {"analytics": ("granted", "2026-02-01")})
    before = datetime.now(UTC).isoformat()
    service.decide([user("u-1")], {"analytics": ("withdrawn", "2026-03-01")})
    assert service.state(user("u-1"), "analytics", as_of=before) == "granted"
    assert service.state(user("u-1"), "analytics", at="2026-04-01T00:00:00Z") == "withdrawn"
