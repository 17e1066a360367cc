"""Problems as RFC 9457 has them, whatever goes wrong, and nothing of a person in them."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from cxprofiles.api import status
from tests.factories.callers import Answered, Caller

LOOKUP = "/v1/profiles/lookup"
SECRET = "ann.secret@example.org"


def check_problem(answered: Answered, status: int) -> dict[str, Any]:
    """The answer is a problem of this status."""
    assert answered.status == status, answered.body
    assert answered.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answered.content
    assert problem["status"] == status
    assert {"type", "title", "detail", "instance"} <= problem.keys()
    assert problem["instance"].startswith("urn:uuid:")
    return problem


@pytest.mark.parametrize(
    "path", ["/v1/nothing", f"/v1/profiles/{SECRET}", "/nothing/", "/v1/profiles/1", "/v1/quarantine/x"]
)
def test_a_path_that_is_not_there_is_a_problem_and_is_not_repeated(service: Caller, path: str) -> None:
    problem = check_problem(service.get(path, email=SECRET), 404)
    assert SECRET not in json.dumps(problem)


def test_a_method_that_is_not_there_names_those_that_are(service: Caller) -> None:
    answered = service.delete(LOOKUP)
    check_problem(answered, 405)
    assert answered.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{", ""),
        (b"", "/identifier"),
        (b"[]", ""),
        (b"null", ""),
        (b'"x"', ""),
        (b"NaN", ""),
        (b'{"identifier": NaN}', ""),
        (b"\xff\xfe", ""),
        (b'{"purpose": "\\u0000"}', ""),
        (b'{"purpose": "\\ud800"}', ""),
        (b'{"\\u0000": 1}', ""),
        (b'{"x": ' + b"[" * 200 + b"]" * 200 + b"}", ""),
        (b"[" * 100_000, ""),
        (b'{"x": ' + b"9" * 5000 + b"}", ""),
        (b'{"x": 1e999}', ""),
        (b'{"identifier": "ann.secret@example.org"}', "/identifier"),
        (b'{"identifier": {"type": 5, "value": "ann.secret@example.org"}}', "/identifier/type"),
        (b'{"identifier": {"type": "email", "value": ["ann.secret@example.org"]}}', "/identifier/value"),
        (b'{"identifier": {"type": "email"}}', "/identifier/value"),
        (b'{"identifier": {"type": "email", "value": "x"}, "purpose": 1}', "/purpose"),
        (b'{"identifier": {"type": "email", "value": "x"}, "purpose": "service", "as_of": "noon"}', "/as_of"),
        (b'{"identifier": {"type": "email", "value": "x"}}', "/purpose"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_a_pointer(service: Caller, body: bytes, pointer: str) -> None:
    answered = service.ask("POST", LOOKUP, body)
    problem = check_problem(answered, 400)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert SECRET.encode() not in answered.body


def test_a_body_that_is_too_large_is_refused(service: Caller) -> None:
    check_problem(service.ask("POST", LOOKUP, b'{"x": "' + b"x" * 300_000 + b'"}'), 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_that_is_not_json_is_refused(service: Caller, kind: str) -> None:
    response = Client().generic(
        "POST", LOOKUP, b"x=1", content_type=kind, headers={"Authorization": f"Bearer {service.token}"}
    )
    assert response.status_code == 415
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "*/*"])
def test_the_answer_is_json_whatever_is_accepted(accept: str) -> None:
    response = Client().get("/v1/status", headers={"Accept": accept})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")


def test_answers_are_not_to_be_kept(service: Caller) -> None:
    assert service.get("/v1/identity/types").headers["cache-control"] == "no-store"
    assert service.get("/v1/nothing").headers["cache-control"] == "no-store"


def test_a_database_that_is_away_is_a_503_that_says_when_to_try_again(
    service: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError(f"connection lost while storing {SECRET}")

    monkeypatch.setattr(status, "read_backlog", away)
    answered = service.get("/v1/status")
    check_problem(answered, 503)
    assert int(answered.headers["retry-after"]) > 0
    assert SECRET.encode() not in answered.body


def test_what_nobody_foresaw_is_a_500_whose_text_stays_in_the_house(
    service: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(status, "read_backlog", fail)
    answered = service.get("/v1/status")
    problem = check_problem(answered, 500)
    assert SECRET.encode() not in answered.body
    assert "KeyError" not in answered.body.decode()
    assert SECRET not in caplog.text
    assert problem["instance"].removeprefix("urn:uuid:") in caplog.text
    assert "KeyError" in caplog.text


def test_a_failure_outside_the_api_is_a_problem_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from cxprofiles.api import metrics

    def fail() -> None:
        raise OperationalError(SECRET)

    monkeypatch.setattr(metrics, "registry_of_processes", fail)
    response = Client(raise_request_exception=False).get("/metrics")
    assert (response.status_code, response.headers["Content-Type"]) == (503, "application/problem+json")
    assert SECRET.encode() not in response.content
