"""Rules of retention and legal holds over HTTP: who may set them, and what they may say."""

from typing import Any

import pytest

from consent.models import HeldRecord, LegalHold, RetentionRule
from profiles.models import ConfigurationChange, Source
from tests.factories.callers import Caller

pytestmark = pytest.mark.django_db

RULES, HOLDS = "/v1/privacy/retention", "/v1/privacy/holds"
HOLD: dict[str, Any] = {
    "basis": "Section 147 AO",
    "keep_for": "P10Y",
    "events": ["Order Completed"],
    "fields": ["properties.order_id", "properties.total"],
}


def audited() -> list[tuple[str, Any, Any]]:
    return list(ConfigurationChange.objects.order_by("id").values_list("subject", "before", "after"))[-1:]


def test_a_new_deployment_keeps_what_it_must_and_no_rule_is_about_what_people_did(service: Caller) -> None:
    rules = {rule["store"]: rule["keep_for"] for rule in service.get(RULES).content["items"]}
    assert rules == {
        "access_log": "P24M",
        "case": "P24M",
        "confirmation": "P30D",
        "message": "P7D",
        "quarantine": "P90D",
        "request": "P24M",
    }


def test_a_rule_is_set_changed_and_removed_and_each_change_is_audited(service: Caller, shop: Source) -> None:
    rule = {"store": "interaction", "source": shop.name, "keep_for": "P13M", "category": ""}
    made = service.put(RULES, rule)
    assert (made.status, made.content) == (201, rule)
    subject = f"retention:interaction:*:{shop.name}"
    assert audited() == [(subject, None, rule)]
    longer = {**rule, "keep_for": ""}
    assert service.put(RULES, longer).status == 200
    assert audited() == [(subject, rule, longer)]
    assert longer in service.get(RULES).content["items"]
    assert service.ask("DELETE", RULES, store="interaction", source=shop.name).status == 204
    assert audited() == [(subject, longer, None)]
    assert not RetentionRule.objects.filter(store="interaction").exists()
    assert service.ask("DELETE", RULES, store="interaction", source=shop.name).status == 404


def test_a_rule_about_traits_names_their_category(service: Caller) -> None:
    assert service.put(RULES, {"store": "trait", "category": "contact", "keep_for": "P1Y"}).status == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"store": "card", "keep_for": "P1Y"}, "store"),
        ({"store": "package", "keep_for": "P1Y"}, "store"),
        ({"store": "interaction", "keep_for": "a year"}, "keep_for"),
        ({"store": "interaction", "keep_for": "P0D"}, "keep_for"),
        ({"store": "interaction", "keep_for": "P1Y", "source": "nowhere"}, "source"),
        ({"store": "message", "keep_for": "P1D", "source": "shop"}, "source"),
        ({"store": "interaction", "keep_for": "P1Y", "category": "contact"}, "category"),
        ({"store": "trait", "keep_for": "P1Y"}, "category"),
        ({"store": "trait", "keep_for": "P1Y", "category": "nonsense"}, "category"),
        ({"store": "trait", "keep_for": "P1Y", "category": "behaviour"}, "category"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_field(service: Caller, body: dict[str, str], field: str) -> None:
    before = RetentionRule.objects.count()
    refused = service.put(RULES, body)
    assert (refused.status, refused.content["errors"][0]["pointer"]) == (422, f"/{field}")
    assert RetentionRule.objects.count() == before


@pytest.mark.parametrize("body", [{}, {"store": 1, "keep_for": "P1Y"}, {"store": "request", "keep_for": "P1Y", "x": 1}])
def test_a_body_of_another_shape_is_refused(service: Caller, body: dict[str, object]) -> None:
    assert service.put(RULES, body).status == 400


def test_a_hold_is_set_changed_and_removed_and_each_change_is_audited(service: Caller) -> None:
    made = service.put(f"{HOLDS}/tax", HOLD)
    assert made.status == 201
    shown = {"sources": [], "traits": [], "ends_on": None, **HOLD}
    assert {name: made.content[name] for name in shown} == shown
    assert audited() == [("legal_hold:tax", None, shown)]
    assert service.put(f"{HOLDS}/tax", {**HOLD, "ends_on": "2030-01-01"}).status == 200
    assert service.get(f"{HOLDS}/tax").content["ends_on"] == "2030-01-01"
    assert [hold["name"] for hold in service.get(HOLDS).content["items"]] == ["tax"]
    assert service.ask("DELETE", f"{HOLDS}/tax").status == 204
    assert audited()[0][2] is None
    for method in ("GET", "DELETE"):
        assert service.ask(method, f"{HOLDS}/tax").status == 404


def test_a_hold_under_which_something_is_kept_cannot_be_deleted(service: Caller, shop: Source) -> None:
    service.put(f"{HOLDS}/tax", HOLD)
    hold = LegalHold.objects.get()
    HeldRecord.objects.create(
        hold=hold, occurred_at=hold.created_at, keep_until=hold.created_at, source_id=shop.id, content={}
    )
    refused = service.ask("DELETE", f"{HOLDS}/tax")
    assert (refused.status, LegalHold.objects.count()) == (409, 1)
    assert "ends_on" in refused.content["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"basis": " "}, "basis"),
        ({"keep_for": ""}, "keep_for"),
        ({"keep_for": "ten years"}, "keep_for"),
        ({"fields": []}, "fields"),
        ({"fields": ["properties..x"]}, "fields"),
        ({"fields": ["x" * 600]}, "fields"),
        ({"events": [""]}, "events"),
        ({"sources": ["nowhere"]}, "sources"),
        ({"traits": ["t"] * 101}, "traits"),
    ],
)
def test_a_hold_that_cannot_be_is_refused_with_its_field(
    service: Caller, changes: dict[str, object], field: str
) -> None:
    refused = service.put(f"{HOLDS}/tax", {**HOLD, **changes})
    assert (refused.status, refused.content["errors"][0]["pointer"]) == (422, f"/{field}")
    assert not LegalHold.objects.exists()


@pytest.mark.parametrize("name", ["Tax", "a b", "x" * 65, "%00", "%ED%A0%80"])
def test_a_name_that_none_can_have_is_refused(service: Caller, name: str) -> None:
    assert service.put(f"{HOLDS}/{name}", HOLD).status in (404, 422)
    assert service.get(f"{HOLDS}/{name}").status == 404
    assert service.ask("DELETE", f"{HOLDS}/{name}").status == 404


def test_officers_read_and_only_administrators_change() -> None:
    officer, stranger = Caller("privacy"), Caller("profiles:read")
    for path in (RULES, HOLDS, f"{RULES}/runs"):
        assert officer.get(path).status == 200
        assert stranger.get(path).status == 403
    assert officer.put(RULES, {"store": "message", "keep_for": "P1D"}).status == 403
    assert officer.ask("DELETE", RULES, store="message").status == 403
    assert officer.put(f"{HOLDS}/tax", HOLD).status == 403
