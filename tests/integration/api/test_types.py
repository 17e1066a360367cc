"""Identifier types: read, set, previewed; and what is stored follows."""

from typing import Any

import pytest

from profiles.identity import type_changes
from profiles.identity.canonical import DEFAULT_TYPES
from profiles.models import Card, ConfigurationChange, Identifier, IdentifierType, Source
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell

MEMBER = {
    "rank": 20,
    "person": True,
    "per_profile": 2,
    "ownership": "last",
    "shared_above": 5,
    "normaliser": "upper",
    "blocked": ["TEST*"],
}


def set_type(service: Caller, name: str, /, **fields: Any) -> dict[str, Any]:
    answered = service.put(f"/v1/identity/types/{name}", {"rank": 20, "person": True, **fields})
    assert answered.status in (200, 201), answered.body
    found: dict[str, Any] = answered.content
    return found


def body_of(service: Caller, name: str) -> dict[str, Any]:
    """A type as it would be sent back."""
    found: dict[str, Any] = service.get(f"/v1/identity/types/{name}").content
    return found


def test_the_migration_made_the_defaults_of_the_contract(service: Caller) -> None:
    listed = service.get("/v1/identity/types")
    assert listed.status == 200
    assert listed.content["items"] == [{**row, "blocked": list(row["blocked"])} for row in DEFAULT_TYPES]


def test_a_type_is_created_then_replaced_with_defaults_for_what_is_left_out(
    service: Caller, rebuilds: list[Any]
) -> None:
    created = service.put("/v1/identity/types/member_no", MEMBER)
    assert (created.status, created.content) == (201, {"name": "member_no", **MEMBER, "rebuild": "not needed"})
    assert body_of(service, "member_no") == {"name": "member_no", **MEMBER}
    replaced = service.put("/v1/identity/types/member_no", {"rank": 21, "person": False})
    assert (replaced.status, replaced.content) == (
        200,
        {
            "name": "member_no",
            "rank": 21,
            "person": False,
            "per_profile": None,
            "ownership": "first",
            "shared_above": None,
            "normaliser": "trim",
            "blocked": [],
            "rebuild": "not needed",
        },
    )
    assert rebuilds == []


def test_a_type_can_be_sent_back_as_it_was_read_and_changes_nothing(service: Caller) -> None:
    changes = ConfigurationChange.objects.count()
    assert service.put("/v1/identity/types/email", body_of(service, "email")).status == 200
    assert ConfigurationChange.objects.count() == changes


def test_a_new_type_is_in_force_for_the_next_event(service: Caller, shop: Source) -> None:
    set_type(service, "member_no", normaliser="upper")
    tell(shop, event(1, context={"externalIds": [{"type": "member_no", "id": " m-7 "}]}))
    found = service.post(
        "/v1/profiles/lookup", {"identifier": {"type": "member_no", "value": "M-7"}, "purpose": "service"}
    )
    assert found.content["kind"] == "known"


def test_each_change_is_audited_with_who_and_from_what_to_what(service: Caller) -> None:
    set_type(service, "member_no")
    set_type(service, "member_no", per_profile=3)
    first, second = ConfigurationChange.objects.filter(subject="identifier_type:member_no").order_by("id")
    assert (first.actor, first.before) == (f"token:{service.name}", None)
    assert second.before == first.after
    assert second.after == {**(first.after or {}), "per_profile": 3}


def test_a_rank_that_another_type_has_is_refused_by_its_name(service: Caller) -> None:
    answered = service.put("/v1/identity/types/member_no", {"rank": 4, "person": True})
    assert answered.status == 409
    assert "The type email has the rank 4 already" in answered.content["detail"]
    assert not IdentifierType.objects.filter(name="member_no").exists()


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"rank": 0}, 422, "/rank"),
        ({"rank": -1}, 422, "/rank"),
        ({"rank": 2**31}, 422, "/rank"),
        ({"rank": 10**30}, 422, "/rank"),
        ({"rank": "1"}, 400, "/rank"),
        ({"rank": 1.5}, 400, "/rank"),
        ({"rank": True}, 400, "/rank"),
        ({"rank": None}, 400, "/rank"),
        ({"person": "yes"}, 400, "/person"),
        ({"per_profile": 0}, 422, "/per_profile"),
        ({"per_profile": -3}, 422, "/per_profile"),
        ({"shared_above": 0}, 422, "/shared_above"),
        ({"ownership": "middle"}, 400, "/ownership"),
        ({"normaliser": "rot13"}, 400, "/normaliser"),
        ({"blocked": "x"}, 400, "/blocked"),
        ({"blocked": [1]}, 400, "/blocked/0"),
        ({"blocked": [""]}, 422, "/blocked"),
        ({"blocked": ["x" * 201]}, 422, "/blocked"),
        ({"blocked": ["x"] * 1001}, 422, "/blocked"),
        ({"shared_abov": 3}, 400, "/shared_abov"),
        ({"name": "other"}, 422, "/name"),
    ],
)
def test_a_type_that_cannot_be_is_refused_by_pointer(
    service: Caller, change: dict[str, Any], status: int, pointer: str
) -> None:
    answered = service.put("/v1/identity/types/member_no", {"rank": 20, "person": True, **change})
    assert answered.status == status, answered.body
    assert [error["pointer"] for error in answered.content["errors"]] == [pointer]
    assert not IdentifierType.objects.filter(name="member_no").exists()


