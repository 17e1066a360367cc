"""Every event that the recorded clients sent is understood, as their captures in tests/data/wire have it."""

import gzip
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from profiles.intake.envelope import context_of, decompress, open_envelope
from profiles.intake.observed import Observed
from profiles.intake.wire import read_batch, read_event
from tests.unit.intake.captures import Capture, captures
from tests.unit.intake.reading import RECEIVED_AT, Source

ROUTES = {
    "/v1/batch": ("segment", "batch"),
    "/v1/b": ("segment", "batch"),
    "/v1/i": ("segment", "identify"),
    "/v1/t": ("segment", "track"),
    "/v1/p": ("segment", "page"),
    "/v1/g": ("segment", "group"),
    "/v1/a": ("segment", "alias"),
    "/v1/s": ("segment", "screen"),
    "/v1/identify": ("segment", "identify"),
    "/v1/track": ("segment", "track"),
    "/v1/page": ("segment", "page"),
    "/v1/group": ("segment", "group"),
    "/v1/alias": ("segment", "alias"),
    "/prefix/v1/batch": ("segment", "batch"),
    "/batch/": ("posthog", "batch"),
    "/e/": ("posthog", None),
    "/api/s/track": ("jitsu", "track"),
    "/api/s/identify": ("jitsu", "identify"),
    "/api/s/page": ("jitsu", "page"),
    "/api/s/group": ("jitsu", "group"),
    "/v1/events": ("cloudevents", None),
}

# File: how many events each whole request in it holds.
EVENTS = {
    "segment-python": [8, 1],
    "segment-node": [7],
    "segment-next": [1, 1, 1, 1, 1, 1],
    "rudder-python": [7],
    "rudder-node": [1, 6, 1, 1],
    "posthog-python": [7],
    "posthog-node": [4],
    "js-others": [1, 1, 1, 1],
    "js-others2": [1, 1, 1, 1, 1, 1, 1],
    "cloudevents-js": [1, 1],
    "cloudevents-python": [1, 1],
    "cloudevents-python-v2": [1, 1],
}


def observed(capture: Capture) -> list[Observed]:
    dialect, path_type = ROUTES[capture.path]
    context = context_of(capture.headers, path_type, dialect)
    events = list(
        read_batch(dialect=dialect, body=capture.body, context=context, received_at=RECEIVED_AT, source=Source())
    )
    understood = [event for event in events if isinstance(event, Observed)]
    assert understood == events
    return understood


def everything() -> Iterator[tuple[Capture, Observed]]:
    for name in EVENTS:
        for capture in captures(name):
            for event in observed(capture):
                yield capture, event


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_of_a_recorded_client_is_understood(name: str) -> None:
    assert [len(observed(capture)) for capture in captures(name)] == EVENTS[name]


@pytest.mark.parametrize("name", EVENTS)
def test_the_door_counts_the_events_that_the_worker_reads(name: str) -> None:
    for capture in captures(name):
        dialect, path_type = ROUTES[capture.path]
        zipped = gzip.compress(capture.body)
        envelope = open_envelope(dialect, decompress(zipped), path_type=path_type, headers=capture.headers)
        assert (len(envelope.events), envelope.oversize) == (len(observed(capture)), [])


def test_no_recorded_event_gives_a_warning_or_loses_an_identifier() -> None:
    remarks = [
        (capture.file, event.type, event.warnings, event.dropped)
        for capture, event in everything()
        if event.warnings or event.dropped
    ]
    assert remarks == []


def test_each_recorded_event_reads_the_same_from_what_is_stored_of_it() -> None:
    for capture, event in everything():
        dialect, path_type = ROUTES[capture.path]
        again = read_event(
            dialect=dialect,
            body=event.payload,
            context=context_of(capture.headers, path_type, dialect),
            received_at=RECEIVED_AT,
            source=Source(),
        )
        assert isinstance(again, Observed)
        assert asdict(again) == asdict(event)


def test_no_write_key_is_stored_with_an_event() -> None:
    for capture, event in everything():
        assert b"writeKey" not in event.payload, capture.file
        assert b"api_key" not in event.payload, capture.file


