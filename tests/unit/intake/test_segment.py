import json
from decimal import Decimal
from typing import Any

import pytest

from profiles.intake.envelope import MAX_EVENT
from profiles.intake.observed import NotUnderstood, Observed
from profiles.intake.wire.findings import MAX_IDENTIFIERS, MAX_NAME, MAX_TRAITS
from tests.unit.intake.reading import RECEIVED_AT, microseconds, read, read_one, refusal

TRACK: dict[str, Any] = {"type": "track", "event": "Seen", "messageId": "m1"}


def track(**fields: Any) -> Observed:
    return read_one(TRACK | fields)


def identify(**fields: Any) -> Observed:
    return read_one({"type": "identify", "messageId": "m1"} | fields)


# Types and names


@pytest.mark.parametrize("kind", ["identify", "track", "page", "screen", "group", "alias"])
def test_every_type_is_understood(kind: str) -> None:
    assert read_one({"type": kind, "event": "E", "userId": "u"}).type == kind


def test_the_path_gives_its_type_to_an_event_without_one() -> None:
    for path_type in ("identify", "page"):
        (observed,) = read({"userId": "u"}, context={"path_type": path_type})
        assert isinstance(observed, Observed)
        assert observed.type == path_type


def test_the_own_type_of_an_event_stands_against_the_path() -> None:
    (observed,) = read({"type": "Identify", "userId": "u"}, context={"path_type": "track"})
    assert isinstance(observed, Observed)
    assert observed.type == "identify"


@pytest.mark.parametrize("kind", [None, "", "purchase", 42, ["track"], {"a": 1}, True])
def test_an_event_of_no_known_type_is_not_understood(kind: object) -> None:
    assert "`type`" in refusal({"type": kind, "userId": "u", "event": "E"})


def test_the_path_of_a_batch_is_no_type() -> None:
    (refused,) = read({"batch": [{"userId": "u"}]}, context={"path_type": "batch"})
    assert isinstance(refused, NotUnderstood)


@pytest.mark.parametrize("name", [None, "", "  ", {}, [], True])
def test_a_track_without_a_name_is_not_understood(name: object) -> None:
    assert "no name" in refusal({"type": "track", "event": name, "userId": "u"})


@pytest.mark.parametrize("event", [None, 1, 1.5, "text", [], [{}], True])
def test_what_is_no_object_is_not_understood(event: object) -> None:
    assert refusal(event) == "The event is not a JSON object."


def test_a_page_is_called_by_its_name_or_that_of_its_properties() -> None:
    assert read_one({"type": "page", "name": "Home", "properties": {"name": "Other"}}).event == "Home"
    assert read_one({"type": "screen", "properties": {"name": "Cart"}}).event == "Cart"
    assert read_one({"type": "page"}).event == ""


def test_a_long_name_is_cut_and_a_number_is_a_name() -> None:
    long = track(event="x" * 5000)
    assert (long.event, long.warnings) == (
        "x" * MAX_NAME,
        [f"`event` is longer than {MAX_NAME} characters and was cut."],
    )
    assert track(event=404).event == "404"


# Identifiers


def test_identifiers_are_found_where_the_contract_says() -> None:
    observed = identify(
        userId="u1",
        anonymousId="a1",
        traits={"email": "a@x.org", "phone": "+1", "loyalty_id": "L1", "crm_id": "C1", "name": "Ann"},
        context={
            "device": {"id": "d1", "advertisingId": "d2", "type": "ios"},
            "externalIds": [{"id": "e1", "type": "store_card", "collection": "users"}, {"id": "u1", "type": "user_id"}],
            "traits": {"email": "other@x.org"},
        },
    )
    assert observed.identifiers == [
        ("user_id", "u1"),
        ("anonymous_id", "a1"),
        ("email", "a@x.org"),
        ("phone", "+1"),
        ("loyalty_id", "L1"),
        ("crm_id", "C1"),
        ("device_id", "d1"),
        ("device_id", "d2"),
        ("store_card", "e1"),
    ]
    assert observed.dropped == []


def test_traits_of_the_context_name_the_person_of_any_event() -> None:
    assert track(context={"traits": {"email": "a@x.org"}}).identifiers == [("email", "a@x.org")]


def test_the_traits_of_a_group_are_not_the_persons() -> None:
    group = read_one(
        {
            "type": "group",
            "userId": "u",
            "groupId": "g",
            "traits": {"email": "info@firm.org", "name": "Firm"},
            "context": {"traits": {"email": "a@x.org"}},
        }
    )
    assert group.identifiers == [("user_id", "u"), ("email", "a@x.org")]
    assert group.traits == {"email": "a@x.org"}


