"""A running service tells a recipient of a withdrawal within seconds, tries again what failed, and takes its word."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from tests.e2e.asking import Api
from tests.e2e.running import Service, wait_until
from tests.factories.recipients import TestRecipient, recipient, status


@pytest.fixture
def officer(service: Service) -> Api:
    return Api(service.port, service.create_token(f"officer-{uuid.uuid4().hex}", "admin", "privacy", "consent:write"))


@pytest.fixture
def told() -> Iterator[TestRecipient]:
    with recipient() as found:
        yield found


def test_a_withdrawal_reaches_the_recipient_and_its_word_comes_back(officer: Api, told: TestRecipient) -> None:
    told.reply = status(503)
    name = f"crm-{uuid.uuid4().hex[:8]}"
    secret = officer.ask("PUT", f"/v1/privacy/recipients/{name}", {"url": told.url}).json()["secret"]
    body = {
        "identifiers": [{"type": "user_id", "value": f"u-{uuid.uuid4().hex}"}],
        "decisions": [{"purpose": "ads", "state": "withdrawn"}],
    }
    assert officer.ask("POST", "/v1/consents", body).status == 201
    wait_until(lambda: len(told.received) >= 1, "the recipient is told")
    told.reply = status(204)
    wait_until(lambda: len(told.received) >= 2, "the recipient is told again")
    first, second = told.received[:2]
    assert (first.id, first.body) == (second.id, second.body)
    assert [one["data"]["identifiers"] for one in told.verified(secret)] == [body["identifiers"]] * 2
    at = datetime.now(UTC)
    headers = {
        "webhook-id": first.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(first.id, at, "{}"),
    }
    assert officer.call("POST", f"/v1/privacy/deliveries/{first.id}/acknowledge", b"{}", headers).status == 200
    [delivery] = officer.ask("GET", f"/v1/privacy/deliveries?recipient={name}").json()["items"]
    assert (delivery["state"], delivery["kind"]) == ("acknowledged", "withdraw_consent")
    assert json.loads(first.body)["data"]["purposes"] == ["ads"]
