"""Consent on events: what a block says, lacks, or garbles, and where the event may go. Cases COL-*, and neighbours."""

from itertools import product
from typing import Any

import pytest

from tests.integration.cases.service import (
    CHANGED,
    Json,
    Service,
    browser,
    expected,
    given,
    named,
    stamped,
    track,
    user,
)

CATEGORIES = {"advertising": "ads", "ad": "ads", "functional": "personalisation", "analytics": "analytics"}


@pytest.fixture
def key(service: Service) -> str:
    """The write key of a source whose categories lead to purposes."""
    return service.new_source(name="site", consent_categories=CATEGORIES)


def routed(service: Service, event: Json, recipients: Json, who: str = "u-1") -> dict[str, str]:
    """Where an event of a person may go."""
    body = service.check(identifiers=[named(user(who))], recipients=recipients, event=event, source="site")
    found: dict[str, str] = body["recipients"]
    return found


def test_an_event_without_a_consent_block_goes_nowhere_that_needs_consent(service: Service, key: str) -> None:
    case = given("COL-01")
    assert expected("COL-01")["this_service"] != expected("COL-01")["segment"]
    assert routed(service, case["event"], case["destinations"]) == expected("COL-01")["this_service"]
    service.tell(track(userId="u-1"), key=key)
    assert routed(service, case["event"], case["destinations"]) == expected("COL-01")["this_service"]


def test_an_event_without_a_consent_block_is_decided_by_what_is_stored(service: Service, key: str) -> None:
    case = given("COL-01")
    service.decide([user("u-1")], {"ads": "granted"})
    assert routed(service, case["event"], case["destinations"]) == {"ads": "send", "wh": "send"}
    service.decide([user("u-1")], {"ads": "withdrawn"})
    assert routed(service, case["event"], case["destinations"]) == {"ads": "block", "wh": "send"}


def test_an_empty_map_is_a_statement_that_nothing_was_agreed(service: Service, key: str) -> None:
    case = given("COL-02")
    assert routed(service, case["event"], case["destinations"]) == expected("COL-02")
    service.decide([user("u-1")], {"ads": "granted"})
    assert routed(service, case["event"], case["destinations"]) == expected("COL-02")


def test_an_empty_map_takes_no_stored_grant_back(service: Service, key: str) -> None:
    service.decide([user("u-1")], {"ads": ("granted", "2026-02-01")})
    service.tell({"type": "track", "event": "Seen", "userId": "u-1", **given("COL-02")["event"]}, key=key)
    assert service.state(user("u-1"), "ads") == "granted"
    assert routed(service, {"context": {}}, {"ads": ["advertising"]}) == {"ads": "send"}


def test_a_block_that_says_nothing_sends_nothing_to_whom_nobody_asked(service: Service, key: str) -> None:
    for block in ({}, None, {"categoryPreferences": None}):
        event = {"context": {"consent": block}}
        assert routed(service, event, {"ads": ["advertising"], "wh": []}) == {"ads": "block", "wh": "send"}


def test_a_recipient_of_several_categories_needs_all_of_them(service: Service, key: str) -> None:
    service.decide([user("u-1")], {"ads": "granted", "personalisation": "granted"})
    for ad, functional in product((True, False), repeat=2):
        event = {"context": {"consent": {"categoryPreferences": {"ad": ad, "functional": functional}}}}
        sent = {"both": "send" if ad and functional else "block"}
        assert routed(service, event, {"both": ["ad", "functional"]}) == sent


def test_a_switch_of_the_event_narrows_what_consent_allows(service: Service, key: str) -> None:
    case = given("COL-05")
    event = {"context": {"consent": {"categoryPreferences": case["categoryPreferences"]}}}
    event["integrations"] = case["integrations"]
    assert routed(service, event, case["mapping"]) == expected("COL-05")
    service.tell(stamped(case["categoryPreferences"], userId="u-1"), key=key)
    assert routed(service, event, case["mapping"]) == expected("COL-05")


def test_a_switch_of_the_event_never_widens(service: Service, key: str) -> None:
    service.decide([user("u-1")], {"ads": "denied"})
    for switch in (True, {"option": 1}, "yes"):
        event = {"context": {}, "integrations": {"facebook": switch, "All": True}}
        assert routed(service, event, {"facebook": ["ad"]}) == {"facebook": "block"}