@pytest.mark.parametrize("nobody", [None, ""])
def test_an_empty_id_is_no_id(nobody: object) -> None:
    observed = track(userId=nobody, anonymousId="a", context={"externalIds": [{"id": nobody, "type": "x"}]})
    assert (observed.identifiers, observed.dropped) == ([("anonymous_id", "a")], [])


@pytest.mark.parametrize(
    ("number", "text"),
    [(42, "42"), (42.0, "42"), (0, "0"), (-1, "-1"), (4.5, "4.5"), (2**70, str(2**70)), (1e300, "1e+300")],
)
def test_numbers_are_ids(number: float, text: str) -> None:
    assert track(userId=number).identifiers == [("user_id", text)]


@pytest.mark.parametrize("wrong", [{}, {"id": 1}, [], ["u1"], True, False])
def test_an_id_of_the_wrong_type_is_dropped_and_reported(wrong: object) -> None:
    observed = identify(userId=wrong, anonymousId="a", traits={"email": wrong, "name": "Ann"})
    assert observed.identifiers == [("anonymous_id", "a")]
    assert observed.dropped == [{"type": name, "reason": "malformed"} for name in ("user_id", "email")]
    assert observed.traits["name"] == "Ann"


def test_an_id_of_ten_thousand_characters_is_dropped_and_its_event_kept() -> None:
    observed = track(userId="x" * 10_000, anonymousId="y" * 500)
    assert observed.identifiers == [("anonymous_id", "y" * 500)]
    assert observed.dropped == [{"type": "user_id", "reason": "too long"}]


def test_each_id_of_a_list_of_external_ids_is_one() -> None:
    context = {"externalIds": [{"type": "card", "id": ["c1", "c2", None, 3, {}]}, {"type": "card", "id": "c2"}]}
    observed = track(context=context)
    assert observed.identifiers == [("card", "c1"), ("card", "c2"), ("card", "3")]
    assert observed.dropped == [{"type": "card", "reason": "malformed"}]


@pytest.mark.parametrize(
    "entries",
    [
        "text",
        [1],
        [None],
        [{}],
        [{"id": "x"}],
        [{"id": "x", "type": 5}],
        [{"id": "x", "type": ""}],
        [{"id": "x", "type": "jane@example.com and more"}],
        [{"id": "x", "type": "t" * 65}],
        {"id": "x"},
    ],
)
def test_an_external_id_without_a_proper_type_is_reported_without_it(entries: object) -> None:
    observed = track(context={"externalIds": entries})
    assert observed.identifiers == []
    assert observed.dropped == [{"type": "externalIds", "reason": "malformed"}]


def test_no_event_names_more_than_so_many_identifiers() -> None:
    entries = [{"type": "card", "id": number} for number in range(MAX_IDENTIFIERS + 50)]
    observed = track(userId="u", context={"externalIds": entries})
    assert observed.identifiers == [
        ("user_id", "u"),
        *(("card", str(number)) for number in range(MAX_IDENTIFIERS - 1)),
    ]
    assert observed.dropped == [{"type": "card", "reason": "too many"}]


def test_a_source_maps_its_own_paths() -> None:
    mappings = {
        "properties.customer_no": "crm_id",
        "properties.customer.cards": "loyalty_id",
        "traits.kunde": "crm_id",
        "context.ip": "address",
        "properties.nothing.there": "crm_id",
        "event.too.far": "crm_id",
    }
    observed = track(
        properties={"customer_no": 7, "customer": {"cards": ["L1", "L2", None]}},
        context={"traits": {"kunde": "K1"}, "ip": "203.0.113.7"},
    )
    assert observed.identifiers == []
    (mapped,) = read(
        {
            "batch": [
                TRACK
                | {
                    "properties": {"customer_no": 7, "customer": {"cards": ["L1", "L2", None, {}]}},
                    "context": {"traits": {"kunde": "K1"}, "ip": "203.0.113.7"},
                }
            ]
        },
        mappings=mappings,
    )
    assert isinstance(mapped, Observed)
    assert mapped.identifiers == [
        ("crm_id", "7"),
        ("loyalty_id", "L1"),
        ("loyalty_id", "L2"),
        ("crm_id", "K1"),
        ("address", "203.0.113.7"),
    ]
    assert mapped.dropped == [{"type": "loyalty_id", "reason": "malformed"}]


# Alias


def alias(**fields: Any) -> list[tuple[str, str]]:
    return read_one({"type": "alias"} | fields).same


