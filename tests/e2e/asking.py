"""The service's API, as another system calls it."""

import base64
import http.client
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.e2e.running import wait_until

SETTLE_PATIENCE = 60.0
LONGEST_ANSWER = 60.0
LARGEST_PAGE = 200

Identifier = tuple[str, str]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the service."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Json:
        """The body as an object."""
        value: Json = json.loads(self.body)
        return value


@dataclass(frozen=True, slots=True)
class Api:
    """A running service, and the token that reads are made with."""

    port: int
    token: str = ""

    def call(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST_ANSWER)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, response.read())
        finally:
            connection.close()

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """One request with the token and a JSON body."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return self.call(method, path, None if body is None else json.dumps(body).encode(), headers)

    def post_events(self, write_key: str, events: list[Json], path: str = "/v1/batch") -> Answer:
        """One batch of a channel system."""
        body = json.dumps({"batch": events}).encode()
        return self.call("POST", path, body, {**basic(write_key), "Content-Type": "application/json"})

    def new_source(self, channel: str = "store", trust: str = "server", **settings: Any) -> str:
        """The write key of a source that nobody else posts to."""
        name = f"source-{uuid.uuid4().hex[:12]}"
        answer = self.ask("POST", "/v1/sources", {"name": name, "channel": channel, "trust": trust, **settings})
        assert answer.status == 201, f"new source: {answer.status} {answer.body[:500]!r}"
        return str(answer.json()["write_key"])

    def settle(self, patience: float = SETTLE_PATIENCE) -> None:
        """Return when every accepted interaction is part of a profile."""
        wait_until(lambda: self.status()["pending"] == 0, "all interactions are part of a profile", patience)

    def status(self) -> Json:
        """How far the service has come."""
        return self.good("GET", "/v1/status")

    def good(self, method: str, path: str, body: Any = None) -> Json:
        """The body of a request that must be answered with 200."""
        answer = self.ask(method, path, body)
        assert answer.status == 200, f"{method} {path}: {answer.status} {answer.body[:500]!r}"
        return answer.json()

    def lookup(self, type_name: str, value: str) -> Json | None:
        """The profile that holds an identifier; None where none does."""
        wanted = {"identifier": {"type": type_name, "value": value}, "purpose": "service"}
        answer = self.ask("POST", "/v1/profiles/lookup", wanted)
        if answer.status == 404:
            return None
        assert answer.status == 200, f"lookup: {answer.status} {answer.body[:500]!r}"
        return answer.json()

    def profile_of(self, type_name: str, value: str) -> Json:
        """The profile that must hold an identifier."""
        found = self.lookup(type_name, value)
        assert found is not None, f"no profile holds this {type_name}"
        return found

    def timeline(self, profile_id: str) -> list[Json]:
        """All of a profile's interactions, page by page."""
        return list(self._pages(f"/v1/profiles/{profile_id}/timeline?purpose=service&limit={LARGEST_PAGE}"))

    def _pages(self, path: str) -> Iterator[Json]:
        page = self.good("GET", path)
        yield from page["items"]
        while page.get("next_cursor"):
            page = self.good("GET", f"{path}&cursor={page['next_cursor']}")
            yield from page["items"]

    def recognise(self, *identifiers: Identifier, purpose: str = "service") -> Json:
        """Who stands before a channel."""
        return self.good("POST", "/v1/recognise", question(identifiers, purpose))

    def recognise_all(self, questions: Sequence[Iterable[Identifier]], purpose: str = "service") -> list[Json]:
        """Who each of up to a thousand is."""
        body = [question(identifiers, purpose) for identifiers in questions]
        answer = self.ask("POST", "/v1/recognise/batch", body)
        assert answer.status == 200, f"recognise/batch: {answer.status} {answer.body[:500]!r}"
        answers: list[Json] = json.loads(answer.body)
        return answers


def question(identifiers: Iterable[Identifier], purpose: str) -> Json:
    """One question of recognition, about traits too."""
    named = [{"type": type_name, "value": value} for type_name, value in identifiers]
    return {"identifiers": named, "purpose": purpose, "channel": "web", "fields": ["traits"]}


def basic(write_key: str) -> dict[str, str]:
    """The header that carries a write key."""
    return {"Authorization": "Basic " + base64.b64encode(f"{write_key}:".encode()).decode()}
