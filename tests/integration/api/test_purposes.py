"""Purposes, notices and consent ages through the API: read, set, audited, refused, never deleted."""

from importlib import import_module
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from consent.models import ConsentAge, Notice, Purpose
from profiles.models import ConfigurationChange, ConfigurationVersion, Source
from tests.factories.callers import Caller
from tests.factories.channels import event, tell

SHIPPED = import_module("consent.migrations.0004_shipped_purposes")
FURTHER = import_module("consent.migrations.0009_sensitive_purpose")

NEWSLETTER = {
    "name": {"en": "Our newsletter", "de": "Unser Newsletter"},
    "text": {"en": "We write to you every month."},
    "legal_basis": "consent",
    "default": "denied",
    "categories": ["contact", "shop_floor"],
    "channels": ["email", "web"],
    "address_type": "email",
    "least_assurance": "identified",
    "expires_after": "P24M",
    "reask_after": "P6M",
    "remind_after": "",
    "regions": {"US-CA": {"default": "allowed"}, "DE": {"default": "denied"}},
    "double_opt_in": True,
    "notice": "newsletter",
}


def body_of(service: Caller, key: str) -> dict[str, Any]:
    """A purpose as it would be sent back."""
    found: dict[str, Any] = service.get(f"/v1/consent/purposes/{key}").content
    return found


def version() -> int:
    return ConfigurationVersion.objects.get().version


def test_the_migrations_made_the_purposes_of_the_contract(service: Caller) -> None:
    items = service.get("/v1/consent/purposes").content["items"]
    assert [item["key"] for item in items] == sorted(row["key"] for row in [*SHIPPED.PURPOSES, *FURTHER.PURPOSES])
    unification = body_of(service, "unification")
    assert (unification["legal_basis"], unification["default"]) == ("legitimate_interest", "allowed")
    assert body_of(service, "ads.sale_share")["regions"]["US-CA"] == {"default": "allowed"}
    assert body_of(service, "marketing.sms")["address_type"] == "phone"


def test_a_purpose_is_created_then_replaced_with_defaults_for_what_is_left_out(service: Caller) -> None:
    created = service.put("/v1/consent/purposes/club.newsletter", NEWSLETTER)
    assert (created.status, created.content) == (
        201,
        {"key": "club.newsletter", **NEWSLETTER, "rebuild": "not needed"},
    )
    assert body_of(service, "club.newsletter") == {"key": "club.newsletter", **NEWSLETTER}
    replaced = service.put("/v1/consent/purposes/club.newsletter", {"legal_basis": "public_task"})
    assert replaced.status == 200
    assert body_of(service, "club.newsletter") == {
        "key": "club.newsletter",
        "name": {},
        "text": {},
        "legal_basis": "public_task",
        "default": "allowed",
        "categories": [],
        "channels": [],
        "address_type": "",
        "least_assurance": "device",
        "expires_after": "",
        "reask_after": "P12M",
        "remind_after": "P13M",
        "regions": {},
        "double_opt_in": False,
        "notice": "",
    }


def test_a_purpose_can_be_sent_back_as_it_was_read_and_changes_nothing(service: Caller) -> None:
    before = version()
    for item in service.get("/v1/consent/purposes").content["items"]:
        assert service.put(f"/v1/consent/purposes/{item['key']}", item).status == 200
    assert version() == before
    assert not ConfigurationChange.objects.filter(subject__startswith="purpose:").exists()


def test_each_change_of_a_purpose_is_audited_and_raises_the_version(service: Caller) -> None:
    before = version()
    service.put("/v1/consent/purposes/club", {"legal_basis": "consent"})
    service.put("/v1/consent/purposes/club", {"legal_basis": "consent", "expires_after": "P1Y"})
    assert version() == before + 2
    first, second = ConfigurationChange.objects.filter(subject="purpose:club").order_by("id")
    assert (first.actor, first.before) == (f"token:{service.name}", None)
    assert second.before == first.after
    assert second.after == {**(first.after or {}), "expires_after": "P1Y"}


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"legal_basis": "whim"}, 400, "/legal_basis"),
        ({"legal_basis": None}, 400, "/legal_basis"),
        ({"default": "allowed"}, 422, "/default"),
        ({"default": "maybe"}, 400, "/default"),
        ({"name": {"english": "x"}}, 422, "/name"),
        ({"name": {"en": 1}}, 400, "/name"),
        ({"name": "x"}, 400, "/name"),
        ({"text": {"en": "x" * 4001}}, 422, "/text"),
        ({"text": {"en": "\u0007"}}, 422, "/text"),
        ({"categories": ["No Word"]}, 422, "/categories"),
        ({"channels": ["pigeon"]}, 422, "/channels"),
        ({"address_type": "fax"}, 422, "/address_type"),
        ({"least_assurance": "certain"}, 400, "/least_assurance"),
        ({"expires_after": "a year"}, 422, "/expires_after"),
        ({"reask_after": "P"}, 422, "/reask_after"),
        ({"remind_after": "P1.5M"}, 422, "/remind_after"),
        ({"regions": {"Bavaria": {"default": "denied"}}}, 422, "/regions"),
        ({"double_opt_in": "yes"}, 400, "/double_opt_in"),
        ({"notice": "A Notice"}, 422, "/notice"),
        ({"key": "other"}, 422, "/key"),
        ({"legal_bases": "x"}, 400, "/legal_bases"),
    ],
)
def test_a_purpose_that_cannot_be_is_refused_by_pointer(
    service: Caller, change: dict[str, Any], status: int, pointer: str
) -> None:
    answered = service.put("/v1/consent/purposes/club", {"legal_basis": "consent", **change})
    assert answered.status == status, answered.body
    assert answered.content["errors"][0]["pointer"] == pointer
    assert not Purpose.objects.filter(key="club").exists()


