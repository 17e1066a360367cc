"""Callbacks that are owed to callers, over real HTTP, and those of other processors that come in."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from consent.callbacks import owe_callbacks, send_callbacks
from consent.certificates import find_signer
from consent.models import Callback, PrivacyRequest, PrivacyTask, ProtocolReceipt, RequestEvent
from consent.protocols.x509 import Pair, load_signer, make_pair, verifies
from profiles.privacy.requests import execute_request, extend_request
from tasks.protocols import tell
from tests.factories.callers import Caller
from tests.factories.protocols import AGENT, AGENT_SEED, BUSINESS, CASES, claims, dsr, exercise, key_of, signed
from tests.factories.recipients import TestRecipient, closed_port, recipient, status

PROCESSOR = "processor.example"
OWN_ADDRESS = "http://testserver/opendsr/callbacks"


@pytest.fixture
def controller(settings: Any) -> Iterator[TestRecipient]:
    """A controller's endpoint, in this network for once."""
    settings.OUTGOING_PRIVATE = True
    with recipient() as told:
        yield told


def submit(service: Caller, *urls: str, **changes: Any) -> UUID:
    body = dsr(status_callback_urls=list(urls), **changes)
    assert service.post("/v2/requests", body).status == 201
    return PrivacyRequest.objects.get(external_id=body["subject_request_id"]).id


def owe() -> int:
    return owe_callbacks(datetime.now(UTC))


def test_each_change_is_told_to_each_address_signed_as_answers_are(service: Caller, controller: TestRecipient) -> None:
    second = f"{controller.url}/2"
    id_ = submit(service, controller.url, second)
    assert owe() == 0
    execute_request(id_)
    tell()
    assert len(controller.received) == 2
    certificate = find_signer("testserver").certificate.decode()
    for one in controller.received:
        domain, signature = one.headers["x-opendsr-processor-domain"], one.headers["x-opendsr-signature"]
        assert verifies(certificate, domain=domain, body=one.body, signature=signature, now=datetime.now(UTC))
        told = json.loads(one.body)
        assert (told["request_status"], told["controller_id"]) == ("completed", service.name)
        assert told["subject_request_id"] == PrivacyRequest.objects.get().external_id
        assert {"expected_completion_time", "status_callback_url"} <= set(told)
    assert {json.loads(one.body)["status_callback_url"] for one in controller.received} == {controller.url, second}
    assert set(Callback.objects.values_list("state", flat=True)) == {"sent"}
    tell()
    assert len(controller.received) == 2


def test_a_legacy_callers_callbacks_have_its_headers(service: Caller, controller: TestRecipient) -> None:
    body = dsr(status_callback_urls=[controller.url], regulation=None)
    assert service.post("/v1/opengdpr_requests", body).status == 201
    assert service.delete(f"/v1/opengdpr_requests/{body['subject_request_id']}").status == 202
    tell()
    [one] = controller.received
    assert "x-opengdpr-signature" in one.headers
    assert "x-opendsr-signature" not in one.headers


def test_a_request_in_the_hands_of_a_worker_is_told_as_in_progress(service: Caller, controller: TestRecipient) -> None:
    submit(service, controller.url)
    PrivacyRequest.objects.update(state="executing")
    tell()
    assert [json.loads(one.body)["request_status"] for one in controller.received] == ["in_progress"]
    assert ProtocolReceipt.objects.get().watched


def test_a_callback_that_fails_is_tried_again_later(service: Caller, controller: TestRecipient) -> None:
    controller.reply = status(500)
    execute_request(submit(service, controller.url))
    tell()
    row = Callback.objects.get()
    assert (row.state, row.attempts, row.problem) == ("pending", 1, "The answer was 500.")
    assert row.next_at > datetime.now(UTC)
    controller.reply = status(202)
    assert send_callbacks() == 0
    Callback.objects.update(next_at=datetime.now(UTC))
    assert send_callbacks() == 1
    assert Callback.objects.get().state == "sent"
    assert len(controller.received) == 2


