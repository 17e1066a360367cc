"""Hostile forms at every page for consumers: no failure, and nothing of anybody else, whoever sends them."""

import logging
import random
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
import redis
from django.core.cache import cache
from django.urls import URLPattern

from cxprofiles.portal.urls import urlpatterns
from tests.factories.visitors import Visitor
from tests.integration.hostile.inputs import METHODS, TEXTS
from tests.integration.hostile.world import PLANTED, SECOND, World

FORM = "application/x-www-form-urlencoded"
FIELD = re.compile(r'<(?:input|select|textarea|button)[^>]*\bname="([^"]+)"(?:[^>]*\bvalue="([^"]*)")?')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PARAMETER = re.compile(r"<(\w+):(\w+)>")
USUAL = ["address", "code", "purpose", "confirm", "reason", "value", "next", "language"]
HOSTILE = [
    *TEXTS,
    "on",
    "ann@x.test",
    "a" * 255 + "@x.test",
    "000000",
    "\uff11\uff12\uff13\uff14\uff15\uff16",
    "<script>alert(1)</script>",
    "é" * 500,
]
KINDS = [
    FORM,
    f"{FORM}; charset=utf-7",
    f"{FORM}; charset=nonsense",
    "multipart/form-data",
    "application/json",
    "",
    "x",
]


def paths(world: World) -> list[str]:
    """Every page, with parameters that lead somewhere and such that lead nowhere."""
    found = {"/privacy/"}
    for pattern in urlpatterns:
        route = "/" + str(pattern.pattern) if isinstance(pattern, URLPattern) else "/privacy/"
        for chosen in ("known", "unknown"):
            found.add(PARAMETER.sub(partial(value_of, chosen=chosen, world=world), route))
    return sorted(found | {"/receipts/verify", "/audit/verify", "/privacy/certificate/x"})


def value_of(part: re.Match[str], *, chosen: str, world: World) -> str:
    kind, name = part[1], part[2]
    known = {"code": ["de"], "form": ["erasure"], "token": ["x" * 43], **world.known, "name": ["first_name"]}
    if chosen == "known" and name in known:
        return known[name][0]
    return "00000000-0000-7000-8000-000000000000" if kind == "uuid" else "nothing%00of%20this"


def fields_of(page: str, chance: random.Random) -> list[tuple[str, str]]:
    """The fields of a page's forms, with what stands in them or something hostile, some of them more than once."""
    own = [(name, value) for name, value in FIELD.findall(page) if name != "csrfmiddlewaretoken"]
    fields = own or [(name, "") for name in USUAL]
    taken = [(name, value if chance.random() < 0.3 else chance.choice(HOSTILE)) for name, value in fields]
    if chance.random() < 0.2:
        taken += [
            (chance.choice([*USUAL, *HOSTILE]), chance.choice(HOSTILE)) for _ in range(chance.choice([1, 5, 2000]))
        ]
    chance.shuffle(taken)
    return taken


def bodies_of(page: str, chance: random.Random) -> tuple[bytes, str]:
    """A form's body and the type that it says it has."""
    token = TOKEN.search(page)
    fields = [
        *fields_of(page, chance),
        *([("csrfmiddlewaretoken", token[1])] if token and chance.random() < 0.9 else []),
    ]
    kind = FORM if chance.random() < 0.7 else chance.choice(KINDS)
    if kind == "multipart/form-data" and chance.random() < 0.7:
        parts = (f'--x\r\nContent-Disposition: form-data; name="{n}"; filename="{n}"\r\n\r\n{v}\r\n' for n, v in fields)
        return ("".join(parts) + "--x--\r\n").encode("utf-8", "surrogatepass"), "multipart/form-data; boundary=x"
    raw = "&".join(f"{quote(name)}={quote(value)}" for name, value in fields).encode()
    ways = [
        raw,
        raw,
        raw,
        raw,
        raw,
        raw + b"&%ED%A0%80=%ff%fe&a=%u0000",
        raw[: len(raw) // 2],
        b"x=" + b"y" * 3_000_000,
    ]
    return chance.choice(ways), kind


def signed_in(visitor: Visitor) -> Visitor:
    """The second person, who proved their own address; again, where a request has ended the visit."""
    if visitor.get("/privacy/overview").status_code != 200:
        visitor.sign_in(SECOND)
    return visitor


def try_forms(world: World, broker: redis.Redis, logged: pytest.LogCaptureFixture, *, each: int, number: Any) -> Any:
    """Every page, so many times; the number of requests, and what was wrong with the answers."""
    chance = random.Random(number)
    found: dict[str, str] = {}
    count = 0
    second = Visitor()
    for path in paths(world):
        for who, visitor in {"somebody": Visitor(), "second": signed_in(second)}.items():
            for request in requests_at(path, visitor, each, chance):
                broker.flushdb()
                cache.clear()
                logged.clear()
                answer = visitor.client.generic(**request)
                count += 1
                for what in wrong_with(answer, who, logged.text):
                    found.setdefault(f"{path}: {what}", f"{who}: {str(request)[:900]}")
    return count, found


def requests_at(path: str, visitor: Visitor, each: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for _ in range(each):
        page = visitor.client.get(path)
        shown = page.content.decode("utf-8", "replace") if page.status_code == 200 else ""
        body, kind = bodies_of(shown, chance)
        method = "POST" if chance.random() < 0.85 else chance.choice(METHODS)
        query = chance.choice(["", "", "?next=//evil.example/", "?next=javascript:alert(1)", "?page=-1&page=x&%00=%ff"])
        yield {"method": method, "path": f"{path}{query}", "data": body, "content_type": kind}


def wrong_with(answer: Any, who: str, logged: str) -> Iterator[str]:
    frames = re.findall(r'File "[^"]*?((?:consent|profiles|cxprofiles)/[^"]+)", line (\d+)', logged)
    if answer.status_code >= 500:
        yield f"answered {answer.status_code} {frames[-1:]}"
    location = answer.headers.get("Location", "")
    if location and not re.match(r"/(?!/)", location):
        yield f"redirects elsewhere: {location[:60]}"
    told = b"".join(answer.streaming_content) if answer.streaming else answer.content
    shown = told.decode("utf-8", "replace") + str(answer.headers)
    for leak in [*PLANTED.values(), *([SECOND] if who == "somebody" else [])]:
        if leak in shown:
            yield "tells of another person"
        if leak in logged:
            yield "personal data in the log"
    if "<script>alert" in shown and "html" in answer.headers.get("Content-Type", ""):
        yield "hands back markup"


@pytest.fixture(autouse=True)
def watched(caplog: pytest.LogCaptureFixture, settings: Any) -> None:
    caplog.set_level(logging.INFO)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_some_hostile_forms_at_every_page(world: World, broker: redis.Redis, caplog: pytest.LogCaptureFixture) -> None:
    count, found = try_forms(world, broker, caplog, each=2, number=7)
    assert found == {}
    assert count >= 100


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_thousands_of_hostile_forms(world: World, broker: redis.Redis, caplog: pytest.LogCaptureFixture) -> None:
    count, found = try_forms(world, broker, caplog, each=40, number=None)
    print(f"{count} forms")
    assert found == {}
    assert count >= 2_000