def test_the_keys_in_recorded_bodies_are_found() -> None:
    keys = {}
    for name in EVENTS:
        for capture in captures(name):
            dialect, path_type = ROUTES[capture.path]
            keys[name] = open_envelope(dialect, capture.body, path_type=path_type, headers={}).write_key
    assert keys == {
        "segment-python": "wk_test_123",
        "segment-node": "wk_node",
        "segment-next": "wk_web",
        "rudder-python": None,
        "rudder-node": None,
        "posthog-python": "phc_test_key",
        "posthog-node": "phc_node",
        "js-others": None,  # Jitsu masks it
        "js-others2": None,  # the last is RudderStack's, which has it in a header alone
        "cloudevents-js": None,
        "cloudevents-python": None,
        "cloudevents-python-v2": None,
    }


JANE = ("email", "jane.doe@example.com")
USER = ("user_id", "user-1")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "segment-python",
            [
                ("identify", "", [USER, ("anonymous_id", "anon-1"), JANE, ("phone", "+1 415 555 0100")]),
                ("track", "Order Completed", [USER]),
                ("page", "Home", [USER]),
                ("screen", "Cart", [USER]),
                ("group", "", [USER]),
                ("alias", "", [USER]),
                ("track", "Viewed", [("anonymous_id", "anon-2")]),
                ("track", "Numeric id", [("user_id", "42")]),
                ("track", "E", [("user_id", "u")]),
            ],
        ),
        (
            "rudder-python",
            [
                ("identify", "", [USER, JANE]),
                ("track", "Order Completed", [USER]),
                ("page", "Home", [USER]),
                ("screen", "Cart", [USER]),
                ("group", "", [USER]),
                ("alias", "", [USER]),
                ("track", "V", [("anonymous_id", "anon-2")]),
            ],
        ),
        (
            "posthog-python",
            [
                ("track", "Order Completed", [USER, JANE]),
                ("identify", "$set", [USER, JANE]),
                ("identify", "$set_once", [USER]),
                ("alias", "$create_alias", [("user_id", "anon-1")]),
                ("group", "$groupidentify", [USER]),
                ("track", "personless event", []),
                ("track", "with groups", [USER]),
            ],
        ),
        (
            "posthog-node",
            [
                ("track", "Order", [USER, ("email", "a@b.co")]),
                ("identify", "$identify", [USER]),
                ("alias", "$create_alias", [USER]),
                ("group", "$groupidentify", []),
            ],
        ),
        (
            "js-others",
            [
                ("track", "Order Completed", [("anonymous_id", "b7a55152-bfec-4b52-a9a0-def25d28909b")]),
                ("identify", "", [USER, ("anonymous_id", "b7a55152-bfec-4b52-a9a0-def25d28909b"), JANE]),
                ("page", "Home", [USER, ("anonymous_id", "b7a55152-bfec-4b52-a9a0-def25d28909b"), JANE]),
                ("group", "", [USER, ("anonymous_id", "b7a55152-bfec-4b52-a9a0-def25d28909b")]),
            ],
        ),
        ("cloudevents-python-v2", [("track", "com.example.x", [("user_id", "user ü")])] * 2),
        ("cloudevents-js", [("track", "com.example.order.completed", [USER])] * 2),
    ],
)
def test_what_recorded_clients_say_about_whom(
    name: str, expected: list[tuple[str, str, list[tuple[str, str]]]]
) -> None:
    events = [event for capture in captures(name) for event in observed(capture)]
    assert [(event.type, event.event, event.identifiers) for event in events] == expected


def test_a_visitor_without_a_user_id_is_not_the_empty_user() -> None:
    track = observed(next(capture for capture in captures("js-others2") if capture.path == "/v1/track"))[0]
    assert track.identifiers == [("anonymous_id", "e8491cde-6b69-4214-b86b-77c1c0e188d4")]


def test_binary_and_structured_cloudevents_are_one_message() -> None:
    binary, structured = (observed(capture)[0] for capture in captures("cloudevents-js"))
    assert binary.message_id == structured.message_id == "/pos/store-7 e9eedaea-2281-479e-8e4b-36cf85ced172"
    assert (binary.occurred_at, binary.revenue) == (structured.occurred_at, structured.revenue)
