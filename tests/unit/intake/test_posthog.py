from typing import Any

import pytest

from profiles.intake.observed import Observed
from tests.unit.intake.reading import microseconds, read, read_one, refusal

DEVICE = "01a201a1-b47e-752c-a0d4-c06b6a6d1093"


def capture(name: str = "Seen", /, **fields: Any) -> Observed:
    return read_one({"event": name, "uuid": "m1"} | fields, dialect="posthog")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("$pageview", "page"),
        ("$screen", "screen"),
        ("$identify", "identify"),
        ("$set", "identify"),
        ("$set_once", "identify"),
        ("$create_alias", "alias"),
        ("$groupidentify", "group"),
        ("$opt_in", "track"),
        ("Order Completed", "track"),
    ],
)
def test_the_name_of_an_event_tells_its_type(name: str, kind: str) -> None:
    observed = capture(name, distinct_id="u")
    assert (observed.type, observed.event, observed.message_id) == (kind, name, "m1")


@pytest.mark.parametrize("name", [None, "", {}, []])
def test_an_event_without_a_name_is_not_understood(name: object) -> None:
    assert "no name" in refusal({"event": name, "distinct_id": "u"}, dialect="posthog")


def test_a_distinct_id_is_a_user() -> None:
    assert capture(distinct_id="u1").identifiers == [("user_id", "u1")]
    assert capture(properties={"distinct_id": "u1"}).identifiers == [("user_id", "u1")]
    assert capture(distinct_id=42).identifiers == [("user_id", "42")]


def test_a_distinct_id_that_is_the_device_is_anonymous() -> None:
    anonymous = capture(properties={"distinct_id": DEVICE, "$device_id": DEVICE})
    assert anonymous.identifiers == [("anonymous_id", DEVICE)]


def test_a_distinct_id_of_nobody_identified_is_anonymous() -> None:
    assert capture(distinct_id="x", properties={"$is_identified": False}).identifiers == [("anonymous_id", "x")]
    assert capture(distinct_id="x", properties={"$is_identified": True}).identifiers == [("user_id", "x")]


def test_identify_ties_the_user_to_the_device_and_to_who_it_was_before() -> None:
    observed = capture(
        "$identify",
        properties={"distinct_id": "u1", "$device_id": DEVICE, "$anon_distinct_id": "before", "$user_id": "u1"},
    )
    assert observed.identifiers == [("user_id", "u1"), ("anonymous_id", DEVICE), ("anonymous_id", "before")]


def test_an_event_that_asks_for_no_person_names_nobody() -> None:
    observed = capture(
        distinct_id="13db8030-464d-42ab-a05d-2d69af34c1a5",
        properties={"$process_person_profile": False, "$set": {"email": "a@x.org"}, "c": "C1"},
    )
    assert (observed.identifiers, observed.traits, observed.same) == ([], {}, [])
    assert (
        capture("$create_alias", properties={"$process_person_profile": False, "alias": "b"}, distinct_id="a").same
        == []
    )


def test_a_visitor_who_is_not_identified_yet_is_a_device_without_a_person() -> None:
    personless = {"$process_person_profile": False, "$is_identified": False, "$set": {"email": "a@x.org"}}
    visitor = capture(properties={"distinct_id": DEVICE, "$device_id": DEVICE, **personless})
    assert (visitor.identifiers, visitor.traits, visitor.same) == ([("anonymous_id", DEVICE)], {}, [])
    bootstrapped = capture(properties={"distinct_id": "before", "$device_id": DEVICE, **personless})
    assert bootstrapped.identifiers == [("anonymous_id", "before"), ("anonymous_id", DEVICE)]


def test_mapped_paths_are_not_read_from_an_event_that_asks_for_no_person() -> None:
    event = {"event": "E", "distinct_id": "u", "properties": {"no": "C1"}}
    arguments: dict[str, Any] = {"dialect": "posthog", "mappings": {"properties.no": "crm_id", "traits.k": "crm_id"}}
    assert read_one(event, **arguments).identifiers == [("user_id", "u"), ("crm_id", "C1")]
    assert read_one(event | {"$set": {"k": "C2"}, "properties": {}}, **arguments).identifiers == [
        ("user_id", "u"),
        ("crm_id", "C2"),
    ]
    event["properties"] = {"no": "C1", "$process_person_profile": False}
    assert read_one(event, **arguments).identifiers == []


