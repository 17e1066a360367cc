"""Intake: a 200 means committed, and every refusal is a clear answer."""

import gzip
import json
from typing import Any

import pytest

from profiles.intake.store import unpack_body
from profiles.models import Inbox, Interaction, Source
from profiles.pipeline import take_batches
from profiles.sources import revoke_source
from tests.integration.doors.client import Ask, Chunks, basic, make_source

EVENT = {"type": "track", "event": "Seen", "userId": "u-1", "messageId": "m-1", "timestamp": "2026-03-01T12:00:00Z"}
BATCH = {"batch": [EVENT, {**EVENT, "messageId": "m-2"}], "sentAt": "2026-03-01T12:00:01Z"}
PATHS = [
    *[f"/v1/{kind}" for kind in ("identify", "track", "page", "screen", "group", "alias", "batch", "import")],
    *[f"/v1/{letter}" for letter in "itpsgab"],
    *["/batch", "/e", "/i/v0/e", "/capture", "/v1/cloudevents"],
    *["/api/s/track", "/api/s/identify", "/api/s/s2s/page", "/api/s/s2s/batch"],
]


def test_every_path_takes_events_in_both_spellings(ask: Ask, server_key: str) -> None:
    for path in PATHS:
        body: Any = BATCH if path.endswith(("batch", "import", "/b")) else EVENT
        if path.endswith("cloudevents"):
            body = {"specversion": "1.0", "id": "1", "source": "/till", "type": "sale", "data": {}}
        for spelling in (path, f"{path}/"):
            Inbox.objects.all().delete()
            answered = ask("POST", spelling, body, basic(server_key))
            assert (answered.status, answered.content) == (200, {"success": True}), spelling
            assert answered.headers["content-type"] == "application/json"
            assert Inbox.objects.get().events == (2 if body is BATCH else 1)


def test_what_is_answered_with_200_is_committed_as_it_came(ask: Ask, server_key: str) -> None:
    body = json.dumps(BATCH).encode()
    ask("POST", "/v1/batch", gzip.compress(body), {**basic(server_key), "Sec-GPC": "1"})
    row = Inbox.objects.get()
    assert bytes(row.body) == body
    assert (row.dialect, row.events, row.context) == ("segment", 2, {"path_type": "batch", "sec_gpc": True})


def test_a_large_body_is_stored_packed_and_unpacked_to_the_byte(ask: Ask, server_key: str) -> None:
    body = json.dumps({"batch": [{**EVENT, "messageId": f"m-{n}"} for n in range(100)]}).encode()
    for raw in (body, gzip.compress(body)):
        assert ask("POST", "/v1/batch", raw, basic(server_key)).status == 200
        stored = bytes(Inbox.objects.latest("id").body)
        assert len(stored) < len(body) / 5
        assert unpack_body(stored) == body
    while take_batches().batches:
        pass
    assert Interaction.objects.count() == 100


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json", "nonsense"]
)
def test_any_content_type_is_taken_and_gzip_is_told_by_its_magic_bytes(
    ask: Ask, server_key: str, content_type: str
) -> None:
    body = gzip.compress(json.dumps(EVENT).encode())
    answered = ask("POST", "/v1/track", body, {**basic(server_key), "Content-Type": content_type})
    assert answered.status == 200


def test_a_chunked_body_is_read_to_its_end(ask: Ask, server_key: str) -> None:
    assert ask("POST", "/v1/batch", json.dumps(BATCH).encode(), basic(server_key), chunked=True).status == 200
    assert Inbox.objects.get().events == 2


@pytest.mark.parametrize("chunked", [True, False])
def test_an_empty_body_is_refused(ask: Ask, server_key: str, chunked: bool) -> None:
    answered = ask("POST", "/v1/track", b"", basic(server_key), chunked=chunked)
    assert answered.status == 400
    assert not Inbox.objects.exists()