@pytest.mark.parametrize("name", ["Email", "e-mail", "_x", "1st", "x" * 64, "ä", "a b"])
def test_a_name_that_is_not_lower_snake_is_refused(service: Caller, name: str) -> None:
    answered = service.put(f"/v1/identity/types/{name}", {"rank": 20, "person": True})
    assert answered.status == 422
    assert answered.content["errors"][0]["pointer"] == "/name"


def test_the_allowed_values_are_named_where_one_is_wrong(service: Caller) -> None:
    answered = service.put("/v1/identity/types/member_no", {"rank": 20, "person": True, "ownership": "middle"})
    assert answered.content["errors"] == [{"pointer": "/ownership", "detail": "This must be one of: first, last."}]


def test_an_unknown_type_is_not_found(service: Caller) -> None:
    assert service.get("/v1/identity/types/shoe_size").status == 404


def test_types_need_the_scope_admin() -> None:
    others = Caller("profiles:read", "profiles:write", "recognise")
    for answered in (
        others.get("/v1/identity/types"),
        others.get("/v1/identity/types/email"),
        others.put("/v1/identity/types/member_no", {"rank": 20, "person": True}),
        others.post("/v1/identity/types/email/preview", {"rank": 4, "person": True}),
    ):
        assert answered.status == 403


def test_a_change_asks_for_a_rebuild_only_where_something_stored_is_concerned(
    service: Caller, shop: Source, rebuilds: list[Any]
) -> None:
    tell(shop, event(1, userId="ann-1", context={"externalIds": [{"type": "member_no", "id": "m-7"}]}))
    assert set_type(service, "shoe_size", rank=30)["rebuild"] == "not needed"
    assert rebuilds == []
    # Dropped as of an unknown type, it would be an identifier now.
    assert set_type(service, "member_no")["rebuild"] == "scheduled"
    email = {**body_of(service, "email"), "per_profile": 2}
    assert service.put("/v1/identity/types/email", email).content["rebuild"] == "not needed"
    user_id = {**body_of(service, "user_id"), "per_profile": 2}
    assert service.put("/v1/identity/types/user_id", user_id).content["rebuild"] == "scheduled"
    assert len(rebuilds) == 2


def test_a_rebuild_applies_the_change_to_what_is_stored(service: Caller, shop: Source, rebuilds: list[Any]) -> None:
    from tasks.identity import rebuild

    tell(shop, event(1, userId="ann-1", context={"traits": {"email": "a@example.org"}}))
    tell(shop, event(2, userId="ann-2", context={"traits": {"email": "a@example.org"}}))
    assert Card.objects.count() == 2
    set_type(service, "user_id", rank=1, per_profile=2)
    assert len(rebuilds) == 1
    rebuild()
    assert Card.objects.count() == 1


