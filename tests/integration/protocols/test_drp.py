"""The Data Rights Protocol over HTTP, as an agent meets it: cases DRP-*, and their neighbours."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.test import Client

from consent.models import Caller as CallerRow
from consent.models import Package, PrivacyRequest, RequestEvent
from profiles.models import Source
from profiles.privacy.requests import deny_request, execute_request, extend_request, verify_request
from tests.factories.callers import Answered, Caller
from tests.factories.channels import event, tell
from tests.factories.protocols import (
    AGENT,
    AGENT_SEED,
    BUSINESS,
    CASES,
    OTHER_SEED,
    claims,
    exercise,
    key_of,
    signed,
)

OTHER = "AA_OTHER"
PATH = "/v1/data-rights-request"


class Agent:
    """An authorised agent: a key, and the token that it set up."""

    def __init__(self, name: str = AGENT, seed: bytes = AGENT_SEED) -> None:
        self.name, self.seed, self.token = name, seed, ""

    def ask(self, method: str, path: str, body: bytes = b"", token: str | None = None) -> Answered:
        sent = self.token if token is None else token
        headers = {"Authorization": f"Bearer {sent}"} if sent else {}
        response = Client().generic(method, path, body, content_type="text/plain", headers=headers)
        answered = {name.lower(): value for name, value in response.items()}
        return Answered(response.status_code, answered, response.content)

    def set_up(self, **changes: Any) -> Answered:
        message = claims(**{"agent-id": self.name, **changes})
        answered = self.ask("POST", f"/v1/agent/{self.name}", signed(message, self.seed), token="")
        if answered.status == 200:
            self.token = answered.content["token"]
        return answered

    def exercise(self, action: str = "deletion", **changes: Any) -> Answered:
        message = exercise(action, **{"agent-id": self.name, **changes})
        return self.ask("POST", PATH, signed(message, self.seed))

    def status(self, id_: str) -> Any:
        answered = self.ask("GET", f"{PATH}/{id_}")
        assert answered.status == 200, answered.body
        return answered.content

    def revoke(self, id_: str, message: Any = None) -> Answered:
        told = {"reason": "I don't want my account deleted"} if message is None else message
        return self.ask("DELETE", f"{PATH}/{id_}", signed(told, self.seed))


@pytest.fixture(autouse=True)
def business(settings: Any) -> None:
    settings.DRP_BUSINESS_ID = BUSINESS


def register(service: Caller, name: str = AGENT, seed: bytes = AGENT_SEED, **fields: Any) -> Agent:
    answered = service.put(f"/v1/privacy/callers/drp/{name}", {"verify_key": key_of(seed), **fields})
    assert answered.status == 200, answered.body
    return Agent(name, seed)


@pytest.fixture
def agent(service: Caller) -> Agent:
    """The agent of the cases, set up."""
    found = register(service)
    assert found.set_up().status == 200
    return found


@pytest.fixture
def other(service: Caller) -> Agent:
    """Another agent, set up."""
    found = register(service, OTHER, OTHER_SEED)
    assert found.set_up().status == 200
    return found


def test_drp_01_the_vector_sets_up_a_token(service: Caller) -> None:
    case = CASES["DRP-01"]
    key = case["given"]["verify_key_b64"]
    assert service.put(f"/v1/privacy/callers/drp/{AGENT}", {"verify_key": key}).status == 200
    body = case["given"]["body_text_plain"].encode()
    agent = Agent()
    with time_machine.travel("2026-03-01T10:05:00Z"):
        answered = agent.ask("POST", f"/v1/agent/{AGENT}", body)
    assert answered.status == 200
    assert answered.content["agent-id"] == case["expected"]["agent-id"]
    agent.token = answered.content["token"]
    assert agent.ask("GET", f"/v1/agent/{AGENT}").content == {}


def test_drp_02_an_expired_message_is_refused_for_good(agent: Agent) -> None:
    case = CASES["DRP-02"]
    message = {"issued-at": "2026-03-01T10:00:00Z", "expires-at": case["given"]["expires-at"]}
    with time_machine.travel(case["given"]["now"]):
        answered = agent.exercise(**message)
    assert 400 <= answered.status < 500
    assert answered.content["fatal"] is case["expected"]["fatal"]
    assert answered.content["code"] == str(answered.status)
    assert not PrivacyRequest.objects.exists()


def test_drp_04_another_agents_request_is_forbidden(agent: Agent, other: Agent) -> None:
    id_ = agent.exercise().content["request_id"]
    expected = CASES["DRP-04"]["expected"]["status"]
    assert other.ask("GET", f"{PATH}/{id_}").status == expected
    assert other.revoke(id_).status == expected
    assert agent.status(id_)["request_id"] == id_


@pytest.mark.parametrize(
    ("changes", "seed"),
    [
        ({"agent-id": OTHER}, AGENT_SEED),
        ({"business-id": "CB_OTHER"}, AGENT_SEED),
        ({"issued-at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, AGENT_SEED),
        ({"expires-at": "2026-03-01T10:10:00Z"}, AGENT_SEED),
        ({"drp.version": "2.0"}, AGENT_SEED),
        ({"drp.version": None}, AGENT_SEED),
        ({}, OTHER_SEED),
    ],
)
def test_a_message_that_is_not_what_it_should_be_is_refused_for_good(
    agent: Agent, changes: dict[str, Any], seed: bytes
) -> None:
    answered = agent.ask("POST", PATH, signed(exercise(**changes), seed))
    assert 400 <= answered.status < 500
    assert (answered.content["fatal"], answered.headers["content-type"]) == (True, "application/json")
    assert not PrivacyRequest.objects.exists()


def test_another_agents_message_cannot_be_sent_with_ones_own_token(agent: Agent, other: Agent) -> None:
    stolen = signed(exercise(), AGENT_SEED)
    answered = other.ask("POST", PATH, stolen)
    assert (answered.status, answered.content["fatal"]) == (403, True)


def test_without_a_token_nothing_is_served(agent: Agent) -> None:
    id_ = agent.exercise().content["request_id"]
    for method, path in (
        ("POST", PATH),
        ("GET", f"{PATH}/{id_}"),
        ("DELETE", f"{PATH}/{id_}"),
        ("GET", f"/v1/agent/{AGENT}"),
    ):
        for token in ("", "unknown", Caller("privacy").token):
            answered = agent.ask(method, path, signed(exercise()), token=token)
            assert (answered.status, answered.content["code"]) == (401, "401")
            assert "fatal" not in answered.content


def test_a_request_passes_at_once_to_in_progress_with_its_dates(agent: Agent) -> None:
    answered = agent.exercise(**{"agent-request-id": "foo"})
    assert answered.status == 200
    status = answered.content
    assert (status["status"], status["agent_request_id"]) == ("in_progress", "foo")
    assert UUID(status["request_id"]) == PrivacyRequest.objects.get().id
    assert status["received_at"] < status["expected_by"]
    assert agent.status(status["request_id"])["status"] == "in_progress"
    row = PrivacyRequest.objects.get()
    assert (row.source, row.requester, row.regulation) == ("drp", f"drp:{AGENT}", "ccpa")
    assert (row.identity_level, row.identity_method) == ("verified", "agent")


def test_both_spellings_of_the_path_are_served(agent: Agent) -> None:
    assert agent.ask("POST", f"{PATH}/", signed(exercise())).status == 200


def test_an_opt_out_is_fulfilled_when_the_answer_is_given(agent: Agent, shop: Source) -> None:
    tell(shop, event(userId="u-1", context={"traits": {"email": "johndoe@example.com"}}))
    status = agent.exercise("sale:opt_out", email_verified=False).content
    assert (status["status"], "expires_at" in status) == ("fulfilled", True)


def test_who_is_not_known_is_denied_as_no_match(agent: Agent) -> None:
    id_ = agent.exercise("access").content["request_id"]
    execute_request(UUID(id_))
    status = agent.status(id_)
    assert (status["status"], status["reason"]) == ("denied", "no_match")
    assert status["processing_details"]


def test_an_address_that_nobody_verified_needs_the_person(agent: Agent, settings: Any) -> None:
    settings.PUBLIC_URL = "https://profiles.example"
    status = agent.exercise("access", email_verified=False).content
    assert (status["status"], status["reason"]) == ("in_progress", "need_user_verification")
    assert status["user_verification_url"] == f"https://profiles.example/drp/verify/{status['request_id']}"
    assert "expires_at" in status
    verify_request(id=UUID(status["request_id"]), level="verified", method="code", actor="person")
    assert "reason" not in agent.status(status["request_id"])


def test_the_verification_link_is_of_one_request(agent: Agent) -> None:
    id_ = agent.exercise("access", email_verified=False).content["request_id"]
    path = f"/drp/verify/{id_}"
    good = Client().get(path, {"request_id": id_, "redirect_to": "https://evil.example/"})
    assert (good.status_code, good["Location"]) == (302, f"/privacy/requests/{id_}")
    assert Client().get(path, {"request_id": str(uuid4())}).status_code == 404


def test_the_same_message_again_is_the_same_request(agent: Agent) -> None:
    message = signed(exercise())
    first, second = agent.ask("POST", PATH, message), agent.ask("POST", PATH, message)
    assert first.content["request_id"] == second.content["request_id"]
    assert PrivacyRequest.objects.count() == 1


def test_a_request_signed_again_under_its_number_is_the_same_and_another_is_a_conflict(agent: Agent) -> None:
    number = {"agent-request-id": "r-1"}
    first = agent.exercise(**number)
    again = agent.exercise(**number, **{"expires-at": (datetime.now(UTC) + timedelta(hours=2)).isoformat()})
    assert again.content["request_id"] == first.content["request_id"]
    other = agent.exercise("access", **number)
    assert (other.status, other.content["fatal"]) == (409, True)
    assert PrivacyRequest.objects.count() == 1


def test_a_request_that_is_not_begun_can_be_revoked(agent: Agent) -> None:
    id_ = agent.exercise("access", email_verified=False).content["request_id"]
    answered = agent.revoke(id_)
    assert (answered.status, answered.content["status"]) == (200, "revoked")
    assert agent.revoke(id_).content["status"] == "revoked"
    assert agent.status(id_)["status"] == "revoked"


def test_what_is_carried_out_cannot_be_revoked_any_more(agent: Agent) -> None:
    id_ = agent.exercise("access").content["request_id"]
    execute_request(UUID(id_))
    answered = agent.revoke(id_)
    assert (answered.status, answered.content["code"]) == (409, "409")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        signed({"reason": "x"}, OTHER_SEED),
        signed({"reason": 1}),
        signed({"reason": "x", "business-id": "CB_OTHER"}),
        signed({"expires-at": "2026-03-01T10:10:00Z"}),
    ],
)
def test_a_revocation_is_a_signed_message(agent: Agent, body: bytes) -> None:
    id_ = agent.exercise("access", email_verified=False).content["request_id"]
    assert 400 <= agent.ask("DELETE", f"{PATH}/{id_}", body).status < 500
    assert agent.status(id_)["status"] == "in_progress"


def test_a_revocation_keeps_none_of_the_persons_words(agent: Agent) -> None:
    id_ = agent.exercise("access", email_verified=False).content["request_id"]
    agent.revoke(id_, {"reason": "my secret illness"})
    told = json.dumps(list(RequestEvent.objects.values_list("detail", flat=True)))
    assert "illness" not in told


@pytest.mark.parametrize("id_", ["r-1", "00000000-0000-4000-8000-000000000000"])
def test_a_request_that_never_was_is_not_found(agent: Agent, id_: str) -> None:
    assert agent.ask("GET", f"{PATH}/{id_}").status == 404


def test_the_results_of_an_access_are_told_until_they_expire(agent: Agent) -> None:
    id_ = agent.exercise("access").content["request_id"]
    now = datetime.now(UTC)
    PrivacyRequest.objects.update(state="completed", closed_at=now)
    made = {"id": uuid4(), "digest": b"\1" * 32, "made_at": now, "size": 1}
    Package.objects.create(request_id=id_, expires_at=now + timedelta(days=7), **made)
    status = agent.status(id_)
    assert (status["status"], "/privacy/package/" in status["results_url"]) == ("fulfilled", True)
    Package.objects.update(expires_at=now)
    assert agent.status(id_)["status"] == "expired"


def test_a_denial_has_its_reason_and_more_time_has_its_own(agent: Agent) -> None:
    id_ = agent.exercise("access").content["request_id"]
    PrivacyRequest.objects.update(state="awaiting_approval", needs_approval=True, executing_since=None)
    extend_request(id=UUID(id_), reason="This person has many records.", actor="staff:1")
    assert agent.status(id_)["processing_details"] == "This person has many records."
    deny_request(id=UUID(id_), reason="too_many_requests", explanation="The third in a month.", actor="staff:1")
    status = agent.status(id_)
    assert (status["status"], status["reason"]) == ("denied", "too_many_requests")
    assert status["processing_details"] == "The third in a month."


@pytest.mark.parametrize(
    "changes",
    [
        {"agent-id": OTHER},
        {"business-id": "CB_OTHER"},
        {"expires-at": "2026-03-01T10:10:00Z"},
        {"issued-at": "2999-03-01T10:10:00Z"},
        {"drp.version": None},
    ],
)
def test_a_key_setup_that_fails_is_a_403_without_a_body(service: Caller, changes: dict[str, Any]) -> None:
    answered = register(service).set_up(**changes)
    assert (answered.status, answered.body) == (403, b"")


def test_a_key_setup_by_nobody_or_by_another_key_is_a_403_without_a_body(service: Caller) -> None:
    unknown = Agent("AA_NOBODY").set_up()
    assert (unknown.status, unknown.body) == (403, b"")
    forged = register(service)
    forged.seed = OTHER_SEED
    answered = forged.set_up()
    assert (answered.status, answered.body) == (403, b"")
    assert forged.ask("POST", f"/v1/agent/{AGENT}", b"nonsense").status == 403
    assert not CallerRow.objects.exclude(token_digest=None).exists()


def test_a_setup_counts_once_so_that_nobody_can_have_a_token_for_it_again(service: Caller) -> None:
    agent = register(service)
    message = signed(claims())
    path = f"/v1/agent/{AGENT}"
    agent.token = agent.ask("POST", path, message).content["token"]
    assert agent.ask("POST", path, message, token="").status == 403
    assert agent.set_up(**{"issued-at": "2026-01-01T00:00:00Z"}).status == 403
    assert agent.ask("GET", path).status == 200


def test_a_new_setup_ends_the_earlier_token(agent: Agent) -> None:
    earlier = agent.token
    assert agent.set_up().status == 200
    assert agent.ask("GET", f"/v1/agent/{AGENT}").status == 200
    assert agent.ask("GET", f"/v1/agent/{AGENT}", token=earlier).status == 401


def test_the_agent_endpoint_is_each_agents_own(agent: Agent, other: Agent) -> None:
    assert agent.ask("GET", f"/v1/agent/{AGENT}").content == {}
    assert other.ask("GET", f"/v1/agent/{AGENT}").status == 403


def test_a_revoked_agent_is_out_at_once(service: Caller, agent: Agent) -> None:
    assert service.post(f"/v1/privacy/callers/drp/{AGENT}/revoke").status == 200
    assert agent.exercise().status == 401
    assert agent.set_up().status == 403


def test_a_business_that_takes_part_in_no_network_takes_nothing(service: Caller, agent: Agent, settings: Any) -> None:
    settings.DRP_BUSINESS_ID = ""
    assert agent.exercise(**{"business-id": ""}).status == 403
    assert agent.set_up(**{"business-id": ""}).status == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"exercise": "sale:opt_in"},
        {"regime": "hipaa"},
        {"email": "no address"},
        {"email": None},
        {"status_callback": "http://agent.example/"},
        {"status_callback": "https://127.0.0.1/"},
        {"agent-request-id": 1},
    ],
)
def test_what_cannot_be_carried_out_is_refused_for_good(agent: Agent, changes: dict[str, Any]) -> None:
    answered = agent.exercise(**changes)
    assert (answered.status, answered.content["fatal"]) == (400, True)
    assert not PrivacyRequest.objects.exists()


def test_a_body_that_is_no_signed_message_is_refused(agent: Agent) -> None:
    for body in (b"", b"\xff", base64.b64encode(b"x" * 64), json.dumps(exercise()).encode(), b"A" * 300_000):
        assert 400 <= agent.ask("POST", PATH, body).status < 500
