"""Requests at the doors, and who makes them."""

import base64
import io
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.test import Client

from cxprofiles.doors.access import buffer
from cxprofiles.doors.connection import close_connection
from cxprofiles.doors.front import background, front_door, gathering
from cxprofiles.tokens import create_token
from profiles.identity.canonical import DEFAULT_TYPES
from profiles.models import ConfigurationVersion, IdentifierType
from profiles.pipeline import take_batches
from profiles.sources import SourceFields, create_source
from tests.factories.shipped import restore_shipped

_names = itertools.count()

FILLED = (
    "review_case",
    "review_proposal",
    "review_hint",
    "review_position",
    "privacy_callback",
    "privacy_protocol_receipt",
    "privacy_caller",
    "privacy_package_part",
    "privacy_package",
    "privacy_request_step",
    "privacy_request_claim",
    "privacy_request_subject",
    "privacy_request_extension",
    "privacy_request_appeal",
    "privacy_request_event",
    "identifier_proof",
    "message",
    "gpc_opt_out",
    "delivery",
    "privacy_request",
    "recipient",
    "inbox",
    "interaction",
    "quarantine",
    "decision",
    "link",
    "trait_fact",
    "fold",
    "card",
    "identifier",
    "source_key",
    "source",
    "api_token",
    "access_log",
    "configuration_change",
    "consent_decision",
    "suppression_entry",
    "suppressed_count",
    "privacy_task",
    "erasure_log_position",
    "consent_receipt",
    "consent_confirmation",
    "unification_due",
    "audit_entry",
    "audit_node",
    "audit_head",
)


@dataclass
class Answered:
    """What a door answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


Ask = Callable[..., Answered]


class Chunks:
    """A body that comes in pieces and whose end only the server knows, as granian hands over a chunked one."""

    def __init__(self, body: bytes, size: int = 7) -> None:
        self._rest = io.BytesIO(body)
        self._size = size
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._rest.read(min(size, self._size) if size >= 0 else self._size)
        self.taken += len(piece)
        return piece


def environ_of(
    method: str, path: str, body: bytes | Chunks, headers: dict[str, str], chunked: bool = False
) -> dict[str, Any]:
    """The WSGI environ that a server makes of a request."""
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "testserver",
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.input_terminated": True,
    }
    if isinstance(body, Chunks) or chunked:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        environ["wsgi.input"] = body if isinstance(body, Chunks) else Chunks(body)
    else:
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = io.BytesIO(body)
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


class Doors:
    """The WSGI callable, hot doors in front."""

    def __init__(self) -> None:
        self._application = front_door(get_wsgi_application())

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes | Chunks | Any = b"",
        headers: dict[str, str] | None = None,
        chunked: bool = False,
    ) -> Answered:
        raw = body if isinstance(body, bytes | Chunks) else json.dumps(body).encode()
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            begun.append((status, headers))
            return lambda data: None

        content = b"".join(self._application(environ_of(method, path, raw, headers or {}, chunked), start_response))
        [(status, answer_headers)] = begun
        return Answered(int(status.split()[0]), {name.lower(): value for name, value in answer_headers}, content)


class DjangoViews:
    """The same requests at the Django views behind the doors."""

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes | Chunks | Any = b"",
        headers: dict[str, str] | None = None,
        chunked: bool = False,
    ) -> Answered:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = dict(headers or {})
        content_type = sent.pop("Content-Type", "application/json")
        response = Client().generic(method, path, raw, content_type=content_type, headers=sent)
        return Answered(
            response.status_code, {name.lower(): value for name, value in response.items()}, response.content
        )


def create_deployment() -> None:
    """The default types, and a version that no process has seen."""
    restore_shipped()
    if not IdentifierType.objects.exists():
        rows = [IdentifierType(**{**row, "blocked": list(row["blocked"])}) for row in DEFAULT_TYPES]
        IdentifierType.objects.bulk_create(rows)
    # Not one more than it was: other tests begin to count anew, and what is in memory would seem to be of today.
    ConfigurationVersion.objects.all().delete()
    ConfigurationVersion.objects.create(version=time.time_ns())


def clear_deployment() -> None:
    """Nothing but the types. Rows are deleted, which is quicker than truncating tables of a few rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL cxprofiles.lawful_erasure = 'on'")
        for table in FILLED:
            cursor.execute(f"DELETE FROM {table}")
    settings.ERASURE_LOG.unlink(missing_ok=True)


def leave_doors() -> None:
    """Write what the doors hold and end this thread's connection."""
    background.stop()
    buffer.flush()
    close_connection()
    gathering.close()


def tell(key: str, *events: dict[str, Any]) -> None:
    """Post events and have the workers take them all the way to profiles."""
    numbered = [{"messageId": f"m{next(_names)}", "timestamp": "2026-03-01T12:00:00Z", **event} for event in events]
    answered = Doors()("POST", "/v1/batch", {"batch": numbered}, basic(key))
    assert answered.status == 200, answered.body
    while take_batches().batches:
        pass


def basic(key: str) -> dict[str, str]:
    """The header that SDKs send."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    """The header that services send."""
    return {"Authorization": f"Bearer {token}"}


def make_source(**fields: Any) -> str:
    """A source's write key."""
    return create_source(
        name=f"source {next(_names)}",
        fields=SourceFields(**{"channel": "web", "trust": "server", **fields}),
        actor="test",
    )


def make_token(scopes: tuple[str, ...] = ("recognise",), **options: Any) -> str:
    """A service's token."""
    return create_token(name=f"token {next(_names)}", scopes=scopes, actor="test", **options)
