"""How long the server takes for each screen of the back office, over a world of many profiles."""

import math
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from tests.benchmarks.figures import Bar, Section, number
from tests.benchmarks.load import HOST, Connection, http_request
from tests.benchmarks.people import batch_body, event_of, value_of
from tests.benchmarks.plan import Plan
from tests.benchmarks.privacy import post_batch, tell_history, wait_until_taken
from tests.benchmarks.stage import HttpServer, Stage

WANTED_MS = 300.0
TIMES = 20
SLOWEST_SHOWN = 12
CSRF = "b" * 32  # a form is taken where its token is the cookie's
HISTORIAN = "historian-of-screens"
REQUESTS = 100
DOUBLES = 100
PLANNED = "plan"
PARAMETER = re.compile(r"<\w+:(?P<name>\w+)>")
# What answers GET and is a file, a part or a stream; and the page of a caller of a protocol, of which there is none.
NO_SCREENS = {
    "backoffice/privacy/log.csv",
    "backoffice/privacy/<uuid:request_id>/letters/<str:kind>.pdf",
    "backoffice/tokens/callers/<str:protocol>/<str:name>/",
}


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

    from cxprofiles.backoffice.second_factor import METHODS
    from cxprofiles.signing_in.lasting import begin

    user = administrator()
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[METHODS] = [{"method": "mfa", "at": time.time(), "type": "totp"}]
    begin(session)
    session.create()
    return str(session.session_key)


def administrator() -> Any:
    """The one who opens all screens."""
    from django.contrib.auth.models import User

    return User.objects.filter(username="bench").first() or User.objects.create_superuser("bench", "", "no password")


def visits_of(stage: Stage, port: int) -> Iterator[Visit]:
    """Every screen that can be opened by a GET, with parameters that lead somewhere; and searches of each kind."""
    known = parameters(stage, port)
    for route in screens():
        if route not in NO_SCREENS:
            yield Visit(route.removeprefix("backoffice/") or "the start", "GET", "/" + filled(route, known))
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


def filled(route: str, known: Mapping[str, Any]) -> str:
    """A route with its parameters. What several routes call alike is looked for with the part before it."""
    if route.endswith(f"{PLANNED}/"):  # of a request that is done there is no plan any more
        known = {**known, "request_id": known[PLANNED]}
    parts = route.split("/")
    for place, part in enumerate(parts):
        if found := PARAMETER.fullmatch(part):
            name = found["name"]
            parts[place] = str(known[name if name in known else f"{parts[place - 1]}/{name}"])
    return "/".join(parts)


def screens() -> list[str]:
    """The routes of all screens that answer GET."""
    from cxprofiles.backoffice.urls import urlpatterns

    patterns = [one for one in flat(urlpatterns) if "GET" in getattr(one.callback, "methods", ())]
    return [str(one.pattern) for one in patterns if not str(one.pattern).endswith("<path:rest>")]


def flat(patterns: Sequence[Any]) -> Iterator[Any]:
    """The patterns, those of lists within them too."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from flat(pattern.url_patterns)
        else:
            yield pattern


def parameters(stage: Stage, port: int) -> dict[str, Any]:
    """What stands for each parameter of a route: of the person with the long history, and of what is made for it."""
    from cxprofiles.models import ApiToken
    from profiles.configuration import configuration
    from profiles.models import Interaction, ReviewCase
    from profiles.profile import find_identifier
    from profiles.review.finding import find_cases

    found = find_identifier("user_id", HISTORIAN, configuration())
    if found is None:
        raise SystemExit("bench: the history has led to no profile.")
    tell_of_doubles(stage, port)
    find_cases()
    last = Interaction.objects.filter(anchor_id=found.id).order_by("-occurred_at", "-id").first()
    case = ReviewCase.objects.first()
    assert last is not None
    assert case is not None
    return {
        "profile_id": found.profile_id,
        "interaction_id": last.id,
        "case_id": case.id,
        "sources/number": stage.source_id,
        "tokens/token_id": ApiToken.objects.latest("id").pk,
        "types/name": "email",
        "one/key": "personalisation",
        "entries/seq": 1,
        "people/user_id": administrator().pk,
        **furnish(Calls(stage, port), found.id),
    }


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
    """Let some pairs of customers share an e-mail address, so that stewards have something to settle."""
    connection, now = Connection(port), datetime.now(UTC)
    events = [
        event_of(
            message_id=f"double-{pair}-{who}",
            at=now - timedelta(hours=pair),
            user_id=f"double-{pair}-{who}",
            traits={"email": f"double.{pair}@mail.example", "first_name": who},
        )
        for pair in range(DOUBLES)
        for who in ("one", "two")
    ]
    post_batch(stage, connection, batch_body(events))
    wait_until_taken(stage, connection)
    connection.socket.close()


def furnish(calls: Calls, identifier: int) -> dict[str, Any]:
    """Give the person choices and a request, and the service what some screens are about."""
    who = [{"type": "user_id", "value": HISTORIAN}]
    notice = {"language": "en", "text": "We write to you about what is new."}
    calls.send("PUT", "/v1/consent/notices/bench/1", notice)
    told = {
        "identifiers": who,
        "decisions": [{"purpose": "personalisation", "state": "granted"}],
        "proof": {"method": "form", "notice": "bench", "notice_version": "1", "language": "en"},
    }
    calls.send("POST", "/v1/consents", told)
    proven = {"level": "verified", "method": "benchmark"}
    for person in range(REQUESTS):
        asked = {"type": "objection", "identifiers": [{"type": "user_id", "value": value_of("user_id", person * 10)}]}
        calls.send("POST", "/v1/privacy/requests", {**asked, "identity": proven})
    made = calls.send("POST", "/v1/privacy/requests", {"type": "access", "identifiers": who, "identity": proven})
    unproven = {"type": "erasure", "identifiers": [{"type": "email", "value": f"{HISTORIAN}@mail.example"}]}
    waiting = calls.send("POST", "/v1/privacy/requests", unproven)
    calls.send("PUT", "/v1/privacy/recipients/bench", {"url": "https://recipient.example/told"})
    act = latest_act(identifier)
    return {
        "request_id": made["id"],
        PLANNED: waiting["id"],
        "recipients/name": "bench",
        "notices/key": "bench",
        "bench/version": "1",
        "consent/act_id": act,
        f"{act}/identifier_id": identifier,
        f"{identifier}/purpose": "personalisation",
    }


def latest_act(identifier: int) -> UUID:
    """The latest act of consent that was recorded of an identifier."""
    from consent.models import ConsentDecision

    found: UUID = ConsentDecision.objects.filter(identifier_id=identifier).latest("received_at").act_id
    return found


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