def test_all_switched_off_but_one(service: Service, key: str) -> None:
    service.decide([user("u-1")], {"ads": "granted"})
    event = {"context": {}, "integrations": {"All": False, "facebook": True}}
    assert routed(service, event, {"facebook": ["ad"], "google_ads": ["ad"]}) == {
        "facebook": "send",
        "google_ads": "block",
    }


def test_a_purpose_that_the_event_does_not_mention_is_not_granted_for_it_and_stays_as_stored(
    service: Service, key: str
) -> None:
    case = given("COL-06")
    service.decide(
        [user("u-1")], {"analytics": ("granted", "2026-02-01"), "personalisation": ("granted", "2026-02-01")}
    )
    event = stamped(case["categoryPreferences"], userId="u-1")
    body = service.check(
        identifiers=[named(user("u-1"))],
        purposes=["analytics", "personalisation"],
        event={"context": event["context"]},
        source="site",
    )
    assert body["purposes"]["analytics"]["state"] == expected("COL-06")["analytics"]
    assert not body["purposes"]["analytics"]["allowed"]
    assert body["purposes"]["personalisation"]["allowed"]
    before = service.in_force(user("u-1"), "analytics")
    service.tell(event, key=key)
    assert (service.in_force(user("u-1"), "analytics") != before) is expected("COL-06")["stored_grant_changed"]
    assert before["state"] == "granted"


def test_a_change_of_consent_that_does_not_say_to_what_is_refused(service: Service) -> None:
    event = given("COL-07")["event"]
    contexts: list[Json] = [{"consent": {}}, {"consent": {"categoryPreferences": None}}, {"consent": []}]
    for context in (event["context"], *contexts):
        answered = service.send({"type": "track", **event, "context": context})
        assert answered.status == expected("COL-07")["http"]
        assert answered.content["code"]
        assert expected("COL-07")["error"] in str(answered.content)
    recognised = service.recognise(browser(event["anonymousId"]))
    assert (recognised["status"] != "unknown") is expected("COL-07")["stored"]


def test_the_case_itself_is_refused_in_a_batch_too_without_sinking_the_rest(service: Service) -> None:
    good = stamped({"analytics": True}, event=CHANGED, anonymousId="a-1", messageId="good")
    bad = {"type": "track", "messageId": "bad", **given("COL-07")["event"]}
    before = service.get("/v1/status")["quarantined"]
    answered = service.batch(good, bad)
    assert answered.status in (200, 400)
    assert [error["status"] for error in answered.content["errors"]] == [expected("COL-07")["http"]]
    assert service.state(browser("a-1"), "analytics") == "granted"
    assert service.get("/v1/status")["quarantined"] == before + 1
    assert service.recognise(browser(given("COL-07")["event"]["anonymousId"]))["status"] == "unknown"


def test_an_empty_map_is_readable_for_a_change_of_consent(service: Service) -> None:
    service.tell(stamped({}, event=CHANGED, anonymousId="a-1"))
    assert service.consents(browser("a-1"))["history"] == []


GARBLED: list[Any] = ["not-an-object", 7, True, ["x"], {"allowedConsentIds": 7}, {"deniedConsentIds": "all"}]


def test_a_block_that_cannot_be_read_sends_nothing(service: Service, key: str) -> None:
    assert expected("COL-09")["peer"] == "send to all"
    for granted in (False, True):
        if granted:
            service.decide([user("u-1")], {"ads": "granted"})
        for block in (given("COL-09")["context"]["consentManagement"], *GARBLED):
            event = {"context": {"consentManagement": block}}
            assert routed(service, event, {"ads": ["advertising"]}) == {"ads": expected("COL-09")["this_service"]}


def test_nor_does_one_of_segments_that_cannot_be_read(service: Service, key: str) -> None:
    service.decide([user("u-1")], {"ads": "granted"})
    blocks: list[Any] = ["x", 7, [1], {"categoryPreferences": "x"}, {"categoryPreferences": [True]}]
    for block in blocks:
        assert routed(service, {"context": {"consent": block}}, {"ads": ["advertising"]}) == {"ads": "block"}
        service.tell(track(userId="u-1", context={"consent": block}), key=key)
        assert service.state(user("u-1"), "ads") == "granted"


