"""How long the server takes for each screen of the back office, over a world of many profiles."""

import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import msgspec

from tests.benchmarks.figures import Bar, Section, number
from tests.benchmarks.load import HOST, Connection, http_request
from tests.benchmarks.people import batch_body, value_of
from tests.benchmarks.plan import Plan
from tests.benchmarks.privacy import post_batch, tell_history, wait_until_taken
from tests.benchmarks.stage import HttpServer, Stage
from tests.factories.every_screen import HISTORIAN, REQUESTS, doubles, every_screen, parameters

WANTED_MS = 300.0
TIMES = 20
SLOWEST_SHOWN = 12
CSRF = "b" * 32  # a form is taken where its token is the cookie's


@dataclass(slots=True)
class Visit:
    """A screen that was opened again and again: how, and how long the server took each time, in milliseconds."""

    name: str
    method: str
    path: str
    fields: dict[str, str] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return sorted(self.took)[len(self.took) // 2]

    @property
    def p95(self) -> float:
        return sorted(self.took)[math.ceil(len(self.took) * 0.95) - 1]


def benchmark_screens(stage: Stage, server: HttpServer, plan: Plan) -> Section:
    """Give somebody a long history, then open every screen."""
    plan.say(f"a history of {plan.history:,} interactions, to be looked at")
    tell_history(stage, server.port, HISTORIAN, plan.history)
    session = sign_in_administrator()
    visits = list(visits_of(stage, server.port))
    for visit in visits:
        for _ in range(TIMES):
            visit.took.append(open_screen(server.port, session, visit))
        plan.say(f"{visit.name}: p95 {number(visit.p95)} ms")
    slowest = sorted(visits, key=lambda visit: -visit.p95)
    return Section(
        "The screens of the back office",
        f"Behind the same web server, over {stage.people:,} profiles, one of them with {plan.history:,} interactions: "
        f"each of {len(visits)} screens opened {TIMES} times by an administrator, one after the other, the whole page "
        f"read. The {SLOWEST_SHOWN} slowest are shown; profiles are the one with the long history.",
        ["screen", "p50 ms", "p95 ms"],
        [[visit.name, number(visit.p50), number(visit.p95)] for visit in slowest[:SLOWEST_SHOWN]],
        [Bar("The slowest screen's p95", WANTED_MS, [slowest[0].p95], at_least=False, unit=" ms")],
        "Rendering the templates, and what a screen reads; no screen counts or scans what grows.",
    )


def sign_in_administrator() -> str:
    """The key of a session of an administrator who has shown a second factor."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from cxprofiles.backoffice.second_factor import METHODS, METHODS_OF
    from cxprofiles.signing_in.lasting import begin

    user = administrator()
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[METHODS] = [{"method": "mfa", "at": time.time(), "type": "totp"}]
    session[METHODS_OF] = str(user.pk)
    begin(session)
    session.create()
    return str(session.session_key)


def administrator() -> Any:
    """The one who opens all screens."""
    from django.contrib.auth.models import User

    return User.objects.filter(username="bench").first() or User.objects.create_superuser("bench", "", "no password")


def visits_of(stage: Stage, port: int) -> Iterator[Visit]:
    """Every screen that can be opened by a GET, with parameters that lead somewhere; and searches of each kind."""
    for route, path in every_screen(known_of(stage, port)):
        yield Visit(route.removeprefix("backoffice/") or "the start", "GET", path)
    person = random.Random(1).randrange(stage.people // 10) * 10
    words = {
        "an e-mail address": value_of("email", person),
        "a user id": value_of("user_id", person),
        "a first name of a thousandth of all": "Name12",
        "both names": f"Name{person % 997} Family{person % 9973}",
        "one letter": "n",
        "nobody": "nobody-has-this-name",
    }
    for name, said in words.items():
        yield Visit(f"search for {name}", "POST", "/backoffice/search/", {"words": said})


def known_of(stage: Stage, port: int) -> dict[str, Any]:
    """What stands for each parameter of a route, once there is something for stewards to settle."""
    tell_of_doubles(stage, port)
    askers = [{"type": "user_id", "value": value_of("user_id", person * 10)} for person in range(REQUESTS)]
    return parameters(Calls(stage, port).send, source_id=stage.source_id, staff_id=administrator().pk, askers=askers)


@dataclass(slots=True)
class Calls:
    """The API, with the stage's token."""

    stage: Stage
    port: int

    def send(self, method: str, path: str, body: Any) -> Any:
        """What a call answers."""
        connection = Connection(self.port)
        headers = {"Authorization": f"Bearer {self.stage.token}", "Content-Type": "application/json"}
        status, answer = connection.ask(http_request(method, path, headers, msgspec.json.encode(body)))
        connection.socket.close()
        if status >= 300:
            raise SystemExit(f"bench: {method} {path} was answered with {status}.")
        return msgspec.json.decode(answer)


def tell_of_doubles(stage: Stage, port: int) -> None:
    """Post what the work list is about."""
    connection = Connection(port)
    post_batch(stage, connection, batch_body(doubles(datetime.now(UTC))))
    wait_until_taken(stage, connection)
    connection.socket.close()


def open_screen(port: int, session: str, visit: Visit) -> float:
    """Milliseconds until a screen was there as a whole."""
    from django.conf import settings

    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}"}
    body = None
    if visit.method == "POST":
        body = urlencode({**visit.fields, "csrfmiddlewaretoken": CSRF})
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = HTTPConnection(HOST, port, timeout=60)
    began = time.perf_counter()
    connection.request(visit.method, visit.path, body, headers)
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter() - began) * 1e3
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"bench: /{visit.name} was answered with {answer.status}.")
    return took
