"""Requests of other organisations at the doors, over people of whom something is really held."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tasks.privacy import sweep
from tests.factories.protocols import (
    AGENT,
    AGENT_SEED,
    BUSINESS,
    OTHER_SEED,
    claims,
    dsr,
    exercise,
    identity,
    key_of,
    signed,
)
from tests.integration.cases.requests import Officer
from tests.integration.cases.service import Json, Service, content, email, track, user
from tests.integration.doors.client import Answered

ANN, ANNS_MAIL = user("ann"), email("ann@example.org")
RIGHTS = "/v1/data-rights-request"


@pytest.fixture
def officer(service: Service) -> Officer:
    service.tell(track(userId="ann", anonymousId="a-ann", context={"traits": {"email": ANNS_MAIL[1]}}))
    return Officer(service)


def ask_for(service: Service, **changes: Any) -> Answered:
    """A controller's request of today, for Ann unless said otherwise."""
    usual = {"submitted_time": datetime.now(UTC).isoformat(), "subject_identities": [identity(value=ANNS_MAIL[1])]}
    return service.ask("POST", "/v2/requests", dsr(**{**usual, "status_callback_urls": None, **changes}))


def status_of(service: Service, receipt: Json) -> Json:
    return content(service.ask("GET", f"/v2/requests/{receipt['subject_request_id']}"))


def test_an_erasure_goes_all_the_way_and_cannot_be_cancelled_then(officer: Officer) -> None:
    receipt = content(ask_for(officer.service))
    assert status_of(officer.service, receipt)["request_status"] in ("pending", "in_progress")
    sweep()
    assert status_of(officer.service, receipt)["request_status"] == "completed"
    assert officer.service.recognise(ANN)["status"] == "unknown"
    refused = officer.service.ask("DELETE", f"/v2/requests/{receipt['subject_request_id']}")
    assert refused.status in (400, 409)
    assert refused.content["error"]["code"] == refused.status


def test_what_is_cancelled_in_time_is_never_carried_out(officer: Officer) -> None:
    receipt = content(ask_for(officer.service))
    assert officer.service.ask("DELETE", f"/v2/requests/{receipt['subject_request_id']}").status == 202
    sweep()
    assert status_of(officer.service, receipt)["request_status"] == "cancelled"
    assert officer.service.recognise(ANN)["status"] == "known"


def test_an_id_that_never_was_is_not_found(officer: Officer) -> None:
    for method in ("GET", "DELETE"):
        answered = officer.service.ask(method, "/v2/requests/a7551968-d5d6-44b2-9831-815ac9017798")
        assert (answered.status, answered.content["error"]["code"]) == (404, 404)
        assert "x-opendsr-signature" in answered.headers


def test_discovery_lists_what_is_taken_and_nothing_else_is(officer: Officer) -> None:
    found = content(officer.service.anyone("GET", "/v2/discovery"))
    assert found["api_version"] == "2.0"
    assert set(found["supported_subject_request_types"]) == {"access", "portability", "erasure"}
    for pair in found["supported_identities"]:
        value = ANNS_MAIL[1] if pair["identity_type"] == "email" else "x-1"
        who = identity(pair["identity_type"], value, pair["identity_format"])
        assert ask_for(officer.service, subject_identities=[who]).status == 201, pair
    assert found["processor_certificate"].endswith(".pem")


@pytest.mark.parametrize(
    "changes",
    [
        {"subject_request_type": "rectification"},
        {"subject_request_type": "everything"},
        {"subject_identities": [identity("shoe_size", "43")]},
        {"subject_identities": [identity("email", "ann@example.org", "rot13")]},
        {"subject_identities": []},
        {"subject_identities": None},
        {"api_version": "9.0"},
        {"regulation": "lgpd"},
        {"submitted_time": "yesterday"},
        {"subject_request_id": "42"},
        {"status_callback_urls": ["not a url"]},
    ],
)
def test_what_is_not_supported_is_a_400_with_all_that_is_wrong(officer: Officer, changes: Json) -> None:
    answered = ask_for(officer.service, **changes)
    assert (answered.status, answered.content["error"]["code"]) == (400, 400)
    assert all(one["message"] for one in answered.content["error"]["errors"])
    assert b"ann@example.org" not in answered.body
    assert officer.service.get("/v1/privacy/requests")["items"] == []