def test_a_preference_that_is_neither_true_nor_false_is_no_answer(service: Service, key: str) -> None:
    values: list[Any] = ["true", "yes", 1, 0, None, {}, [True], "granted"]
    for value in values:
        service.tell(stamped({"analytics": value}, anonymousId="a-1"), key=key)
        assert service.consents(browser("a-1"))["history"] == []
        assert not service.allows(browser("a-1"), "analytics")


def rudder(allowed: Any, denied: Any) -> Json:
    return {"consentManagement": {"provider": "custom", "allowedConsentIds": allowed, "deniedConsentIds": denied}}


RUDDER: list[tuple[Any, Any, str]] = [
    (["advertising"], [], "send"),
    (["advertising"], ["advertising"], "block"),
    ([], ["advertising"], "block"),
    ([], [], "block"),
    (["functional"], [], "block"),
    ({"advertising": "Advertising"}, [], "send"),
    (None, ["advertising"], "block"),
]


def test_rudderstacks_lists_are_read_and_a_refusal_beats_a_grant(service: Service, key: str) -> None:
    for number, (allowed, denied, ads) in enumerate(RUDDER):
        who, context = f"u-{number}", rudder(allowed, denied)
        assert routed(service, {"context": context}, {"ads": ["advertising"]}, who) == {"ads": ads}
        service.tell(track(userId=who, context=context), key=key)
        assert service.allows(user(who), "ads") is (ads == "send")


def test_a_category_can_lead_to_several_purposes_and_several_to_one(service: Service) -> None:
    key = service.new_source(
        name="many", consent_categories={"C4": ["ads.personalised", "analytics"], "C2": "analytics"}
    )
    service.tell(stamped({"C4": True, "C2": False}, anonymousId="a-1"), key=key)
    states = {name: service.state(browser("a-1"), name) for name in ("ads.personalised", "analytics")}
    assert states == {"ads.personalised": "granted", "analytics": "denied"}


def test_a_category_that_nobody_mapped_grants_no_purpose(service: Service, key: str) -> None:
    service.tell(stamped({"C0007": True}, anonymousId="a-1"), key=key)
    purposes = service.consents(browser("a-1"))["purposes"]
    assert [name for name, one in purposes.items() if one["basis"] == "consent" and one["allowed"]] == []


def test_a_purpose_that_an_event_names_by_its_own_key_is_understood(service: Service) -> None:
    service.tell(stamped({"personalisation": True, "analytics": False}, anonymousId="a-1"))
    assert service.state(browser("a-1"), "personalisation") == "granted"
    assert service.state(browser("a-1"), "analytics") == "denied"


def test_the_same_event_again_decides_nothing_anew(service: Service) -> None:
    event = stamped({"analytics": True}, anonymousId="a-1", messageId="once")
    service.tell(event, event)
    service.tell(stamped({"analytics": False}, anonymousId="a-1", at="2026-03-02T00:00:00Z"))
    service.tell(event)
    assert service.state(browser("a-1"), "analytics") == "denied"
    assert len(service.consents(browser("a-1"))["history"]) == 2


def test_a_grant_of_an_event_that_is_replayed_late_does_not_beat_a_later_refusal(service: Service) -> None:
    service.tell(stamped({"analytics": False}, anonymousId="a-1", at="2026-03-02T00:00:00Z"))
    service.tell(stamped({"analytics": True}, anonymousId="a-1", at="2026-03-01T00:00:00Z"))
    assert service.state(browser("a-1"), "analytics") == "denied"


def test_a_change_of_consent_can_deny_to_be_unified_and_a_stamp_only_for_its_own_links(service: Service) -> None:
    service.tell(stamped({"unification": False}, userId="u-1", anonymousId="a-1"))
    assert service.profile_of(user("u-1")) != service.profile_of(browser("a-1"))
    service.tell(track(userId="u-1", anonymousId="a-1", at="2026-03-02T00:00:00Z"))
    assert service.profile_of(user("u-1")) == service.profile_of(browser("a-1"))
    service.tell(stamped({"unification": False}, event=CHANGED, anonymousId="a-1", at="2026-03-03T00:00:00Z"))
    assert service.profile_of(user("u-1")) != service.profile_of(browser("a-1"))
    service.tell(stamped({"unification": True}, event=CHANGED, anonymousId="a-1", at="2026-03-04T00:00:00Z"))
    assert service.profile_of(user("u-1")) == service.profile_of(browser("a-1"))