TOP: dict[str, Any] = {"$set": {"plan": "pro"}, "$set_once": {"first": 2}}


def test_set_stands_at_the_top_or_among_the_properties() -> None:
    observed = capture(
        distinct_id="u",
        properties={"$set": {"email": "a@x.org", "plan": "free"}, "$set_once": {"first": 1, "kept": 1}},
        **TOP,
    )
    assert observed.traits == {"email": "a@x.org", "plan": "pro"}
    assert observed.traits_once == {"first": 2, "kept": 1}
    assert observed.identifiers == [("user_id", "u"), ("email", "a@x.org")]


def test_unset_is_a_trait_that_is_null() -> None:
    fields: dict[str, Any] = {"$unset": ["plan", 5, "name"], "$set": {"name": "Ann"}}
    observed = capture("$unset", distinct_id="u", **fields)
    assert observed.traits == {"plan": None, "name": "Ann"}


def test_a_group_is_no_person() -> None:
    properties = {"$group_type": "company", "$group_key": 9, "$group_set": {"email": "info@firm.org"}}
    made_up = capture("$groupidentify", distinct_id="$company_9", properties=properties | {"$set": {"a": 1}})
    assert (made_up.identifiers, made_up.traits) == ([], {})
    assert capture("$groupidentify", distinct_id="u", properties=properties).identifiers == [("user_id", "u")]


@pytest.mark.parametrize(("distinct", "other"), [("anon-1", "user-1"), ("user-1", "anon-1")])
def test_an_alias_makes_both_ids_one_person_whichever_is_the_new_one(distinct: str, other: str) -> None:
    observed = capture("$create_alias", distinct_id=distinct, properties={"distinct_id": distinct, "alias": other})
    assert sorted(observed.same) == [
        ("anonymous_id", "anon-1"),
        ("anonymous_id", "user-1"),
        ("user_id", "anon-1"),
        ("user_id", "user-1"),
    ]


def test_an_alias_with_itself_or_with_nobody_decides_nothing() -> None:
    assert capture("$create_alias", distinct_id="a", properties={"alias": "a"}).same == []
    observed = capture("$create_alias", distinct_id="a", properties={"alias": ""})
    assert observed.same == []
    assert observed.warnings == ["The alias lacks `distinct_id` or `alias` and decides nothing."]


def test_times_are_corrected_unless_the_batch_is_a_migration() -> None:
    body = {"batch": [{"event": "E", "timestamp": "2026-11-22T07:58:00Z"}], "sent_at": "2026-11-22T08:00:00Z"}
    (live,) = read(body, dialect="posthog")
    (migrated,) = read(
        body | {"historical_migration": True, "batch": [{"event": "E", "timestamp": "2020-01-01"}]}, dialect="posthog"
    )
    assert isinstance(live, Observed)
    assert isinstance(migrated, Observed)
    assert live.occurred_at == microseconds("2026-11-22T04:58:00")
    assert migrated.occurred_at == microseconds("2020-01-01T00:00:00")


def test_a_single_event_is_read_without_its_key() -> None:
    (observed,) = read(
        {"api_key": "phc", "event": "E", "distinct_id": "u", "properties": {"token": "phc"}}, dialect="posthog"
    )
    assert isinstance(observed, Observed)
    assert observed.payload == b'{"event":"E","distinct_id":"u","properties":{}}'


def test_an_event_without_a_message_id_gets_the_same_one_each_time() -> None:
    ids = set()
    for sent_at in ("2026-11-22T05:00:00Z", "2026-11-22T05:00:09Z"):
        (observed,) = read({"batch": [{"event": "E", "distinct_id": "u"}], "sent_at": sent_at}, dialect="posthog")
        assert isinstance(observed, Observed)
        ids.add(observed.message_id)
    assert len(ids) == 1


@pytest.mark.parametrize("wrong", ["text", 5, True, ["a"]])
@pytest.mark.parametrize("name", ["properties", "$set", "$set_once"])
def test_a_field_of_the_wrong_type_costs_itself_and_a_warning(name: str, wrong: object) -> None:
    fields: dict[str, Any] = {name: wrong}
    observed = capture(distinct_id="u", **fields)
    assert observed.identifiers == [("user_id", "u")]
    assert observed.warnings == [f"`{name}` is not an object and was left out."]
