"""Recipients over HTTP: registered, changed, their secrets shown once, and ended; by those alone who may."""

from typing import Any

import pytest

from consent.models import Delivery, Recipient
from profiles.models import ConfigurationChange
from tests.factories.callers import Caller
from tests.integration.recipients.registered import tell

pytestmark = pytest.mark.django_db
CRM = {"url": "https://crm.example/in"}
PATH = "/v1/privacy/recipients/crm"


def register(service: Caller, **fields: Any) -> dict[str, Any]:
    answered = service.put(PATH, {**CRM, **fields})
    assert answered.status == 201, answered.body
    found: dict[str, Any] = answered.content
    return found


def test_a_recipient_is_registered_with_a_secret_that_is_shown_once(service: Caller) -> None:
    fields = {
        "title": "Our CRM",
        "kinds": ["erasure"],
        "purposes": ["marketing"],
        "identifier_types": ["email"],
        "country": "DE",
    }
    made = register(service, **fields)
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    shown = service.get(PATH).content
    assert shown == made
    assert {name: shown[name] for name in fields} == fields
    assert (shown["name"], shown["url"], shown["disabled_at"]) == ("crm", CRM["url"], None)
    assert [one["ends_at"] for one in shown["secrets"]] == [None]
    assert service.get("/v1/privacy/recipients").content == {"items": [shown]}
    assert secret.removeprefix("whsec_") not in str(Recipient.objects.values().get())


def test_what_is_set_again_keeps_its_secret_and_comes_back_to_life(service: Caller) -> None:
    register(service, title="Old")
    assert service.delete(PATH).status == 204
    assert service.get(PATH).content["disabled_at"] is not None
    answered = service.put(PATH, {**CRM, "title": "New"})
    assert (answered.status, answered.content["secret"]) == (200, None)
    assert (answered.content["title"], answered.content["disabled_at"]) == ("New", None)


def test_a_secret_is_rotated_with_an_overlap(service: Caller) -> None:
    first = register(service)["secret"]
    answered = service.post(f"{PATH}/rotate", {"overlap_seconds": 3600})
    assert answered.status == 201
    assert answered.content["recipient"] == "crm"
    assert answered.content["secret"] != first
    ends = [one["ends_at"] is None for one in service.get(PATH).content["secrets"]]
    assert ends == [True, False]


def test_each_change_is_kept_with_who_made_it_and_without_the_secret(service: Caller) -> None:
    register(service)
    service.post(f"{PATH}/rotate", {})
    service.delete(PATH)
    rows = ConfigurationChange.objects.filter(subject="recipient:crm").order_by("id")
    assert [row.actor for row in rows] == [f"token:{service.name}"] * 3
    assert "whsec_" not in str(list(rows.values()))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"url": "http://crm.example/in"}, "/url"),
    ({"url": "https://127.0.0.1/in"}, "/url"),
    ({"url": "https://user:pw@crm.example/in"}, "/url"),
    ({"url": ""}, "/url"),
    ({"url": "https://crm.example/" + "x" * 5000}, "/url"),
    ({**CRM, "title": "x" * 201}, "/title"),
    ({**CRM, "country": "Germany"}, "/country"),
    ({**CRM, "country": "de"}, "/country"),
    ({**CRM, "kinds": ["access"]}, "/kinds/0"),
    ({**CRM, "kinds": ["erasure", "everything"]}, "/kinds/1"),
    ({**CRM, "purposes": ["nothing.of.this"]}, "/purposes/0"),
    ({**CRM, "identifier_types": ["shoe_size"]}, "/identifier_types/0"),
    ({**CRM, "kinds": ["erasure"] * 101}, "/kinds"),
]


@pytest.mark.parametrize(("body", "pointer"), WRONG)
def test_what_cannot_be_is_refused_with_its_place(body: dict[str, Any], pointer: str, service: Caller) -> None:
    answered = service.put(PATH, body)
    assert answered.status == 422, answered.body
    assert [one["pointer"] for one in answered.content["errors"]] == [pointer]
    assert Recipient.objects.count() == 0


@pytest.mark.parametrize(
    "body", [None, [], {"uri": "x"}, {"url": 7}, {**CRM, "kinds": "erasure"}, {**CRM, "secret": "s"}, b"{"]
)
def test_a_body_of_another_shape_is_refused(body: Any, service: Caller) -> None:
    assert service.put(PATH, body).status == 400


@pytest.mark.parametrize("name", ["CRM", "-crm", "a b", "x" * 65, "ann@x.test"])
def test_names_that_cannot_be(name: str, service: Caller) -> None:
    assert service.put(f"/v1/privacy/recipients/{name}", CRM).status == 422


@pytest.mark.parametrize(
    "path", ["/v1/privacy/recipients/%00", "/v1/sources/a%00b", "/v1/privacy/callers/%00/x/revoke"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_a_path_with_a_nul_leads_nowhere(method: str, path: str, service: Caller) -> None:
    assert service.ask(method, path, {}).status == 404


def test_one_that_is_not_there_is_not_found(service: Caller) -> None:
    for method, path in (("GET", PATH), ("DELETE", PATH), ("POST", f"{PATH}/rotate"), ("POST", f"{PATH}/test")):
        assert service.ask(method, path).status == 404, path


@pytest.mark.parametrize("seconds", [-1, 31 * 86400, 10**30])
def test_an_overlap_has_bounds(seconds: int, service: Caller) -> None:
    register(service)
    assert service.post(f"{PATH}/rotate", {"overlap_seconds": seconds}).status in (400, 422)
    assert len(service.get(PATH).content["secrets"]) == 1


def test_a_test_message_is_put_on_its_way(service: Caller) -> None:
    register(service)
    answered = service.post(f"{PATH}/test")
    assert answered.status == 202
    assert str(Delivery.objects.get().id) == answered.content["id"]
    service.delete(PATH)
    assert service.post(f"{PATH}/test").status == 422


def test_who_may_do_what(service: Caller) -> None:
    register(service)
    officer, reader = Caller("privacy"), Caller("profiles:read", "profiles:write", "recognise", "consent:write")
    assert [officer.get(path).status for path in (PATH, "/v1/privacy/recipients")] == [200, 200]
    assert officer.post(f"{PATH}/test").status == 202
    for answered in (officer.put(PATH, CRM), officer.delete(PATH), officer.post(f"{PATH}/rotate")):
        assert answered.status == 403
    for path in (PATH, "/v1/privacy/recipients", "/v1/privacy/deliveries"):
        assert reader.get(path).status == 403
    assert Caller("admin").get("/v1/privacy/deliveries").status == 403
    assert Recipient.objects.get().disabled_at is None


def test_what_waits_is_given_up_when_it_is_disabled(service: Caller) -> None:
    register(service)
    tell()
    service.delete(PATH)
    [item] = service.get("/v1/privacy/deliveries").content["items"]
    assert (item["state"], item["problem"]) == ("failed", "The recipient was disabled.")