def test_two_controllers_and_a_service_ask_for_one_person_once(officer: Officer) -> None:
    first = content(ask_for(officer.service))
    second = content(ask_for(officer.service))
    third = officer.make("erasure", ANN)
    assert third["state"] == "duplicate"
    sweep()
    assert [status_of(officer.service, one)["request_status"] for one in (first, second)] == ["completed", "completed"]
    states = [one["state"] for one in officer.service.get("/v1/privacy/requests")["items"]]
    assert sorted(states) == ["completed", "duplicate", "duplicate"]


@pytest.fixture
def agent(officer: Officer, settings: Any) -> Callable[..., Answered]:
    """What asks in the name of the registered agent: method, path, message."""
    settings.DRP_BUSINESS_ID = BUSINESS
    content(officer.service.ask("PUT", f"/v1/privacy/callers/drp/{AGENT}", {"verify_key": key_of(AGENT_SEED)}))
    token = content(officer.service.anyone("POST", f"/v1/agent/{AGENT}", signed(claims())))["token"]

    def ask(method: str, path: str, message: Any = None, seed: bytes = AGENT_SEED) -> Answered:
        body = b"" if message is None else signed(message, seed)
        return officer.service.anyone(method, path, body, Authorization=f"Bearer {token}", Content_Type="text/plain")

    return ask


def of_ann(action: str, **changes: Any) -> Json:
    return exercise(action, **{"email": ANNS_MAIL[1], **changes})


def test_an_agents_deletion_goes_all_the_way(officer: Officer, agent: Callable[..., Answered]) -> None:
    taken = agent("POST", RIGHTS, of_ann("deletion"))
    assert (taken.status, taken.content["status"]) == (200, "in_progress")
    assert {"request_id", "received_at", "expected_by", "status"} <= taken.content.keys()
    sweep()
    path = f"{RIGHTS}/{taken.content['request_id']}"
    assert agent("GET", path).content["status"] == "fulfilled"
    assert officer.service.recognise(ANN)["status"] == "unknown"
    assert agent("DELETE", path, {"reason": "no"}).status in (400, 409)


def test_an_agents_opt_out_is_in_force_when_it_is_answered(officer: Officer, agent: Callable[..., Answered]) -> None:
    officer.service.decide([ANNS_MAIL], {"ads.sale_share": "granted"})
    assert agent("POST", RIGHTS, of_ann("sale:opt_out")).content["status"] == "fulfilled"
    assert officer.service.in_force(ANN, "ads.sale_share")["allowed"] is False


def test_what_an_agent_revokes_is_never_carried_out(officer: Officer, agent: Callable[..., Answered]) -> None:
    path = f"{RIGHTS}/{agent('POST', RIGHTS, of_ann('deletion')).content['request_id']}"
    assert agent("DELETE", path, {"reason": "A mistake."}).content["status"] == "revoked"
    sweep()
    assert agent("GET", path).content["status"] == "revoked"
    assert officer.service.recognise(ANN)["status"] == "known"


@pytest.mark.parametrize(
    "changes",
    [
        {"business-id": "SOMEBODY_ELSE"},
        {"agent-id": "AA_OTHER"},
        {"issued-at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()},
        {"expires-at": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()},
        {"exercise": "everything"},
        {"exercise": None},
        {"regime": "lgpd"},
        {"email": None},
        {"drp.version": "7.0"},
    ],
)
def test_a_message_that_does_not_hold_is_refused_for_good(
    officer: Officer, agent: Callable[..., Answered], changes: Json
) -> None:
    answered = agent("POST", RIGHTS, of_ann("deletion", **changes))
    assert (400 <= answered.status < 500, answered.content["fatal"]) == (True, True)
    assert officer.service.get("/v1/privacy/requests")["items"] == []


def test_another_key_signs_nothing(officer: Officer, agent: Callable[..., Answered]) -> None:
    answered = agent("POST", RIGHTS, of_ann("deletion"), OTHER_SEED)
    assert (answered.status, answered.content["fatal"]) == (403, True)
    assert officer.service.recognise(ANN)["status"] == "known"


@pytest.mark.parametrize("reason", ["too_many_requests", "claim_not_covered", "outside_jurisdiction"])
def test_an_officers_refusal_reaches_the_agent_in_the_protocols_words(
    officer: Officer, agent: Callable[..., Answered], reason: str
) -> None:
    id_ = agent("POST", RIGHTS, of_ann("access", email_verified=False)).content["request_id"]
    officer.move({"id": id_}, "deny", {"reason": reason, "explanation": "See our notice."})
    told = agent("GET", f"{RIGHTS}/{id_}").content
    assert (told["status"], told["reason"], told["processing_details"]) == ("denied", reason, "See our notice.")