def test_where_the_broker_is_away_the_rebuild_waits_and_the_answer_says_so(
    service: Caller, shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kombu.exceptions import OperationalError

    from profiles.configuration import rebuild_is_wanted
    from tasks.identity import rebuild

    def away(**_options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(rebuild, "apply_async", away)
    tell(shop, event(1, userId="ann-1"))
    assert "manage.py rebuild_identity" in set_type(service, "user_id", rank=1, per_profile=2)["rebuild"]
    assert rebuild_is_wanted()
    rebuild()
    assert not rebuild_is_wanted()


def preview(service: Caller, name: str, /, **fields: Any) -> dict[str, Any]:
    answered = service.post(f"/v1/identity/types/{name}/preview", fields)
    assert answered.status == 200, answered.body
    found: dict[str, Any] = answered.content
    return found


def profile_of(value: str) -> str:
    root = Identifier.objects.get(value=value).root_id
    return str(Identifier.objects.get(id=root).profile_id)


def test_a_preview_names_the_profiles_that_would_join_and_changes_nothing(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", context={"traits": {"email": "a@example.org"}}))
    tell(shop, event(2, userId="ann-2", context={"traits": {"email": "a@example.org"}}))
    tell(shop, event(3, userId="carl-1"))
    before = sorted(Identifier.objects.values_list("id", "root_id"))
    found = preview(service, "user_id", rank=1, person=True, per_profile=2)
    assert found["joins"] == [{"profile_ids": [profile_of("ann-1"), profile_of("ann-2")], "into": profile_of("ann-1")}]
    assert (found["splits"], found["truncated"]) == ([], False)
    assert (found["profiles_before"], found["profiles_after"]) == (3, 2)
    assert (found["split_count"], found["join_count"]) == (0, 1)
    assert sorted(Identifier.objects.values_list("id", "root_id")) == before
    assert IdentifierType.objects.get(name="user_id").per_profile == 1


def test_a_preview_names_the_profiles_that_would_split(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", context={"traits": {"email": "one@example.org"}}))
    tell(shop, event(2, userId="ann-1", context={"traits": {"email": "two@example.org"}}))
    found = preview(service, "email", **{**body_of(service, "email"), "per_profile": 1})
    assert [(item["profile_id"], len(item["into"])) for item in found["splits"]] == [(profile_of("ann-1"), 2)]
    assert found["joins"] == []


def test_a_preview_of_another_normaliser_follows_values_to_their_new_form(service: Caller) -> None:
    crm = make_source("crm", channel="crm")
    tell(crm, event(1, userId="ann-1", context={"externalIds": [{"type": "crm_id", "id": "a-7"}]}))
    tell(crm, event(2, anonymousId="b", context={"externalIds": [{"type": "crm_id", "id": "A-7"}]}))
    found = preview(service, "crm_id", **{**body_of(service, "crm_id"), "normaliser": "upper"})
    assert found["join_count"] == 1
    [join] = found["joins"]
    assert sorted(join["profile_ids"]) == sorted([profile_of("a-7"), profile_of("A-7")])


def test_a_preview_of_a_new_type_takes_in_what_was_dropped(service: Caller, shop: Source) -> None:
    card = {"externalIds": [{"type": "library_card", "id": "L9"}]}
    tell(shop, event(1, userId="ann-1", context=card), event(2, anonymousId="kiosk", context=card))
    assert preview(service, "library_card", rank=20, person=True)["join_count"] == 1


def test_what_a_preview_says_is_what_a_rebuild_does(service: Caller, shop: Source, rebuilds: list[Any]) -> None:
    from tasks.identity import rebuild

    for minute in range(6):
        tell(
            shop,
            event(minute, userId=f"u{minute}", anonymousId=f"b{minute // 2}"),
            event(minute, anonymousId=f"b{minute // 3}", context={"device": {"id": f"d{minute % 2}"}}),
        )
    change = {**body_of(service, "user_id"), "per_profile": 3}
    said = preview(service, "user_id", **change)
    assert said["profiles_before"] == Card.objects.count()
    service.put("/v1/identity/types/user_id", change)
    rebuild()
    assert said["profiles_after"] == Card.objects.count() < said["profiles_before"]
    again = preview(service, "user_id", **change)
    assert (again["split_count"], again["join_count"]) == (0, 0)


def test_a_preview_of_too_much_is_refused_and_one_of_many_is_cut_short(
    service: Caller, shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        address = {"traits": {"email": f"a{number}@example.org"}}
        tell(shop, event(1, userId=f"x{number}", context=address), event(2, userId=f"y{number}", context=address))
    monkeypatch.setattr(type_changes, "MOST_SHOWN", 2)
    found = preview(service, "user_id", rank=1, person=True, per_profile=2)
    assert (found["join_count"], len(found["joins"]), found["truncated"]) == (3, 2, True)
    monkeypatch.setattr(type_changes, "MOST_PREVIEWED", 5)
    answered = service.post("/v1/identity/types/user_id/preview", {"rank": 1, "person": True})
    assert (answered.status, "50,000 interactions" in answered.content["detail"]) == (422, True)


def test_a_preview_refuses_what_a_change_would_refuse(service: Caller) -> None:
    assert service.post("/v1/identity/types/member_no/preview", {"rank": 4, "person": True}).status == 409
    assert service.post("/v1/identity/types/member_no/preview", {"rank": 0, "person": True}).status == 422
