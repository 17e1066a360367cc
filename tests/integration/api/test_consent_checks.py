"""POST /v1/consents/check: what may leave the house is decided by what is in force now."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from consent.models import AccessLog
from profiles.models import Source
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell
from tests.factories.consents import ANN, ANN_ACCOUNT, PHONE, decision, tell_consents

pytestmark = pytest.mark.django_db

BOB = {"type": "email", "value": "bob@example.org"}
DESTINATIONS = {"ads": ["ads"], "wh": []}


def stamp(preferences: Any, **members: Any) -> dict[str, Any]:
    """An event with a consent block."""
    return {"context": {"consent": {"categoryPreferences": preferences}}, **members}


def check(service: Caller, by: Any = ANN, **body: Any) -> Any:
    """A check that is answered."""
    answered = service.post("/v1/consents/check", {"identifiers": by if isinstance(by, list) else [by], **body})
    assert answered.status == 200, answered.content
    return answered.content


def test_an_event_without_a_block_is_checked_against_what_is_on_record(service: Caller) -> None:
    found = check(service, recipients=DESTINATIONS, event={"type": "track", "context": {}})
    assert found["recipients"] == {"ads": "block", "wh": "send"}
    assert found["reasons"] == {"ads": ["ads: There is no consent on record; without one the purpose is denied."]}
    tell_consents(service, decision("ads"))
    assert check(service, recipients=DESTINATIONS, event={"context": {}})["recipients"] == {"ads": "send", "wh": "send"}


@pytest.mark.parametrize(
    "context",
    [
        {"consent": {"categoryPreferences": {}}},
        {"consent": {"categoryPreferences": {"ads": False}}},
        {"consent": "not-an-object"},
        {"consentManagement": "not-an-object"},
        {"consent": {"categoryPreferences": {"ads": "yes"}}},
        {"tcString": "not-a-string-of-the-framework"},
        {"consent": {"categoryPreferences": {"analytics": True}}},
    ],
)
def test_a_block_that_does_not_say_yes_blocks_what_needs_consent(service: Caller, context: Any) -> None:
    tell_consents(service, decision("ads"))
    assert check(service, recipients=DESTINATIONS, event={"context": context})["recipients"] == {
        "ads": "block",
        "wh": "send",
    }


def test_a_purpose_that_the_block_leaves_out_is_not_granted_for_this_event_alone(service: Caller) -> None:
    tell_consents(service, decision("personalisation"), decision("analytics"))
    found = check(
        service, purposes=["personalisation", "analytics", "security"], event=stamp({"personalisation": True})
    )
    states = {key: (one["allowed"], one["state"]) for key, one in found["purposes"].items()}
    assert states == {
        "personalisation": (True, "granted"),
        "analytics": (False, "not_granted_for_event"),
        "security": (True, "not_asked"),
    }
    assert check(service, purposes=["analytics"])["purposes"]["analytics"]["allowed"] is True


def test_the_switches_of_an_event_only_narrow(service: Caller) -> None:
    tell_consents(service, decision("ads"))
    recipients = {"facebook": ["ads"], "google_ads": ["ads"], "mail": ["analytics"]}
    switches = {"facebook": False, "mail": True}
    found = check(service, recipients=recipients, event=stamp({"ads": True}, integrations=switches))
    assert found["recipients"] == {"facebook": "block", "google_ads": "send", "mail": "block"}
    found = check(
        service, recipients=recipients, event=stamp({"ads": True}, integrations={"All": False, "facebook": True})
    )
    assert found["recipients"] == {"facebook": "send", "google_ads": "block", "mail": "block"}


def test_the_stamp_of_an_old_event_does_not_outlive_a_withdrawal(service: Caller, shop: Source) -> None:
    context = stamp({"ads": True})["context"]
    tell(shop, event(1, userId="ann-1", context=context))
    replayed = stamp({"ads": True}, timestamp="2026-01-01T00:01:00Z")
    assert check(service, ANN_ACCOUNT, purposes=["ads"], event=replayed)["purposes"]["ads"]["allowed"] is True
    tell_consents(service, decision("ads", "withdrawn", at="2026-02-01T00:00:00Z"), by=ANN_ACCOUNT)
    found = check(service, ANN_ACCOUNT, purposes=["ads"], event=replayed)["purposes"]["ads"]
    assert (found["allowed"], found["state"]) == (False, "withdrawn")
    then = check(service, ANN_ACCOUNT, purposes=["ads"], at="2026-01-15T00:00:00Z")["purposes"]["ads"]
    assert (then["allowed"], then["state"]) == (True, "granted")


def test_of_whom_nobody_knows_only_what_the_event_says_counts(service: Caller) -> None:
    assert check(service, purposes=["ads"])["purposes"]["ads"]["allowed"] is False
    assert check(service, purposes=["ads"], event=stamp({"ads": True}))["purposes"]["ads"]["allowed"] is True
    refused = stamp({"ads.personalised": True, "ads": False})
    assert (
        check(service, purposes=["ads.personalised"], event=refused)["purposes"]["ads.personalised"]["allowed"] is False
    )
    ahead = stamp({"ads": True}, timestamp="2090-01-01T00:00:00Z")
    assert check(service, purposes=["ads"], event=ahead)["purposes"]["ads"]["allowed"] is False


def test_a_stamp_alone_grants_nothing_for_a_known_person(service: Caller) -> None:
    tell_consents(service, decision("research"))
    assert check(service, purposes=["ads"], event=stamp({"ads": True}))["purposes"]["ads"]["allowed"] is False


def test_gpc_blocks_the_sale_where_the_law_would_allow_it(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", context={"traits": {"country": "US", "state": "CA"}}))
    assert check(service, ANN_ACCOUNT, purposes=["ads.sale_share"])["purposes"]["ads.sale_share"]["allowed"] is True
    with_signal = {"context": {"gpc": True}}
    found = check(service, ANN_ACCOUNT, purposes=["ads.sale_share"], event=with_signal)["purposes"]["ads.sale_share"]
    assert (found["allowed"], found["state"]) == (False, "denied_for_event")


def test_categories_of_clients_are_mapped_by_their_source(service: Caller) -> None:
    make_source("web", consent_categories={"C0004": ["ads"]})
    tell_consents(service, decision("ads"))
    body = {"recipients": {"facebook": ["C0004"]}, "event": stamp({"C0004": True})}
    assert check(service, source="web", **body)["recipients"] == {"facebook": "send"}
    assert check(service, **body)["recipients"] == {"facebook": "block"}
    unknown = service.post("/v1/consents/check", {"identifiers": [ANN], "source": "nowhere", **body})
    assert [one["pointer"] for one in unknown.content["errors"]] == ["/source"]


def test_a_purpose_about_addresses_is_asked_for_the_presented_one(service: Caller) -> None:
    tell_consents(service, decision("marketing.email"), by=ANN)
    tell_consents(service, decision("marketing.email", "withdrawn"), by=BOB)
    service.post("/v1/identity/decisions", {"a": ANN, "b": BOB, "verdict": "same", "reason": "One person."})
    allowed = [
        check(service, by, purposes=["marketing.email"])["purposes"]["marketing.email"]["allowed"]
        for by in (ANN, BOB, [ANN, BOB])
    ]
    assert allowed == [True, False, False]


def test_identifiers_of_two_people_need_the_consent_of_both(service: Caller) -> None:
    tell_consents(service, decision("ads"), by=ANN)
    tell_consents(service, decision("ads", "denied"), by=BOB)
    found = check(service, [ANN, BOB], purposes=["ads"])
    assert found["purposes"]["ads"]["allowed"] is False
    rows = AccessLog.objects.filter(operation="consent_check")
    assert (rows.count(), set(rows.values_list("allowed", flat=True))) == (2, {False})
    assert rows.filter(id=found["decision_id"]).exists()


def test_a_restriction_blocks_everything(service: Caller) -> None:
    tell_consents(service, decision("ads"), decision("*", "restricted"))
    found = check(service, purposes=["ads", "service"])["purposes"]
    assert {key: one["state"] for key, one in found.items()} == {"ads": "restricted", "service": "restricted"}


def test_many_people_are_checked_in_order(service: Caller) -> None:
    tell_consents(service, decision("ads"), by=[ANN, PHONE])
    tell_consents(service, decision("ads", "denied"), by=BOB)
    subjects = [
        [BOB],
        [ANN],
        [{"type": "email", "value": "nobody@example.org"}],
        [PHONE, ANN],
        [{"type": "x", "value": "1"}],
    ]
    body = {"purpose": "ads", "subjects": [{"identifiers": one} for one in subjects]}
    answered = service.post("/v1/consents/check/batch", body)
    assert answered.content["allowed"] == [False, True, False, True, False]
    assert AccessLog.objects.filter(operation="consent_check_batch").count() == 3


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer"),
    [
        ("check", {"identifiers": [], "purposes": ["ads"]}, 400, "/identifiers"),
        ("check", {"identifiers": [ANN], "purposes": ["ads", "no.such"]}, 422, "/purposes/1"),
        ("check", {"identifiers": [{"type": "x", "value": "1"}], "purposes": ["ads"]}, 422, "/identifiers/0/type"),
        ("check", {"identifiers": [ANN], "recipients": {"a": "ads"}}, 400, "/recipients"),
        ("check", {"identifiers": [ANN], "event": {"context": []}}, 400, "/event/context"),
        ("check/batch", {"purpose": "no.such", "subjects": [{"identifiers": [ANN]}]}, 422, "/purpose"),
        ("check/batch", {"purpose": "ads", "subjects": []}, 400, "/subjects"),
    ],
)
def test_what_cannot_be_checked_is_told(service: Caller, path: str, body: Any, status: int, pointer: str) -> None:
    answered = service.post(f"/v1/consents/{path}", body)
    assert (answered.status, [one["pointer"] for one in answered.content["errors"]]) == (status, [pointer])


@pytest.mark.parametrize(("purpose", "allowed"), [("ads", False), ("service", True)])
def test_the_log_tells_what_was_answered_about_whom_nobody_knows(service: Caller, purpose: str, allowed: bool) -> None:
    check(service, purposes=[purpose])
    service.post("/v1/consents/check/batch", {"purpose": purpose, "subjects": [{"identifiers": [ANN]}]})
    rows = AccessLog.objects.filter(purpose=purpose).values_list("profile_id", "allowed")
    assert list(rows) == [(None, allowed)] * 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("check", {"identifiers": [ANN], "purposes": ["no.such"]}),
        ("check/batch", {"purpose": "no.such", "subjects": [{"identifiers": [ANN]}]}),
    ],
)
def test_a_purpose_that_does_not_exist_is_denied_and_counted(service: Caller, path: str, body: Any) -> None:
    before = closed_for_want_of("purpose")
    answered = service.post(f"/v1/consents/{path}", body).content
    assert answered["decision"] == {"allowed": False, "reason": answered["detail"]}
    assert closed_for_want_of("purpose") == before + 1


def closed_for_want_of(missing: str) -> float:
    labels = {"missing": missing}
    return REGISTRY.get_sample_value("cxprofiles_consent_denied_unseen_total", labels) or 0.0


def test_a_token_that_is_tied_to_purposes_asks_for_these_alone() -> None:
    tied = Caller("recognise", purposes=["ads"])
    assert tied.post("/v1/consents/check", {"identifiers": [ANN], "purposes": ["ads"]}).status == 200
    assert tied.post("/v1/consents/check", {"identifiers": [ANN], "purposes": ["analytics"]}).status == 403
    assert tied.post("/v1/consents/check", {"identifiers": [ANN], "recipients": {"x": ["analytics"]}}).status == 403
    assert Caller("admin").post("/v1/consents/check", {"identifiers": [ANN]}).status == 403
