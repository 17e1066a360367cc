"""POST /v1/consents: what people decide is recorded with its proof, and in force at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from consent.models import ConsentDecision, Receipt
from profiles.models import Card, Identifier, Source
from tests.factories.callers import Caller
from tests.factories.channels import event, tell
from tests.factories.consents import (
    ANN,
    ANN_ACCOUNT,
    PHONE,
    PROOF,
    consents_of,
    decision,
    state_of,
    tell_consents,
    told,
)

pytestmark = pytest.mark.django_db

BOB = {"type": "email", "value": "bob@example.org"}


def test_a_grant_is_recorded_with_a_receipt_and_in_force_at_once(service: Caller) -> None:
    made = tell_consents(service, decision("analytics", at="2026-01-15T10:00:00Z")).content
    [one] = made["decisions"]
    assert {name: one[name] for name in ("purpose", "state", "iso_state", "decided_at", "usable", "problem")} == {
        "purpose": "analytics",
        "state": "granted",
        "iso_state": "ConsentGiven",
        "decided_at": "2026-01-15T10:00:00Z",
        "usable": True,
        "problem": None,
    }
    assert made["receipt"]["id"] == made["id"]
    assert Receipt.objects.get().jws == made["receipt"]["jws"]
    assert state_of(service, "analytics") == ("granted", True)


def test_a_refusal_a_withdrawal_and_a_new_grant_follow_one_another(service: Caller) -> None:
    states = []
    for state in ("granted", "withdrawn", "granted", "renewed", "denied"):
        [one] = tell_consents(service, decision(state=state)).content["decisions"]
        states.append((one["iso_state"], state_of(service, "analytics")))
    assert states == [
        ("ConsentGiven", ("granted", True)),
        ("ConsentWithdrawn", ("withdrawn", False)),
        ("ConsentGiven", ("granted", True)),
        ("RenewedConsentGiven", ("granted", True)),
        ("ConsentRefused", ("denied", False)),
    ]
    history = consents_of(service)["history"]
    assert [one["state"] for one in history] == ["denied", "granted", "granted", "withdrawn", "granted"]


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("ConsentGiven", True),
        ("RenewedConsentGiven", True),
        ("consent_given", True),
        ("ConsentUnknown", False),
        ("ConsentRequested", False),
        ("ConsentRequestDeferred", False),
        ("ConsentRefused", False),
        ("ConsentWithdrawn", False),
        ("ConsentExpired", False),
        ("ConsentTerminated", False),
        ("ConsentInvalidated", False),
        ("objected", False),
        ("deferred", False),
        ("unknown", False),
    ],
)
def test_of_the_states_of_the_standard_only_the_two_given_permit(service: Caller, state: str, allowed: bool) -> None:
    tell_consents(service, decision(state=state))
    assert state_of(service, "analytics")[1] is allowed


def test_an_objection_stops_what_needs_no_consent_until_it_is_lifted(service: Caller) -> None:
    tell_consents(service, decision("security", "objected"))
    assert state_of(service, "security") == ("objected", False)
    tell_consents(service, decision("security", "objection_lifted"))
    assert state_of(service, "security")[1] is True


def test_a_grant_without_a_notice_is_kept_and_cannot_be_used(service: Caller) -> None:
    [one] = tell_consents(service, decision(), proof={}).content["decisions"]
    assert (one["usable"], one["problem"]) == (False, "unproven")
    assert one["missing"] == [
        "notice",
        "language",
        "pii_controllers",
        "retention_period",
        "withdrawal_method",
        "jurisdiction",
        "storage_locations",
        "recipient_third_parties",
        "pii_information",
        "validity_duration",
    ]
    assert state_of(service, "analytics") == ("unproven", False)


def test_a_notice_version_may_be_a_number_and_members_of_the_callers_own_are_kept(service: Caller) -> None:
    proof = {"notice_version": 3, "language": "fr", "campaign": "spring", "ui_part": "#agree", "gpc": False}
    tell_consents(service, decision(), proof=proof)
    [row] = consents_of(service)["history"]
    assert row["proof"] == {**proof, "notice_version": "3", "expressed_by": "person"}
    assert (row["usable"], row["actor"], row["signal"]) == (True, f"token:{service.name}", "api")


def test_an_end_that_is_chosen_and_one_that_the_purpose_sets(service: Caller) -> None:
    service.put("/v1/consent/purposes/survey", {"legal_basis": "consent", "expires_after": "P1M"})
    made = tell_consents(
        service,
        decision("survey", at="2026-01-31T10:00:00Z"),
        decision("analytics", at="2026-01-31T10:00:00Z", expires_at="2026-03-01T00:00:00Z"),
    ).content
    assert [one["expires_at"] for one in made["decisions"]] == ["2026-02-28T10:00:00Z", "2026-03-01T00:00:00Z"]
    assert state_of(service, "survey") == ("expired", False)
    rows = dict(ConsentDecision.objects.values_list("purpose", "ends_by_choice"))
    assert rows == {"survey": False, "analytics": True}


def test_a_grant_that_is_dated_ahead_is_none_yet(service: Caller) -> None:
    ahead = datetime.now(UTC) + timedelta(days=30)
    tell_consents(service, decision(at=ahead.isoformat()))
    assert state_of(service, "analytics") == ("not_asked", False)
    later = (ahead + timedelta(days=1)).isoformat()
    assert state_of(service, "analytics", at=later) == ("granted", True)


def test_an_older_grant_that_arrives_late_changes_nothing(service: Caller) -> None:
    tell_consents(service, decision(state="withdrawn", at="2026-03-02T09:00:00Z"))
    tell_consents(service, decision(at="2026-03-01T09:00:00Z"))
    assert state_of(service, "analytics") == ("withdrawn", False)


def test_opposite_answers_of_one_instant_are_a_conflict(service: Caller) -> None:
    tell_consents(service, decision(at="2026-03-02T09:00:00Z"))
    tell_consents(service, decision(state="withdrawn", at="2026-03-02T09:00:00Z"))
    assert state_of(service, "analytics") == ("conflict", False)


def test_all_identifiers_of_an_act_have_its_decisions(service: Caller) -> None:
    tell_consents(service, decision("marketing.email"), by=[ANN, ANN_ACCOUNT, {**ANN, "value": "ANN@example.org "}])
    assert ConsentDecision.objects.count() == 2
    assert set(ConsentDecision.objects.values_list("with_account", "verified")) == {(True, True)}


def test_all_processing_can_be_restricted_and_the_restriction_lifted(service: Caller) -> None:
    tell_consents(service, decision("*", "restricted"))
    found = consents_of(service)
    assert found["restricted"] is True
    assert {one["state"] for one in found["purposes"].values()} == {"restricted"}
    reader = Caller("profiles:read")
    row = Identifier.objects.get(value=ANN["value"])
    assert reader.get(f"/v1/profiles/{row.profile_id}/consents").status == 403
    tell_consents(service, decision("*", "restriction_lifted"))
    assert reader.get(f"/v1/profiles/{row.profile_id}/consents").content["restricted"] is False


def test_the_same_act_told_again_changes_nothing(service: Caller) -> None:
    body = told(decision(), by=[ANN, ANN_ACCOUNT], id="6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
    first, second = service.post("/v1/consents", body), service.post("/v1/consents", body)
    assert (first.status, second.status) == (201, 201)
    assert first.content == second.content
    assert first.content["id"] == body["id"]
    assert ConsentDecision.objects.count() == 2
    body["decisions"][0]["state"] = "denied"
    assert service.post("/v1/consents", body).status == 409
    assert state_of(service, "analytics") == ("granted", True)


def keyed(caller: Caller, key: str, body: Any) -> Any:
    """An act that is told under an Idempotency-Key."""
    return caller.ask("POST", "/v1/consents", body, headers={"Idempotency-Key": key})


def test_an_idempotency_key_is_each_callers_own(service: Caller) -> None:
    other = Caller()
    first, second = keyed(service, "k-1", told(decision())), keyed(service, "k-1", told(decision()))
    assert first.content == second.content
    assert keyed(other, "k-1", told(decision())).content["id"] != first.content["id"]
    assert keyed(service, "k-1", told(decision(), by=BOB)).status == 409
    assert keyed(service, "k 1", told(decision())).status == 400


BAD_SHAPES = [
    ({"identifiers": []}, "/identifiers"),
    ({"decisions": []}, "/decisions"),
    ({"decisions": [{"purpose": "analytics"}]}, "/decisions/0/state"),
    ({"decisions": [decision(at="yesterday")]}, "/decisions/0/at"),
    ({"decisions": [decision(at="2026-01-01T00:00:00")]}, "/decisions/0/at"),
    ({"decisions": [decision(until="2026-01-01T00:00:00Z")]}, "/decisions/0/until"),
    ({"proof": {"expressed_by": "dog"}}, "/proof/expressed_by"),
    ({"proof": {"colour": ["red"]}}, "/proof/colour"),
    ({"proof": {"colour": "r" * 501}}, "/proof/colour"),
    ({"proof": {"reached": "1"}}, "/proof"),
    ({"proof": {f"m{n}": "x" for n in range(21)}}, "/proof"),
    ({"subject": {"age": -1}}, "/subject/age"),
    ({"reach": "everybody"}, "/reach"),
    ({"id": "one"}, "/id"),
    ({"subjct": {"age": 9}}, "/subjct"),  # a slip of the pen must not make a child an adult
]


@pytest.mark.parametrize(("change", "pointer"), BAD_SHAPES)
def test_a_body_of_another_shape_is_a_400_that_points(service: Caller, change: Any, pointer: str) -> None:
    answered = service.post("/v1/consents", {**told(decision()), **change})
    assert answered.status == 400, answered.content
    assert [one["pointer"] for one in answered.content["errors"]] == [pointer]
    assert not ConsentDecision.objects.exists()


BAD_CONTENTS = [
    ({"decisions": [decision("no.such")]}, "/decisions/0/purpose"),
    ({"decisions": [decision(state="perhaps")]}, "/decisions/0/state"),
    ({"decisions": [decision(state="restricted")]}, "/decisions/0/state"),
    ({"decisions": [decision("*", "granted")]}, "/decisions/0/state"),
    ({"decisions": [decision(), decision(state="denied")]}, "/decisions/1/purpose"),
    ({"decisions": [decision(at="1989-12-31T23:59:59Z")]}, "/decisions/0/at"),
    ({"decisions": [decision(at="2090-01-01T00:00:00Z")]}, "/decisions/0/at"),
    ({"decisions": [decision(at="9999-12-31T23:59:59-12:00")]}, "/decisions/0/at"),
    (
        {"decisions": [decision(at="2026-01-02T00:00:00Z", expires_at="2026-01-01T00:00:00Z")]},
        "/decisions/0/expires_at",
    ),
    ({"decisions": [decision(state="denied", expires_at="2030-01-01T00:00:00Z")]}, "/decisions/0/expires_at"),
    ({"identifiers": [ANN, {"type": "shoe_size", "value": "9"}]}, "/identifiers/1/type"),
    ({"identifiers": [{"type": "email", "value": "nobody"}]}, "/identifiers/0/value"),
    ({"identifiers": [{"type": "user_id", "value": "null"}]}, "/identifiers/0/value"),
    ({"carry_from": ANN_ACCOUNT}, "/carry_from/type"),
    ({"reach": "person"}, "/reach"),
]


@pytest.mark.parametrize(("change", "pointer"), BAD_CONTENTS)
def test_a_body_that_cannot_be_recorded_is_a_422_that_points(service: Caller, change: Any, pointer: str) -> None:
    answered = service.post("/v1/consents", {**told(decision()), **change})
    assert answered.status == 422, answered.content
    assert [one["pointer"] for one in answered.content["errors"]] == [pointer]
    assert not ConsentDecision.objects.exists()


def test_a_device_that_never_said_anything_is_not_stored_for_being_named(service: Caller) -> None:
    unseen = {"type": "anonymous_id", "value": "never-seen"}
    assert service.post("/v1/consents", {**told(decision()), "carry_from": unseen}).status == 201
    assert not Identifier.objects.filter(value="never-seen").exists()
    assert Identifier.objects.count() == Card.objects.count()


def test_an_end_that_has_passed_is_told_in_words(service: Caller) -> None:
    change = {"decisions": [decision(at="2026-01-02T10:00:00Z", expires_at="2026-01-02T09:00:00Z")]}
    answered = service.post("/v1/consents", {"identifiers": [ANN], "proof": PROOF, **change})
    assert answered.content["errors"] == [
        {"pointer": "/decisions/0/expires_at", "detail": "A grant must end later than it begins."}
    ]


def test_a_token_that_is_tied_to_purposes_decides_these_alone(service: Caller) -> None:
    tied = Caller("consent:write", purposes=["analytics"])
    assert tied.post("/v1/consents", told(decision("analytics"))).status == 201
    refused = tied.post("/v1/consents", told(decision("analytics"), decision("marketing"), decision("*", "restricted")))
    assert refused.status == 403
    assert [one["pointer"] for one in refused.content["errors"]] == ["/decisions/1/purpose", "/decisions/2/purpose"]
    assert Caller("profiles:read").post("/v1/consents", told(decision())).status == 403


def test_a_device_takes_its_answers_of_the_day_along_at_a_registration(service: Caller) -> None:
    now = datetime.now(UTC)
    hour, days = (now - timedelta(hours=1)).isoformat(), (now - timedelta(days=2)).isoformat()
    device_act = tell_consents(service, decision("analytics", at=hour), decision("ads", "denied", at=hour), by=PHONE)
    tell_consents(service, decision("research", at=days), by=PHONE)
    made = tell_consents(service, decision("marketing"), by=[ANN_ACCOUNT], carry_from=PHONE).content
    assert [(one["purpose"], one["state"]) for one in sorted(made["carried"], key=lambda one: one["purpose"])] == [
        ("ads", "denied"),
        ("analytics", "granted"),
    ]
    found = consents_of(service, ANN_ACCOUNT)
    states = {key: found["purposes"][key]["state"] for key in ("analytics", "ads", "research", "marketing")}
    assert states == {"analytics": "granted", "ads": "denied", "research": "not_asked", "marketing": "granted"}
    carried = next(row for row in found["history"] if row["purpose"] == "analytics")
    assert carried["decided_at"][:19] == hour[:19]
    assert carried["proof"]["carried_from"] == {"type": "anonymous_id", "acts": [device_act.content["id"]]}


def test_what_the_act_itself_decides_is_not_carried(service: Caller) -> None:
    tell_consents(service, decision("analytics"), by=PHONE)
    made = tell_consents(service, decision("analytics", "denied"), by=ANN_ACCOUNT, carry_from=PHONE).content
    assert made["carried"] == []
    assert state_of(service, "analytics", ANN_ACCOUNT) == ("denied", False)


def test_nothing_is_carried_from_a_device_that_said_nothing(service: Caller) -> None:
    made = tell_consents(service, decision("analytics"), by=ANN_ACCOUNT, carry_from=PHONE).content
    assert made["carried"] == []


def partition() -> set[frozenset[str]]:
    """The profiles as sets of values."""
    profiles: dict[int, set[str]] = {}
    for root, value in Identifier.objects.values_list("root_id", "value"):
        profiles.setdefault(root, set()).add(value)
    return {frozenset(values) for values in profiles.values()}


def cards() -> list[tuple[Any, ...]]:
    """All cards, without what they say of consent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT root_id, profile_id, known, bridged, traits, provenance, counters, recent FROM card ORDER BY 1"
        )
        return [tuple(bytes(value) if isinstance(value, memoryview) else value for value in row) for row in cursor]


