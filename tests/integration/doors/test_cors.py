"""A page of any origin can send with its write key, and read the answer."""

import pytest

from tests.integration.doors.client import Ask, basic

SENT_BY_CLIENTS = (
    "authorization, content-type, x-retry-count, x-write-key, anonymousid, sentat, rsa-retry-reason, rsa-retry-attempt"
)
ORIGIN = {"Origin": "https://shop.example"}


@pytest.mark.parametrize("path", ["/v1/t", "/v1/batch/", "/e/", "/api/s/track", "/v1/m", "/v1/cloudevents"])
def test_a_preflight_allows_every_header_that_clients_send(ask: Ask, path: str) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-own, bad header"}
    answered = ask("OPTIONS", path, b"", asked)
    allowed = set(answered.headers["access-control-allow-headers"].split(", "))
    assert answered.status == 200
    assert set(SENT_BY_CLIENTS.split(", ")) | {"x-own"} <= allowed
    assert "bad header" not in allowed
    assert answered.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert "POST" in answered.headers["access-control-allow-methods"]


@pytest.mark.parametrize("key", ["good", "bad"])
def test_answers_and_refusals_can_be_read_by_the_page(ask: Ask, server_key: str, key: str) -> None:
    headers = {**ORIGIN, **basic(server_key if key == "good" else "bad")}
    answered = ask("POST", "/v1/t", {"type": "track", "event": "e", "userId": "u"}, headers)
    assert answered.status == (200 if key == "good" else 401)
    assert answered.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert answered.headers["access-control-allow-credentials"] == "true"
    assert answered.headers["access-control-expose-headers"] == "Retry-After"
    assert answered.headers["vary"] == "Origin"


def test_no_origin_no_headers_and_a_strange_one_is_not_echoed(ask: Ask, server_key: str) -> None:
    for headers in ({}, {"Origin": "not an origin"}, {"Origin": "https://a\r\nX: y"}):
        answered = ask("POST", "/v1/t", {"type": "track"}, {**headers, **basic(server_key)})
        assert "access-control-allow-origin" not in answered.headers


def test_recognition_is_for_services_and_never_for_pages(ask: Ask) -> None:
    answered = ask("OPTIONS", "/v1/recognise", b"", ORIGIN)
    assert answered.status == 405
    assert "access-control-allow-origin" not in answered.headers
