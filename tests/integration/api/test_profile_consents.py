"""GET /v1/profiles/{id}/consents: what is in force, since when, why, and at any instant of the past."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consent.models import AccessLog
from profiles.models import Identifier, Source
from tests.factories.callers import Caller
from tests.factories.channels import event, tell
from tests.factories.consents import (
    ANN,
    ANN_ACCOUNT,
    PHONE,
    consents_of,
    decision,
    state_of,
    tell_consents,
)

pytestmark = pytest.mark.django_db

BOB = {"type": "email", "value": "bob@example.org"}
BOB_ACCOUNT = {"type": "user_id", "value": "bob-1"}
ANN_SEEN: dict[str, Any] = {"userId": "ann-1", "context": {"traits": {"email": ANN["value"]}}}


def merge(service: Caller, a: dict[str, str], b: dict[str, str]) -> None:
    """Two identifiers are one person, by a steward."""
    body = {"a": a, "b": b, "verdict": "same", "reason": "They said so."}
    assert service.post("/v1/identity/decisions", body).status == 201


def test_every_purpose_is_there_with_what_holds_where_nobody_was_asked(service: Caller, shop: Source) -> None:
    tell(shop, event(1, **ANN_SEEN))
    found = consents_of(service)
    held = {item["key"] for item in service.get("/v1/consent/purposes").content["items"]}
    assert set(found["purposes"]) == held
    assert found["purposes"]["analytics"] == {
        "state": "not_asked",
        "allowed": False,
        "effective": False,
        "basis": "consent",
        "reason": "There is no consent on record; without one the purpose is denied.",
        "decided_at": None,
        "expires_at": None,
        "reask_due": None,
        "by_identifier": [],
        "effective_for": [],
    }
    assert found["purposes"]["security"]["allowed"] is True
    assert (found["history"], found["receipts"], found["restricted"], found["said"]) == ([], [], False, {})


@pytest.mark.parametrize(
    ("state", "due"), [("granted", "2026-02-15"), ("denied", "2026-01-15"), ("objected", None), ("deferred", None)]
)
def test_when_to_ask_again_is_apart_from_when_a_grant_ends(service: Caller, state: str, due: str | None) -> None:
    tell_consents(service, decision("marketing", state, at="2025-01-15T08:00:00Z"))
    found = consents_of(service)["purposes"]["marketing"]
    assert (found["reask_due"], found["decided_at"], found["expires_at"]) == (due, "2025-01-15T08:00:00Z", None)


def test_of_two_ends_the_earlier_holds(service: Caller, shop: Source) -> None:
    tell(shop, event(1, **ANN_SEEN))
    at = "2026-01-01T00:00:00Z"
    tell_consents(service, decision("analytics", at=at, expires_at="2027-03-01T00:00:00Z"), by=ANN)
    tell_consents(service, decision("analytics", at=at), by=ANN_ACCOUNT)
    assert consents_of(service)["purposes"]["analytics"]["expires_at"] == "2027-03-01T00:00:00Z"


def test_a_grant_under_one_identifier_is_not_spread_to_others(service: Caller, shop: Source) -> None:
    tell(shop, event(1, **ANN_SEEN))
    tell_consents(service, decision("analytics", at="2026-01-02T00:00:00Z"), by=ANN_ACCOUNT)
    found = consents_of(service)["purposes"]["analytics"]
    assert found["by_identifier"] == [
        {
            **ANN_ACCOUNT,
            "state": "granted",
            "decided_at": "2026-01-02T00:00:00Z",
            "expires_at": None,
            "allowed": True,
        }
    ]
    assert found["effective_for"] == [ANN_ACCOUNT]


def test_two_accounts_that_say_opposite_things_are_a_conflict_until_one_says_more(service: Caller) -> None:
    tell_consents(service, decision("ads", "granted", at="2026-02-01T00:00:00Z"), by=ANN_ACCOUNT)
    tell_consents(service, decision("ads", "denied", at="2026-01-01T00:00:00Z"), by=BOB_ACCOUNT)
    merge(service, ANN_ACCOUNT, BOB_ACCOUNT)
    found = consents_of(service, ANN_ACCOUNT)["purposes"]["ads"]
    assert (found["state"], found["effective"], found["effective_for"]) == ("conflict", False, [])
    assert {one["value"]: one["state"] for one in found["by_identifier"]} == {"ann-1": "granted", "bob-1": "denied"}


def test_an_address_that_unsubscribed_stays_so_beside_one_that_did_not(service: Caller) -> None:
    tell_consents(service, decision("marketing.email", "withdrawn", at="2026-01-05T00:00:00Z"), by=BOB)
    tell_consents(service, decision("marketing.email", "granted", at="2026-01-01T00:00:00Z"), by=ANN)
    merge(service, ANN, BOB)
    found = consents_of(service)["purposes"]["marketing.email"]
    assert found["allowed"] is False
    assert {one["value"]: (one["state"], one["allowed"]) for one in found["by_identifier"]} == {
        ANN["value"]: ("granted", True),
        BOB["value"]: ("withdrawn", False),
    }
    assert found["effective_for"] == [ANN]


def test_each_receipt_keeps_the_identifier_that_it_was_given_under(service: Caller) -> None:
    first = tell_consents(service, decision("ads"), by=ANN).content["id"]
    second = tell_consents(service, decision("research"), by=BOB).content["id"]
    merge(service, ANN, BOB)
    found = consents_of(service)
    assert found["receipts"] == [second, first]
    subjects = {row["receipt_id"]: row["identifier"] for row in found["history"]}
    assert subjects == {first: ANN, second: BOB}


def test_a_wider_refusal_refuses_what_it_includes_and_not_the_other_way_round(service: Caller) -> None:
    tell_consents(service, decision("marketing.email"), decision("marketing.sms", "denied"))
    tell_consents(service, decision("marketing", "denied"))
    assert state_of(service, "marketing.email")[1] is False
    tell_consents(service, decision("ads.personalised", "denied"), decision("ads"))
    assert state_of(service, "ads") == ("granted", True)


def test_what_events_said_is_in_the_history_with_its_source(service: Caller, shop: Source) -> None:
    block = {"consent": {"categoryPreferences": {"analytics": True, "no_purpose_of_ours": False}}}
    tell(shop, event(5, userId="ann-1", context=block))
    found = consents_of(service, ANN_ACCOUNT)
    rows = {row["purpose"]: row for row in found["history"]}
    assert set(rows) == {"analytics", "no_purpose_of_ours"}
    assert (rows["analytics"]["source"], rows["analytics"]["signal"]) == ("shop", "segment")
    assert (rows["analytics"]["receipt_id"], rows["analytics"]["proof"]) == (None, {})


def test_the_past_is_told_by_what_was_decided_by_then(service: Caller) -> None:
    tell_consents(service, decision(at="2026-01-01T00:00:00Z"))
    tell_consents(service, decision(state="withdrawn", at="2026-02-01T00:00:00Z"))
    seen = [state_of(service, "analytics", at=f"2026-{day}T00:00:00Z") for day in ("01-15", "02-01", "03-01")]
    assert seen == [("granted", True), ("withdrawn", False), ("withdrawn", False)]
    before = consents_of(service, at="2025-12-31T00:00:00Z")
    assert (before["purposes"]["analytics"]["state"], before["history"]) == ("not_asked", [])


def test_what_was_believed_then_leaves_out_what_came_later(service: Caller, shop: Source) -> None:
    now = datetime.now(UTC)
    tell(shop, event(1, userId="ann-1", anonymousId="a-1"), received_at=now - timedelta(days=9))
    tell_consents(service, decision(at="2026-01-01T00:00:00Z"), by=ANN_ACCOUNT)
    then = (now - timedelta(days=1)).isoformat()
    assert state_of(service, "analytics", ANN_ACCOUNT, at="2026-05-01T00:00:00Z") == ("granted", True)
    believed = consents_of(service, ANN_ACCOUNT, as_of=then)
    assert (believed["purposes"]["analytics"]["state"], believed["history"]) == ("not_asked", [])


def test_an_identifier_that_only_this_api_named_has_a_past_too(service: Caller) -> None:
    tell_consents(service, decision())
    now = datetime.now(UTC).isoformat()
    assert state_of(service, "analytics", as_of=now) == ("granted", True)
    row = Identifier.objects.get(value=ANN["value"])
    assert service.get(f"/v1/profiles/{row.profile_id}/consents", as_of="2026-01-01T00:00:00Z").status == 404


def test_an_explanation_names_the_rule_and_each_voice(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", anonymousId="a-1"))
    tell_consents(service, decision("ads", at="2026-02-01T00:00:00Z"), by=PHONE)
    why = consents_of(service, ANN_ACCOUNT, explain="1")["purposes"]["ads"]["explanation"]
    assert why["rule"] == 4
    [voice] = why["voices"]
    assert voice == {
        "identifier": PHONE,
        "purpose": "ads",
        "state": "granted",
        "decided_at": "2026-02-01T00:00:00Z",
        "assurance": "device",
        "counts": False,
        "why": "A device's permission does not rise to the person.",
    }
    tell_consents(service, decision("ads", "denied", at="2026-03-01T00:00:00Z"), by=PHONE)
    tell_consents(service, decision("ads", at="2026-04-01T00:00:00Z"), by=ANN_ACCOUNT)
    why = consents_of(service, ANN_ACCOUNT, explain="true")["purposes"]["ads"]["explanation"]
    assert {(voice["identifier"]["value"], voice["counts"], voice["why"]) for voice in why["voices"]} == {
        ("a-1", False, "A later grant of equal or better assurance replaced it."),
        ("ann-1", True, "It was given, and nothing stands against it."),
    }


def test_an_instant_of_the_past_knows_the_refusal_above_that_a_grant_above_followed(service: Caller) -> None:
    tell_consents(service, decision("ads.personalised", at="2026-01-01T00:00:00Z"))
    tell_consents(service, decision("ads", "denied", at="2026-02-01T00:00:00Z"))
    tell_consents(service, decision("ads", at="2026-03-01T00:00:00Z"))
    now = consents_of(service)["purposes"]
    then = consents_of(service, at="2026-04-01T00:00:00Z")["purposes"]
    assert (now["ads"]["allowed"], now["ads.personalised"]["allowed"]) == (True, False)
    assert then == now


def test_an_instant_of_the_past_tells_an_expiry_from_what_was_granted_before_it(service: Caller) -> None:
    tell_consents(service, decision("ads", "denied", at="2026-01-01T00:00:00Z"))
    tell_consents(service, decision("ads", "expired", at="2026-02-01T00:00:00Z"))
    assert state_of(service, "ads") == state_of(service, "ads", at="2026-03-01T00:00:00Z") == ("denied", False)


@pytest.mark.parametrize(
    ("purpose", "decisions", "rule"),
    [
        ("analytics", [decision("*", "restricted")], 1),
        ("security", [decision("security", "objected")], 1),
        ("analytics", [decision(expires_at="2026-02-01T00:00:00Z", at="2026-01-01T00:00:00Z")], 2),
        ("marketing.email", [decision("marketing.email")], 3),
        ("analytics", [decision()], 4),
        ("research", [decision()], 5),
        ("service", [decision()], 5),
    ],
)
def test_each_rule_explains_what_it_decides(
    service: Caller, purpose: str, decisions: list[dict[str, Any]], rule: int
) -> None:
    tell_consents(service, *decisions)
    assert consents_of(service, explain="1")["purposes"][purpose]["explanation"]["rule"] == rule


def test_the_history_comes_in_pages(service: Caller) -> None:
    for day in range(1, 6):
        tell_consents(
            service, decision(at=f"2026-01-0{day}T00:00:00Z"), decision("ads", at=f"2026-01-0{day}T00:00:00Z")
        )
    whole = consents_of(service)["history"]
    paged: list[Any] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        page = consents_of(service, **query)
        paged += page["history"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert (len(paged), paged) == (10, whole)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"limit": "501"}, 400),
        ({"limit": "0"}, 400),
        ({"cursor": "nonsense"}, 400),
        ({"cursor": "e30"}, 400),
        ({"explain": "perhaps"}, 400),
        ({"at": "yesterday"}, 400),
        ({"as_of": "2090-01-01T00:00:00Z"}, 400),
        ({"purpose": "no.such"}, 422),
    ],
)
def test_a_wrong_parameter_is_told(service: Caller, query: dict[str, str], status: int) -> None:
    tell_consents(service, decision())
    row = Identifier.objects.get(value=ANN["value"])
    assert service.get(f"/v1/profiles/{row.profile_id}/consents", **query).status == status


def test_whom_nobody_knows_is_a_404(service: Caller) -> None:
    assert service.get("/v1/profiles/0190163d-8694-739b-aea5-966c26f8ad91/consents").status == 404


def test_consents_stay_readable_for_those_who_see_to_peoples_rights(service: Caller) -> None:
    tell_consents(service, decision("*", "restricted"))
    row = Identifier.objects.get(value=ANN["value"])
    officer = Caller("privacy")
    seen = officer.get(f"/v1/profiles/{row.profile_id}/consents")
    assert (seen.status, seen.content["restricted"], seen.content["decision"]["allowed"]) == (200, True, True)
    logged = AccessLog.objects.get(id=seen.content["decision"]["id"])
    assert (logged.actor, logged.operation, logged.profile_id) == (f"token:{officer.name}", "consents", row.profile_id)
    assert officer.get(f"/v1/profiles/{row.profile_id}/consents", purpose="service").status == 403
    assert Caller("recognise").get(f"/v1/profiles/{row.profile_id}/consents").status == 403
