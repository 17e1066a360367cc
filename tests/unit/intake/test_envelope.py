import gzip
import json
import tracemalloc
import zlib

import pytest

from profiles.intake.envelope import (
    MAX_BODY,
    MAX_EVENT,
    MAX_EVENTS,
    MAX_GZIP_MEMBERS,
    Envelope,
    Malformed,
    TooLarge,
    context_of,
    decompress,
    open_envelope,
    read_envelope,
)

EVENT = b'{"type":"track","event":"Seen","userId":"u1"}'


def opened(body: bytes, dialect: str = "segment", path_type: str | None = "batch", **headers: str) -> Envelope:
    return open_envelope(dialect, body, path_type=path_type, headers=headers)


# Decompression


def test_plain_bytes_come_back_as_they_are() -> None:
    assert decompress(EVENT) is EVENT


def test_gzip_is_told_by_its_first_bytes() -> None:
    assert decompress(gzip.compress(EVENT)) == EVENT


def test_gzip_of_several_members_is_one_body() -> None:
    assert decompress(gzip.compress(EVENT[:10]) + gzip.compress(EVENT[10:])) == EVENT


def test_zeros_that_pad_a_gzip_are_no_part_of_it() -> None:
    assert decompress(gzip.compress(EVENT) + b"\x00" * 64) == EVENT


@pytest.mark.parametrize("cut", [2, 5, 11, 20, -9, -8, -1])
def test_a_truncated_gzip_is_refused(cut: int) -> None:
    with pytest.raises(Malformed, match="ends too early"):
        decompress(gzip.compress(EVENT)[:cut])


def test_a_corrupt_gzip_is_refused() -> None:
    good = gzip.compress(EVENT)
    for raw in (good[:12] + b"\xff\xff\xff" + good[15:], good[:-6] + b"wrong!", good + b"and more"):
        with pytest.raises(Malformed, match="gzip"):
            decompress(raw)


def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    for pack in (bytes, gzip.compress):
        assert len(decompress(pack(b"x" * 1000), 1000)) == 1000
        with pytest.raises(TooLarge, match="larger than 1000 bytes"):
            decompress(pack(b"x" * 1001), 1000)


def test_the_limit_counts_all_members_together() -> None:
    with pytest.raises(TooLarge):
        decompress(gzip.compress(b"x" * 600) + gzip.compress(b"x" * 600), 1000)


def test_a_bomb_is_never_unpacked_into_memory() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    assert len(bomb) < MAX_BODY
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decompress(bomb)
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BODY
    finally:
        tracemalloc.stop()


def test_members_without_end_are_refused() -> None:
    empty = gzip.compress(b"")
    assert decompress(empty * MAX_GZIP_MEMBERS) == b""
    with pytest.raises(Malformed, match="members"):
        decompress(empty * (MAX_GZIP_MEMBERS + 1))


# What a body holds


def test_a_batch_gives_its_events_as_they_came() -> None:
    body = b'{"sentAt": "2026-11-22T05:00:00Z", "batch": [' + EVENT + b' , {"b": 1.50}], "writeKey":"wk"}'
    envelope = opened(body)
    assert envelope.events == [EVENT, b'{"b": 1.50}']
    assert (envelope.write_key, envelope.sent_at) == ("wk", "2026-11-22T05:00:00Z")
    assert (envelope.oversize, envelope.historical) == ([], False)


def test_a_single_event_is_the_body() -> None:
    body = b'{"type":"track","writeKey":"wk","sentAt":1795323600}'
    envelope = opened(body, path_type="track")
    assert (envelope.events, envelope.write_key, envelope.sent_at) == ([body], "wk", "1795323600")


def test_a_batch_is_taken_on_the_path_of_a_single_event() -> None:
    assert opened(b'{"batch":[' + EVENT + b"]}", path_type="track").events == [EVENT]


def test_a_list_is_taken_for_the_events() -> None:
    assert opened(b"[" + EVENT + b"," + EVENT + b"]", "posthog", None).events == [EVENT, EVENT]