def test_a_callback_that_never_gets_through_is_given_up_and_somebody_sees_to_it(
    service: Caller, controller: TestRecipient
) -> None:
    execute_request(submit(service, f"http://127.0.0.1:{closed_port()}/"))
    owe()
    Callback.objects.update(attempts=50)
    send_callbacks()
    assert Callback.objects.get().state == "failed"
    task = PrivacyTask.objects.get(kind="callback_failed")
    assert task.subject == f"opendsr:token:{service.name}"


@pytest.mark.parametrize(
    "code", [CASES["DSR-06"]["expected"][name] for name in ("spec_text", "security_guidelines", "mparticle")]
)
def test_dsr_06_every_code_for_a_refused_signature_means_the_same_to_the_sender(
    service: Caller, controller: TestRecipient, code: int
) -> None:
    controller.reply = status(code)
    execute_request(submit(service, controller.url))
    tell()
    row = Callback.objects.get()
    assert (row.state, row.problem.partition(";")[0]) == ("pending", "The receiver refused the signature")
    assert PrivacyTask.objects.filter(kind="callback_signature_refused").count() == 1


def test_a_later_status_takes_the_place_of_one_that_did_not_get_through(
    service: Caller, controller: TestRecipient
) -> None:
    id_ = submit(service, controller.url)
    PrivacyRequest.objects.update(state="executing")
    controller.reply = status(503)
    tell()
    execute_request(id_)
    PrivacyRequest.objects.update(state="completed", closed_at=datetime.now(UTC))
    controller.reply = status(200)
    tell()
    assert [json.loads(one.body)["request_status"] for one in controller.received] == ["in_progress", "completed"]
    assert sorted(Callback.objects.values_list("state", "status")) == [("failed", "in_progress"), ("sent", "completed")]


def test_a_redirect_is_not_followed(service: Caller, controller: TestRecipient) -> None:
    controller.reply = status(302, Location=f"{controller.url}/elsewhere")
    execute_request(submit(service, controller.url))
    tell()
    assert (len(controller.received), Callback.objects.get().state) == (1, "pending")


def test_nothing_is_sent_into_this_network_later_either(
    service: Caller, controller: TestRecipient, settings: Any
) -> None:
    execute_request(submit(service, controller.url))
    settings.OUTGOING_PRIVATE = False
    tell()
    assert controller.received == []
    assert Callback.objects.get().state == "pending"


@pytest.fixture
def agent_token(service: Caller, settings: Any) -> str:
    settings.DRP_BUSINESS_ID = BUSINESS
    assert service.put(f"/v1/privacy/callers/drp/{AGENT}", {"verify_key": key_of(AGENT_SEED)}).status == 200
    answered = Client().generic("POST", f"/v1/agent/{AGENT}", signed(claims()), content_type="text/plain")
    return str(answered.json()["token"])


def test_an_agent_is_told_the_status_and_of_more_time(
    service: Caller, controller: TestRecipient, agent_token: str
) -> None:
    headers = {"Authorization": f"Bearer {agent_token}"}
    body = signed(exercise("access", status_callback=controller.url))
    answered = Client().generic("POST", "/v1/data-rights-request", body, content_type="text/plain", headers=headers)
    id_ = UUID(answered.json()["request_id"])
    tell()
    assert controller.received == []
    PrivacyRequest.objects.update(state="awaiting_approval", needs_approval=True, executing_since=None)
    extend_request(id=id_, reason="Many records.", actor="staff:1")
    tell()
    PrivacyRequest.objects.update(state="completed", closed_at=datetime.now(UTC))
    tell()
    first, last = (json.loads(one.body) for one in controller.received)
    assert (first["status"], first["processing_details"]) == ("in_progress", "Many records.")
    assert (last["status"], last["request_id"]) == ("fulfilled", str(id_))
    assert not ProtocolReceipt.objects.get().watched


Send = Callable[..., Any]


@pytest.fixture
def processor(service: Caller) -> Send:
    """Another processor that is known here, and calls back."""
    pair = make_pair(PROCESSOR, now=datetime.now(UTC))
    told = {"certificate": pair.certificate.decode(), "callback_hosts": [PROCESSOR]}
    assert service.put("/v1/privacy/callers/opendsr/processor", told).status == 200
    return sender(pair)