@pytest.mark.parametrize(
    ("path", "headers", "member"),
    [
        ("/v1/track", {"X-Write-Key": "{key}"}, {}),
        ("/api/s/track", {"X-Write-Key": "{key}:secret"}, {"writeKey": "{key}:***"}),
        ("/api/s/track", {"X-Write-Key": "{key}:secret"}, {"writeKey": "jk:***"}),
        ("/v1/track", {}, {"writeKey": "{key}"}),
        ("/batch/", {}, {"api_key": "{key}"}),
        ("/v1/track", {"Authorization": "Bearer {key}"}, {}),
        ("/v1/track", {"Authorization": "Bearer something else"}, {"writeKey": "{key}"}),
    ],
)
def test_the_key_is_found_wherever_a_client_puts_it(
    ask: Ask, server_key: str, path: str, headers: dict[str, str], member: dict[str, str]
) -> None:
    filled = {name: value.replace("{key}", server_key) for name, value in member.items()}
    body: dict[str, Any] = {**EVENT, **filled} if path != "/batch/" else {"batch": [EVENT], **filled}
    answered = ask("POST", path, body, {name: value.replace("{key}", server_key) for name, value in headers.items()})
    assert (answered.status, Inbox.objects.count()) == (200, 1)


def test_a_key_in_header_and_body_must_be_one(ask: Ask, server_key: str) -> None:
    other = make_source()
    assert ask("POST", "/v1/track", {**EVENT, "writeKey": server_key}, basic(server_key)).status == 200
    assert ask("POST", "/v1/track", {**EVENT, "writeKey": other}, basic(server_key)).status == 401
    assert Inbox.objects.count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("unknown"),
        {"Authorization": "Basic %%%"},
        {"Authorization": "Basic"},
        {"X-Write-Key": "x" * 5000},
        {"X-Write-Key": "\xff\xfe"},
        {"Authorization": "Basic /////w=="},
    ],
)
def test_without_a_known_key_the_answer_is_401_as_sdks_read_it(ask: Ask, headers: dict[str, str]) -> None:
    answered = ask("POST", "/v1/track", EVENT, headers)
    assert answered.status == 401
    assert answered.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance", "code", "message"} <= answered.content.keys()
    assert "basic" not in answered.headers["www-authenticate"].lower()  # a browser would ask its user for a password
    assert not Inbox.objects.exists()


def test_a_revoked_key_ends_at_once_and_a_new_one_begins_at_once(ask: Ask) -> None:
    key = make_source()
    assert ask("POST", "/v1/track", EVENT, basic(key)).status == 200
    revoke_source(name=Source.objects.get().name, actor="test")
    assert ask("POST", "/v1/track", EVENT, basic(key)).status == 401
    assert ask("POST", "/v1/track", EVENT, basic(make_source())).status == 200


def test_an_empty_batch_is_success_but_not_for_a_revoked_key(ask: Ask) -> None:
    key = make_source()
    assert ask("POST", "/v1/batch", {"batch": []}, basic(key)).content == {"success": True}
    revoke_source(name=Source.objects.get().name, actor="test")
    assert ask("POST", "/v1/batch", {"batch": []}, basic(key)).status == 401
    assert not Inbox.objects.exists()


def test_one_event_too_large_does_not_sink_its_batch(ask: Ask, server_key: str) -> None:
    big = {**EVENT, "properties": {"x": "y" * 33_000}}
    answered = ask("POST", "/v1/batch", {"batch": [EVENT, big, EVENT]}, basic(server_key))
    assert answered.status == 200
    assert answered.content["success"] is True
    assert [(error["index"], error["status"]) for error in answered.content["errors"]] == [(1, 400)]
    assert Inbox.objects.get().events == 3


@pytest.mark.parametrize(
    "body",
    [
        {**EVENT, "properties": {"x": "y" * 33_000}},
        {"batch": [EVENT] * 2501},
        {"batch": [{**EVENT, "x": "y" * 30_000}] * 20},
    ],
    ids=["event", "events", "bytes"],
)
def test_past_a_limit_the_answer_is_413(ask: Ask, server_key: str, body: dict[str, Any]) -> None:
    path = "/v1/batch" if "batch" in body else "/v1/track"
    for raw in (json.dumps(body).encode(), gzip.compress(json.dumps(body).encode())):
        answered = ask("POST", path, raw, basic(server_key))
        assert answered.status == 413
        assert "message" in answered.content
    assert not Inbox.objects.exists()


@pytest.mark.parametrize("chunked", [True, False])
def test_ten_megabytes_are_thrown_away_as_they_come(ask: Ask, server_key: str, chunked: bool) -> None:
    body: bytes | Chunks = b" " * 10_000_000
    if chunked:
        body = Chunks(b" " * 10_000_000, size=50_000)
    answered = ask("POST", "/v1/batch", body, basic(server_key))
    assert answered.status == 413
    if isinstance(body, Chunks):
        assert body.taken == 10_000_000  # so that a client that is still sending reads the answer


