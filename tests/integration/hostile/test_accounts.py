"""Nobody finds out by these answers, or by how long they take, whether an address is known here. Case REQ-09."""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection
from django.http import HttpResponse

from consent.models import Message
from tests.factories.protocols import dsr, identity
from tests.factories.visitors import Visitor
from tests.integration.doors.client import make_source, tell
from tests.integration.hostile.world import World

CASE: dict[str, Any] = next(
    one
    for one in json.loads((Path(__file__).parents[2] / "data/cases/privacy.json").read_text())
    if one["id"] == "REQ-09"
)
PEOPLE = 12
# Medians of people who are known and of such who are not may differ by so much: the noise of a busy machine.
NOISE_SHARE, NOISE_SECONDS = 0.5, 0.015

Ask = Callable[[str], HttpResponse]


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def known(world: World) -> list[str]:
    """Addresses of people with a history: an account, a browser, some events."""
    key = make_source()
    for number in range(PEOPLE):
        person = {"userId": f"known-{number}", "anonymousId": f"browser-{number}"}
        traits = {"email": f"known{number:03}@accounts.example", "first_name": "Known"}
        seen = [{"type": "track", "event": "Seen", **person} for _ in range(5)]
        tell(key, {"type": "identify", "traits": traits, **person}, *seen)
    return [f"known{number:03}@accounts.example" for number in range(PEOPLE)]


def unknown() -> list[str]:
    """As many addresses that nobody has told of, of the same length."""
    return [f"other{number:03}@accounts.example" for number in range(PEOPLE)]


def by_form(path: str, **fields: str) -> Ask:
    """A form of the pages, sent by a browser that has not been here before."""

    def ask(address: str) -> HttpResponse:
        visitor = Visitor()
        page = visitor.client.get(path).content.decode()
        token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        answer: Any = visitor.client.post(path, {**fields, "address": address, "csrfmiddlewaretoken": token})
        return answer  # type: ignore[no-any-return]

    return ask


def shape_of(answer: HttpResponse) -> tuple[Any, ...]:
    """All that is the same for everybody: no number of a request, no time, no token of a form."""
    body = answer.content.decode()
    token = body.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    if token:
        body = body.replace(token, "")
    cookies = sorted((name, len(one.value), one["max-age"], one["path"]) for name, one in answer.cookies.items())
    headers = sorted((name, "" if name == "Content-Security-Policy" else value) for name, value in answer.items())
    return answer.status_code, headers, cookies, body


FORMS: dict[str, Ask] = {
    "a code is asked for": by_form("/privacy/"),
    "an opt-out without proof": by_form("/privacy/opt-out", opt_out_sale_share="on", limit_sensitive="on"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_answers_the_same_to_the_byte_and_in_the_same_time(
    form: str, known: list[str], broker: redis.Redis
) -> None:
    assert CASE["expected"]["response"] == "identical to known"
    seconds: dict[bool, list[float]] = {True: [], False: []}
    shapes = set()
    for pair in zip(known, unknown(), strict=True):
        for address in pair:
            broker.flushdb()
            started = time.perf_counter()
            answer = FORMS[form](address)
            seconds[address in known].append(time.perf_counter() - started)
            shapes.add(repr(shape_of(answer)))
    assert len(shapes) == 1, shapes
    check_times(form, seconds)


def check_times(what: str, seconds: dict[bool, list[float]]) -> None:
    """The medians differ by no more than the noise of the machine."""
    of_known, of_unknown = statistics.median(seconds[True]), statistics.median(seconds[False])
    print(f"{what}: known {of_known * 1000:.1f} ms, unknown {of_unknown * 1000:.1f} ms (medians of {PEOPLE})")
    assert abs(of_known - of_unknown) <= NOISE_SECONDS + NOISE_SHARE * min(of_known, of_unknown)


def test_whoever_is_asked_for_a_code_is_sent_one(known: list[str], broker: redis.Redis) -> None:
    for address in (known[0], CASE["given"]["identifier"]):
        before = Message.objects.count()
        by_form("/privacy/")(address)
        assert Message.objects.count() == before + 1


def test_a_wrong_code_is_as_wrong_for_everybody(known: list[str], broker: redis.Redis) -> None:
    shapes = set()
    for address in (known[0], CASE["given"]["identifier"]):
        visitor = Visitor()
        visitor.send("/privacy/", address=address)
        shapes.add(repr(shape_of(visitor.send("/privacy/code", code="000000"))))
        connection.close()
    assert len(shapes) == 1


def test_a_request_by_opendsr_answers_the_same_and_in_the_same_time(known: list[str], world: World) -> None:
    seconds: dict[bool, list[float]] = {True: [], False: []}
    shapes = set()
    for pair in zip(known, unknown(), strict=True):
        for address in pair:
            body = dsr(subject_identities=[identity(value=address)], subject_request_type="erasure")
            started = time.perf_counter()
            answered = world.ask("POST", "/v2/requests", body, "controller")
            seconds[address in known].append(time.perf_counter() - started)
            shapes.add((answered.status, *sorted(answered.headers), *sorted(answered.content)))
    assert len(shapes) == 1, shapes
    assert next(iter(shapes))[0] == 201
    check_times("OpenDSR", seconds)
