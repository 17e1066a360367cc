"""Hostile input to what records, reads and checks consent: a clear answer, never a failure, nothing of it echoed."""

import copy
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.e2e.hostile import VALUES, nested, places, with_value, written
from tests.integration.cases.service import PROOF, Json, Service, email, named, user
from tests.integration.doors.client import Answered

SECRET = "zebra.7c1f"  # stands in all that is sent, and in no answer that refuses it
PERSON = {"type": "email", "value": f"{SECRET}@x.test"}
CLEAR = {400, 403, 404, 405, 409, 413, 415, 422}
MEBIBYTE = 1024 * 1024

BODIES: dict[str, Json] = {
    "/v1/consents": {
        "identifiers": [PERSON],
        "decisions": [
            {
                "purpose": "analytics",
                "state": "granted",
                "at": "2026-02-01T00:00:00Z",
                "expires_at": "2027-02-01T00:00:00Z",
            }
        ],
        "proof": {**PROOF, "ui_part": SECRET, "url": f"https://x.test/{SECRET}", "gpc": False, "own": SECRET},
        "subject": {"date_of_birth": "1990-01-01", "age": 30, "country": "DE"},
        "carry_from": {"type": "anonymous_id", "value": SECRET},
        "reach": "identifiers",
        "id": "6f2a1e0c-8f0e-4d2b-9a51-3c8c8f1d7b64",
    },
    "/v1/consents/check": {
        "identifiers": [PERSON],
        "purposes": ["analytics"],
        "recipients": {SECRET: ["ads", SECRET]},
        "event": {
            "context": {"consent": {"categoryPreferences": {SECRET: True}, "gpp": SECRET, "tcf": SECRET}, "gpc": True},
            "integrations": {"All": True, SECRET: False},
            "properties": {"$cookieless_mode": True},
            "event": SECRET,
            "timestamp": "2026-02-01T00:00:00Z",
        },
        "source": "site",
        "at": "2026-02-01T00:00:00Z",
    },
    "/v1/consents/check/batch": {"purpose": "analytics", "subjects": [{"identifiers": [PERSON]}]},
    "/v1/consents/signals": {
        "tc_string": "CQSbk4AQSbk4ANwAAAENAwCgAAAAAAAAAAYgACPAAAAA",
        "gpp": "DBABBg~BUUAAACA.YA",
        "headers": {"Sec-GPC": "1", SECRET: SECRET},
        "context": {"consent": {"categoryPreferences": {SECRET: True}}, "consentManagement": {}, "gpc": "1"},
        "properties": {SECRET: 1},
        "event": SECRET,
        "source": "site",
    },
}
every_path = pytest.mark.parametrize("path", BODIES)


@pytest.fixture
def site(service: Service) -> Service:
    """A service with the source that the bodies name."""
    service.new_source(name="site", consent_categories={SECRET: "ads"})
    return service


def check_answer(answered: Answered, about: object = "") -> None:
    """The answer is a success, or a problem that tells nothing of what was sent."""
    about = f"{about!s:.200}: {answered.body!r:.300}"
    if answered.status in (200, 201):
        return
    assert answered.status in CLEAR, about
    assert answered.headers["content-type"].startswith("application/problem+json"), about
    problem = json.loads(answered.body)
    assert {"type", "title", "status", "detail", "instance"} <= problem.keys(), about
    assert problem["status"] == answered.status, about
    assert SECRET.encode() not in answered.body, about
    assert b"Traceback" not in answered.body, about
    assert b"xxxxxxxxxx" not in answered.body, about
    assert len(answered.body) < 20_000, about


def changed(base: Json) -> Iterator[tuple[tuple[Any, ...], str]]:
    """The body with each wrong value in each place, and with each member left out."""
    for place in places(base):
        for value in VALUES:
            yield place, written(with_value(base, place, value))
        if isinstance(place[-1], str):
            yield place, written(without(base, place))


def without(base: Json, place: tuple[Any, ...]) -> Json:
    left = copy.deepcopy(base)
    holder: Any = left
    for step in place[:-1]:
        holder = holder[step]
    del holder[place[-1]]
    return left


