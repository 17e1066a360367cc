"""A profile as it was believed to be at an earlier instant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from profiles import history
from profiles.models import Decision, Identifier, Source
from tests.factories.callers import Caller
from tests.factories.channels import START, event, tell

DAY = timedelta(days=1)


def days(number: int) -> datetime:
    return START + number * DAY


def as_of(service: Caller, value: str, at: datetime | str, type_name: str = "user_id") -> dict[str, Any]:
    born = Identifier.objects.get(type__name=type_name, value=value).profile_id
    instant = at if isinstance(at, str) else at.isoformat()
    answered = service.get(f"/v1/profiles/{born}", purpose="service", as_of=instant)
    assert answered.status == 200, answered.body
    found: dict[str, Any] = answered.content
    return found


def values(found: dict[str, Any]) -> dict[str, Any]:
    return {name: trait["value"] for name, trait in found["traits"].items()}


def test_only_what_had_been_received_by_then_counts(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", context={"traits": {"city": "Ulm"}}), received_at=days(1))
    tell(
        shop,
        event(2, userId="ann-1", anonymousId="b", properties={"revenue": 5}, context={"traits": {"city": "Bonn"}}),
        received_at=days(3),
    )
    then = as_of(service, "ann-1", days(2))
    assert values(then) == {"city": "Ulm"}
    assert [item["value"] for item in then["identifiers"]] == ["ann-1"]
    assert then["counters"] == {
        "interactions": 1,
        "interactions_by_channel": {"web": 1},
        "revenue": 0,
        "revenue_by_currency": {},
    }
    assert then["as_of"] == "2026-01-03T00:00:00Z"
    assert values(as_of(service, "ann-1", days(4))) == {"city": "Bonn"}


def test_as_of_now_is_what_the_card_shows(service: Caller, shop: Source) -> None:
    consent = {"consent": {"categoryPreferences": {"analytics": True, "personalisation": False}}}
    tell(shop, event(1, anonymousId="b", context={"traits": {"a": [1, {"x": None}], "n": None}, **consent}))
    tell(shop, event(2, userId="ann-1", anonymousId="b", properties={"revenue": 9.75, "currency": "USD"}))
    tell(shop, {"type": "alias", "messageId": "x", "previousId": "old-ann", "userId": "ann-2"})
    tell(shop, event(3, userId="ann-2", context={"traits": {"a": "later"}}))
    for value in ("ann-1", "ann-2"):
        born = Identifier.objects.get(value=value).profile_id
        now = service.get(f"/v1/profiles/{born}", purpose="service").content
        then = as_of(service, value, datetime.now(UTC))
        for found in (now, then):
            found.pop("decision")
            found.pop("as_of")
        assert then == now


def test_a_merge_that_came_later_is_not_there_yet_and_ids_stay_good(service: Caller, shop: Source) -> None:
    tell(shop, event(1, anonymousId="b", context={"traits": {"theme": "dark"}}), received_at=days(1))
    tell(shop, event(2, userId="ann-1", context={"traits": {"city": "Ulm"}}), received_at=days(2))
    tell(shop, event(3, userId="ann-1", anonymousId="b"), received_at=days(3))
    born = str(Identifier.objects.get(value="ann-1").profile_id)
    then = as_of(service, "ann-1", days(2))
    assert (then["profile_id"], then["canonical_id"], values(then)) == (born, born, {"city": "Ulm"})
    now = as_of(service, "ann-1", days(3))
    assert now["canonical_id"] != born
    assert values(now) == {"city": "Ulm", "theme": "dark"}


def test_decisions_count_from_when_they_were_recorded_to_when_they_were_withdrawn(
    service: Caller, shop: Source
) -> None:
    tell(shop, event(1, userId="ann-1", context={"traits": {"city": "Ulm"}}), received_at=days(1))
    tell(shop, event(2, userId="ann-2", context={"traits": {"dog": "Rex"}}), received_at=days(1))
    body = {"a": {"type": "user_id", "value": "ann-1"}, "b": {"type": "user_id", "value": "ann-2"}}
    made = service.post("/v1/identity/decisions", {**body, "verdict": "same", "reason": "Same address."})
    Decision.objects.filter(id=made.content["id"]).update(recorded_at=days(3), withdrawn_at=days(5))
    assert values(as_of(service, "ann-1", days(2))) == {"city": "Ulm"}
    assert values(as_of(service, "ann-1", days(4))) == {"city": "Ulm", "dog": "Rex"}
    assert values(as_of(service, "ann-1", days(6))) == {"city": "Ulm"}


def test_before_it_was_first_seen_there_is_no_profile(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1"), received_at=days(2))
    born = Identifier.objects.get().profile_id
    assert service.get(f"/v1/profiles/{born}", purpose="service", as_of=days(1).isoformat()).status == 404
    body = {"identifier": {"type": "user_id", "value": "ann-1"}, "purpose": "service", "as_of": days(1).isoformat()}
    assert service.post("/v1/profiles/lookup", body).status == 404
    assert service.post("/v1/profiles/lookup", {**body, "as_of": days(2).isoformat()}).status == 200


def test_what_is_in_force_today_decides_whether_the_past_is_shown(service: Caller, shop: Source) -> None:
    granted = {"consent": {"categoryPreferences": {"analytics": True}}}
    refused = {"consent": {"categoryPreferences": {"analytics": False}}}
    tell(shop, event(1, userId="ann-1", context=granted), received_at=days(1))
    tell(shop, event(2, userId="ann-1", context=refused), received_at=days(3))
    born = Identifier.objects.get().profile_id
    answered = service.get(f"/v1/profiles/{born}", purpose="analytics", as_of=days(2).isoformat())
    assert answered.status == 403
    assert b"ann-1" not in answered.body


@pytest.mark.parametrize(
    "instant", ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "9999-01-01T00:00:00Z"]
)
def test_an_instant_that_is_none_or_in_the_future_is_refused(service: Caller, shop: Source, instant: str) -> None:
    tell(shop, event(1, userId="ann-1"))
    born = Identifier.objects.get().profile_id
    answered = service.get(f"/v1/profiles/{born}", purpose="service", as_of=instant)
    assert answered.status == 400
    assert answered.content["errors"][0]["pointer"] == "/as_of"


def test_too_much_history_is_refused_with_a_sentence(
    service: Caller, shop: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(shop, *(event(minute, userId="ann-1", anonymousId=f"b{minute}") for minute in range(5)))
    born = Identifier.objects.get(value="ann-1").profile_id
    for limit, most in (("MOST_INTERACTIONS", 4), ("MOST_IDENTIFIERS", 5)):
        with monkeypatch.context() as patch:
            patch.setattr(history, limit, most)
            answered = service.get(f"/v1/profiles/{born}", purpose="service", as_of=datetime.now(UTC).isoformat())
            assert (answered.status, "recomputed" in answered.content["detail"]) == (422, True), limit