def test_a_profile_falls_apart_into_its_identifiers_and_is_whole_again(service: Caller, shop: Source) -> None:
    traits = {"email": ANN["value"], "city": "Ulm"}
    tell(shop, event(1, userId="ann-1", context={"traits": traits}), event(2, userId="ann-1", anonymousId="a-1"))
    tell(shop, event(3, userId="bob-1", context={"traits": {"email": BOB["value"]}}))
    whole, before = partition(), cards()
    bob = frozenset({"bob-1", BOB["value"]})
    assert whole == {frozenset({"ann-1", ANN["value"], "a-1"}), bob}
    made = tell_consents(service, decision("unification", "withdrawn"), by=ANN, reach="person").content
    assert made["reached"] == 2
    assert partition() == {frozenset({"ann-1"}), frozenset({ANN["value"]}), frozenset({"a-1"}), bob}
    tell_consents(service, decision("unification", "granted"), by=ANN, reach="person")
    assert partition() == whole
    assert cards() == before


def test_a_later_refusal_of_one_identifier_is_not_undone_by_the_grant_of_another(service: Caller, shop: Source) -> None:
    traits = {"email": ANN["value"]}
    tell(shop, event(1, userId="ann-1", context={"traits": traits}), event(2, userId="ann-1", anonymousId="a-1"))
    tell_consents(service, decision("unification", "denied"), by=ANN, reach="person")
    tell_consents(service, decision("unification", "denied"), by=PHONE)
    tell_consents(service, decision("unification", "granted"), by=ANN, reach="person")
    assert partition() == {frozenset({"ann-1", ANN["value"]}), frozenset({"a-1"})}