@every_path
def test_a_wrong_value_in_any_place_is_answered_clearly(path: str, site: Service) -> None:
    assert site.ask("POST", path, BODIES[path]).status == (201 if path == "/v1/consents" else 200)
    for place, body in changed(BODIES[path]):
        check_answer(site.ask("POST", path, body.encode("utf-8", "surrogatepass")), place)


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "white space": b" \n ",
    "no JSON": SECRET.encode(),
    "half": b'{"identifiers": [{"type": "email", "value": "zebra.7c1f',
    "null": b"null",
    "a number": b"7",
    "a string": b'"zebra.7c1f"',
    "a list": b'["zebra.7c1f"]',
    "two values": b"{}{}",
    "not UTF-8": b'{"identifiers": "zebra.7c1f\xff\xfe"}',
    "UTF-16": '{"identifiers": []}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "NUL": b'{"identifiers": [{"type": "email", "value": "zebra.7c1f\\u0000"}]}',
    "a lone surrogate": b'{"identifiers": [{"type": "email", "value": "zebra.7c1f\\ud800"}]}',
    "NaN": b'{"subject": {"age": NaN}}',
    "Infinity": b'{"subject": {"age": 1e999}}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 40_000,
    "deep inside": ('{"proof": ' + nested(5_000) + "}").encode(),
    "the same member twice": b'{"identifiers": [], "identifiers": [{"type": "email"}]}',
    "a mebibyte": b'{"identifiers": "' + b"x" * MEBIBYTE + b'"}',
    "many identifiers": json.dumps({"identifiers": [PERSON] * 5_000}).encode(),
    "many subjects": json.dumps({"purpose": "analytics", "subjects": [{"identifiers": [PERSON]}] * 1_001}).encode(),
    "many members": json.dumps({"proof": {f"m{n}": SECRET for n in range(5_000)}}).encode(),
    "unknown members": json.dumps({SECRET: SECRET}).encode(),
}


@every_path
def test_a_body_that_cannot_be_read_is_refused(path: str, site: Service) -> None:
    for name, body in BROKEN.items():
        answered = site.ask("POST", path, body)
        assert answered.status in CLEAR, name
        check_answer(answered, name)


@every_path
def test_a_body_of_another_kind_is_refused(path: str, site: Service) -> None:
    body = json.dumps(BODIES[path]).encode()
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "image/png",
        "\x80",
        "a" * 900,
    ):
        answered = site.send_as(path, body, kind)
        assert answered.status == 415, kind
        check_answer(answered, kind)


@every_path
def test_who_has_no_token_learns_nothing(path: str, site: Service) -> None:
    for token in ("", "Bearer", "Bearer x", "Basic eDp4", "Bearer \x80", "Bearer " + "x" * 5_000):
        answered = site.anyone("POST", path, BODIES[path], Authorization=token, Content_Type="application/json")
        assert answered.status == 401, token
        assert SECRET.encode() not in answered.body


@every_path
def test_another_method_is_not_allowed(path: str, site: Service) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE", "TRACE", "X" * 30):
        answered = site.ask(method, path, BODIES[path])
        assert answered.status in (405, 501), method
        check_answer(answered, method)


def test_what_is_refused_is_not_recorded_in_part(site: Service) -> None:
    """One decision of several is wrong: none of them is taken."""
    good = {"purpose": "analytics", "state": "granted"}
    wrong: list[Json] = [
        {"purpose": "nothing", "state": "granted"},
        {"purpose": "ads", "state": "maybe"},
        {"purpose": "ads", "state": "granted", "at": "9999-12-31T23:59:59Z"},
        {"purpose": "ads", "state": "denied", "expires_at": "2030-01-01T00:00:00Z"},
        {"purpose": "ads", "state": "granted", "at": "2026-02-01T00:00:00Z", "expires_at": "2026-01-01T00:00:00Z"},
        {"purpose": "ads", "state": "restricted"},
        {"purpose": "*", "state": "granted"},
        {"purpose": "analytics", "state": "denied"},
        {"purpose": "ads", "state": "granted", SECRET: SECRET},
    ]
    for one in wrong:
        body = {"identifiers": [named(user("u-1"))], "decisions": [good, one], "proof": PROOF}
        answered = site.ask("POST", "/v1/consents", body)
        assert answered.status in (400, 422), one
        check_answer(answered, one)
    assert site.recognise(user("u-1"))["status"] == "unknown"


def test_identifiers_that_are_none_are_refused_and_not_echoed(site: Service) -> None:
    for type_, value in (("email", SECRET), ("nothing", SECRET), ("user_id", ""), ("user_id", "null"), ("", SECRET)):
        for path in ("/v1/consents", "/v1/consents/check"):
            body = {**BODIES[path], "identifiers": [{"type": type_, "value": value}]}
            answered = site.ask("POST", path, body)
            assert answered.status in (400, 422), (path, type_, value)
            check_answer(answered, (path, type_))


