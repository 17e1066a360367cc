"""Whatever is sent, reading answers: with events, each as good when it is read again, or with a reason."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from profiles.intake.envelope import DIALECTS, Malformed, TooLarge, context_of, decompress, open_envelope
from profiles.intake.observed import NotUnderstood, Observed
from profiles.intake.wire import read_batch, read_event
from profiles.intake.wire.findings import MAX_IDENTIFIER, MAX_IDENTIFIERS, MAX_TRAITS
from tests.unit.intake.reading import RECEIVED_AT, Source

ODD_TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=8) | st.sampled_from(
    ["track", "identify", "alias", "$identify", "$create_alias", "u1", "a@x.org", "2026-11-22T04:00:00Z", "x" * 600]
)
SCALAR = (
    st.none() | st.booleans() | st.integers() | st.floats() | ODD_TEXT | st.sampled_from([2**64, 10**400, 1e308, -0.0])
)
NAMES = st.sampled_from(
    [
        *("type", "event", "userId", "anonymousId", "previousId", "messageId", "traits", "context", "properties"),
        *("timestamp", "originalTimestamp", "sentAt", "batch", "writeKey", "externalIds", "device", "consent", "gpc"),
        *(
            "categoryPreferences",
            "id",
            "advertisingId",
            "email",
            "phone",
            "revenue",
            "currency",
            "identityHash",
            "name",
        ),
        *("distinct_id", "$device_id", "$set", "$set_once", "$unset", "$anon_distinct_id", "alias", "uuid", "api_key"),
        *("$process_person_profile", "$is_identified", "$group_type", "$group_key", "sent_at", "historical_migration"),
        *("specversion", "source", "subject", "time", "data", "data_base64", "token"),
    ]
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | ODD_TEXT, inner, max_size=6),
    max_leaves=30,
)
EVENT = st.dictionaries(NAMES, VALUE, max_size=14)
BODY = (
    st.binary(max_size=80)
    | st.text(alphabet='{}[]",:\\ntfu01.eE+-', max_size=60).map(str.encode)
    | (EVENT | VALUE | st.lists(EVENT, max_size=4)).map(lambda value: json.dumps(value).encode())
    | st.lists(EVENT | VALUE, max_size=4).map(lambda events: json.dumps({"batch": events}).encode())
    | st.tuples(st.lists(EVENT, max_size=3), ODD_TEXT | SCALAR).map(
        lambda parts: json.dumps({"batch": parts[0], "sentAt": parts[1], "sent_at": parts[1]}).encode()
    )
)
HEADERS = st.dictionaries(
    st.sampled_from(["Sec-GPC", "content-type", "ce-id", "ce-type", "ce-source", "ce-subject", "ce-time", "ce-x"]),
    st.text(max_size=12) | st.sampled_from(["1", "%ff%00", "application/cloudevents+json"]),
)
PATHS = st.sampled_from([None, "batch", "import", "track", "identify", "alias", "group", "page", "nothing"])
MAPPINGS = st.dictionaries(
    st.sampled_from(["properties.email", "traits.phone", "context", "userId", "data.id", "", ".", "batch.x"]),
    st.just("crm_id"),
    max_size=3,
)


@settings(deadline=None)  # the examples beneath take a while to refuse on a busy machine
@given(BODY, st.sampled_from(sorted(DIALECTS)), PATHS, HEADERS, MAPPINGS)
@example(b'{"batch":[{"type":"track"' + b',"a":[' * 3000, "segment", "batch", {}, {})
@example(b"[" * 100_000, "posthog", None, {}, {})
def test_any_body_is_read(
    body: bytes, dialect: str, path: str | None, headers: dict[str, str], mappings: dict[str, str]
) -> None:
    context = json.loads(json.dumps(context_of(headers, path, dialect)))
    arguments: dict[str, Any] = {
        "dialect": dialect,
        "context": context,
        "received_at": RECEIVED_AT,
        "source": Source(mappings),
    }
    events = list(read_batch(body=body, **arguments))
    try:
        assert len(events) == len(open_envelope(dialect, body, path_type=path, headers=headers).events)
    except (Malformed, TooLarge) as error:
        assert events == [NotUnderstood(body, str(error))]
    for event in events:
        if isinstance(event, Observed):
            assert read_event(body=event.payload, **arguments) == event
            check(event)
        else:
            assert event.reason.endswith(".")


def check(event: Observed) -> None:
    """What every reader after this one relies on."""
    stored = [event.message_id, event.event, event.payload.decode(), *event.warnings]
    stored += [text for pair in [*event.identifiers, *event.same] for text in pair]
    stored += [json.dumps([event.traits, event.traits_once, event.dropped], ensure_ascii=False)]
    for text in stored:
        text.encode()  # no lone surrogates
        assert "\x00" not in text
    assert event.message_id.strip()
    assert event.type in {"identify", "track", "page", "screen", "group", "alias"}
    assert event.occurred_at <= RECEIVED_AT
    assert len(event.identifiers) <= MAX_IDENTIFIERS
    assert all(0 < len(value) <= MAX_IDENTIFIER for _, value in [*event.identifiers, *event.same])
    assert len(event.traits) <= MAX_TRAITS
    assert event.revenue is None or event.revenue.is_finite()
    assert all(isinstance(state, bool) for state in event.consent.values())


@given(st.binary(max_size=100) | st.binary(max_size=60).map(lambda tail: b"\x1f\x8b\x08\x00" + tail))
def test_any_bytes_are_unpacked_or_refused(raw: bytes) -> None:
    try:
        assert len(decompress(raw, 1000)) <= 1000
    except (Malformed, TooLarge) as error:
        assert str(error).endswith(".")
