"""Hostile requests at every endpoint of the OpenAPI document: no failure, no leak, whoever asks."""

import logging
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.integration.doors.client import Answered
from tests.integration.hostile.inputs import MARK, Request, operations, requests_for
from tests.integration.hostile.world import PLANTED, SECOND, World

SLOWEST = 20.0  # seconds, on a busy machine
LEAKS = [*PLANTED.values(), SECOND]
# What asks for everything that it may, and what may nothing.
CALLERS = ["admin", "admin", "admin", "nobody", "reader", "source", "controller"]


@dataclass
class Found:
    """What went wrong, by what it looks like, with the first request that did it."""

    problems: dict[str, str] = field(default_factory=dict)
    tried: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)

    def note(self, what: str, request: Request, caller: str) -> None:
        shown = f"{caller}: {request.method} {request.target[:300]!r} {request.headers} {request.body[:600]!r}"
        self.problems.setdefault(what, shown)


def try_all(world: World, logged: pytest.LogCaptureFixture, **amounts: Any) -> Found:
    """Ask everything of every operation."""
    found = Found()
    chance = random.Random(amounts["number"])
    for operation in operations(world.application):
        found.tried[operation.label] = 0
        for request in requests_for(operation, world.known, **amounts):
            caller = chance.choice(CALLERS)
            logged.clear()
            try_one(world, request, caller, operation.label, found, logged)
    return found


def try_one(
    world: World, request: Request, caller: str, label: str, found: Found, logged: pytest.LogCaptureFixture
) -> None:
    started = time.monotonic()
    try:
        answered = world.ask(request.method, request.target, request.body, caller, **request.headers)
    except UnicodeError:
        return  # no server hands on a path or header like this
    found.tried[label] += 1
    found.statuses[answered.status] += 1
    if time.monotonic() - started > SLOWEST:
        found.note(f"{label}: slow", request, caller)
    for what in wrong_with(answered, request, caller):
        frames = re.findall(r'File "[^"]*?((?:consent|profiles|cxprofiles)/[^"]+)", line (\d+)', logged.text)
        found.note(f"{label}: {what} {frames[-1:]}", request, caller)
    for leak in [*LEAKS, MARK]:
        if leak in logged.text:
            found.note(f"{label}: personal data in the log", request, caller)


def wrong_with(answered: Answered, request: Request, caller: str) -> Iterator[str]:
    """What an answer must not be."""
    if answered.status >= 500:
        yield f"answered {answered.status}"
    if 300 <= answered.status < 400 and answered.status != 304:
        yield f"redirects by {answered.status}"
    body = answered.body.decode("utf-8", "replace")
    if answered.status >= 400 and MARK in body:
        yield "a refusal repeats what was sent"
    if caller in ("nobody", "source") or answered.status >= 400:
        told = [leak for leak in LEAKS if leak in body and leak.encode() not in request.body]
        if told:
            yield f"tells {caller} of a person"
    if answered.status >= 400 and answered.body:
        kind = answered.headers.get("content-type", "")
        if not kind.startswith(("application/problem+json", "application/json")):
            yield f"refuses as {kind or 'nothing'}"


@pytest.fixture(autouse=True)
def watched(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_some_hostile_requests_at_every_endpoint(world: World, caplog: pytest.LogCaptureFixture) -> None:
    found = try_all(world, caplog, drawn_each=1, count=4, number=7)
    assert found.problems == {}
    assert min(found.tried.values()) >= 2
    assert len(found.tried) > 100
    assert sum(found.tried.values()) >= 3 * len(found.tried)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_hostile_requests(world: World, caplog: pytest.LogCaptureFixture) -> None:
    found = try_all(world, caplog, drawn_each=8, count=80, number=None)
    print(f"{sum(found.tried.values())} requests: {dict(sorted(found.statuses.items()))}")
    assert found.problems == {}
    assert sum(found.tried.values()) >= 10_000
