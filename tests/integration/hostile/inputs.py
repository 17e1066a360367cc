"""Hostile requests: what schemathesis makes of the OpenAPI document, and the same bent further than any schema goes."""

import copy
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from tests.e2e.hostile import VALUES, places, with_value, written

# Stands where a caller's own text stands: a refusal must not repeat it.
MARK = "mark-5e1d-ann"
TEXTS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\u202e",
    "../../etc/passwd",
    "%00",
    "'; DROP TABLE x; --",
    "x" * 3000,
    "null",
    "-1",
]
TEXTS += [
    "9" * 40,
    "00000000-0000-0000-0000-000000000000",
    "2026-13-45",
    "NaN",
    MARK,
    "\U0001f600",
    "{}",
    "[]",
    "\r\nX: y",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"]
HEADERS: list[dict[str, str]] = [
    {"Content-Type": "text/plain"},
    {"Content-Type": ""},
    {"Content-Type": "application/json; charset=utf-16"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Encoding": "gzip"},
    {"Content-Encoding": "br, br, br"},
    {"Accept": "application/xml"},
    {"Accept-Language": "de" * 2000},
    {"Authorization": "Bearer " + "\xff" * 40},
    {"Authorization": "Basic !!!"},
    {"Idempotency-Key": "\x00" + MARK},
    {"If-None-Match": "*"},
    {"Range": "bytes=0-1,5-"},
    {"X-Forwarded-For": "127.0.0.1, " * 500},
    {"X-HTTP-Method-Override": "DELETE"},
    {"webhook-id": MARK, "webhook-timestamp": "1e400", "webhook-signature": "v1,\xe9"},
    {"Cookie": "sessionid=\xff; csrftoken=" + "x" * 5000},
]


@dataclass
class Request:
    """One request. `query` as the server gets it, `path` decoded."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


def operations(application: Any) -> list[Any]:
    """All that the OpenAPI document names."""
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", application)
    found: list[Any] = list(schema.get_all_operations())
    return [one.ok() for one in found]


def drawn(operation: Any, mode: GenerationMode, count: int, number: int | None) -> list[Any]:
    """Some cases of schemathesis. `number`: the seed; None: chance. Not everything can be done wrongly."""
    cases: list[Any] = []
    strategy = operation.as_strategy(generation_mode=mode)
    quick = settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run = quick(given(case=strategy)(lambda case: cases.append(case)))
    with suppress(Unsatisfiable):
        (run if number is None else seed(number)(run))()
    return cases


def request_of(case: Any, known: dict[str, list[str]], chance: random.Random) -> Request:
    """A case as a request; where a path's parameter can lead to something, it often does."""
    path = case.operation.path
    for name, value in (case.path_parameters or {}).items():
        better = known.get(name)
        chosen = chance.choice(better) if better and chance.random() < 0.7 else value
        path = path.replace("{" + name + "}", str(chosen).replace("/", "%2F"))
    query = urlencode(dict((case.query or {}).items()), doseq=True, errors="replace")
    body = b"" if isinstance(case.body, NotSet) else encoded(case.body)
    # Who asks is not schemathesis's to say: a token that it makes up would end each request at the door.
    headers = {str(name): str(value) for name, value in (case.headers or {}).items() if name != "Authorization"}
    return Request(case.method, path, query, body, headers)


def encoded(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    try:
        return json.dumps(body).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError):
        return str(body).encode("utf-8", "surrogatepass")


def bent(request: Request, chance: random.Random) -> Request:
    """The request with one thing in it as nobody means it."""
    changed = copy.deepcopy(request)
    return chance.choice([_body, _body, _body, _path, _query, _headers, _method, _cut])(changed, chance)


def _body(request: Request, chance: random.Random) -> Request:
    try:
        content = json.loads(request.body or b"{}")
        where = list(places(content))
    except (ValueError, RecursionError):
        content, where = {}, []
    value = chance.choice([*VALUES, MARK])
    if not where:
        request.body = written({chance.choice(["type", "identifiers", "a", ""]): value}).encode(
            "utf-8", "surrogatepass"
        )
    else:
        request.body = written(with_value(content, chance.choice(where), value)).encode("utf-8", "surrogatepass")
    return request


def _path(request: Request, chance: random.Random) -> Request:
    parts = request.path.split("/")
    parts[chance.randrange(1, len(parts))] = chance.choice(TEXTS)
    request.path = "/".join(parts)
    return request


def _query(request: Request, chance: random.Random) -> Request:
    names = [one.partition("=")[0] for one in request.query.split("&") if one] + ["cursor", "limit", "state", "purpose"]
    repeated = [(chance.choice(names), chance.choice(TEXTS)) for _ in range(chance.choice([1, 1, 2, 400]))]
    request.query = "&".join(f"{name}={quote(value)}" for name, value in repeated)
    return request


def _headers(request: Request, chance: random.Random) -> Request:
    request.headers |= chance.choice(HEADERS)
    return request


def _method(request: Request, chance: random.Random) -> Request:
    request.method = chance.choice(METHODS)
    return request


def _cut(request: Request, chance: random.Random) -> Request:
    raw = request.body
    request.body = chance.choice([raw[: len(raw) // 2], raw + raw, b"\xff\xfe" + raw, b"\x1f\x8b" + raw, b"[" * 5000])
    return request


def requests_for(
    operation: Any, known: dict[str, list[str]], *, drawn_each: int, count: int, number: int | None
) -> Iterator[Request]:
    """The `count` requests that an operation is tried with: fitting the document, not fitting it, and these bent."""
    chance = random.Random(number)
    cases = drawn(operation, GenerationMode.POSITIVE, drawn_each, number)
    if drawn_each > 1:
        cases += drawn(operation, GenerationMode.NEGATIVE, drawn_each, number)
    made = [request_of(case, known, chance) for case in cases]
    yield from made
    for _ in range(count - len(made)):
        yield bent(chance.choice(made), chance)
