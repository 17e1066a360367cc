"""The identity graph, the explanation for two identifiers, and what stewards decide."""

from typing import Any
from uuid import uuid4

import pytest

from consent.models import AccessLog
from profiles.identity import explanation, graph
from profiles.models import Decision, Identifier, Source
from tests.factories.callers import Answered, Caller
from tests.factories.channels import event, make_source, tell

GRANTED = {"consent": {"categoryPreferences": {"analytics": True}}}


def named(type_name: str, value: str) -> dict[str, str]:
    return {"type": type_name, "value": value}


def explain(service: Caller, a: dict[str, str], b: dict[str, str], **more: str) -> dict[str, Any]:
    answered = service.post("/v1/identity/explain", {"a": a, "b": b, **more})
    assert answered.status == 200, answered.body
    found: dict[str, Any] = answered.content
    return found


def decide(service: Caller, a: dict[str, str], b: dict[str, str], verdict: str) -> Answered:
    return service.post("/v1/identity/decisions", {"a": a, "b": b, "verdict": verdict, "reason": "They said so."})


def profile_of(type_name: str, value: str) -> str:
    """The id of the profile that holds an identifier today."""
    root = Identifier.objects.get(type__name=type_name, value=value).root_id
    return str(Identifier.objects.get(id=root).profile_id)


def tell_of_a_shared_address(shop: Source) -> None:
    """Ann's address, which Bob typed a day later: one address, two user ids, of which a profile holds one."""
    tell(shop, event(1, userId="ann-1", context={"traits": {"email": "ann@example.org"}}))
    tell(shop, event(1440, userId="bob-1", context={"traits": {"email": "ann@example.org"}}))


def test_the_graph_shows_accepted_and_refused_links_with_their_reasons(service: Caller, shop: Source) -> None:
    tell_of_a_shared_address(shop)
    born = Identifier.objects.get(value="ann-1").profile_id
    answered = service.get(f"/v1/profiles/{born}/identity")
    assert answered.status == 200
    graph = answered.content
    assert {(node["type"], node["value"], node["in_profile"]) for node in graph["nodes"]} == {
        ("user_id", "ann-1", True),
        ("email", "ann@example.org", True),
        ("user_id", "bob-1", False),
    }
    accepted, refused = sorted(graph["links"], key=lambda link: link["state"])
    assert (accepted["a"], accepted["b"]) == (named("user_id", "ann-1"), named("email", "ann@example.org"))
    assert accepted["reason"] == "Seen together once."
    assert (accepted["kind"], accepted["count"], accepted["sources"]) == ("deterministic", 1, ["shop"])
    assert accepted["first_at"] == accepted["last_at"] == "2026-01-01T00:01:00Z"
    assert accepted["first_interaction"] == accepted["last_interaction"]
    assert refused["rule"] == "limit:user_id"
    assert refused["reason"] == "One profile holds at most 1 of the type user_id; the two together would hold more."
    assert (graph["decisions"], graph["truncated"]) == ([], False)
    assert str(AccessLog.objects.get().id) == graph["decision"]["id"]


def test_another_persons_identifier_is_hidden_where_the_purpose_is_not_in_force_for_them(
    service: Caller, shop: Source
) -> None:
    tell(shop, event(1, userId="ann-1", context={"traits": {"email": "ann@example.org"}, **GRANTED}))
    tell(shop, event(1440, userId="bob-1", context={"traits": {"email": "ann@example.org"}}))
    born = Identifier.objects.get(value="ann-1").profile_id
    answered = service.get(f"/v1/profiles/{born}/identity", purpose="analytics")
    assert answered.status == 200
    assert b"bob-1" not in answered.body
    assert profile_of("user_id", "bob-1").encode() not in answered.body
    [stranger] = [node for node in answered.content["nodes"] if not node["in_profile"]]
    assert (stranger["type"], stranger["value"]) == ("user_id", None)
    seen = service.get(f"/v1/profiles/{born}/identity", purpose="service")
    assert b"bob-1" in seen.body


def test_a_claim_of_a_public_source_is_called_one(service: Caller) -> None:
    browser = make_source("browser", trust="public")
    tell(browser, event(1, userId="ann-1", anonymousId="b"))
    born = Identifier.objects.get(value="ann-1").profile_id
    [link] = service.get(f"/v1/profiles/{born}/identity").content["links"]
    assert link["kind"] == "claimed"
    words = explain(service, named("user_id", "ann-1"), named("anonymous_id", "b"))["in_words"]
    assert "as public sources alone claim" in words


