"""Consent where profiles come together and fall apart. Cases MRG-*, and their neighbours."""

from itertools import permutations, product
from typing import Any

import pytest

from tests.integration.cases.service import (
    Identifier,
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

A, B = user("A"), user("B")
NEWSLETTER = "newsletter"


def own(found: Json, identifier: Identifier) -> str:
    """What one identifier itself says of a purpose."""
    [state] = [one["state"] for one in found["by_identifier"] if (one["type"], one["value"]) == identifier]
    return str(state)


def values(found: Json) -> set[str]:
    """The identifiers for which a purpose is in force."""
    return {one["value"] for one in found["effective_for"]}


def answered(service: Service, who: Identifier, purpose: str, words: str) -> None:
    """Record a decision that a case writes as `state date`."""
    state, at = words.split()
    service.decide([who], {purpose: (WORDS.get(state, state), at)})


WORDS = {"agree": "granted", "decline": "denied", "refused": "denied", "unsubscribed": "withdrawn"}


def test_two_known_profiles_that_say_opposite_things_are_a_conflict(service: Service) -> None:
    for side in given("MRG-01").values():
        service.decide([user(side["userId"])], {"ads": ("granted" if side["ads"] else "denied", side["at"])})
    u1, u2 = (user(side["userId"]) for side in given("MRG-01").values())
    service.same(u1, u2)
    for who in (u1, u2):
        found = service.in_force(who, "ads")
        assert {name: found[name] for name in expected("MRG-01")} == expected("MRG-01")
        assert not found["allowed"]
        assert service.recognise(who, purpose="ads")["status"] == "withheld"
    assert {one["state"] for one in found["by_identifier"]} == {"granted", "denied"}


def test_a_conflict_is_settled_by_the_account_that_refused(service: Service) -> None:
    for side in given("MRG-01").values():
        service.decide([user(side["userId"])], {"ads": ("granted" if side["ads"] else "denied", side["at"])})
    service.same(user("u1"), user("u2"))
    service.decide([user("u2")], {"ads": ("granted", "2026-03-01")})
    assert service.state(user("u1"), "ads") == "granted"


def test_a_conflict_is_settled_by_a_later_refusal_of_either(service: Service) -> None:
    for side in given("MRG-01").values():
        service.decide([user(side["userId"])], {"ads": ("granted" if side["ads"] else "denied", side["at"])})
    service.same(user("u1"), user("u2"))
    service.decide([user("u1")], {"ads": "withdrawn"})
    assert service.state(user("u1"), "ads") == "withdrawn"


@pytest.mark.parametrize("told_by", ["stamps", "acts"])
def test_the_conflict_shows_however_the_merge_and_the_answers_came(service: Service, told_by: str) -> None:
    sides = list(given("MRG-01").values())

    def say(side: Json) -> None:
        if told_by == "stamps":
            service.tell(stamped({"ads": side["ads"]}, at=instant(side["at"]), userId=side["userId"]))
        else:
            service.decide([user(side["userId"])], {"ads": ("granted" if side["ads"] else "denied", side["at"])})

    for side in sides:
        service.tell(track(userId=side["userId"]))
    service.same(user("u1"), user("u2"))
    for side in sides:
        say(side)
    assert service.state(user("u2"), "ads") == expected("MRG-01")["state"]


def test_silence_of_one_side_neither_widens_nor_destroys_the_grant_of_the_other(service: Service) -> None:
    assert given("MRG-02") == {"A": {"ads": True}, "B": {}}
    service.tell(track(userId="A"), track(userId="B", context={"traits": {"email": "b@x.test"}}))
    service.decide([A], {"ads": "granted"})
    service.same(A, B)
    found = service.in_force(B, "ads")
    assert found["state"] == "granted"
    assert expected("MRG-02") == {"effective_for": ["A.identifiers"]}
    assert values(found) == {"A"}


def test_a_grant_for_one_address_is_none_for_another_of_the_same_person(service: Service) -> None:
    service.tell(track(userId="A", context={"traits": {"email": "a@x.test"}}))
    service.tell(track(userId="B", context={"traits": {"email": "b@x.test"}}))
    service.decide([email("a@x.test")], {"marketing.email": "granted"})
    service.same(A, B)
    assert values(service.in_force(B, "marketing.email")) == {"a@x.test"}
    for address, allowed in (("a@x.test", True), ("b@x.test", False)):
        body = service.check(identifiers=[named(email(address))], purposes=["marketing.email"])
        assert body["purposes"]["marketing.email"]["allowed"] is allowed


@pytest.mark.parametrize("turn", [False, True])
def test_a_merge_brings_no_withdrawn_consent_back(service: Service, turn: bool) -> None:
    service.new_purpose(NEWSLETTER)
    sides = [(user(name), side) for name, side in given("MRG-03").items()]
    for who, side in reversed(sides) if turn else sides:
        answered(service, who, NEWSLETTER, side[NEWSLETTER])
    service.same(*((B, A) if turn else (A, B)))
    for who, _ in sides:
        assert service.state(who, NEWSLETTER) == expected("MRG-03")["state"]
    assert len(service.consents(A)["history"]) == 2


def test_nor_does_one_through_a_device_that_both_used(service: Service) -> None:
    service.new_purpose(NEWSLETTER)
    service.tell(stamped({NEWSLETTER: True}, at="2025-06-01T00:00:00Z", anonymousId="a-1"))
    service.decide([A], {NEWSLETTER: ("withdrawn", "2026-02-01")})
    service.tell(track(userId="A", anonymousId="a-1"))
    assert service.state(A, NEWSLETTER) == "withdrawn"


def test_two_grants_without_an_end_merge(service: Service) -> None:
    service.new_purpose(NEWSLETTER)
    for name, side in given("MRG-04").items():
        assert side[NEWSLETTER]["revokeDate"] is None
        service.decide([user(name)], {NEWSLETTER: side[NEWSLETTER]["status"].lower()})
    assert expected("MRG-04") == {"merge": "ok"}
    service.same(A, B)
    found = service.in_force(A, NEWSLETTER)
    assert (found["state"], found["expires_at"], values(found)) == ("granted", None, {"A", "B"})


def test_who_unsubscribed_under_one_address_stays_so_when_contacts_merge(service: Service) -> None:
    winner, loser = given("MRG-05")["winner"], given("MRG-05")["loser"]
    [unsubscribed] = loser["dnc"]
    channel, state, at = unsubscribed.split()
    purpose = f"marketing.{channel}"
    service.tell(track(userId="A", context={"traits": {"email": winner["email"]}}))
    service.tell(track(userId="B", context={"traits": {"email": loser["email"]}}))
    service.decide([email(loser["email"])], {purpose: (WORDS[state], at)})
    service.same(A, B)
    found = service.in_force(A, purpose)
    assert own(found, email(loser["email"])) == WORDS[expected("MRG-05")[loser["email"]]]
    assert expected("MRG-05")["person.marketing.email"] == "conflict/blocked"
    assert not found["allowed"]


def test_an_address_that_was_granted_does_not_speak_for_the_one_that_unsubscribed(service: Service) -> None:
    service.tell(track(userId="A", context={"traits": {"email": "a@x.test"}}))
    service.tell(track(userId="B", context={"traits": {"email": "b@x.test"}}))
    service.decide([email("b@x.test")], {"marketing.email": ("withdrawn", "2026-01-05")})
    service.decide([email("a@x.test")], {"marketing.email": ("granted", "2026-02-05")})
    service.same(A, B)
    assert values(service.in_force(A, "marketing.email")) == {"a@x.test"}


def test_the_earlier_end_applies_unless_the_person_renewed(service: Service) -> None:
    service.new_purpose("c")
    for name, side in given("MRG-06").items():
        grant = decision("c", ("granted", "2025-06-01"))
        if side["c"]["ends"]:
            grant["expires_at"] = instant(side["c"]["ends"])
        service.decide([user(name)], [grant])
    service.same(A, B)
    before = service.in_force(A, "c", at="2026-02-28T00:00:00Z")
    assert (before["state"], before["expires_at"]) == ("granted", instant(expected("MRG-06")["ends"]))
    after = service.in_force(B, "c", at=instant(expected("MRG-06")["ends"]))
    assert (after["state"], after["allowed"]) == ("expired", False)
    assert service.recognise(B, purpose="c")["status"] == "withheld"
    service.decide([B], {"c": "granted"})
    assert service.state(A, "c") == "granted"


def test_an_end_of_the_purpose_itself_is_not_one_that_was_chosen(service: Service) -> None:
    service.new_purpose("c", expires_after="P6M")
    service.decide([A], {"c": ("granted", "2025-06-01")})
    service.decide([B], {"c": ("granted", "2026-08-01")})
    service.same(A, B)
    assert service.state(A, "c") == "granted"


def test_an_alias_copies_no_consent(service: Service) -> None:
    assert given("MRG-07") == {"source": {"ads": "granted"}, "dest": {"ads": "no record"}}
    service.tell(stamped({"ads": True}, anonymousId="source"), track(userId="dest"))
    service.tell({"type": "alias", "previousId": "source", "userId": "dest"})
    assert service.profile_of(browser("source")) == service.profile_of(user("dest"))
    found = service.in_force(user("dest"), "ads")
    assert found["allowed"] is (expected("MRG-07")["dest.ads"] != "not_granted")
    rows = service.consents(user("dest"))["history"]
    assert [row["identifier"]["value"] for row in rows] == ["source"]


def test_an_alias_of_two_devices_keeps_each_ones_own_answer(service: Service) -> None:
    service.tell(stamped({"ads": True}, anonymousId="a-1", at="2026-01-01T00:00:00Z"))
    service.tell(stamped({"ads": False}, anonymousId="a-2", at="2025-01-01T00:00:00Z"))
    service.tell({"type": "alias", "previousId": "a-1", "userId": "", "anonymousId": "a-2"})
    rows = service.consents(browser("a-2"))["history"]
    assert {(row["identifier"]["value"], row["state"]) for row in rows} >= {("a-2", "denied")}


def test_each_receipt_keeps_the_identifier_that_it_was_given_under(service: Service) -> None:
    names = {f"r{number}": who for number, who in ((1, A), (2, B))}
    receipts = {name: service.decide([who], {"ads": "granted"})["receipt"]["id"] for name, who in names.items()}
    before = {name: service.get(f"/v1/receipts/{id_}")["receipt"] for name, id_ in receipts.items()}
    service.same(A, B)
    view = service.consents(A)["receipts"]
    assert {name for name, id_ in receipts.items() if id_ in view} == set(expected("MRG-08")["view"])
    for name, id_ in receipts.items():
        shown = service.get(f"/v1/receipts/{id_}")
        assert shown["receipt"] == before[name]
        subject = str(shown["record"]["dpv:hasDataSubject"])
        assert expected("MRG-08")[f"{name}.subject"] in subject
        assert f"'{names['r2' if name == 'r1' else 'r1'][1]}'" not in subject


def test_staff_who_merge_are_offered_no_choice_of_consent(service: Service) -> None:
    purpose = "may_contact"
    service.new_purpose(purpose)
    for name, side in given("MRG-09").items():
        answered(service, user(name), purpose, side[purpose])
    schema = service.get("/v1/openapi.json")
    body = schema["paths"]["/v1/identity/decisions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    members = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]["properties"]
    assert set(members) == {"a", "b", "verdict", "reason"}
    asked = {"a": named(A), "b": named(B), "verdict": "same", "reason": "same person"}
    service.ask("POST", "/v1/identity/decisions", {**asked, "consents": {purpose: "granted"}})
    service.same(A, B)
    assert expected("MRG-09")["staff_choice_offered"] is False
    assert service.state(A, purpose) == "conflict"
    assert len(service.consents(A)["history"]) == 2


def test_an_empty_record_is_no_decision_however_new(service: Service) -> None:
    service.new_purpose("term")
    answered(service, A, "term", given("MRG-10")["A"]["term"])
    assert given("MRG-10")["B"]["term"] is None
    service.tell(track(userId="B", at=instant(given("MRG-10")["B"]["created"])))
    service.same(A, B)
    state, at = expected("MRG-10")["state"].split()
    found = service.in_force(B, "term")
    assert (found["state"], found["decided_at"]) == (WORDS[state], instant(at))


def test_a_record_that_the_answer_is_unknown_does_not_erase_one(service: Service) -> None:
    service.decide([A], {"analytics": ("granted", "2025-01-01")})
    service.decide([B], {"analytics": ("unknown", "2026-01-01")})
    service.same(A, B)
    assert service.state(B, "analytics") == "granted"


def history_of(service: Service, who: Identifier) -> list[tuple[str, str, str]]:
    rows = service.consents(who)["history"]
    return [(row["identifier"]["value"], row["state"], row["decided_at"]) for row in rows]


def test_when_a_merge_is_undone_each_side_has_its_own_history_again(service: Service) -> None:
    a, b = (user(name) for name in given("MRG-11")["merged"])
    for who in (a, b):
        answered(service, who, "ads", f"{given('MRG-11')[who[1]]['ads']} 2026-01-15")
    before = {who: (service.in_force(who, "ads"), history_of(service, who)) for who in (a, b)}
    merge = service.same(a, b)
    assert service.state(a, "ads") == "conflict"
    assert len(history_of(service, a)) == 2
    service.take_back(merge)
    assert {who: (service.in_force(who, "ads"), history_of(service, who)) for who in (a, b)} == before
    for who in (a, b):
        assert service.state(who, "ads") == WORDS.get(expected("MRG-11")[f"{who[1]}.ads"], "granted")
    assert expected("MRG-11")["data_moved"] == 0


def test_what_was_decided_while_merged_stays_with_the_identifier_used(service: Service) -> None:
    service.decide([A], {"ads": ("granted", "2026-01-15")})
    merge = service.same(A, B)
    service.decide([B], {"ads": ("withdrawn", "2026-02-15")})
    service.decide([A], {"analytics": ("granted", "2026-02-15")})
    assert service.state(A, "ads") in ("withdrawn", "conflict")
    service.take_back(merge)
    assert (service.state(A, "ads"), service.state(B, "ads")) == ("granted", "withdrawn")
    assert (service.allows(A, "analytics"), service.allows(B, "analytics")) == (True, False)
    assert history_of(service, B) == [("B", "withdrawn", "2026-02-15T00:00:00Z")]


def test_a_merge_that_is_judged_different_parts_consents_too(service: Service) -> None:
    service.tell(track(userId="A", anonymousId="a-1"))
    service.decide([A], {"ads": ("granted", "2026-01-15")})
    service.tell(stamped({"ads": False}, anonymousId="a-1", at="2026-02-15T00:00:00Z"))
    assert not service.allows(A, "ads")
    service.judge(A, browser("a-1"), "different")
    assert service.allows(A, "ads")
    assert service.state(browser("a-1"), "ads") == "denied"


def test_an_objection_or_restriction_of_either_side_holds_for_both_while_merged(service: Service) -> None:
    service.decide([A], {"ads": "granted"})
    for bar, purpose in (("objected", "ads"), ("restricted", "*")):
        barred = user(bar)
        service.tell(track(userId=bar))
        ids = {who: service.profile_of(who) for who in (A, barred)}
        merge = service.same(A, barred)
        service.decide([barred], {purpose: bar})
        assert service.in_force(ids[A], "ads")["state"] == bar
        service.take_back(merge)
        assert service.in_force(ids[A], "ads")["state"] == "granted"
        assert service.in_force(ids[barred], "ads")["state"] == bar


SIDES: list[Any] = [
    (("granted", "2026-01-01"), ("denied", "2026-02-01")),
    (("denied", "2026-01-01"), ("granted", "2026-02-01")),
    (("granted", "2026-01-01"), ("withdrawn", "2026-02-01")),
    (("objected", "2026-01-01"), ("granted", "2026-02-01")),
    (("terminated", "2026-01-01"), ("granted", "2026-02-01")),
    (("invalidated", "2026-01-01"), ("granted", "2026-02-01")),
]


def test_no_merge_of_two_accounts_makes_allowed_what_one_of_them_denies(service: Service) -> None:
    for number, (sides, order) in enumerate(product(SIDES, permutations(range(2)))):
        people = [user(f"{number}-{each}") for each in range(2)]
        for each in order:
            service.decide([people[each]], {"ads": sides[each]})
        service.same(*people)
        assert [service.allows(who, "ads") for who in people] == [False, False]
