"""Privacy requests of a deployment, as an officer's service makes them."""

import io
import json
from typing import Any
from zipfile import ZipFile

from tasks.privacy import sweep
from tests.integration.cases.service import Identifier, Json, Service, content, named
from tests.integration.doors.client import Answered

PATH = "/v1/privacy/requests"
VOUCHED = {"level": "verified", "method": "signed_in"}


class Officer:
    """Makes requests for people, and has the workers carry them out."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def ask(self, kind: str, *who: Identifier, **more: Any) -> Answered:
        """Make a request for somebody who is known to be the person, unless `identity` says otherwise."""
        body = {"type": kind, "identifiers": [named(one) for one in who], "identity": VOUCHED, **more}
        return self.service.ask("POST", PATH, body)

    def make(self, kind: str, *who: Identifier, **more: Any) -> Json:
        """The same; it must be taken."""
        return content(self.ask(kind, *who, **more))

    def done(self, kind: str, *who: Identifier, **more: Any) -> Json:
        """The same, and what became of it after the workers came."""
        made = self.make(kind, *who, **more)
        sweep()
        return self.read(made)

    def read(self, request: Json) -> Json:
        return self.service.get(f"{PATH}/{request['id']}")

    def move(self, request: Json, name: str, body: Any = None) -> Answered:
        """Do something with a request: `verify`, `deny`, `extend` …"""
        return self.service.ask("POST", f"{PATH}/{request['id']}/{name}", body or b"")

    def fetch(self, request: Json) -> dict[str, bytes]:
        """The files of the package of a request, by name."""
        answered = self.move(request, "package")
        assert answered.status == 200, answered.body
        with ZipFile(io.BytesIO(answered.body)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def package(self, kind: str, *who: Identifier) -> dict[str, bytes]:
        """The files that a person is given."""
        ended = self.done(kind, *who)
        assert ended["state"] == "completed", ended
        return self.fetch(ended)


def read_json(files: dict[str, bytes], name: str) -> Any:
    """A JSON file of a package, wherever in it."""
    found = [body for path, body in files.items() if path.endswith(name)]
    return json.loads(found[0])
