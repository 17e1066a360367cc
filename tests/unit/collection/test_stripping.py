"""What is taken out of an event before it is stored, and what stays whatever is taken out."""

import base64
import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.signals.reading import SignalRules
from profiles.collection.stripping import Unwanted, strip_event
from profiles.intake.observed import NotUnderstood, Observed
from profiles.intake.wire import read_event

CATEGORIES = {
    "first_name": "identity",
    "email": "contact",
    "phone": "contact",
    "city": "location",
    "visits": "behaviour",
    "customer_no": "account",
}


def unwanted(*seen: str) -> Unwanted:
    return Unwanted(lambda category: "*" in seen or (category != "" and category in seen), CATEGORIES)


def strip(event: Any, *seen: str, dialect: str = "segment", mappings: Iterable[str] = ()) -> Any:
    payload = json.dumps(event).encode()
    return json.loads(strip_event(dialect, payload, unwanted(*seen), mappings))


def test_traits_of_the_categories_go_wherever_they_stand() -> None:
    event = {
        "type": "identify",
        "traits": {"city": "Ulm", "plan": "a"},
        "context": {"traits": {"city": "Bonn", "first_name": "Ann"}, "ip": "::1"},
        "properties": {"city": "Ulm", "total": 3},
        "$set": {"city": "Ulm", "nick": "x"},
        "$set_once": {"city": "Ulm"},
    }
    assert strip(event, "location") == {
        "type": "identify",
        "traits": {"plan": "a"},
        "context": {"traits": {"first_name": "Ann"}, "ip": "::1"},
        "properties": {"total": 3},
        "$set": {"nick": "x"},
        "$set_once": {},
    }


def test_a_trait_without_a_category_goes_only_where_everything_is_seen() -> None:
    event = {"type": "identify", "userId": "u", "traits": {"nick": "x", "city": "Ulm", "email": "a@x.org"}}
    assert strip(event, "location")["traits"] == {"nick": "x", "email": "a@x.org"}
    assert strip(event, "*")["traits"] == {"email": "a@x.org"}


def test_behaviour_takes_properties_whole_and_the_page_with_them() -> None:
    event = {
        "type": "track",
        "event": "Viewed",
        "properties": {"revenue": 5, "sku": "s", "plan": {"a": 1}},
        "context": {
            "page": {"url": "https://x.org/a"},
            "referrer": {"url": "y"},
            "campaign": {"name": "z"},
            "consent": {"categoryPreferences": {"ads": False}},
            "gpc": True,
            "traits": {"visits": 3, "city": "Ulm"},
        },
    }
    assert strip(event, "behaviour") == {
        "type": "track",
        "event": "Viewed",
        "properties": {},
        "context": {"consent": {"categoryPreferences": {"ads": False}}, "gpc": True, "traits": {"city": "Ulm"}},
    }
    assert strip({"type": "track", "event": "e", "properties": "odd"}, "behaviour")["properties"] == {}


def test_what_a_mapping_finds_identifiers_in_stays() -> None:
    event = {
        "type": "track",
        "event": "e",
        "traits": {"customer_no": "7", "crm": {"no": 1, "city": "Ulm"}},
        "properties": {"customer": {"no": 3, "till": 4, "name": {"x": 1}}, "sku": 1},
        "context": {"page": {"id": 5, "url": "u"}},
    }
    mappings = (
        "traits.customer_no", "properties.customer.no", "properties.customer.name", "context.page.id", "traits.a.b",
        "properties.none", "userId",
    )  # fmt: skip
    assert strip(event, "account", "behaviour", mappings=mappings) == {
        "type": "track",
        "event": "e",
        "traits": {"customer_no": "7", "crm": {"no": 1, "city": "Ulm"}},
        "properties": {"customer": {"no": 3, "name": {"x": 1}}},
        "context": {"page": {"id": 5}},
    }
    assert strip(event, "*", mappings=["traits.crm.no"])["traits"] == {"crm": {"no": 1}}


def test_posthog_keeps_whom_an_event_is_about() -> None:
    properties = {
        "distinct_id": "d",
        "$device_id": "d",
        "$is_identified": False,
        "$current_url": "https://x.org",
        "$set": {"city": "Ulm", "visits": 2, "email": "a@x.org"},
        "revenue": 3,
    }
    event = {"event": "Viewed", "uuid": "1", "properties": properties}
    assert strip(event, "behaviour", dialect="posthog")["properties"] == {
        "distinct_id": "d",
        "$device_id": "d",
        "$is_identified": False,
        "$set": {"city": "Ulm", "email": "a@x.org"},
    }


