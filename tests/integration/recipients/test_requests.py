"""Recipients are told of requests: each once, and the person and the officer see to whom. Case REQ-20."""

import json
from pathlib import Path
from typing import Any

import pytest

from consent.delivery_reading import recipients_of_data
from consent.models import Delivery
from profiles.privacy.requests import execute_request, read_request
from tests.factories.callers import Caller
from tests.factories.recipients import TestRecipient, acknowledges
from tests.factories.requests import submit
from tests.integration.api.conftest import default_types, service, shop, unseen_configuration
from tests.integration.recipients.registered import register, send, states
from tests.integration.requests.conftest import ann

__all__ = ["ann", "default_types", "service", "shop", "unseen_configuration"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ann")]
CASES: dict[str, Any] = {
    one["id"]: one for one in json.loads((Path(__file__).parents[2] / "data/cases/privacy.json").read_text())
}
CORRECTED = {"identifiers": [{"type": "email", "from": "ann@example.org", "to": "ann.lee@example.org"}]}


@pytest.fixture
def secrets(told: TestRecipient) -> dict[str, str]:
    """The recipients of the case, by name; their secrets."""
    return {name: register(name, told.url) for name in CASES["REQ-20"]["given"]["recipients"]}


def test_a_correction_is_told_to_each_recipient_once_and_each_has_its_state(
    secrets: dict[str, str], told: TestRecipient, service: Caller
) -> None:
    case = CASES["REQ-20"]
    shown = submit(case["given"]["type"], details=CORRECTED)
    execute_request(shown.id)
    notified = [one.recipient for one in read_request(shown.id).deliveries]
    assert sorted(notified) == sorted(case["expected"]["notified"])
    send()
    assert len(told.received) == len(case["expected"]["notified"])
    assert states() == dict.fromkeys(case["expected"]["notified"], "sent")
    listed = service.get("/v1/privacy/deliveries", request=str(shown.id)).content["items"]
    assert sorted(one["recipient"] for one in listed) == sorted(notified)
    assert sorted(one.recipient for one in read_request(shown.id).deliveries) == sorted(notified)


def test_what_is_told_names_what_was_and_what_is_right(secrets: dict[str, str], told: TestRecipient) -> None:
    submit("rectification", details=CORRECTED)
    send()
    data = told.received[0].data
    assert (data["kind"], data["corrected"]) == ("rectification", CORRECTED["identifiers"])
    assert data["identifiers"] == [{"type": "email", "value": "ann@example.org"}]


@pytest.mark.parametrize("kind", ["erasure", "restriction", "objection", "opt_out_sale_share", "withdraw_consent"])
def test_the_other_rights_are_told_too(kind: str, secrets: dict[str, str], told: TestRecipient) -> None:
    told.reply = acknowledges
    shown = submit(kind)
    execute_request(shown.id)
    send()
    owed = {str(one.pk) for one in Delivery.objects.filter(request=shown.id)}
    assert {one.headers["webhook-id"] for one in told.received} == owed
    assert {json.loads(one.body)["type"] for one in told.received} == {f"privacy.{kind}"}
    assert {"type": "email", "value": "ann@example.org"} in told.received[0].data["identifiers"]
    assert states() == dict.fromkeys(secrets, "acknowledged")


@pytest.mark.parametrize("kind", ["access", "portability"])
def test_what_changes_nothing_is_told_to_nobody(kind: str, secrets: dict[str, str]) -> None:
    execute_request(submit(kind).id)
    assert states() == {}


def test_whom_data_is_passed_on_to_can_be_told_to_anybody(secrets: dict[str, str]) -> None:
    assert [one.name for one in recipients_of_data()] == sorted(secrets)