def test_an_alias_says_that_a_user_is_who_either_id_was() -> None:
    assert alias(userId="u1", previousId="p1") == [("user_id", "u1"), ("user_id", "p1"), ("anonymous_id", "p1")]
    assert alias(userId="u1", previousId="p1", anonymousId="a1") == alias(userId="u1", previousId="p1")


def test_an_alias_of_the_events_own_anonymous_id_says_that_alone() -> None:
    assert alias(userId="u1", previousId="a1", anonymousId="a1") == [("user_id", "u1"), ("anonymous_id", "a1")]


def test_an_alias_of_an_id_with_itself_says_nothing() -> None:
    assert alias(userId="u1", previousId="u1", anonymousId="a1") == []
    assert alias(userId=42, previousId="42") == []


@pytest.mark.parametrize("missing", [None, "", {}, [], "x" * 501])
def test_an_alias_that_lacks_an_id_decides_nothing(missing: object) -> None:
    for fields in ({"userId": "u", "previousId": missing}, {"userId": missing, "previousId": "p"}):
        observed = read_one({"type": "alias"} | fields)
        assert observed.same == []
        assert "The alias lacks `userId` or `previousId` and decides nothing." in observed.warnings


# Traits


def test_traits_win_over_those_of_the_context_and_null_is_a_trait() -> None:
    observed = identify(traits={"plan": "pro", "gone": None}, context={"traits": {"plan": "free", "q": 1}})
    assert observed.traits == {"plan": "pro", "gone": None, "q": 1}


def test_ten_thousand_traits_are_cut_to_the_first_by_name() -> None:
    traits = {f"t{number:05}": number for number in range(2000, 0, -1)}
    observed = identify(traits=traits)
    assert observed.traits == {f"t{number:05}": number for number in range(1, MAX_TRAITS + 1)}
    assert observed.warnings == [
        f"The event has more than {MAX_TRAITS} traits; the first {MAX_TRAITS} by name were kept."
    ]


def test_trait_names_are_bounded() -> None:
    observed = identify(traits={"x" * MAX_NAME: 1, "x" * (MAX_NAME + 1): 2, "": 3})
    assert observed.traits == {"x" * MAX_NAME: 1}
    assert len(observed.warnings) == 1


@pytest.mark.parametrize("wrong", ["text", 5, True, ["a"]])
@pytest.mark.parametrize("name", ["traits", "context", "properties"])
def test_a_field_of_the_wrong_type_costs_itself_and_a_warning(name: str, wrong: object) -> None:
    observed = read_one({"type": "identify", "userId": "u", name: wrong})
    assert observed.identifiers == [("user_id", "u")]
    assert observed.warnings == [f"`{name}` is not an object and was left out."]


@pytest.mark.parametrize("nothing", [None, {}, []])
def test_an_empty_field_is_no_fault(nothing: object) -> None:
    fields = dict.fromkeys(("traits", "context", "properties", "integrations", "timestamp", "sentAt"), nothing)
    assert identify(**fields | {"timestamp": None}).warnings == []


# Consent


def test_consent_preferences_are_the_events_own() -> None:
    preferences = {"analytics": True, "marketing.email": False, "odd": "yes", "": True, "none": None, "x" * 201: True}
    observed = track(context={"consent": {"categoryPreferences": preferences}})
    assert observed.consent == {"analytics": True, "marketing.email": False}
    assert observed.warnings == [
        "Consent preferences that are neither true nor false were left out.",
        "Consent categories that no purpose can have the name of were left out.",
    ]


@pytest.mark.parametrize("block", ["yes", 1, ["analytics"], {"categoryPreferences": "all"}])
def test_a_consent_block_that_cannot_be_read_grants_nothing(block: object) -> None:
    observed = track(context={"consent": block})
    assert observed.consent == {}
    assert len(observed.warnings) == 1


def test_global_privacy_control_overrules_a_grant_beside_it() -> None:
    consent = {"categoryPreferences": {"ads.sale_share": True, "analytics": True}}
    for gpc in (True, 1, "1"):
        assert track(context={"gpc": gpc, "consent": consent}).consent == {"ads.sale_share": False, "analytics": True}


@pytest.mark.parametrize("gpc", [False, 0, "0", None, "yes", {}, []])
def test_without_global_privacy_control_nothing_is_said(gpc: object) -> None:
    assert track(context={"gpc": gpc}).consent == {}


def test_the_header_of_global_privacy_control_holds_for_every_event() -> None:
    events = read({"batch": [TRACK, {"type": "page"}]}, context={"sec_gpc": True})
    assert [event.consent for event in events if isinstance(event, Observed)] == [{"ads.sale_share": False}] * 2


# Money


