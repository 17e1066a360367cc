"""What recipients were told, over HTTP: listed without what it says, sent again, acknowledged by its signature."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from standardwebhooks.webhooks import Webhook

from consent.models import Delivery
from profiles.recipients import rotate_secret
from tests.factories.callers import Caller
from tests.integration.recipients.registered import register, tell, the_delivery

pytestmark = pytest.mark.django_db
PATH = "/v1/privacy/deliveries"


def signed(secret: str, id_: Any, body: str = "{}", *, ago: int = 0) -> dict[str, str]:
    at = datetime.now(UTC) - timedelta(seconds=ago)
    return {
        "webhook-id": str(id_),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(str(id_), at, body),
    }


def acknowledge(id_: Any, headers: dict[str, str], body: str = "{}") -> Any:
    return Client().post(f"{PATH}/{id_}/acknowledge", body, content_type="application/json", headers=headers)


def test_messages_are_listed_the_latest_first_without_what_they_say(service: Caller) -> None:
    register("crm", title="Our CRM", country="DE")
    register("esp")
    tell()
    answered = service.get(PATH)
    assert b"ann@x.test" not in answered.body
    esp, crm = answered.content["items"]
    assert (esp["recipient"], crm["recipient"]) == ("esp", "crm")
    assert (crm["title"], crm["country"], crm["kind"], crm["state"]) == ("Our CRM", "DE", "withdraw_consent", "pending")
    assert crm["act_id"] == esp["act_id"]
    assert crm.keys() == {
        "id", "recipient", "title", "country", "request_id", "act_id", "kind", "state", "attempts", "made_at",
        "next_at", "sent_at", "acknowledged_at", "problem",
    }  # fmt: skip


def test_the_list_is_read_in_pages_and_by_what_is_asked_for(service: Caller) -> None:
    register("crm")
    register("esp")
    for _ in range(3):
        tell()
    Delivery.objects.filter(recipient__name="esp").update(state="sent")
    ids, cursor = [], None
    while True:
        page = service.get(PATH, limit=2, **({"cursor": cursor} if cursor else {})).content
        ids += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert ids == [str(one) for one in Delivery.objects.order_by("-id").values_list("id", flat=True)]
    for query, count in (({"state": "sent"}, 3), ({"recipient": "crm"}, 3), ({"state": "failed"}, 0)):
        assert len(service.get(PATH, **query).content["items"]) == count
    assert service.get(PATH, request=str(uuid.uuid4())).content["items"] == []


@pytest.mark.parametrize(
    "query",
    [{"state": "gone"}, {"request": "x"}, {"cursor": "1"}, {"limit": "0"}, {"limit": "201"}, {"recipient": "\x00"}],
)
def test_a_wrong_parameter_is_named(query: dict[str, str], service: Caller) -> None:
    answered = service.get(PATH, **query)
    assert answered.status == 400
    assert [one["pointer"] for one in answered.content["errors"]] == [f"/{name}" for name in query]


def test_a_recipient_acknowledges_with_its_secret_once_and_again() -> None:
    secret = register("crm")
    tell()
    row = the_delivery()
    for _ in range(2):
        answered = acknowledge(row.id, signed(secret, row.id))
        assert (answered.status_code, answered.json()) == (200, {"acknowledged": True})
    assert (the_delivery().state, the_delivery().content) == ("acknowledged", None)


def test_an_old_secret_will_do_until_it_ends() -> None:
    secret = register("crm")
    tell()
    rotate_secret(name="crm", actor="test", overlap=timedelta(hours=1))
    id_ = the_delivery().id
    assert acknowledge(id_, signed(secret, id_)).status_code == 200


def test_a_late_acknowledgement_of_what_was_given_up_counts() -> None:
    secret = register("crm")
    tell()
    Delivery.objects.update(state="failed", problem="It answered 500.")
    id_ = the_delivery().id
    assert acknowledge(id_, signed(secret, id_)).status_code == 200
    assert (the_delivery().state, the_delivery().problem) == ("acknowledged", "")


def test_nobody_acknowledges_for_another_nor_later_nor_without_the_secret() -> None:
    secret, others = register("crm"), register("esp", kinds=["erasure"])
    tell()
    id_ = the_delivery().id
    wrong = [
        signed(others, id_),
        signed(secret, uuid.uuid4()),
        signed(secret, id_, "{ }"),
        signed(secret, id_, ago=3600),
        signed(secret, id_) | {"webhook-signature": "v1,\u20ac"},
        {},
    ]
    answers = [acknowledge(id_, headers) for headers in wrong]
    unknown = acknowledge(uuid.uuid4(), signed(secret, uuid.uuid4()))
    assert {one.status_code for one in (*answers, unknown)} == {401}
    assert len({one.json()["detail"] for one in (*answers, unknown)}) == 1
    assert the_delivery().state == "pending"


def test_a_body_that_is_too_large_is_refused() -> None:
    secret = register("crm")
    tell()
    id_ = the_delivery().id
    body = " " * 300_000
    assert acknowledge(id_, signed(secret, id_, body), body).status_code == 413


def test_a_message_is_sent_again_by_the_officer_alone(service: Caller) -> None:
    register("crm")
    tell()
    id_ = the_delivery().id
    Delivery.objects.update(next_at=datetime.now(UTC) + timedelta(days=1), attempts=5)
    assert Caller("admin", "consent:write").post(f"{PATH}/{id_}/retry").status == 403
    assert service.post(f"{PATH}/{id_}/retry").status == 202
    assert the_delivery().next_at <= datetime.now(UTC)
    Delivery.objects.update(state="sent")
    assert service.post(f"{PATH}/{id_}/retry").status == 409
    assert service.post(f"{PATH}/{uuid.uuid4()}/retry").status == 404
