"""Whatever is sent, a door answers clearly: never a 500, never HTML, never what was sent."""

import gzip
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.doors.client import Ask, basic, bearer

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
EVENT_MEMBERS = st.sampled_from(
    ["type", "userId", "anonymousId", "messageId", "timestamp", "traits", "properties", "context", "event", "batch"]
)
QUESTION_MEMBERS = st.sampled_from(["purpose", "identifiers", "traits", "channel", "fields", "type", "value"])
PATHS = st.sampled_from(["/v1/batch", "/v1/track", "/v1/i", "/e/", "/batch/", "/api/s/track", "/v1/cloudevents"])


def bodies(members: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """Bytes, JSON, JSON of nearly the right shape, cut short or gzipped."""
    shaped = st.dictionaries(members, JSON | st.dictionaries(members, JSON, max_size=3), max_size=5)
    listed = st.lists(shaped, max_size=3).map(lambda events: {"batch": events})
    encoded = (JSON | shaped | listed).map(lambda content: json.dumps(content).encode("utf-8", "surrogatepass"))
    cut = st.tuples(encoded, st.integers(0, 40)).map(lambda pair: pair[0][: -pair[1] or None])
    return (
        st.binary(max_size=60) | encoded | cut | cut.map(gzip.compress) | cut.map(lambda raw: gzip.compress(raw)[:-5])
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, body=bodies(EVENT_MEMBERS), chunked=st.booleans(), header=st.text(st.characters(codec="latin-1")))
def test_intake(ask: Ask, server_key: str, path: str, body: bytes, chunked: bool, header: str) -> None:
    headers = {**basic(server_key), "Content-Type": header, "Origin": header, "ce-subject": header}
    answered = ask("POST", path, body, headers, chunked=chunked)
    assert answered.status in (200, 400, 401, 413), answered.body
    assert isinstance(answered.content, dict)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies(QUESTION_MEMBERS), batch=st.booleans())
def test_recognition(ask: Ask, token: str, body: bytes, batch: bool) -> None:
    answered = ask("POST", "/v1/recognise/batch" if batch else "/v1/recognise", body, bearer(token))
    assert answered.status in (200, 400, 422), answered.body
    if answered.status != 200:
        assert answered.headers["content-type"] == "application/problem+json"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(authorization=st.text(st.characters(codec="latin-1")), key=st.text(st.characters(codec="latin-1")))
def test_callers(ask: Ask, authorization: str, key: str) -> None:
    headers = {"Authorization": authorization, "X-Write-Key": key}
    assert ask("POST", "/v1/track", b"{}", headers).status == 401
    assert ask("POST", "/v1/recognise", b"{}", headers).status == 401
    headers["Authorization"] = f"Basic {authorization}"
    assert ask("POST", "/v1/track", b"{}", headers).status == 401
    headers["Authorization"] = f"Bearer {authorization}"
    assert ask("POST", "/v1/recognise", b"{}", headers).status == 401