def test_two_identifiers_of_one_person_are_explained_by_the_way_between_them(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", anonymousId="browser"))
    tell(shop, event(2, userId="ann-1", context={"traits": {"email": "ann@example.org"}}))
    tell(shop, event(3, userId="ann-1", anonymousId="browser"))
    found = explain(service, named("email", "ann@example.org"), named("anonymous_id", "browser"))
    assert found["same"] is True
    assert [(step["a"]["value"], step["b"]["value"], step["by"]) for step in found["path"]] == [
        ("ann@example.org", "ann-1", "link"),
        ("ann-1", "browser", "link"),
    ]
    assert found["path"][1]["link"]["count"] == 2
    assert found["in_words"] == (
        "They are the same person. email “ann@example.org” and user_id “ann-1” were seen together once on 2026-01-01 "
        "by shop. user_id “ann-1” and anonymous_id “browser” were seen together 2 times on 2026-01-01 by shop."
    )
    assert found["refused"] == found["decisions"] == []


def test_two_people_are_explained_by_the_link_that_was_refused(service: Caller, shop: Source) -> None:
    tell_of_a_shared_address(shop)
    found = explain(service, named("user_id", "ann-1"), named("user_id", "bob-1"))
    assert (found["same"], found["path"]) == (False, [])
    [refused] = found["refused"]
    assert refused["state"] == "refused"
    assert found["in_words"] == (
        "They are not the same person. The link between email “ann@example.org” and user_id “bob-1”, seen once, was "
        "refused. One profile holds at most 1 of the type user_id; the two together would hold more."
    )


def test_two_people_on_a_shared_device_are_explained_by_the_device(service: Caller, shop: Source) -> None:
    tablet = {"device": {"id": "tablet"}}
    tell(shop, *(event(minute, userId=f"person-{minute}", context=tablet) for minute in range(12)))
    found = explain(service, named("user_id", "person-1"), named("user_id", "person-2"))
    assert found["same"] is False
    assert {link["rule"] for link in found["refused"]} == {"shared:device_id"}
    assert len(found["refused"]) == 2
    assert "is shared: linked to more than 10 identifiers of one stronger type" in found["in_words"]
    assert "person-7" not in str(found)


def test_the_link_between_two_is_found_among_more_than_are_ever_shown(
    service: Caller, shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_of_a_shared_address(shop)
    for number, user in enumerate(["ann-1", "ann-1", "bob-1", "bob-1"]):
        tell(shop, event(10 + number, userId=user, anonymousId=f"browser-{number}"))
    told = (named("user_id", "ann-1"), named("user_id", "bob-1"))
    whole = explain(service, *told)
    assert len(whole["refused"]) == 1
    for module in (explanation, graph):
        monkeypatch.setattr(module, "MOST_LINKS", 1)
    assert explain(service, *told)["refused"] == whole["refused"]


def test_strangers_are_explained_by_nothing(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1"), event(2, userId="bob-1"))
    found = explain(service, named("user_id", "ann-1"), named("user_id", "bob-1"))
    assert found["in_words"].startswith("They are not the same person: nothing that was seen or decided ties")
    unseen = explain(service, named("user_id", "ann-1"), named("user_id", "carl-1"))
    assert (unseen["same"], unseen["in_words"]) == (False, "Nothing ties them: the second was never seen.")
    self = explain(service, named("user_id", "ann-1"), named("user_id", " ann-1 "))
    assert (self["same"], self["in_words"]) == (True, "They are one and the same identifier.")


def test_an_explanation_about_two_people_is_logged_for_both(service: Caller, shop: Source) -> None:
    tell_of_a_shared_address(shop)
    found = explain(service, named("user_id", "ann-1"), named("user_id", "bob-1"))
    rows = AccessLog.objects.filter(operation="explain")
    assert {str(row.profile_id) for row in rows} == {profile_of("user_id", "ann-1"), profile_of("user_id", "bob-1")}
    assert found["decision"]["id"] in {str(row.id) for row in rows}


def test_an_explanation_is_withheld_where_the_purpose_is_not_in_force_for_both(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", context=GRANTED))
    tell(shop, event(2, userId="bob-1"))
    body = {"a": named("user_id", "ann-1"), "b": named("user_id", "bob-1"), "purpose": "analytics"}
    answered = service.post("/v1/identity/explain", body)
    assert answered.status == 403
    assert answered.content["decision"]["allowed"] is False
    assert set(AccessLog.objects.values_list("allowed", flat=True)) == {False}
    tell(shop, event(3, userId="bob-1", context=GRANTED))
    assert service.post("/v1/identity/explain", body).status == 200


def test_a_decision_joins_two_people_and_taking_it_back_parts_them_again(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", context={"traits": {"city": "Ulm"}}))
    tell(shop, event(2, anonymousId="kiosk"))
    before = profile_of("anonymous_id", "kiosk")
    made = decide(service, named("user_id", "ann-1"), named("anonymous_id", "kiosk"), "same")
    assert made.status == 201
    assert made.content["actor"] == f"token:{service.name}"
    assert profile_of("anonymous_id", "kiosk") == profile_of("user_id", "ann-1")
    assert made.content["profiles"] == [profile_of("user_id", "ann-1")]
    found = explain(service, named("user_id", "ann-1"), named("anonymous_id", "kiosk"))
    assert [step["decision_id"] for step in found["path"]] == [made.content["id"]]
    assert f"by a decision of token:{service.name}" in found["in_words"]
    assert service.delete(f"/v1/identity/decisions/{made.content['id']}").status == 204
    assert profile_of("anonymous_id", "kiosk") == before
    assert service.delete(f"/v1/identity/decisions/{made.content['id']}").status == 404
    after = explain(service, named("user_id", "ann-1"), named("anonymous_id", "kiosk"))
    assert after["same"] is False
    assert [item["withdrawn_at"] is not None for item in after["decisions"]] == [True]


def test_a_decision_that_they_are_different_people_parts_them_in_words(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", anonymousId="browser"))
    assert decide(service, named("user_id", "ann-1"), named("anonymous_id", "browser"), "different").status == 201
    found = explain(service, named("user_id", "ann-1"), named("anonymous_id", "browser"))
    assert found["same"] is False
    assert "are different people by a decision of" in found["in_words"]
    assert [link["rule"] for link in found["refused"]] == ["different"]


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"verdict": "perhaps"}, 400, "/verdict"),
        ({"verdict": None}, 400, "/verdict"),
        ({"a": "ann"}, 400, "/a"),
        ({"a": {"type": "user_id", "value": 7}}, 400, "/a/value"),
        ({"a": {"type": "user_id"}}, 400, "/a/value"),
        ({"a": {"type": "shoe_size", "value": "42"}}, 422, "/a"),
        ({"b": {"type": "email", "value": "nobody"}}, 422, "/b"),
        ({"reason": ""}, 422, "/reason"),
        ({"reason": "x" * 3000}, 422, "/reason"),
    ],
)
def test_a_decision_that_cannot_be_read_is_refused_by_pointer(
    service: Caller, change: dict[str, Any], status: int, pointer: str
) -> None:
    body = {"a": named("user_id", "a"), "b": named("user_id", "b"), "verdict": "same", "reason": "r", **change}
    answered = service.post("/v1/identity/decisions", body)
    assert answered.status == status, answered.body
    assert [error["pointer"] for error in answered.content["errors"]] == [pointer]
    assert not Decision.objects.exists()


def test_a_decision_about_one_identifier_is_refused(service: Caller) -> None:
    assert decide(service, named("user_id", "a"), named("user_id", " a"), "same").status == 422


def test_decisions_are_listed_without_the_identifiers_and_read_one_by_one_with_them(
    service: Caller, shop: Source
) -> None:
    tell(shop, event(1, userId="ann-1"), event(2, userId="bob-1"), event(3, userId="carl-1"))
    ids = [
        decide(service, named("user_id", "ann-1"), named("user_id", other), "different").content["id"]
        for other in ("bob-1", "carl-1")
    ]
    listed = service.get("/v1/identity/decisions", limit=1)
    assert [item["id"] for item in listed.content["items"]] == [ids[1]]
    assert b"ann-1" not in listed.body
    rest = service.get("/v1/identity/decisions", cursor=listed.content["next_cursor"]).content
    assert ([item["id"] for item in rest["items"]], rest["next_cursor"]) == ([ids[0]], None)
    assert service.get("/v1/identity/decisions", verdict="same").content["items"] == []
    assert service.get("/v1/identity/decisions", by="systems").content["items"] == []
    assert not AccessLog.objects.exists()
    one = service.get(f"/v1/identity/decisions/{ids[0]}").content
    assert {one["item"]["a"]["value"], one["item"]["b"]["value"]} == {"ann-1", "bob-1"}
    assert AccessLog.objects.filter(operation="decision").count() == 2
    assert service.get(f"/v1/identity/decisions/{uuid4()}").status == 404
    assert service.get("/v1/identity/decisions", cursor="x").status == 400


def test_writing_needs_its_own_scope(shop: Source) -> None:
    reader = Caller("profiles:read")
    answered = decide(reader, named("user_id", "a"), named("user_id", "b"), "same")
    assert answered.status == 403
    assert "profiles:write" in answered.content["detail"]
    assert reader.delete(f"/v1/identity/decisions/{uuid4()}").status == 403
    assert Caller("profiles:write").get("/v1/identity/decisions").status == 403