def test_a_recipient_that_needs_an_unknown_category_is_blocked_or_refused(service: Service, key: str) -> None:
    service.decide([user("u-1")], {"ads": "granted"})
    body = {"identifiers": [named(user("u-1"))], "recipients": {"x": ["nobody-mapped-this"]}, "source": "site"}
    answered = service.ask("POST", "/v1/consents/check", body)
    assert answered.status == 422 or answered.content["recipients"] == {"x": "block"}, answered.body


def test_every_type_of_event_can_carry_a_block(service: Service) -> None:
    kinds: list[Json] = [
        {"type": "identify", "traits": {}},
        {"type": "page", "name": "Home"},
        {"type": "screen", "name": "Home"},
        {"type": "group", "groupId": "g-1"},
        {"type": "track", "event": "Seen"},
        {"type": "alias", "previousId": "before"},
    ]
    block = {"consent": {"categoryPreferences": {"analytics": True}}}
    for kind in kinds:
        service.tell({**kind, "userId": kind["type"], "context": block})
        assert service.state(user(kind["type"]), "analytics") == "granted", kind


def test_other_wire_formats_carry_the_same_signals(service: Service) -> None:
    block = {"consent": {"categoryPreferences": {"analytics": True}}}
    posthog = {
        "event": "Seen",
        "uuid": "0190d3b8-0000-7000-8000-000000000001",
        "distinct_id": "posthog",
        "properties": {"$is_identified": True, "$cookieless_mode": True},
        "timestamp": "2026-03-01T00:00:00Z",
    }
    cloud = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "seen", "time": "2026-03-01T00:00:00Z"}
    told = [
        ("/batch/", {"api_key": service.key, "batch": [posthog]}, "application/json"),
        ("/v1/cloudevents", {**cloud, "data": {"userId": "cloud", "context": block}}, "application/cloudevents+json"),
    ]
    for path, body, kind in told:
        answered = service.anyone("POST", path, body, Sec_GPC="1", Content_Type=kind, X_Write_Key=service.key)
        assert answered.status == 200, answered.body
    service.work()
    for who, analytics in (("posthog", "denied"), ("cloud", "granted")):
        assert service.state(user(who), "ads.sale_share") == "denied"
        assert service.state(user(who), "analytics") == analytics


def test_a_grant_on_an_event_ends_as_its_purpose_says(service: Service) -> None:
    service.new_purpose("newsletter", expires_after="P1M")
    service.tell(stamped({"newsletter": True}, at="2026-03-01T00:00:00Z", userId="u-1"))
    assert service.in_force(user("u-1"), "newsletter")["expires_at"] == "2026-04-01T00:00:00Z"
    assert service.state(user("u-1"), "newsletter") == "expired"


def test_google_consent_mode_is_read(service: Service) -> None:
    mode = {"ad_personalization": "granted", "ad_user_data": "denied", "analytics_storage": "granted"}
    service.tell(track(userId="u-1", context={"consent": {"googleConsentMode": mode}}))
    assert service.state(user("u-1"), "analytics") == "granted"
    assert service.state(user("u-1"), "ads.personalised") == "denied"


def test_a_change_of_consent_is_the_persons_new_word(service: Service, key: str) -> None:
    service.decide([user("u-1")], {"analytics": ("granted", "2026-02-01"), "ads": ("denied", "2026-02-01")})
    service.tell(stamped({"analytics": False, "advertising": True}, event=CHANGED, userId="u-1"), key=key)
    assert (service.state(user("u-1"), "analytics"), service.state(user("u-1"), "ads")) == ("denied", "granted")
    assert len(service.consents(user("u-1"))["history"]) == 4


def test_a_strategy_by_which_one_yes_of_several_is_enough_is_not_followed(service: Service, key: str) -> None:
    block = {
        "provider": "ketch",
        "resolutionStrategy": "or",
        "allowedConsentIds": ["ad"],
        "deniedConsentIds": ["analytics"],
    }
    event = {"context": {"consentManagement": block}}
    assert routed(service, event, {"both": ["ad", "analytics"], "one": ["ad"]}) == {"both": "block", "one": "send"}


def test_a_list_of_what_is_denied_grants_not_the_rest(service: Service, key: str) -> None:
    context = {"consentManagement": {"deniedConsentIds": ["functional"]}}
    assert routed(service, {"context": context}, {"ads": ["ad"]}) == {"ads": "block"}
    service.tell(track(userId="u-1", context=context), key=key)
    assert not service.allows(user("u-1"), "ads")
