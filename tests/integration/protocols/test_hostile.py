"""Whatever is sent, by whomever: an answer in the protocol's shape, and never a failure of the service."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.factories.callers import Caller
from tests.factories.protocols import AGENT, AGENT_SEED, BUSINESS, claims, dsr, exercise, key_of, signed

often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
IDENTITY = st.fixed_dictionaries(
    {
        "identity_type": st.sampled_from(["email", "controller_customer_id", "ios_advertising_id"]) | st.text(),
        "identity_value": st.text(max_size=600),
        "identity_format": st.sampled_from(["raw", "sha256"]),
    }
)
DSR = st.fixed_dictionaries(
    {},
    optional={
        "subject_identities": st.lists(IDENTITY, max_size=3) | JSON,
        "submitted_time": st.datetimes().map(lambda at: at.isoformat() + "Z") | JSON,
        "extensions": st.dictionaries(st.sampled_from(["localhost", "other.example"]), JSON) | JSON,
        "status_callback_urls": st.lists(st.text() | st.just("https://a.example/"), max_size=3) | JSON,
        "api_version": JSON,
        "regulation": JSON,
    },
)


@pytest.fixture
def agent_token(service: Caller, settings: Any) -> str:
    settings.DRP_BUSINESS_ID = BUSINESS
    assert service.put(f"/v1/privacy/callers/drp/{AGENT}", {"verify_key": key_of(AGENT_SEED)}).status == 200
    answered = Client().generic("POST", f"/v1/agent/{AGENT}", signed(claims()), content_type="text/plain")
    return str(answered.json()["token"])


@often
@given(DSR)
def test_any_request_of_opendsr(service: Caller, changes: dict[str, Any]) -> None:
    body = dict(dsr(), **changes)
    answered = service.post("/v2/requests", json.dumps(body).encode())
    assert answered.status in (201, 400, 409), answered.body
    if answered.status == 400:
        assert answered.content["error"]["errors"]


@often
@given(st.binary(max_size=200))
def test_any_bytes_to_opendsr(service: Caller, body: bytes) -> None:
    assert service.post("/v2/requests", body).status == 400


@often
@example("\x00")
@example("../x")
@given(st.text(min_size=1, max_size=60))
def test_any_id_in_a_path(service: Caller, text: str) -> None:
    end = quote(text, safe="", errors="replace")
    for path in ("/v2/requests/", "/v1/opengdpr_requests/", "/v1/data-rights-request/", "/v1/agent/"):
        assert service.get(path + end).status in (400, 401, 404)
    assert service.post(f"/v1/agent/{end}", b"x").status in (403, 404)
    for path in (f"opendsr/{end}", f"{end}/acme", f"drp/{end}"):
        assert service.get(f"/v1/privacy/callers/{path}").status == 404
        assert service.post(f"/v1/privacy/callers/{path}/revoke").status == 404
        assert service.post(f"/v1/privacy/callers/{path}/rotate").status in (404, 422)
        assert service.put(f"/v1/privacy/callers/{path}", {"verify_key": "x"}).status in (404, 422)


@often
@given(
    st.dictionaries(st.sampled_from([*exercise(), "phone_number", "phone_number_verified", "status_callback"]), JSON)
)
def test_any_message_that_an_agent_signs(agent_token: str, changes: dict[str, Any]) -> None:
    body = signed({**exercise(), **changes})
    headers = {"Authorization": f"Bearer {agent_token}"}
    response = Client().generic("POST", "/v1/data-rights-request", body, content_type="text/plain", headers=headers)
    assert response.status_code in (200, 400, 403, 409), response.content
    if response.status_code != 200:
        assert response.json()["code"] == str(response.status_code)


@often
@example("\x00", "eA==", b"{}")
@given(st.text(max_size=200), st.text(max_size=200), st.binary(max_size=100))
def test_any_callback(service: Caller, domain: str, signature: str, body: bytes) -> None:
    headers = {"X-OpenDSR-Processor-Domain": domain, "X-OpenDSR-Signature": signature}
    answered = service.ask("POST", "/opendsr/callbacks", body, headers=headers)
    assert answered.status == 403