BOMB = gzip.compress(b"[" + b'"' + b"a" * 60_000_000 + b'"]')


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(gzip.compress(json.dumps(EVENT).encode())[:-9], 400, id="cut-gzip"),
        pytest.param(b"\x1f\x8b" + b"\x00" * 40, 400, id="no-gzip"),
        pytest.param(BOMB, 413, id="bomb"),
        (b"not json", 400),
        (b'{"type":"track"', 400),
        (b"\xff\xfe\x00", 400),
        (b"null", 400),
        (b"42", 400),
        (b'"text"', 400),
        (b'{"batch": 5}', 400),
        (b'{"batch": {"a": 1}}', 400),
        pytest.param(b"[" * 300_000, 400, id="deep-arrays"),
        pytest.param(b'{"a":' * 50_000, 400, id="deep-objects"),
    ],
    ids=repr,
)
def test_what_cannot_be_read_is_refused_and_nothing_is_stored(
    ask: Ask, server_key: str, body: bytes, status: int
) -> None:
    answered = ask("POST", "/v1/batch", body, basic(server_key))
    assert answered.status == status, answered.body
    assert {"code", "message", "detail"} <= answered.content.keys()
    assert not Inbox.objects.exists()


@pytest.mark.parametrize(
    "event",
    [
        b'{"x":' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"x":NaN,"y":Infinity,"z":-Infinity}',
        b'{"x":"\\ud800","y":"\\u0000"}',
        b'{"userId":42,"type":7,"messageId":[],"timestamp":{},"context":"no","traits":[],"properties":3}',
        b'{"x":' + b"9" * 5000 + b"}",
        b'{"x":1e999}',
        b"17",
        b"null",
        b'"text"',
        b"[]",
    ],
    ids=lambda event: event[:20].decode(),
)
def test_an_event_that_says_nothing_sensible_is_the_workers_business(ask: Ask, server_key: str, event: bytes) -> None:
    body = b'{"batch":[' + event + b"," + json.dumps(EVENT).encode() + b"]}"
    assert ask("POST", "/v1/batch", body, basic(server_key)).status == 200
    assert Inbox.objects.get().events == 2


def test_wrong_types_outside_the_events_are_no_500(ask: Ask, server_key: str) -> None:
    for member in ("writeKey", "api_key", "sentAt", "batch", "historical_migration"):
        values: list[Any] = [None, 1, 1.5, True, [], {}, "", "\ud800", "\x00", ["x"] * 5, "9" * 3000]
        for value in values:
            answered = ask("POST", "/v1/batch", {"batch": [EVENT], member: value}, {"X-Write-Key": server_key})
            assert answered.status in (200, 400, 401), (member, value)


def test_the_headers_of_a_cloud_event_are_kept_clean(ask: Ask, server_key: str) -> None:
    headers = {**basic(server_key), "ce-id": "1", "ce-source": "/till", "ce-type": "sale", "ce-specversion": "1.0"}
    hostile = {"ce-subject": "a%00b\xff%FF", "ce-x": "%ed%a0%80"}
    assert ask("POST", "/v1/cloudevents", b'{"total": 1}', {**headers, **hostile}).status == 200
    assert Inbox.objects.get().context["ce"]["id"] == "1"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
def test_other_methods_are_told_which_are_served(ask: Ask, server_key: str, method: str) -> None:
    answered = ask(method, "/v1/track", EVENT, basic(server_key))
    assert (answered.status, answered.headers["allow"]) == (405, "POST, OPTIONS")


def test_the_browsers_own_metrics_are_answered_and_not_kept(ask: Ask) -> None:
    answered = ask("POST", "/v1/m", {"series": [{"type": "Counter"}]})
    assert (answered.status, answered.content) == (200, {"success": True})
    assert not Inbox.objects.exists()


def test_other_paths_are_djangos(ask: Ask) -> None:
    for path in ("/v1/nothing", "/api/s/", "/api/s/s2s/", "/api/s/UPPER", "/v1/batch/more"):
        assert ask("POST", path, EVENT).status == 404