@pytest.mark.parametrize(
    ("revenue", "amount"),
    [
        (12.5, "12.5"),
        (10, "10"),
        (100.0, "100"),
        (0, "0"),
        (-3.25, "-3.25"),
        ("19.99", "19.99"),
        (" 1e2 ", "100"),
        (0.1 + 0.2, "0.3"),
        (1e-9, "0"),
        (999_999_999_999_999, "999999999999999"),
    ],
)
def test_revenue_is_counted_exactly(revenue: object, amount: str) -> None:
    observed = track(properties={"revenue": revenue, "currency": "eur"})
    assert (str(observed.revenue), observed.currency) == (str(Decimal(amount)), "EUR")


@pytest.mark.parametrize(
    "revenue",
    [
        "much",
        "12,50",
        "$5",
        "NaN",
        "Infinity",
        "1e999",
        "1e-999999999",
        "9" * 400,
        "1" * 30_000,
        1e15,
        -1e15,
        True,
        {},
        [1],
    ],
)
def test_revenue_that_is_no_amount_is_not_counted(revenue: object) -> None:
    observed = track(properties={"revenue": revenue})
    assert (observed.revenue, observed.warnings) == (None, ["`revenue` is not an amount and was not counted."])


@pytest.mark.parametrize("currency", ["EURO", "€", 978, {}, "E R"])
def test_a_currency_that_is_none_is_left_out(currency: object) -> None:
    observed = track(properties={"revenue": 1, "currency": currency})
    assert (observed.revenue, observed.currency) == (Decimal(1), "")
    assert observed.warnings == ["`currency` is not a code of three letters and was left out."]


# Times


def happened(event: dict[str, Any], **batch: Any) -> Observed:
    (observed,) = read({"batch": [TRACK | event], **batch})
    assert isinstance(observed, Observed)
    return observed


def test_an_event_happened_as_long_before_receipt_as_its_client_says() -> None:
    fast = happened({"timestamp": "2026-11-22T07:58:00Z"}, sentAt="2026-11-22T08:00:00Z")
    assert fast.occurred_at == microseconds("2026-11-22T04:58:00")


def test_the_original_timestamp_is_the_clients_own_clock() -> None:
    fields = {"originalTimestamp": "2026-11-22T04:58:00Z", "timestamp": "2026-11-22T04:59:00Z"}
    assert happened(fields).occurred_at == microseconds("2026-11-22T04:58:00")
    assert happened(fields | {"originalTimestamp": None}).occurred_at == microseconds("2026-11-22T04:59:00")


def test_the_batchs_time_of_sending_counts_for_each_event_and_is_stored_with_it() -> None:
    observed = happened({"timestamp": "2026-11-22T07:58:00Z", "sentAt": "1999-01-01"}, sentAt="2026-11-22T08:00:00Z")
    assert observed.occurred_at == microseconds("2026-11-22T04:58:00")
    assert json.loads(observed.payload)["sentAt"] == "2026-11-22T08:00:00Z"


def test_imports_and_files_are_not_corrected() -> None:
    body = {"batch": [TRACK | {"timestamp": "2020-01-01T00:00:00Z"}], "sentAt": "2026-11-22T08:00:00Z"}
    for arguments in ({"context": {"path_type": "import"}}, {"dialect": "file"}):
        (observed,) = read(body, **arguments)
        assert isinstance(observed, Observed)
        assert observed.occurred_at == microseconds("2020-01-01T00:00:00")


@pytest.mark.parametrize("said", ["yesterday", "0000-01-01T00:00:00Z", {"at": 1}, [1], True, 1e300, "9" * 10_000])
def test_a_time_that_cannot_be_read_is_that_of_receipt(said: object) -> None:
    observed = happened({"timestamp": said})
    assert observed.occurred_at == RECEIVED_AT
    assert observed.warnings == ["The timestamp could not be read; the time of receipt stands in its place."]


def test_a_time_to_come_is_that_of_receipt() -> None:
    assert happened({"timestamp": "9999-12-31T23:59:59Z"}).occurred_at == RECEIVED_AT
    assert happened({}).occurred_at == RECEIVED_AT


def test_a_time_of_sending_without_sense_corrects_nothing() -> None:
    observed = happened({"timestamp": "2026-11-22T04:00:00Z"}, sentAt="9999-12-31T23:59:59Z")
    assert observed.occurred_at == microseconds("2026-11-22T04:00:00")
    assert observed.warnings == ["`sentAt` makes no sense beside the timestamp; the clock was not corrected."]


