"""Services that call the API."""

import itertools
import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from cxprofiles.models import ApiToken
from cxprofiles.tokens import create_token

_numbers = itertools.count(1)


@dataclass
class Answered:
    """What the API answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


class Caller:
    """A service with a token; its name is `caller-N`."""

    def __init__(self, *scopes: str, **options: Any) -> None:
        self.name = f"caller-{next(_numbers)}"
        self.token = create_token(name=self.name, scopes=scopes or ApiToken.Scope.values, actor="test", **options)
        self._client = Client()

    def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> Answered:
        """A request; `body` as JSON, or bytes as they are."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        response = self._client.generic(
            method,
            path,
            raw,
            content_type="application/json",
            query_params=query,
            headers={"Authorization": f"Bearer {self.token}", **(headers or {})},
        )
        answered = {name.lower(): value for name, value in response.items()}
        return Answered(response.status_code, answered, response.getvalue())

    def get(self, path: str, **query: Any) -> Answered:
        return self.ask("GET", path, **query)

    def post(self, path: str, body: Any = None) -> Answered:
        return self.ask("POST", path, body)

    def put(self, path: str, body: Any = None) -> Answered:
        return self.ask("PUT", path, body)

    def delete(self, path: str) -> Answered:
        return self.ask("DELETE", path)