@pytest.mark.parametrize("encoded", [False, True])
def test_a_cloud_event_loses_the_same_in_its_data(encoded: bool) -> None:
    data = {"userId": "u", "city": "Ulm", "sku": 1, "context": {"gpc": True, "page": {"url": "u"}}}
    shape = {"specversion": "1.0", "id": "1", "source": "/s", "type": "org.shop.viewed"}
    given_data = {"data_base64": base64.b64encode(json.dumps(data).encode()).decode()} if encoded else {"data": data}
    event = {**shape, **given_data}
    assert strip(event, "location", dialect="cloudevents") == {
        **shape,
        "data": {"userId": "u", "sku": 1, "context": {"gpc": True, "page": {"url": "u"}}},
    }
    assert strip(event, "behaviour", dialect="cloudevents") == {
        **shape,
        "data": {"userId": "u", "context": {"gpc": True}},
    }
    assert strip(event, "identity", dialect="cloudevents") == event


@pytest.mark.parametrize("held", [{"data": "words"}, {"data": [1]}, {"data_base64": "!"}, {"data_base64": 7}])
def test_data_that_is_no_object_goes_with_behaviour(held: dict[str, Any]) -> None:
    shape = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "subject": "u"}
    assert strip({**shape, **held}, "behaviour", dialect="cloudevents") == {**shape, "data": None}
    assert strip({**shape, **held}, "location", dialect="cloudevents") == {**shape, **held}


def test_nothing_to_take_out_leaves_the_very_bytes() -> None:
    payload = b'{ "type":"track", "event":"e", "traits":[], "context":null, "properties":{"total":1.0} }'
    assert strip_event("segment", payload, unwanted("location"), ()) is payload
    assert strip_event("segment", b"[1]", unwanted("*"), ()) == b"[1]"


# --- whatever the event: who it is about and what it says of consent stays --------------------------------------------

names = st.sampled_from(
    ["city", "email", "phone", "visits", "first_name", "customer_no", "loyalty_id", "traits", "$set", "name", "page",
     "event", "data", "revenue", "userId", "anonymous_id", "$device_id", "distinct_id", "previousId", "subject"]
)  # fmt: skip
leaves = st.one_of(st.sampled_from(["a@x.org", "+14155550123", "x", "", 3, 1.5, True]), st.none())
values = st.recursive(
    leaves, lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(names, inner)), max_leaves=6
)
objects = st.dictionaries(names, values, max_size=5)
contexts = st.fixed_dictionaries(
    {},
    optional={
        "traits": objects,
        "page": objects,
        "consent": st.sampled_from([{}, {"categoryPreferences": {"ads": True, "analytics": False}}, "odd"]),
        "gpc": st.booleans(),
        "externalIds": st.just([{"id": "e-1", "type": "crm_id"}]),
        "device": st.just({"id": "d-1"}),
    },
)
parts = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "identify", "page", "alias", "group"]), "event": st.just("Bought")},
    optional={
        "userId": leaves,
        "anonymousId": leaves,
        "distinct_id": leaves,
        "previousId": leaves,
        "traits": objects,
        "properties": st.one_of(objects, leaves),
        "context": contexts,
        "$set": objects,
        "$set_once": objects,
        "messageId": st.just("m-1"),
        "uuid": st.just("m-1"),
        "timestamp": st.just("2026-01-01T00:00:00Z"),
    },
)
MAPPINGS = {"traits.customer_no": "crm_id", "properties.data.city": "crm_id", "context.page.name": "crm_id"}


class Reading:
    mappings = MAPPINGS
    signal_rules = SignalRules({}, frozenset({"ads", "analytics"}))


def read(dialect: str, payload: bytes) -> Observed | NotUnderstood:
    return read_event(dialect=dialect, body=payload, context={}, received_at=2 * 10**15, source=Reading())


@given(
    event=parts,
    dialect=st.sampled_from(["segment", "posthog", "cloudevents"]),
    seen=st.lists(st.sampled_from(["identity", "contact", "location", "behaviour", "account", "*"]), max_size=3),
)
def test_identifiers_and_consent_are_the_same_afterwards(event: Any, dialect: str, seen: list[str]) -> None:
    if dialect == "cloudevents":
        event = {
            "specversion": "1.0",
            "id": "1",
            "source": "/s",
            "type": "t",
            "time": "2026-01-01T00:00:00Z",
            "data": event,
        }
    whole = read(dialect, json.dumps(event).encode())
    if isinstance(whole, NotUnderstood):
        return
    payload = strip_event(dialect, whole.payload, unwanted(*seen), MAPPINGS)
    left = read(dialect, payload)
    assert isinstance(left, Observed)
    assert sorted(left.identifiers) == sorted(whole.identifiers)
    assert left.same == whole.same
    assert left.signals == whole.signals
    assert (left.type, left.occurred_at, left.hashed_user_id) == (whole.type, whole.occurred_at, whole.hashed_user_id)
    wants = unwanted(*seen)
    kept = {"email", "phone", "loyalty_id", "crm_id", "customer_no"}
    assert {name for name in {**left.traits, **left.traits_once} if wants.trait(name)} <= kept
    if wants.behaviour:
        assert left.revenue is None
    assert strip_event(dialect, payload, wants, MAPPINGS) == payload