def sender(pair: Pair, domain: str = PROCESSOR) -> Send:
    signer = load_signer(pair)

    def send(
        content: Any, *, signature: str | None = None, prefix: str = "X-OpenDSR", path: str = "/opendsr/callbacks"
    ) -> Any:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {f"{prefix}-Processor-Domain": domain, f"{prefix}-Signature": signature or signer.sign(body)}
        return Client().generic("POST", path, body, content_type="application/json", headers=headers)

    return send


def callback(id_: UUID, **changes: Any) -> dict[str, Any]:
    usual = {
        "controller_id": "us",
        "expected_completion_time": "2026-04-01T00:00:00Z",
        "status_callback_url": OWN_ADDRESS,
        "subject_request_id": str(id_),
        "request_status": "completed",
    }
    return {**usual, **changes}


def a_request() -> UUID:
    """A request with an id as the protocol wants them."""
    now = datetime.now(UTC)
    days = {"internal_due_on": now.date(), "due_on": now.date(), "latest_on": now.date()}
    row = PrivacyRequest.objects.create(
        id=uuid4(), type="erasure", source="api", regulation="gdpr", requester="token:t", received_at=now,
        identity_needed="verified", policy_version="1", **days,
    )  # fmt: skip
    return row.id


def test_dsr_06_a_bad_signature_is_refused_and_the_body_never_parsed(processor: Send) -> None:
    expected = CASES["DSR-06"]["expected"]["chosen"]
    signature = CASES["DSR-06"]["given"]["callback"]["signature"]
    id_ = a_request()
    assert processor(callback(id_), signature=signature).status_code == expected
    assert processor(callback(id_), signature=base64.b64encode(b"x" * 384).decode()).status_code == expected
    # A body that would be refused as no JSON is not: it was never parsed.
    assert processor(b"{ no json", signature=signature).status_code == expected
    assert not RequestEvent.objects.exists()


def test_a_callback_of_a_known_processor_is_noted_in_the_life_of_the_request(processor: Send) -> None:
    id_ = a_request()
    assert processor(callback(id_)).status_code == 202
    one = RequestEvent.objects.get()
    assert (one.actor, one.name, one.detail) == (f"opendsr:{PROCESSOR}", "callback", {"told": "completed"})


def test_a_callback_by_the_earlier_headers_is_taken_too(processor: Send) -> None:
    url = "http://testserver/opengdpr_callbacks"
    content = callback(a_request(), status_callback_url=url)
    assert processor(content, prefix="X-OpenGDPR", path="/opengdpr_callbacks").status_code == 202


def test_who_is_not_known_or_has_another_certificate_is_refused(service: Caller, processor: Send) -> None:
    id_ = a_request()
    forged = sender(make_pair(PROCESSOR, now=datetime.now(UTC)))
    assert forged(callback(id_)).status_code == 403
    stranger = sender(make_pair("stranger.example", now=datetime.now(UTC)), "stranger.example")
    assert stranger(callback(id_)).status_code == 403
    assert Client().post("/opendsr/callbacks", callback(id_), content_type="application/json").status_code == 403
    assert service.post("/v1/privacy/callers/opendsr/processor/revoke").status == 200
    assert processor(callback(id_)).status_code == 403


def test_a_certificate_that_is_over_is_refused(service: Caller) -> None:
    pair = make_pair(PROCESSOR, now=datetime.now(UTC) - timedelta(days=2000))
    told = {"certificate": pair.certificate.decode(), "callback_hosts": [PROCESSOR]}
    assert service.put("/v1/privacy/callers/opendsr/processor", told).status == 200
    assert sender(pair)(callback(a_request())).status_code == 403


def test_a_signed_callback_that_is_wrong_is_told_so(processor: Send) -> None:
    id_ = a_request()
    assert processor(callback(id_, status_callback_url="https://elsewhere.example/")).status_code == 400
    assert processor(callback(id_, request_status="done")).status_code == 400
    assert processor(callback(id_, subject_request_id="x")).status_code == 400
    assert processor(callback(uuid4())).status_code == 404
    assert processor(b"{").status_code == 400
