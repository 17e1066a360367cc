"""Who is told what: each recipient that it concerns, once, sealed, in the caller's transaction."""

import json
from typing import Any

import pytest
from django.db import connection, transaction

from consent.models import Delivery
from consent.recipients import SEALED_FOR
from consent.sealing import unseal_bytes
from profiles.recipients import disable_recipient
from tests.integration.recipients.registered import ANN, DEVICE, new_id, register, states, tell, the_delivery

pytestmark = pytest.mark.django_db


def content() -> Any:
    return read(the_delivery())


def read(row: Delivery) -> Any:
    return json.loads(unseal_bytes(row.content or b"", SEALED_FOR))


def test_each_recipient_is_told_once_of_an_act_however_often_it_is_told() -> None:
    for name in ("crm", "esp", "ads"):
        register(name)
    act = new_id()
    for _ in range(3):
        tell(act_id=act)
    assert states() == {"ads": "pending", "crm": "pending", "esp": "pending"}
    tell()
    assert Delivery.objects.count() == 6


def test_an_act_that_withdraws_and_objects_is_told_as_both() -> None:
    register("crm")
    act = new_id()
    assert tell(act_id=act) == ["crm"]
    assert tell("objection", act_id=act) == ["crm"]
    assert sorted(Delivery.objects.values_list("kind", flat=True)) == ["objection", "withdraw_consent"]


def test_a_message_says_what_of_whom_since_when() -> None:
    register("crm")
    act = new_id()
    tell("objection", identifiers=[ANN, ANN, DEVICE], content={"purposes": ["marketing"]}, act_id=act)
    found = content()
    assert found.keys() == {"type", "timestamp", "data"}
    assert found["type"] == "privacy.objection"
    assert found["timestamp"].endswith("Z")
    assert found["data"] == {
        "request_id": None,
        "act_id": str(act),
        "kind": "objection",
        "identifiers": [{"type": "email", "value": "ann@x.test"}, {"type": "device_id", "value": "d-1"}],
        "purposes": ["marketing"],
    }


def test_that_something_was_lifted_is_another_message() -> None:
    register("crm")
    tell("restriction", content={"lift": True})
    assert (content()["type"], the_delivery().kind) == ("privacy.restriction_lifted", "restriction_lifted")


def test_content_cannot_take_the_place_of_what_a_message_is_about() -> None:
    register("crm")
    tell(content={"kind": "other", "identifiers": [], "request_id": "x"})
    assert content()["data"]["kind"] == "withdraw_consent"
    assert content()["data"]["identifiers"] == [{"type": "email", "value": "ann@x.test"}]
    assert content()["data"]["request_id"] is None


CONCERNS = [
    ([], ["marketing.email"], True),
    (["ads"], [], True),
    (["ads"], ["*"], True),
    (["marketing.email"], ["marketing.email"], True),
    (["marketing.email"], ["marketing"], True),
    (["marketing"], ["marketing.email"], True),
    (["marketing.sms"], ["marketing.email"], False),
    (["ads", "research"], ["marketing", "analytics"], False),
    (["ads", "research"], ["marketing", "research"], True),
]


@pytest.mark.parametrize(("held", "decided", "is_told"), CONCERNS)
def test_a_recipient_is_told_of_its_purposes_and_what_is_above_and_below_them(
    held: list[str], decided: list[str], is_told: bool
) -> None:
    register("it", purposes=held)
    assert bool(tell(purposes=decided)) is is_told


def test_a_purpose_whose_name_merely_begins_alike_is_another() -> None:
    register("it", purposes=["ads"])
    assert tell(purposes=["ads_else"]) == []


def test_a_recipient_is_told_of_its_kinds_and_a_disabled_one_of_none() -> None:
    register("erasing", kinds=["erasure"])
    register("all")
    register("gone")
    disable_recipient(name="gone", actor="test")
    assert tell("withdraw_consent") == ["all"]
    assert tell("erasure", act_id=None) == ["all", "erasing"]


def test_it_is_told_what_was_presented_unless_it_says_by_which_types_it_knows_people() -> None:
    register("any")
    register("devices", identifier_types=["device_id", "anonymous_id"])
    register("phones", identifier_types=["phone"])
    assert tell(identifiers=[ANN], also=[DEVICE]) == ["any", "devices"]
    told = {row.recipient.name: read(row) for row in Delivery.objects.all()}
    assert "d-1" not in json.dumps(told["any"])
    assert "ann" not in json.dumps(told["devices"])
    assert "d-1" in json.dumps(told["devices"])


def test_nothing_readable_is_stored() -> None:
    register("crm")
    tell()
    with connection.cursor() as cursor:
        cursor.execute("SELECT delivery::text, encode(content, 'escape') FROM delivery")
        assert "ann@x.test" not in str(cursor.fetchall())


def test_what_is_rolled_back_is_told_to_nobody() -> None:
    register("crm")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell()
        _ = 1 / 0
    assert states() == {}