@pytest.mark.parametrize("key", ["", "a b", "\x80", "k" * 256, "\u00e9"])
def test_a_hostile_idempotency_key_is_refused(site: Service, key: str) -> None:
    body = {"identifiers": [named(user("u-1"))], "decisions": [{"purpose": "analytics", "state": "denied"}]}
    answered = site.send_as("/v1/consents", json.dumps(body).encode(), "application/json", Idempotency_Key=key)
    assert answered.status == 400
    check_answer(answered)


def test_the_same_key_for_another_act_is_a_conflict(site: Service) -> None:
    def tell(state: str) -> Answered:
        body = {"identifiers": [named(user("u-1"))], "decisions": [{"purpose": "analytics", "state": state}]}
        return site.send_as("/v1/consents", json.dumps(body).encode(), "application/json", Idempotency_Key="k-1")

    assert [tell(state).status for state in ("denied", "denied", "withdrawn")] == [201, 201, 409]
    assert len(site.consents(user("u-1"))["history"]) == 1


def test_the_page_of_a_link_answers_anything_with_a_page(site: Service) -> None:
    proof = {**PROOF, "method": "double_opt_in"}
    made = site.decide([email("ann@x.test")], {"marketing.email": "granted"}, proof=proof)
    token = made["confirmations"][0]["token"]
    tokens = (
        token,
        token.upper(),
        token + "x",
        "x",
        "x" * 4_000,
        "%00",
        "\u00e9",
        "..",
        "null",
        "-",
        "'; --",
        "{{7*7}}",
    )
    bodies = (b"", b"\x00\xff" * 50, b"a=1&" * 3_000, b"x" * 3 * MEBIBYTE)
    kinds = ("application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "\x80", "")
    for one, method in itertools.product(tokens, ("GET", "HEAD", "PUT", "DELETE")):
        check_page(site.anyone(method, f"/privacy/confirm/{one}"), one)
    for one, body, kind in itertools.product(tokens[1:5], bodies, kinds):
        check_page(site.anyone("POST", f"/privacy/confirm/{one}", body, Content_Type=kind), one)
    assert site.state(email("ann@x.test"), "marketing.email") == "pending"


def check_page(answered: Answered, about: str) -> None:
    assert answered.status < 500, about
    assert b"Traceback" not in answered.body, about
    assert b"49" not in answered.body or "7*7" not in about, about


@pytest.mark.parametrize("name", ["at", "as_of", "explain", "limit", "cursor", "purpose"])
def test_hostile_queries_about_consents_are_refused(site: Service, name: str) -> None:
    site.decide([user("u-1")], {"analytics": "granted"})
    path = f"/v1/profiles/{site.profile_of(user('u-1'))}/consents"
    hostile = (
        "\x00",
        SECRET,
        "\ud800",
        "x" * 3_000,
        "9" * 400,
        "-1",
        "1e9",
        "0000-00-00",
        "+10000-01-01T00:00:00Z",
        "NaN",
    )
    for value in hostile:
        sent = value.encode("utf-8", "surrogatepass").decode("latin-1")
        answered = site.ask("GET", path, **{name: sent})
        assert answered.status in (400, 404, 422), value
        check_answer(answered, value)
    assert site.ask("GET", f"/v1/profiles/{SECRET}/consents").status == 404


def test_instants_at_the_ends_of_time_are_instants_or_refused(site: Service) -> None:
    site.decide([user("u-1")], {"analytics": "granted"})
    path = f"/v1/profiles/{site.profile_of(user('u-1'))}/consents"
    for value in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "1900-01-01T00:00:00Z"):
        check_answer(site.ask("GET", path, at=value), value)
        check_answer(site.ask("GET", path, as_of=value), value)
        event = {"context": {"consent": {"categoryPreferences": {"analytics": True}}}, "timestamp": value}
        body = {"identifiers": [named(user("u-1"))], "purposes": ["analytics"]}
        check_answer(site.ask("POST", "/v1/consents/check", {**body, "at": value}), value)
        check_answer(site.ask("POST", "/v1/consents/check", {**body, "event": event}), value)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["analytics", "granted", "email", "user_id", "*", "2026-02-01T00:00:00Z", f"{SECRET}@x.test"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "value", "purpose", "state", "at", "context", "consent"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
MEMBERS = sorted({member for body in BODIES.values() for member in body})


@settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], max_examples=60
)
@given(path=st.sampled_from(sorted(BODIES)), wrong=st.dictionaries(st.sampled_from(MEMBERS), anything, max_size=4))
def test_bodies_of_any_shape_are_answered_clearly(site: Service, path: str, wrong: Json) -> None:
    for body in (wrong, {**BODIES[path], **wrong}):
        check_answer(site.ask("POST", path, json.dumps(body).encode()), wrong)
