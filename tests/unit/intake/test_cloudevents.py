import base64
from decimal import Decimal
from typing import Any

import pytest

from profiles.intake.envelope import context_of
from profiles.intake.observed import NotUnderstood, Observed
from tests.unit.intake.reading import RECEIVED_AT, microseconds, read, read_one, refusal

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "7",
    "source": "/pos/store-7",
    "type": "com.example.order.completed",
    "time": "2026-11-22T04:00:00Z",
}
BINARY = {f"ce-{name}": value for name, value in EVENT.items()} | {"ce-subject": "user%20%C3%BC"}


def structured(**fields: Any) -> Observed:
    return read_one(EVENT | fields, dialect="cloudevents")


def binary(body: bytes, **headers: str) -> Observed:
    (observed,) = read(body, dialect="cloudevents", context=context_of(BINARY | headers, None, "cloudevents"))
    assert isinstance(observed, Observed)
    return observed


def test_the_attributes_say_what_happened_when_to_whom() -> None:
    observed = structured(subject="u1", data={"revenue": 12.5, "currency": "EUR"})
    assert (observed.type, observed.event) == ("track", "com.example.order.completed")
    assert observed.message_id == "/pos/store-7 7"
    assert observed.occurred_at == microseconds("2026-11-22T04:00:00")
    assert observed.identifiers == [("user_id", "u1")]
    assert (observed.revenue, observed.currency) == (Decimal("12.5"), "EUR")


def test_the_binary_mode_says_the_same_in_headers() -> None:
    in_headers = binary(b'{"revenue": 12.5}')
    in_body = structured(subject="user ü", data={"revenue": 12.5})
    assert in_headers.identifiers == [("user_id", "user ü")]
    for name in Observed.__dataclass_fields__:
        if name != "payload":
            assert getattr(in_headers, name) == getattr(in_body, name), name


def test_a_batch_holds_several_events() -> None:
    events = read([EVENT | {"id": "1"}, EVENT | {"id": "2"}], dialect="cloudevents")
    assert [event.message_id for event in events if isinstance(event, Observed)] == ["/pos/store-7 1", "/pos/store-7 2"]


@pytest.mark.parametrize(
    ("data", "identifiers"),
    [
        ({"userId": "u2"}, [("user_id", "u2")]),
        ({"user_id": "u2"}, [("user_id", "u2")]),
        ({"userId": "u2", "anonymousId": "a1"}, [("user_id", "u2"), ("anonymous_id", "a1")]),
        ({"anonymous_id": "a1"}, [("anonymous_id", "a1")]),
        ({"email": "a@x.org", "phone": "+1"}, [("email", "a@x.org"), ("phone", "+1")]),
        ({"traits": {"email": "a@x.org"}}, [("email", "a@x.org")]),
        (
            {"context": {"traits": {"email": "a@x.org"}, "device": {"id": "d"}}},
            [("email", "a@x.org"), ("device_id", "d")],
        ),
        (
            {"device_id": "d", "loyalty_id": "L", "crm_id": 5},
            [("device_id", "d"), ("loyalty_id", "L"), ("crm_id", "5")],
        ),
        ({"context": {"externalIds": [{"id": "1", "type": "card"}]}}, [("card", "1")]),
        ({"userId": "", "email": None}, [("user_id", "subject-1")]),
        ({"userId": {}}, [("user_id", "subject-1")]),
        ({"total": 5}, [("user_id", "subject-1")]),
        (None, [("user_id", "subject-1")]),
    ],
)
def test_the_subject_is_the_user_unless_the_data_names_somebody(
    data: object, identifiers: list[tuple[str, str]]
) -> None:
    assert structured(subject="subject-1", data=data).identifiers == identifiers


def test_data_in_segments_shape_is_read_as_segment() -> None:
    observed = structured(
        data={
            "type": "identify",
            "userId": "u1",
            "traits": {"plan": "pro"},
            "context": {"consent": {"categoryPreferences": {"analytics": True}}, "identityHash": "ab"},
        }
    )
    assert (observed.type, observed.event, observed.traits) == ("identify", "", {"plan": "pro"})
    assert (observed.consent, observed.identity_hash, observed.hashed_user_id) == ({"analytics": True}, "ab", "u1")


