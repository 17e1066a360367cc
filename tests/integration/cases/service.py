"""The service behind its WSGI callable, asked as channel systems, services and browsers ask it."""

import copy
import itertools
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.db import connection, transaction

from cxprofiles.models import ApiToken
from profiles.pipeline import take_batches
from tests.factories.shipped import restore_shipped
from tests.integration.doors.client import Answered, Doors, basic, bearer, make_token

Json = dict[str, Any]
Identifier = tuple[str, str]  # type and value

CASES: dict[str, Json] = {
    one["id"]: one for one in json.loads((Path(__file__).parents[2] / "data/cases/consent.json").read_text())
}
# A full proof, so that a grant is usable.
PROOF: Json = {"method": "form", "notice": "privacy", "notice_version": "3", "language": "en"}
CHANGED = "Segment Consent Preference Updated"

_numbers = itertools.count(1)


def ship_again() -> None:
    """Purposes, consent ages and notices as a new deployment has them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL cxprofiles.lawful_erasure = 'on'")
        for table in ("purpose", "consent_age", "notice"):
            cursor.execute(f"DELETE FROM {table}")
        restore_shipped()


def given(case: str) -> Json:
    """The situation of a case."""
    found: Json = CASES[case]["given"]
    return found


def expected(case: str) -> Json:
    """What a case asks for."""
    found: Json = CASES[case]["expected"]
    return found


def user(value: str) -> Identifier:
    return "user_id", value


def email(value: str) -> Identifier:
    return "email", value


def browser(value: str) -> Identifier:
    return "anonymous_id", value


class Service:
    """A deployment with one trusted source, `key` its write key, and a token of every scope."""

    def __init__(self) -> None:
        self._doors = Doors()
        self._token = bearer(make_token(tuple(ApiToken.Scope.values)))
        self.key = self.new_source()

    def with_scopes(self, *scopes: str) -> "Service":
        """The same deployment, asked with a token of these scopes alone."""
        other = copy.copy(self)
        other._token = bearer(make_token(scopes))
        return other

    def ask(self, method: str, path: str, body: Any = b"", **query: str) -> Answered:
        """A request of the service that holds the token."""
        path = f"{path}?{urlencode(query)}" if query else path
        return self._doors(method, path, body, {**self._token, "Content-Type": "application/json"})

    def send_as(self, path: str, body: bytes, kind: str, **headers: str) -> Answered:
        """Post bytes as a content type, with further headers."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._doors("POST", path, body, {**self._token, "Content-Type": kind, **more})

    def get(self, path: str, **query: str) -> Json:
        return content(self.ask("GET", path, **query))

    def post(self, path: str, body: Any) -> Json:
        return content(self.ask("POST", path, body))

    def new_source(self, **fields: Any) -> str:
        """The write key of a new source of the web channel, trusted unless said otherwise."""
        settings = {"name": f"source {next(_numbers)}", "channel": "web", "trust": "server", **fields}
        key: str = self.post("/v1/sources", settings)["write_key"]
        return key

    def new_purpose(self, key: str, **fields: Any) -> None:
        """A purpose that rests on consent unless said otherwise."""
        content(self.ask("PUT", f"/v1/consent/purposes/{key}", {"legal_basis": "consent", **fields}))

    def anyone(self, method: str, path: str, body: Any = b"", **headers: str) -> Answered:
        """A request without a token, as a browser or a scanner makes it."""
        return self._doors(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def press_button(self, path: str) -> Answered:
        """Open a page as a browser does, and send its form as it stands."""
        page = self.anyone("GET", path)
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.body.decode()))
        cookie = page.headers.get("set-cookie", "").partition(";")[0]
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        return self._doors("POST", path, urlencode(hidden).encode(), headers)

    def send(self, event: Json, *, key: str = "", headers: Json | None = None) -> Answered:
        """Post one event to the path of its type, and have the workers take it all the way."""
        numbered = {"messageId": f"m{next(_numbers)}", "timestamp": "2026-03-01T12:00:00Z", **event}
        path = f"/v1/{numbered.get('type', 'track')}"
        answered = self._doors("POST", path, numbered, {**basic(key or self.key), **(headers or {})})
        self.work()
        return answered

    def tell(self, *events: Json, key: str = "", headers: Json | None = None) -> None:
        """Post events one by one; each must be accepted."""
        for event in events:
            answered = self.send(event, key=key, headers=headers)
            assert (answered.status, answered.content) == (200, {"success": True}), answered.body

    def batch(self, *events: Json, key: str = "") -> Answered:
        """Post events in one body, and have the workers take them."""
        answered = self._doors("POST", "/v1/batch", {"batch": list(events)}, basic(key or self.key))
        self.work()
        return answered

    def work(self) -> None:
        """Have the workers take all that waits."""
        while take_batches().batches:
            pass

    def decide(self, identifiers: list[Identifier], decisions: Json | list[Json], **more: Any) -> Json:
        """Record an act. `decisions`: purpose to state, or to state and instant; or as the API takes them."""
        if isinstance(decisions, dict):
            decisions = [decision(purpose, state) for purpose, state in decisions.items()]
        body = {"identifiers": [named(one) for one in identifiers], "decisions": decisions, "proof": PROOF, **more}
        return self.post("/v1/consents", body)

    def profile_of(self, identifier: Identifier) -> str:
        """The id of today's profile that holds an identifier."""
        found: str = self.post("/v1/profiles/lookup", {"identifier": named(identifier), "purpose": "service"})[
            "canonical_id"
        ]
        return found

    def consents(self, whose: Identifier | str, **query: str) -> Json:
        """What is in force and was said, for the profile of an identifier or of an id."""
        profile = whose if isinstance(whose, str) else self.profile_of(whose)
        return self.get(f"/v1/profiles/{profile}/consents", **query)

    def in_force(self, whose: Identifier | str, purpose: str, **query: str) -> Json:
        """What is in force for one purpose."""
        found: Json = self.consents(whose, **query)["purposes"][purpose]
        return found

    def state(self, whose: Identifier | str, purpose: str, **query: str) -> str:
        """The state in force, as answers name it."""
        found: str = self.in_force(whose, purpose, **query)["state"]
        return found

    def allows(self, whose: Identifier | str, purpose: str, **query: str) -> bool:
        """Whether the purpose is allowed for the person."""
        found: bool = self.in_force(whose, purpose, **query)["allowed"]
        return found

    def recognise(self, *identifiers: Identifier, purpose: str = "service", **more: Any) -> Json:
        body = {"identifiers": [named(one) for one in identifiers], "purpose": purpose, **more}
        return self.post("/v1/recognise", body)

    def check(self, **body: Any) -> Json:
        return self.post("/v1/consents/check", body)

    def same(self, a: Identifier, b: Identifier) -> str:
        """Have a steward decide that two identifiers are one person; returns the decision's id."""
        return self.judge(a, b, "same")

    def judge(self, a: Identifier, b: Identifier, verdict: str) -> str:
        body = {"a": named(a), "b": named(b), "verdict": verdict, "reason": "case"}
        found: str = self.post("/v1/identity/decisions", body)["id"]
        self.work()
        return found

    def take_back(self, decision_id: str) -> None:
        """Undo what a steward decided."""
        answered = self.ask("DELETE", f"/v1/identity/decisions/{decision_id}")
        assert answered.status in (200, 204), answered.body
        self.work()


def named(identifier: Identifier) -> Json:
    return {"type": identifier[0], "value": identifier[1]}


def decision(purpose: str, state: str | tuple[str, str]) -> Json:
    """A decision as the API takes it."""
    if isinstance(state, str):
        return {"purpose": purpose, "state": state}
    return {"purpose": purpose, "state": state[0], "at": instant(state[1])}


def instant(text: str) -> str:
    """A date of a case as an instant."""
    return text if "T" in text else f"{text}T00:00:00Z"


def content(answered: Answered) -> Json:
    """What a request that went well was answered."""
    assert answered.status in (200, 201), answered.body
    found: Json = answered.content
    return found


def track(*, at: str = "2026-03-01T12:00:00Z", event: str = "Seen", **members: Any) -> Json:
    """A track event; `at` is when it happened."""
    return {"type": "track", "event": event, "timestamp": at, **members}


def stamped(preferences: Any, *, at: str = "2026-03-01T12:00:00Z", event: str = "Seen", **members: Any) -> Json:
    """A track event with Segment's consent block."""
    return track(at=at, event=event, context={"consent": {"categoryPreferences": preferences}}, **members)