@pytest.mark.parametrize("key", ["Club", "club.", "a-b", "a" * 101, "a b", "ä", "*"])
def test_a_key_that_is_not_dotted_lower_snake_is_refused(service: Caller, key: str) -> None:
    answered = service.put(f"/v1/consent/purposes/{key}", {"legal_basis": "consent"})
    assert (answered.status, answered.content["errors"][0]["pointer"]) == (422, "/key")
    assert service.get(f"/v1/consent/purposes/{key}").status == 404


def test_no_purpose_is_deleted(service: Caller) -> None:
    assert service.delete("/v1/consent/purposes/unification").status == 405
    assert service.get("/v1/consent/purposes/unification").status == 200


def test_what_decides_who_is_whom_or_whom_a_decision_is_about_asks_for_a_rebuild(
    service: Caller, shop: Source, rebuilds: list[Any]
) -> None:
    asked = {**body_of(service, "unification"), "legal_basis": "consent", "default": "denied"}
    assert service.put("/v1/consent/purposes/unification", asked).content["rebuild"] == "not needed"
    tell(shop, event(1, userId="ann-1"))
    unasked = {**asked, "legal_basis": "legitimate_interest", "default": "allowed"}
    assert service.put("/v1/consent/purposes/unification", unasked).content["rebuild"] == "scheduled"
    address = {**body_of(service, "marketing.post"), "address_type": "email"}
    assert service.put("/v1/consent/purposes/marketing.post", address).content["rebuild"] == "scheduled"
    assert len(rebuilds) == 2
    other = {**body_of(service, "analytics"), "legal_basis": "legitimate_interest", "default": "allowed"}
    assert service.put("/v1/consent/purposes/analytics", other).content["rebuild"] == "not needed"


NOTICE: dict[str, Any] = {"language": "en", "text": "Grüße, Ihr Laden.", "terms": {"pii_controllers": ["Shop Ltd"]}}
PATH = "/v1/consent/notices/newsletter/2026-01"


def test_a_notice_is_published_once_in_each_language(service: Caller) -> None:
    published = service.put(PATH, NOTICE)
    assert published.status == 201
    [shown] = published.content["languages"]
    assert {name: shown[name] for name in NOTICE} == NOTICE
    assert shown["sha256"] == "3cf34ee16b1a842e8bc8ebd5e85afd76a7eecf00fabd99a66ddc60480586b8bc"
    german = service.put(PATH, {"language": "de", "text": "Wir schreiben Ihnen."})
    assert (german.status, [item["language"] for item in german.content["languages"]]) == (201, ["de"])
    read = service.get(PATH).content
    assert (read["key"], read["version"]) == ("newsletter", "2026-01")
    assert [item["text"] for item in read["languages"]] == ["Wir schreiben Ihnen.", NOTICE["text"]]
    assert [item["text"] for item in service.get(PATH, language="en").content["languages"]] == [NOTICE["text"]]
    assert service.get(PATH, language="fr").status == 404
    assert service.get("/v1/consent/notices/newsletter/2026-02").status == 404
    listed = service.get("/v1/consent/notices").content["items"]
    assert [(item["key"], item["version"], item["language"]) for item in listed] == [
        ("newsletter", "2026-01", "de"),
        ("newsletter", "2026-01", "en"),
    ]
    assert "text" not in listed[0]
    assert len(service.get("/v1/consent/notices", language="de").content["items"]) == 1