@pytest.mark.parametrize("sent_at", ["soon", {}, [], True, "0000-00-00"])
def test_a_time_of_sending_that_cannot_be_read_corrects_nothing(sent_at: object) -> None:
    assert happened({"timestamp": "2026-11-22T04:00:00Z"}, sentAt=sent_at).occurred_at == microseconds(
        "2026-11-22T04:00:00"
    )


# Message ids


def message_id(event: dict[str, Any], **batch: Any) -> str:
    (observed,) = read({"batch": [event], **batch})
    assert isinstance(observed, Observed)
    return observed.message_id


def test_a_message_id_is_kept_as_text() -> None:
    assert message_id(TRACK | {"messageId": "node-next-1795323026265-1350"}) == "node-next-1795323026265-1350"
    assert message_id(TRACK | {"messageId": 17}) == "17"


@pytest.mark.parametrize("none", [None, "", " ", {}, [], True])
def test_an_event_without_a_message_id_gets_one_of_what_it_says(none: object) -> None:
    event = TRACK | {"messageId": none, "userId": "u"}
    first = message_id(event, sentAt="2026-11-22T04:00:00Z", writeKey="a")
    assert first.startswith("derived:")
    assert message_id(dict(reversed(event.items())), sentAt="2026-11-22T04:00:05Z", writeKey="b") == first
    assert message_id(event | {"userId": "v"}) != first
    assert message_id(event | {"type": "page"}) != first


def test_a_long_message_id_is_hashed() -> None:
    long = message_id(TRACK | {"messageId": "x" * 10_000})
    assert long.startswith("sha256:")
    assert len(long) < 100
    assert message_id(TRACK | {"messageId": "x" * 10_001}) != long


# Identity hash


def test_the_hash_and_the_user_id_that_it_is_of_are_handed_on_as_sent() -> None:
    observed = identify(userId=42, context={"identityHash": "ABC"})
    assert (observed.identity_hash, observed.hashed_user_id) == ("ABC", "42")


@pytest.mark.parametrize("wrong", [None, "", 5, {}, []])
def test_what_is_no_hash_is_none(wrong: object) -> None:
    assert identify(userId="u", context={"identityHash": wrong}).identity_hash is None


# Cleaning


def test_what_cannot_be_stored_is_cleaned_out_of_the_whole_event() -> None:
    body = (
        b'{"batch":[{"type":"identify","userId":"u\\u00001","traits":{"a\\ud800":"x\\u0000y","n":NaN,'
        b'"big":123456789012345678901234567890,"far":1e999}}]}'
    )
    (observed,) = read(body)
    assert isinstance(observed, Observed)
    assert observed.identifiers == [("user_id", "u1")]
    assert observed.traits == {"a\ufffd": "xy", "n": None, "big": "123456789012345678901234567890", "far": None}
    assert b"\\u0000" not in observed.payload


def test_one_bad_event_does_not_sink_its_batch() -> None:
    deep = b'{"type":"track","event":"E","properties":' + b"[" * 200 + b"]" * 200 + b"}"
    big = json.dumps(TRACK | {"properties": {"x": "y" * MAX_EVENT}}).encode()
    good = json.dumps(TRACK).encode()
    events = read(b'{"batch":[' + b",".join([good, deep, b"[]", big, b'{"type":NaN}', good]) + b"]}")
    assert [type(event) for event in events] == [Observed, *[NotUnderstood] * 4, Observed]
    refused = [event for event in events if isinstance(event, NotUnderstood)]
    assert [event.body for event in refused] == [deep, b"[]", big, b'{"type":NaN}']
    assert [event.reason for event in refused] == [
        "The JSON is nested more than 100 levels deep.",
        "The event is not a JSON object.",
        "The event is larger than 32768 bytes; send less in it.",
        "The event has no `type` that is one of identify, track, page, screen, group and alias.",
    ]


def test_a_body_that_cannot_be_read_is_one_event_that_is_not_understood() -> None:
    assert read(b"\x00\xff") == [NotUnderstood(b"\x00\xff", "The body is not UTF-8; encode the JSON in UTF-8.")]


def test_reasons_and_warnings_hold_nothing_of_what_was_sent() -> None:
    secret = "jane.doe@example.com"
    events = read(
        {
            "batch": [
                {"type": secret},
                {"type": "track", "event": {secret: 1}},
                TRACK
                | {"userId": [secret], "timestamp": secret, "context": {"consent": secret, "externalIds": [secret]}},
                TRACK | {"properties": {"revenue": secret, "currency": secret}, "traits": {secret * 20: 1}},
                secret,
            ]
        }
    )
    for event in events:
        said = event.reason if isinstance(event, NotUnderstood) else repr((event.warnings, event.dropped))
        assert secret not in said