def test_data_in_segments_shape_may_name_its_own_event_and_properties() -> None:
    observed = structured(data={"type": "track", "event": "Order", "properties": {"revenue": 3}, "userId": "u"})
    assert (observed.event, observed.revenue) == ("Order", Decimal(3))


def test_an_alias_in_the_data_is_one() -> None:
    observed = structured(data={"type": "alias", "userId": "u1", "previousId": "p1"})
    assert observed.same == [("user_id", "u1"), ("user_id", "p1"), ("anonymous_id", "p1")]


def test_the_traits_of_a_group_in_the_data_are_not_the_persons() -> None:
    observed = structured(data={"type": "group", "userId": "u1", "traits": {"email": "info@firm.org"}})
    assert (observed.identifiers, observed.traits) == ([("user_id", "u1")], {})


def test_a_source_maps_paths_of_the_data_and_of_the_attributes() -> None:
    mappings = {"properties.no": "crm_id", "data.no": "crm_id", "tenantid": "tenant"}
    observed = read_one(EVENT | {"tenantid": "t1", "data": {"no": 5}}, dialect="cloudevents", mappings=mappings)
    assert observed.identifiers == [("crm_id", "5"), ("tenant", "t1")]


def test_data_as_base64_is_read_if_it_is_json() -> None:
    packed = base64.b64encode(b'{"userId":"u1"}').decode()
    assert structured(data_base64=packed).identifiers == [("user_id", "u1")]


@pytest.mark.parametrize("wrong", ["%%%", base64.b64encode(b"<xml/>").decode(), 5, {}, "ü"])
def test_data_as_base64_that_is_none_is_left_out(wrong: object) -> None:
    observed = structured(subject="s", data_base64=wrong)
    assert observed.identifiers == [("user_id", "s")]
    assert observed.warnings == ["`data_base64` holds no JSON and was left out."]


@pytest.mark.parametrize("data", [5, "text", [1, 2], True])
def test_data_that_is_no_object_is_left_out(data: object) -> None:
    observed = structured(subject="s", data=data)
    assert observed.identifiers == [("user_id", "s")]
    assert observed.warnings == ["`data` is not an object and was left out."]


def test_binary_data_of_any_json_is_read_again_from_what_is_stored() -> None:
    for body in (b"5", b'"text"', b"[1,2]", b"null", b'{"data":{"a":1}}', b'{"specversion":"1.0"}'):
        assert binary(body).identifiers == [("user_id", "user ü")]


@pytest.mark.parametrize("name", [None, "", {}, []])
def test_an_event_without_a_type_is_not_understood(name: object) -> None:
    assert "`type`" in refusal(EVENT | {"type": name}, dialect="cloudevents")


def test_what_is_no_object_is_not_understood() -> None:
    assert read([5], dialect="cloudevents") == [NotUnderstood(b"5", "The event is not a JSON object.")]


def test_an_event_without_an_id_gets_one_of_what_it_says() -> None:
    one = structured(id=None, data={"a": 1})
    assert one.message_id.startswith("derived:")
    assert structured(id="", data={"a": 1}).message_id != structured(id="", data={"a": 2}).message_id
    bare = {name: value for name, value in BINARY.items() if name != "ce-id"}
    ids = set()
    for subject in ("a", "b", "a"):
        context = context_of(bare | {"ce-subject": subject}, None, "cloudevents")
        (observed,) = read(b"{}", dialect="cloudevents", context=context)
        assert isinstance(observed, Observed)
        ids.add(observed.message_id)
    assert len(ids) == 2


def test_a_time_that_cannot_be_read_is_that_of_receipt() -> None:
    observed = structured(time="noon")
    assert observed.occurred_at == RECEIVED_AT
    assert len(observed.warnings) == 1