def test_the_same_notice_again_is_fine_and_another_text_under_its_version_is_not(service: Caller) -> None:
    first = service.put(PATH, NOTICE).content
    before = version()
    again = service.put(PATH, NOTICE)
    assert (again.status, again.content) == (200, first)
    for changed in (NOTICE | {"text": "We write to you every day."}, NOTICE | {"terms": {}}):
        answered = service.put(PATH, changed)
        assert (answered.status, "publish a new version" in answered.content["detail"]) == (409, True)
    assert service.get(PATH).content == first
    assert version() == before
    [change] = ConfigurationChange.objects.filter(subject="notice:newsletter:2026-01")
    assert change.actor == f"token:{service.name}"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE notice SET text = 'We never said that.'",
        "UPDATE notice SET version = '2026-02'",
        "DELETE FROM notice",
    ],
)
def test_the_database_itself_refuses_to_rewrite_a_notice(service: Caller, statement: str) -> None:
    service.put(PATH, NOTICE)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Notice.objects.get().text == NOTICE["text"]


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"language": "english"}, 422, "/language"),
        ({"language": None}, 400, "/language"),
        ({"text": ""}, 422, "/text"),
        ({"text": "x" * 50_001}, 422, "/text"),
        ({"terms": []}, 400, "/terms"),
        ({"terms": {"a": "x" * 20_000}}, 422, "/terms"),
        ({"sha256": "0"}, 400, "/sha256"),
    ],
)
def test_a_notice_that_cannot_be_is_refused_by_pointer(
    service: Caller, change: dict[str, Any], status: int, pointer: str
) -> None:
    answered = service.put(PATH, {**NOTICE, **change})
    assert answered.status == status, answered.body
    assert answered.content["errors"][0]["pointer"] == pointer
    assert not Notice.objects.exists()


@pytest.mark.parametrize(("key", "number"), [("News", "1"), ("news", "%20"), ("news", "a b")])
def test_a_notice_needs_a_plain_key_and_version(service: Caller, key: str, number: str) -> None:
    assert service.put(f"/v1/consent/notices/{key}/{number}", NOTICE).status == 422
    assert service.get(f"/v1/consent/notices/{key}/{number}").status == 404


def test_consent_ages_are_read_and_set_by_country(service: Caller) -> None:
    assert service.get("/v1/consent/ages/de").content == {"country": "DE", "years": 16}
    assert service.get("/v1/consent/ages/*").content == {"country": "*", "years": 18}
    assert {item["country"]: item["years"] for item in service.get("/v1/consent/ages").content["items"]} == (
        SHIPPED.CONSENT_AGES
    )
    assert service.get("/v1/consent/ages/JP").status == 404
    created = service.put("/v1/consent/ages/JP", {"years": 16})
    assert (created.status, created.content) == (201, {"country": "JP", "years": 16})
    assert service.put("/v1/consent/ages/jp", {"years": 15, "country": "JP"}).status == 200
    assert ConsentAge.objects.get(country="JP").years == 15
    before = version()
    assert service.put("/v1/consent/ages/JP", {"years": 15}).status == 200
    assert version() == before
    changes = ConfigurationChange.objects.filter(subject="consent_age:JP").order_by("id")
    assert [(change.before, change.after) for change in changes] == [
        (None, {"years": 16}),
        ({"years": 16}, {"years": 15}),
    ]


@pytest.mark.parametrize(
    ("country", "body", "status"),
    [
        ("Germany", {"years": 16}, 422),
        ("ZZ", {"years": 16}, 422),
        ("DE", {"years": 26}, 422),
        ("DE", {"years": -1}, 422),
        ("DE", {"years": 10**30}, 422),
        ("DE", {"years": "16"}, 400),
        ("DE", {"years": True}, 400),
        ("DE", {}, 400),
        ("DE", {"years": 14, "country": "AT"}, 422),
    ],
)
def test_an_age_that_cannot_be_is_refused(service: Caller, country: str, body: Any, status: int) -> None:
    answered = service.put(f"/v1/consent/ages/{country}", body)
    assert answered.status == status, answered.body
    assert ConsentAge.objects.get(country="DE").years == 16


@pytest.mark.parametrize("scope", ["profiles:read", "consent:write", "recognise"])
def test_who_uses_purposes_may_read_them_and_only_admin_may_set_them(service: Caller, scope: str) -> None:
    service.put(PATH, NOTICE)
    other = Caller(scope)
    for path in ("purposes", "purposes/service", "notices", "notices/newsletter/2026-01", "ages", "ages/DE"):
        assert other.get(f"/v1/consent/{path}").status == 200, path
    assert other.put("/v1/consent/purposes/club", {"legal_basis": "consent"}).status == 403
    assert other.put(PATH, NOTICE).status == 403
    assert other.put("/v1/consent/ages/DE", {"years": 14}).status == 403
    assert Caller("profiles:write").get("/v1/consent/purposes").status == 403