@pytest.mark.parametrize("state", ["denied", "withdrawn", "terminated", "invalidated", "objected"])
def test_each_word_that_refuses_reaches_the_whole_person(service: Caller, shop: Source, state: str) -> None:
    tell(shop, event(1, userId="ann-1", anonymousId="a-1", context={"traits": {"email": ANN["value"]}}))
    tell_consents(service, decision("unification", state), by=ANN, reach="person")
    assert partition() == {frozenset({"ann-1"}), frozenset({ANN["value"]}), frozenset({"a-1"})}


def test_what_is_neither_yes_nor_no_reaches_nobody_else(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", context={"traits": {"email": ANN["value"]}}))
    assert tell_consents(service, decision("unification", "deferred"), by=ANN, reach="person").content["reached"] == 0


def test_an_act_cannot_have_the_id_of_an_interaction_that_said_something(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", context={"consent": {"categoryPreferences": {"analytics": False}}}))
    taken = str(ConsentDecision.objects.get().act_id)
    assert service.post("/v1/consents", told(decision(), by=ANN_ACCOUNT, id=taken)).status == 409
    assert ConsentDecision.objects.count() == 1


def test_without_reach_only_the_presented_identifier_is_set_apart(service: Caller, shop: Source) -> None:
    traits = {"email": ANN["value"]}
    tell(shop, event(1, userId="ann-1", context={"traits": traits}), event(2, userId="ann-1", anonymousId="a-1"))
    tell_consents(service, decision("unification", "objected"), by=ANN)
    assert partition() == {frozenset({"ann-1", "a-1"}), frozenset({ANN["value"]})}
    tell_consents(service, decision("unification", "objection_lifted"), by=ANN)
    assert partition() == {frozenset({"ann-1", "a-1", ANN["value"]})}


CHILD = {"date_of_birth": "2012-02-29", "country": "DE"}


def test_a_childs_grant_waits_for_a_guardian_and_its_refusal_counts(service: Caller) -> None:
    at = "2026-03-01T00:00:00Z"
    [one] = tell_consents(service, decision(at=at), subject=CHILD).content["decisions"]
    assert (one["usable"], one["problem"]) == (False, "awaiting_guardian")
    assert state_of(service, "analytics") == ("awaiting_guardian", False)
    tell_consents(service, decision(state="denied", at="2026-03-02T00:00:00Z"), subject=CHILD)
    assert state_of(service, "analytics") == ("denied", False)


def test_a_guardians_grant_counts_until_the_child_comes_of_age(service: Caller) -> None:
    proof = {**PROOF, "expressed_by": "guardian"}
    subject = {"date_of_birth": "2010-06-01", "country": "DE"}
    [one] = tell_consents(service, decision(at="2024-06-01T00:00:00Z"), proof=proof, subject=subject).content[
        "decisions"
    ]
    assert (one["usable"], one["expires_at"]) == (True, "2026-06-01T00:00:00Z")
    assert state_of(service, "analytics", at="2026-05-31T23:59:59Z") == ("granted", True)
    assert state_of(service, "analytics", at="2026-06-01T00:00:00Z") == ("reconfirm_required", False)
    assert state_of(service, "analytics") == ("reconfirm_required", False)


def test_the_profile_tells_the_age_where_the_caller_does_not(service: Caller, shop: Source) -> None:
    born = (datetime.now(UTC) - timedelta(days=14 * 365)).date().isoformat()
    tell(shop, event(1, userId="ann-1", context={"traits": {"birthday": born, "country": "AT"}}))
    [one] = tell_consents(service, decision(), by=ANN_ACCOUNT).content["decisions"]
    assert one["problem"] == "awaiting_guardian"
    [one] = tell_consents(service, decision(), by=ANN_ACCOUNT, subject={"age": 14}).content["decisions"]
    assert one["problem"] is None
