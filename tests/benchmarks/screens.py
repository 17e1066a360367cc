"""How long the server takes for each screen of the back office, over a world of many profiles."""

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from tests.benchmarks.figures import Bar, Section, number
from tests.benchmarks.load import HOST
from tests.benchmarks.people import value_of
from tests.benchmarks.plan import Plan
from tests.benchmarks.privacy import tell_history
from tests.benchmarks.stage import HttpServer, Stage

WANTED_MS = 300.0
TIMES = 20
SLOWEST_SHOWN = 12
CSRF = "b" * 32  # a form is taken where its token is the cookie's
HISTORIAN = "historian-of-screens"


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
    visits = list(visits_of(stage))
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
    from django.contrib.auth.models import User

    from cxprofiles.backoffice.second_factor import METHODS

    user = User.objects.filter(username="bench").first() or User.objects.create_superuser("bench", "", "no password")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[METHODS] = [{"method": "mfa", "at": time.time(), "type": "totp"}]
    session.create()
    return str(session.session_key)


def visits_of(stage: Stage) -> Iterator[Visit]:
    """Every screen that can be opened by a GET, with parameters that lead somewhere; and searches of each kind."""
    known = parameters(stage)
    for route, names in screens():
        path = "/" + route
        for name, spelling in names.items():
            path = path.replace(spelling, str(known[name]))
        yield Visit(route, "GET", path)
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


def screens() -> list[tuple[str, dict[str, str]]]:
    """The routes of all screens that answer GET, each with its parameters by name, as they are spelled in it."""
    from cxprofiles.backoffice.urls import urlpatterns

    found = []
    for pattern in flat(urlpatterns):
        methods = getattr(pattern.callback, "methods", ())
        route = str(pattern.pattern)
        if "GET" in methods and not route.startswith("backoffice/<path"):
            names = {
                part.rpartition(":")[2]: f"<{part}>"
                for part in (piece.partition(">")[0] for piece in route.split("<")[1:])
            }
            found.append((route, names))
    return found


def flat(patterns: Sequence[Any]) -> Iterator[Any]:
    """The patterns, those of lists within them too."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from flat(pattern.url_patterns)
        else:
            yield pattern


def parameters(stage: Stage) -> dict[str, Any]:
    """What stands for each parameter of a route."""
    from profiles.configuration import configuration
    from profiles.profile import find_identifier, find_root, read_profile

    held = configuration()
    found = find_identifier("user_id", HISTORIAN, held)
    if found is None:
        raise SystemExit("bench: the history has led to no profile.")
    profile = read_profile(found.root_id, held)
    assert profile is not None
    assert find_root(profile.profile_id) == found.root_id
    origin = next(trait.interaction_id for trait in profile.traits.values() if trait.interaction_id)
    return {"profile_id": profile.profile_id, "interaction_id": origin, "source_id": stage.source_id, "id": UUID(int=0)}


def open_screen(port: int, session: str, visit: Visit) -> float:
    """Milliseconds until a screen was there as a whole."""
    headers = {"Cookie": f"sessionid={session}; csrftoken={CSRF}"}
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
        raise SystemExit(f"bench: {visit.name} was answered with {answer.status}.")
    return took
