"""Receipts and keys through the API."""

from uuid import uuid4

import pytest
from django.test import Client

from consent.models import AccessLog
from consent.receipt_issuing import issue_receipt
from consent.receipts import json_ld
from consent.signatures import verify_receipt
from profiles.models import Identifier, Source
from tests.factories.callers import Caller
from tests.factories.channels import event, tell
from tests.factories.receipts import make_record

READERS = ["consent:write", "profiles:read", "privacy"]


def test_a_receipt_is_read_with_what_it_says_and_the_read_is_logged(service: Caller, shop: Source) -> None:
    tell(shop, event(0, userId="ann-1"))
    ann = Identifier.objects.get(value="ann-1")
    record = make_record()
    jws = issue_receipt(record, [ann.id])
    answered = service.get(f"/v1/receipts/{record.id}")
    content = answered.content
    decision = content.pop("decision")
    assert (answered.status, answered.headers["cache-control"]) == (200, "no-store")
    assert content == {
        "id": str(record.id),
        "issued_at": "2026-03-01T10:00:00Z",
        "receipt": jws,
        "record": json_ld(record),
    }
    logged = AccessLog.objects.get(id=decision["id"])
    assert (logged.actor, logged.operation, logged.purpose) == (f"token:{service.name}", "receipt", "service")
    assert (logged.profile_id, logged.allowed, logged.fields) == (ann.profile_id, True, "receipt")


@pytest.mark.parametrize("path", ["/v1/receipts/{}", "/v1/receipts/{}/"])
def test_no_receipt_is_a_404_in_a_sentence(service: Caller, path: str) -> None:
    answered = service.get(path.format(uuid4()))
    assert answered.status == 404
    assert answered.content["detail"].startswith("There is no receipt here.")
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize("scope", READERS)
def test_each_of_three_scopes_is_enough(scope: str) -> None:
    record = make_record()
    issue_receipt(record, [])
    assert Caller(scope).get(f"/v1/receipts/{record.id}").status == 200


def test_without_such_a_scope_a_receipt_is_not_read() -> None:
    record = make_record()
    issue_receipt(record, [])
    others = ("recognise", "profiles:write", "admin")
    assert Caller(*others).get(f"/v1/receipts/{record.id}").status == 403
    assert Client().get(f"/v1/receipts/{record.id}").status_code == 401
    assert Caller("privacy", purposes=["analytics"]).get(f"/v1/receipts/{record.id}").status == 403


@pytest.mark.parametrize("slash", ["", "/"])
def test_anybody_reads_the_keys_and_checks_a_receipt_with_them(slash: str) -> None:
    receipt = issue_receipt(make_record(), [])
    answered = Client().get(f"/.well-known/jwks.json{slash}")
    assert answered.status_code == 200
    assert answered.headers["Content-Type"] == "application/json"
    assert answered.headers["Cache-Control"] == "public, max-age=300"
    assert answered.headers["Access-Control-Allow-Origin"] == "*"
    assert len(answered.cookies) == 0
    keys = answered.json()
    assert [set(key) for key in keys["keys"]] == [{"kty", "crv", "x", "kid", "use", "alg"}] * 2
    assert verify_receipt(receipt, keys)["@type"] == "dpv:ConsentRecord"


def test_global_privacy_control_is_said_to_be_honoured() -> None:
    answered = Client().get("/.well-known/gpc.json")
    assert answered.json() == {"gpc": True, "lastUpdate": "2026-11-22"}
    assert answered.headers["Cache-Control"] == "public, max-age=300"
