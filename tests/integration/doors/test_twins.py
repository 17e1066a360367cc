"""The doors and the plain Django views behind them give the same bytes for the same request."""

import gzip
import itertools
import json
from typing import Any

import pytest

from consent.models import AccessLog
from cxprofiles.doors.access import buffer
from profiles.models import Inbox
from tests.integration.doors.client import Answered, Ask, basic, bearer, make_token, tell

ANN = {
    "type": "identify",
    "userId": "ann",
    "anonymousId": "a-1",
    "traits": {"email": "Ann@Example.org", "first_name": "Ann"},
    "context": {"consent": {"categoryPreferences": {"personalisation": True}}},
}
BOB = {"type": "identify", "userId": "bob", "traits": {"email": "bob@example.org"}}
OF_ITS_OWN = ("instance", "id")  # numbers that no two answers share
COMPARED = ("content-type", "cache-control", "x-content-type-options", "allow", "www-authenticate", "retry-after")


def without_numbers(content: Any) -> Any:
    if isinstance(content, list):
        return [without_numbers(item) for item in content]
    if isinstance(content, dict):
        return {name: without_numbers(item) for name, item in content.items() if name not in OF_ITS_OWN}
    return content


def seen(answered: Answered) -> tuple[Any, ...]:
    """All that must be alike: the order of members too, so the JSON is compared as text."""
    content = json.dumps(without_numbers(answered.content)) if answered.body else ""
    cors = {name: value for name, value in answered.headers.items() if name.startswith("access-control")}
    return answered.status, content, {name: answered.headers.get(name) for name in COMPARED}, cors


def questions() -> list[Any]:
    identifiers = [
        {"type": "user_id", "value": "ann"},
        {"type": "user_id", "value": "bob"},
        {"type": "email", "value": " ANN@example.org"},
        {"type": "anonymous_id", "value": "a-1"},
        {"type": "phone", "value": "nonsense"},
    ]
    chosen = [list(some) for count in range(4) for some in itertools.combinations(identifiers, count)]
    asked = [
        {"identifiers": some, "purpose": purpose}
        for some in chosen
        for purpose in ("service", "personalisation", "analytics")
    ]
    fields = [{"identifiers": identifiers[:1], "purpose": "service", "fields": some} for some in ([], ["recent"])]
    wrong: list[Any] = [
        {},
        [],
        b"{",
        {"purpose": "x", "identifiers": []},
        {"purpose": 1},
        {"purpose": "service", "identifiers": [{"type": "x", "value": ""}]},
        b" " * 70_000,
    ]
    return [*asked, *fields, *wrong]


def test_recognition_is_alike(ask: Ask, ask_django: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN, BOB)
    for body in questions():
        for path in ("/v1/recognise", "/v1/recognise/"):
            door = ask("POST", path, body, bearer(token))
            twin = ask_django("POST", path, body, bearer(token))
            assert seen(door) == seen(twin), body


def test_batch_recognition_is_alike(ask: Ask, ask_django: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN, BOB)
    good = [body for body in questions() if isinstance(body, dict) and body.get("purpose") in ("service", "analytics")]
    first, mixed = good[:40], [*questions()[:3], {"purpose": "x"}]
    batches: list[Any] = [first, {"requests": first}, mixed, [], {}, [{}] * 1001, b"["]
    for batch in batches:
        door = ask("POST", "/v1/recognise/batch", batch, bearer(token))
        twin = ask_django("POST", "/v1/recognise/batch", batch, bearer(token))
        assert seen(door) == seen(twin)


def test_the_access_log_is_alike(ask: Ask, ask_django: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN, BOB)
    columns = ("actor", "operation", "profile_id", "purpose", "allowed", "fields")
    logged = []
    for door in (ask, ask_django):
        AccessLog.objects.all().delete()
        for body in questions():
            door("POST", "/v1/recognise", body, bearer(token))
        buffer.flush()
        logged.append(sorted(map(str, AccessLog.objects.values_list(*columns))))
    assert logged[0] == logged[1]
    assert len(logged[0]) > 50


@pytest.mark.parametrize("headers", [{}, bearer("unknown"), {"Authorization": "Basic eDo="}, {"Authorization": "x"}])
def test_refused_callers_are_alike(ask: Ask, ask_django: Ask, headers: dict[str, str]) -> None:
    scopeless = bearer(make_token(("admin",)))
    for sent in (headers, scopeless):
        for method in ("POST", "GET", "OPTIONS", "PUT"):
            door, twin = (one(method, "/v1/recognise", {"purpose": "service"}, sent) for one in (ask, ask_django))
            assert seen(door) == seen(twin)


EVENT = {"type": "track", "event": "Seen", "userId": "u-1", "messageId": "m-1"}


def bodies(key: str) -> list[Any]:
    return [
        {"batch": [EVENT, EVENT]},
        {"batch": [EVENT], "writeKey": key},
        {"batch": [EVENT], "writeKey": "another"},
        {"batch": []},
        {"batch": [{**EVENT, "x": "y" * 40_000}, EVENT]},
        {"batch": [EVENT] * 2501},
        EVENT,
        [EVENT],
        gzip.compress(json.dumps({"batch": [EVENT]}).encode()),
        gzip.compress(b"{}")[:-3],
        b"",
        b"nonsense",
        b'{"batch":[{"x":NaN}]}',
        b" " * 600_000,
    ]


@pytest.mark.parametrize(
    "path", ["/v1/batch", "/v1/track/", "/v1/t", "/e/", "/batch/", "/api/s/track", "/v1/cloudevents"]
)
def test_intake_is_alike(ask: Ask, ask_django: Ask, server_key: str, path: str) -> None:
    origin = {"Origin": "https://shop.example"}
    for headers in (basic(server_key), {**basic(server_key), **origin, "Sec-GPC": "1"}, {}, basic("unknown")):
        for body in bodies(server_key):
            rows = []
            answers = []
            for door in (ask, ask_django):
                Inbox.objects.all().delete()
                answers.append(seen(door("POST", path, body, headers)))
                rows.append(
                    [
                        (row.source_id, row.dialect, row.context, bytes(row.body), row.events)
                        for row in Inbox.objects.all()
                    ]
                )
            assert answers[0] == answers[1]
            assert rows[0] == rows[1]
            nothing = body == {"batch": []} and path != "/v1/cloudevents"
            assert bool(rows[0]) == (answers[0][0] == 200 and not nothing)


def test_preflights_and_other_methods_are_alike(ask: Ask, ask_django: Ask) -> None:
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Headers": "authorization,x-other"}
    for path in ("/v1/t", "/e/", "/v1/m", "/api/s/track"):
        for method in ("OPTIONS", "GET", "PUT", "POST"):
            assert seen(ask(method, path, b"{}", headers)) == seen(ask_django(method, path, b"{}", headers))