def test_an_empty_batch_has_no_events() -> None:
    assert opened(b'{"batch": [ ]}').events == []


def test_posthog_bodies_have_their_own_names() -> None:
    envelope = opened(b'{"api_key":"phc","batch":[{}],"sent_at":"now","historical_migration":true}', "posthog")
    assert (envelope.write_key, envelope.sent_at, envelope.historical) == ("phc", "now", True)


@pytest.mark.parametrize("key", ["null", "true", '""', "{}", '"jk:***"', '["a"]'])
def test_what_is_no_key_is_none(key: str) -> None:
    assert opened(b'{"batch":[],"writeKey":%s}' % key.encode()).write_key is None


def test_a_key_of_digits_is_a_key() -> None:
    assert opened(b'{"batch":[],"writeKey":42}').write_key == "42"


def test_a_time_too_long_to_be_one_is_not_handed_to_each_event() -> None:
    assert opened(b'{"batch":[],"sentAt":"%s"}' % (b"2" * 41)).sent_at is None


def test_a_byte_order_mark_is_passed_over() -> None:
    assert opened(b'\xef\xbb\xbf{"batch":[{}]}\r\n').events == [b"{}"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b'{"batch":[{"a":"\xff"}]}', "UTF-8"),
        ('{"batch":[]}'.encode("utf-16"), "UTF-8"),
        (b"42", "neither a JSON object nor an array"),
        (b'"text"', "neither a JSON object nor an array"),
        (b"null", "neither a JSON object nor an array"),
        (b"NaN", "neither a JSON object nor an array"),
        (b"data=%7B%7D", "neither a JSON object nor an array"),
        (b'{"batch":[{}]', "ends too early"),
        (b'{"batch":[{}', "ends too early"),
        (b'{"batch":[{}]}}', "after its end"),
        (b'{"batch":[{"a":}]}', "broken"),
        (b'{"batch":[{"a":1},]}', "broken"),
        (b"{\"batch\":[{'a':1}]}", "broken"),
        (b'{"batch" [] }', "broken"),
        (b"{42: []}", "broken"),
        (b'{"batch":{}}', "no list of events"),
        (b'{"batch":null}', "no list of events"),
        (b'{"events":[]}', "no list of events"),
        (b"{}", "no list of events"),
        (b"[{}", "ends too early"),
        (b"[[}", "ends too early"),
        (b'["', "ends too early"),
        (b'{"\\', "ends too early"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_a_sentence(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        opened(body)


@pytest.mark.parametrize("body", [b"{", b'{"a":1', b"{nope}", b'{"userId":nope}', b'{"a":1}{"b":2}'])
def test_a_single_event_that_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="JSON is broken"):
        opened(body, path_type="track")


@pytest.mark.parametrize(
    "odd",
    [
        b'{"n":NaN}',
        b'{"n":[Infinity,-Infinity]}',
        b'{"s":"\\ud800"}',
        b'{"s":"\\ude00\\ud83d"}',
        b'{"s":"\\u0000"}',
        b'{"n":1e999}',
        b'{"n":' + b"9" * 5000 + b"}",
        b'{"deep":' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"deep":' + b"[" * 15000 + b"]" * 15000 + b"}",
        b'{"deep":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        b'{"tricky":"]},[{\\"", "\\\\":"\\\\"}',
    ],
)
def test_an_odd_event_leaves_the_others_as_they_came(odd: bytes) -> None:
    body = b'{"batch":[' + EVENT + b"," + odd + b", " + EVENT + b'],"sentAt":"x","writeKey":"wk"}'
    envelope = opened(body)
    assert envelope.events == [EVENT, odd, EVENT]
    assert (envelope.write_key, envelope.sent_at) == ("wk", "x")


def test_nesting_without_end_is_answered() -> None:
    for body in (b"[" * 400_000, b'{"batch":' * 50_000, b'{"batch":[' + b"[" * 400_000, b'"' + b'\\"' * 200_000):
        with pytest.raises(Malformed):
            opened(body)


# Limits


def test_a_body_past_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge, match=f"{MAX_BODY} bytes"):
        opened(b'{"batch":[]}' + b" " * MAX_BODY)


def test_a_batch_past_the_number_of_events_is_refused() -> None:
    assert len(opened(b'{"batch":[' + b"{}," * (MAX_EVENTS - 1) + b"{}]}").events) == MAX_EVENTS
    for last in (b"{}", b"NaN"):
        with pytest.raises(TooLarge, match=f"{MAX_EVENTS} events"):
            opened(b'{"batch":[' + b"{}," * MAX_EVENTS + last + b"]}")


def event_of(size: int) -> bytes:
    event = b'{"a":"' + b"x" * (size - 8) + b'"}'
    assert len(event) == size
    return event


def test_an_event_past_its_size_is_flagged_in_a_batch() -> None:
    body = b'{"batch":[' + b",".join([EVENT, event_of(MAX_EVENT + 1), event_of(MAX_EVENT)]) + b"]}"
    assert opened(body).oversize == [1]


def test_a_single_event_past_its_size_is_refused() -> None:
    assert opened(event_of(MAX_EVENT), path_type="track").oversize == []
    with pytest.raises(TooLarge, match=f"{MAX_EVENT} bytes"):
        opened(event_of(MAX_EVENT + 1), path_type="track")


# What a request says outside its body


def test_context_says_what_reading_depends_on_and_nothing_else() -> None:
    headers = {"Authorization": "Basic eDo=", "Cookie": "a=b", "Content-Type": "text/plain", "X-Retry-Count": "1"}
    assert context_of(headers, "batch", "segment") == {"path_type": "batch"}
    assert context_of({}, None, "posthog") == {}


@pytest.mark.parametrize(
    ("value", "set_"),
    [("1", True), ("0, 1", True), (" 1 ", True), ("0", False), ("", False), ("11", False), ("true", False)],
)
def test_global_privacy_control_is_split_on_commas_and_compared_exactly(value: str, set_: bool) -> None:
    assert context_of({"SEC-GPC": value}, None, "segment") == ({"sec_gpc": True} if set_ else {})


def test_attributes_of_a_binary_cloudevent_are_percent_decoded() -> None:
    headers = {"ce-id": "1", "CE-Subject": "user%20%C3%BC%00", "ce-data": "no attribute", "ce-": "no name", "id": "2"}
    assert context_of(headers, None, "cloudevents") == {"ce": {"id": "1", "subject": "user ü"}}


def test_attributes_as_raw_bytes_of_utf_8_are_read_too() -> None:
    header = "übung".encode().decode("latin-1")
    assert context_of({"ce-subject": header}, None, "cloudevents") == {"ce": {"subject": "übung"}}
    assert context_of({"ce-subject": "雪"}, None, "cloudevents") == {"ce": {"subject": "雪"}}


def test_a_structured_cloudevent_has_no_attributes_outside() -> None:
    headers = {"content-type": "application/cloudevents+json; charset=utf-8", "ce-id": "1"}
    assert context_of(headers, None, "cloudevents") == {}


def test_attributes_mean_nothing_in_other_dialects() -> None:
    assert context_of({"ce-id": "1"}, None, "segment") == {}


def test_attributes_are_bounded() -> None:
    headers = {f"ce-a{number:03}": "x" * 10_000 for number in range(500)}
    attributes = context_of(headers, None, "cloudevents")["ce"]
    assert (len(attributes), max(map(len, attributes.values()))) == (50, 2000)


def test_context_is_json_that_reads_the_body_again() -> None:
    headers = {"ce-id": "1", "ce-source": "/pos", "ce-type": "x", "sec-gpc": "1"}
    context = json.loads(json.dumps(context_of(headers, None, "cloudevents")))
    assert read_envelope("cloudevents", b"[1, 2]", context).events == [b"[1, 2]"]
    assert read_envelope("cloudevents", b"[1, 2]", {}).events == [b"1", b"2"]
