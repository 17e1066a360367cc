"""Sources, write keys and tokens over the API: made, rotated, revoked at once, and never shown again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from profiles.configuration import configuration
from profiles.credentials import digest_of
from profiles.models import ConfigurationChange, Source, SourceKey
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell

WEB = {"name": "web shop", "channel": "web", "trust": "public"}


def is_valid(key: str) -> bool:
    """Whether intake would take the write key now."""
    found = configuration().keys.get(digest_of(key))
    return found is not None and (found.expires_at is None or found.expires_at > datetime.now(UTC))


def create(service: Caller, **fields: Any) -> dict[str, Any]:
    answered = service.post("/v1/sources", {**WEB, **fields})
    assert answered.status == 201, answered.body
    found: dict[str, Any] = answered.content
    return found


def test_a_source_is_made_with_a_key_that_is_shown_once(service: Caller) -> None:
    made = create(service, region="de", rank=5, rate_limit=50, mappings={"traits.member": "loyalty_id"})
    key = made["write_key"]
    assert key.startswith("cxw_")
    assert len(key) == 47  # 256 bits in base64
    assert is_valid(key)
    assert (made["region"], made["rank"], made["rate_limit"], made["signing_secret"]) == ("DE", 5, 50, False)
    [listed] = service.get("/v1/sources").content["items"]
    assert listed["keys"] == [
        {
            "id": listed["keys"][0]["id"],
            "hint": key[-4:],
            "created_at": listed["keys"][0]["created_at"],
            "expires_at": None,
            "revoked_at": None,
        }
    ]
    assert key.encode() not in service.get("/v1/sources").body
    assert service.get("/v1/sources/web shop").content == listed


def test_a_source_of_the_same_name_is_refused(service: Caller) -> None:
    create(service)
    assert service.post("/v1/sources", WEB).status == 409
    assert SourceKey.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"channel": "pigeon"}, 400, "/channel"),
        ({"trust": "blind"}, 400, "/trust"),
        ({"region": "Deutschland"}, 422, "/region"),
        ({"rank": 0}, 422, "/rank"),
        ({"rate_limit": 0}, 422, "/rate_limit"),
        ({"rate_limit": 2**40}, 422, "/rate_limit"),
        ({"mappings": {"traits.x": "shoe_size"}}, 422, "/mappings"),
        ({"mappings": {"": "email"}}, 422, "/mappings"),
        ({"mappings": {"traits.x": 1}}, 400, "/mappings"),
        ({"name": ""}, 422, "/name"),
        ({"name": "a/b"}, 422, "/name"),
        ({"name": " x"}, 422, "/name"),
        ({"name": "x" * 101}, 422, "/name"),
        ({"signing_secret": 5}, 400, "/signing_secret"),
        ({"signing_secret": "x" * 501}, 422, "/signing_secret"),
        ({"colour": "red"}, 400, "/colour"),
    ],
)
def test_a_source_that_cannot_be_is_refused_by_pointer(
    service: Caller, change: dict[str, Any], status: int, pointer: str
) -> None:
    answered = service.post("/v1/sources", {**WEB, **change})
    assert answered.status == status, answered.body
    assert [error["pointer"] for error in answered.content["errors"]] == [pointer]
    assert not Source.objects.exists()


def test_a_rotated_key_has_an_overlap_and_a_revoked_one_ends_at_once(service: Caller) -> None:
    old = create(service)["write_key"]
    rotated = service.post("/v1/sources/web shop/rotate", {"overlap_seconds": 3600})
    assert rotated.status == 201
    new = rotated.content["write_key"]
    assert is_valid(old)
    assert is_valid(new)
    first, second = service.get("/v1/sources/web shop").content["keys"]
    ends = datetime.fromisoformat(first["expires_at"])
    assert timedelta(minutes=59) < ends - datetime.now(UTC) <= timedelta(hours=1)
    assert service.post("/v1/sources/web shop/revoke", {"key_id": first["id"]}).status == 200
    assert (is_valid(old), is_valid(new)) == (False, True)
    assert service.post("/v1/sources/web shop/revoke", {"key_id": first["id"]}).status == 404
    assert service.post("/v1/sources/web shop/rotate", {"overlap_seconds": 0}).status == 201
    assert not is_valid(new)
    assert second["expires_at"] is None


@pytest.mark.parametrize("overlap", [-1, 10**12])
def test_an_overlap_out_of_range_is_refused(service: Caller, overlap: int) -> None:
    create(service)
    assert service.post("/v1/sources/web shop/rotate", {"overlap_seconds": overlap}).status == 422


def test_a_revoked_source_takes_nothing_until_it_gets_a_new_key(service: Caller) -> None:
    key = create(service)["write_key"]
    answered = service.post("/v1/sources/web shop/revoke")
    assert answered.status == 200
    assert answered.content["disabled_at"] is not None
    assert not is_valid(key)
    new = service.post("/v1/sources/web shop/rotate").content["write_key"]
    assert (is_valid(new), is_valid(key)) == (True, False)


def test_a_signing_secret_is_shown_once_and_kept_unless_it_is_changed(service: Caller) -> None:
    made = create(service, signing_secret=True)
    secret = made["new_signing_secret"]
    assert Source.objects.get().signing_secret == secret
    fields = {"channel": "web", "trust": "public"}
    assert service.put("/v1/sources/web shop", fields).content["signing_secret"] is True
    assert Source.objects.get().signing_secret == secret
    assert service.put("/v1/sources/web shop", {**fields, "signing_secret": "mine"}).status == 200
    assert Source.objects.get().signing_secret == "mine"
    assert service.put("/v1/sources/web shop", {**fields, "signing_secret": False}).status == 200
    assert Source.objects.get().signing_secret == ""
    assert b"mine" not in service.get("/v1/sources").body
    told = str(list(ConfigurationChange.objects.values_list("before", "after")))
    assert secret not in told
    assert "mine" not in told


def test_a_change_that_what_was_sent_is_read_by_asks_for_a_rebuild(service: Caller, rebuilds: list[Any]) -> None:
    shop = make_source("till", channel="store")
    fields = {"channel": "store", "trust": "server"}
    assert service.put("/v1/sources/till", {**fields, "rank": 7}).content["rebuild"] == "not needed"
    tell(shop, event(1, userId="ann-1"))
    assert service.put("/v1/sources/till", {**fields, "rank": 7}).content["rebuild"] == "not needed"
    assert service.put("/v1/sources/till", {**fields, "rank": 8}).content["rebuild"] == "scheduled"
    assert len(rebuilds) == 1


def test_an_unknown_source_is_not_found(service: Caller) -> None:
    for answered in (
        service.get("/v1/sources/nobody"),
        service.put("/v1/sources/nobody", {"channel": "web", "trust": "server"}),
        service.post("/v1/sources/nobody/rotate"),
        service.post("/v1/sources/nobody/revoke"),
        service.post("/v1/sources/nobody/revoke", {"key_id": 2**70}),
        service.post("/v1/tokens/nobody/revoke"),
    ):
        assert answered.status == 404


def test_sources_and_tokens_need_the_scope_admin() -> None:
    caller = Caller("recognise", "profiles:read", "profiles:write", "consent:write", "privacy")
    for answered in (
        caller.get("/v1/sources"),
        caller.post("/v1/sources", WEB),
        caller.post("/v1/sources/x/rotate"),
        caller.post("/v1/sources/x/revoke"),
        caller.get("/v1/tokens"),
        caller.post("/v1/tokens", {"name": "x", "scopes": ["admin"]}),
        caller.post("/v1/tokens/x/revoke"),
        caller.get("/v1/traits"),
    ):
        assert answered.status == 403
    assert not Source.objects.exists()


def test_a_token_is_made_shown_once_and_ended(service: Caller) -> None:
    body = {"name": "kiosk", "scopes": ["recognise"], "purposes": ["service"], "channels": ["store"]}
    made = service.post("/v1/tokens", body)
    assert made.status == 201
    listed = service.get("/v1/tokens")
    assert made.content["token"].encode() not in listed.body
    [kiosk] = [item for item in listed.content["items"] if item["name"] == "kiosk"]
    assert (kiosk["scopes"], kiosk["purposes"], kiosk["channels"]) == (["recognise"], ["service"], ["store"])
    assert service.post("/v1/tokens", body).status == 409
    assert service.post("/v1/tokens/kiosk/revoke").status == 204
    assert service.post("/v1/tokens/kiosk/revoke").status == 404
    assert service.post("/v1/tokens", body).status == 201


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"scopes": []}, 422),
        ({"scopes": ["everything"]}, 400),
        ({"scopes": "admin"}, 400),
        ({"purposes": ["curiosity"]}, 422),
        ({"channels": ["pigeon"]}, 400),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422),
        ({"expires_at": "2027-01-01T00:00:00"}, 400),
        ({"name": ""}, 422),
        ({"name": "a/b"}, 422),
    ],
)
def test_a_token_that_cannot_be_is_refused(service: Caller, change: dict[str, Any], status: int) -> None:
    answered = service.post("/v1/tokens", {"name": "kiosk", "scopes": ["recognise"], **change})
    assert answered.status == status, answered.body
    assert b"kiosk" not in service.get("/v1/tokens").body


def test_trait_rules_are_read_and_set(service: Caller, shop: Source, rebuilds: list[Any]) -> None:
    assert service.get("/v1/traits/shade").content == {
        "name": "shade",
        "rule": "latest",
        "category": "",
        "origin": "provided",
    }
    set_ = service.put("/v1/traits/shade", {"rule": "earliest"})
    assert (set_.status, set_.content) == (
        200,
        {"name": "shade", "rule": "earliest", "category": "", "origin": "provided", "rebuild": "not needed"},
    )
    shown = {"name": "shade", "rule": "earliest", "category": "", "origin": "provided"}
    assert shown in service.get("/v1/traits").content["items"]
    tell(
        shop,
        event(1, userId="ann-1", context={"traits": {"shade": "red"}}),
        event(2, userId="ann-1", context={"traits": {"shade": "blue"}}),
    )
    lookup = {"identifier": {"type": "user_id", "value": "ann-1"}, "purpose": "service"}
    assert service.post("/v1/profiles/lookup", lookup).content["traits"]["shade"]["value"] == "red"
    assert service.put("/v1/traits/shade", {"rule": "max"}).content["rebuild"] == "scheduled"
    assert len(rebuilds) == 1
    assert service.put("/v1/traits/shade", {"rule": "loudest"}).status == 400
    assert service.put("/v1/traits/shade", {}).status == 400
    change = ConfigurationChange.objects.filter(subject="trait:shade").latest("id")
    assert (change.before, change.after) == (
        {"rule": "earliest", "category": "", "origin": "provided"},
        {"rule": "max", "category": "", "origin": "provided"},
    )


def test_a_trait_has_a_category_that_a_new_rule_leaves_alone(
    service: Caller, shop: Source, rebuilds: list[Any]
) -> None:
    tell(shop, event(1, userId="ann-1", context={"traits": {"shade": "red"}}))
    set_ = service.put("/v1/traits/shade", {"rule": "latest", "category": "preference"})
    assert (set_.content["category"], set_.content["rebuild"]) == ("preference", "not needed")
    assert service.put("/v1/traits/shade", {"rule": "max"}).content["category"] == "preference"
    shown = {"name": "shade", "rule": "max", "category": "preference", "origin": "provided"}
    assert service.get("/v1/traits/shade").content == shown
    assert service.put("/v1/traits/shade", {"rule": "max", "category": ""}).content["category"] == ""
    refused = service.put("/v1/traits/shade", {"rule": "max", "category": "Not A Word"})
    assert (refused.status, refused.content["errors"][0]["pointer"]) == (422, "/category")
    assert service.get("/v1/traits/city").content == {
        "name": "city",
        "rule": "latest",
        "category": "location",
        "origin": "provided",
    }


CONSENT = {
    "consent_categories": {"ads": ["ads", "ads.personalised"], "stats": "analytics"},
    "consent_rules": {"analytics": "drop_event", "personalisation": "drop_fields", "research": "keep"},
}


def test_a_source_leads_the_categories_of_its_clients_to_purposes(
    service: Caller, shop: Source, rebuilds: list[Any]
) -> None:
    path = f"/v1/sources/{shop.name}"
    read = service.get(path).content
    assert (read["consent_categories"], read["consent_rules"]) == ({}, {})
    settings = {"channel": "web", "trust": "server"}
    tell(shop, event(1, userId="ann-1"))
    changed = service.put(path, {**settings, **CONSENT})
    assert (changed.status, changed.content["rebuild"]) == (200, "scheduled")
    assert {name: service.get(path).content[name] for name in CONSENT} == CONSENT
    audit = ConfigurationChange.objects.filter(subject=f"source:{shop.name}").latest("id")
    assert {name: (audit.after or {})[name] for name in CONSENT} == CONSENT
    # What was sent is read by its categories; what is dropped was decided when it came.
    other_rules = {**CONSENT, "consent_rules": {}}
    assert service.put(path, {**settings, **other_rules}).content["rebuild"] == "not needed"
    assert service.put(path, settings).content["rebuild"] == "scheduled"


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"consent_categories": {"stats": "curiosity"}}, 422, "/consent_categories"),
        ({"consent_categories": {"stats": ["analytics", "curiosity"]}}, 422, "/consent_categories"),
        ({"consent_categories": {"stats": []}}, 422, "/consent_categories"),
        ({"consent_categories": {"": "analytics"}}, 422, "/consent_categories"),
        ({"consent_categories": {f"c{number}": "analytics" for number in range(101)}}, 422, "/consent_categories"),
        ({"consent_categories": {"stats": ["analytics"] * 21}}, 422, "/consent_categories"),
        ({"consent_categories": ["analytics"]}, 400, "/consent_categories"),
        ({"consent_rules": {"curiosity": "keep"}}, 422, "/consent_rules"),
    ],
)
def test_consent_settings_that_cannot_be_are_refused(
    service: Caller, shop: Source, change: dict[str, Any], status: int, pointer: str
) -> None:
    answered = service.put(f"/v1/sources/{shop.name}", {"channel": "web", "trust": "server", **change})
    assert answered.status == status, answered.body
    assert answered.content["errors"][0]["pointer"] == pointer
    assert (
        service.put(
            f"/v1/sources/{shop.name}", {"channel": "web", "trust": "server", "consent_rules": {"analytics": "burn"}}
        ).status
        == 400
    )


def test_a_trait_says_who_its_values_are_from(service: Caller) -> None:
    assert service.get("/v1/traits/lead_score").content["origin"] == "inferred"
    assert service.get("/v1/traits/email").content["origin"] == "provided"
    set_ = service.put("/v1/traits/shade", {"rule": "latest", "origin": "observed"})
    assert (set_.status, set_.content["origin"], set_.content["rebuild"]) == (200, "observed", "not needed")
    assert service.put("/v1/traits/shade", {"rule": "max"}).content["origin"] == "observed"
    assert service.put("/v1/traits/shade", {"rule": "max", "origin": "guessed"}).status == 400
