"""The intake door: a batch is authenticated, measured and committed as it came, and only then answered with a 200.

What the events say is the workers' business. One bad event does not sink its batch; a batch that cannot be read at
all is refused, so that its sender hears of it.
"""

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from cxprofiles.api.errors import FieldError, Problem, problem_of
from cxprofiles.doors.body import read_body
from cxprofiles.doors.cors import cors_headers, preflight
from cxprofiles.doors.freshness import Stale, with_fresh_configuration
from cxprofiles.doors.metrics import notes
from cxprofiles.doors.problem import not_allowed, problem_reply
from cxprofiles.doors.reply import JSON, NO_STORE, NOSNIFF, Reply
from cxprofiles.doors.routes import IntakePath
from profiles.configuration import Configuration, SourceSettings
from profiles.credentials import digest_of
from profiles.intake.envelope import (
    MAX_BODY,
    MAX_EVENT,
    Envelope,
    Malformed,
    TooLarge,
    context_of,
    decompress,
    read_envelope,
)
from profiles.intake.rates import seconds_to_wait
from profiles.intake.store import accept_batch, pack_body
from profiles.intake.wire import segment
from profiles.intake.wire.segment import NO_PREFERENCES, is_empty_consent_change
from profiles.statements import Execute, read_version

HEADERS = [JSON, NO_STORE, NOSNIFF]
CONSENT_CHANGE = segment.CONSENT_CHANGE.encode()
PREFERENCES = "/context/consent/categoryPreferences"
QUARANTINED_CHANGE = f"{NO_PREFERENCES} The event was put into the quarantine."
TOO_LARGE = f"The event is larger than {MAX_EVENT} bytes; it was put into the quarantine."
SUCCESS = b'{"success":true}'
LONGEST_KEY = 512
# No browser shows its own password prompt for a scheme that it does not know.
CHALLENGE = {"WWW-Authenticate": 'WriteKey realm="cxprofiles"'}

Ring = Callable[[], object]


def answer_intake(path: IntakePath, environ: Mapping[str, Any], execute: Execute, ring: Ring) -> Reply:
    """The answer to any request on an intake path."""
    method = environ["REQUEST_METHOD"]
    if method == "OPTIONS":
        return preflight(environ)
    try:
        if method != "POST":
            raise not_allowed("POST", "OPTIONS")
        reply = Reply(200, HEADERS, take_in(path, environ, read_body(environ, MAX_BODY), execute, ring))
    except Exception as error:
        reply = problem_reply(problem_of(error), for_sdk=True)
    return with_cors(reply, environ)


def answer_browser_metrics(environ: Mapping[str, Any]) -> Reply:
    """The browser library reports on itself here; it is told that all is well, and nothing is kept."""
    if environ["REQUEST_METHOD"] == "OPTIONS":
        return preflight(environ)
    try:
        read_body(environ, MAX_BODY)
    except Problem as problem:
        return with_cors(problem_reply(problem, for_sdk=True), environ)
    return with_cors(Reply(200, HEADERS, SUCCESS), environ)


def with_cors(reply: Reply, environ: Mapping[str, Any]) -> Reply:
    """The answer, readable by a page of another origin if one asked."""
    headers = cors_headers(environ)
    return Reply(reply.status, [*reply.headers, *headers], reply.body) if headers else reply


def take_in(path: IntakePath, environ: Mapping[str, Any], raw: bytes, execute: Execute, ring: Ring) -> bytes:
    """Commit a body and wake the workers; the body of the answer. Raises `Problem` or `DatabaseAway`."""
    try:
        body = decompress(raw)
        context = context_of(envelope_headers(environ, path), path.path_type, path.dialect)
        envelope = read_envelope(path.dialect, body, context)
    except TooLarge as error:
        raise Problem(413, str(error)) from None
    except Malformed as error:
        raise Problem(400, str(error)) from None
    bad_changes = empty_consent_changes(path, envelope)
    if bad_changes and len(envelope.events) == 1 and path.path_type != "batch":
        raise Problem(400, NO_PREFERENCES, errors=[FieldError(PREFERENCES, NO_PREFERENCES)])
    key = write_key(environ, envelope)
    packed = pack_body(raw, body)

    def work(held: Configuration) -> None:
        source = authenticate(key, held)
        check_rate(source, len(envelope.events))
        if not envelope.events:
            check_version(held, read_version(execute))
        elif not accept_batch(
            execute,
            source_id=source.id,
            dialect=path.dialect,
            context=msgspec.json.encode(context),
            body=packed,
            events=len(envelope.events),
            version=held.version,
        ):
            raise Stale(read_version(execute))

    with_fresh_configuration(execute, work)
    if envelope.events:
        ring()
        notes.events.append((path.dialect, len(envelope.events), len(envelope.oversize)))
    if not envelope.oversize and not bad_changes:
        return SUCCESS
    return success_but_for(dict.fromkeys(bad_changes, QUARANTINED_CHANGE) | dict.fromkeys(envelope.oversize, TOO_LARGE))


def empty_consent_changes(path: IntakePath, envelope: Envelope) -> list[int]:
    """The indexes of events whose one job is to change consent, and that do not say to what."""
    if path.dialect not in ("segment", "jitsu"):
        return []
    suspects = [index for index, raw in enumerate(envelope.events) if CONSENT_CHANGE in raw]
    return [index for index in suspects if is_empty_consent_change(envelope.events[index], path.path_type)]


def check_version(held: Configuration, version: int) -> None:
    """Raise `Stale` unless the configuration is of this version."""
    if held.version != version:
        raise Stale(version)


def success_but_for(refused: Mapping[int, str]) -> bytes:
    """Success, and which events of the batch are in the quarantine, and why."""
    errors = [{"index": index, "status": 400, "reason": refused[index]} for index in sorted(refused)]
    return msgspec.json.encode({"success": True, "errors": errors})


def envelope_headers(environ: Mapping[str, Any], path: IntakePath) -> dict[str, str]:
    """The headers that the reading of a body depends on; a CloudEvent may stand in them."""
    headers = {}
    if "HTTP_SEC_GPC" in environ:
        headers["sec-gpc"] = environ["HTTP_SEC_GPC"]
    if path.dialect == "cloudevents":
        headers["content-type"] = environ.get("CONTENT_TYPE", "").lower()
        headers |= {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_CE_")
        }
    return headers


def write_key(environ: Mapping[str, Any], envelope: Envelope) -> str:
    """The write key, from the first place that has one: Basic user, X-Write-Key, the body, Bearer. Raises a 401."""
    scheme, _, credentials = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    scheme = scheme.lower()
    key = basic_user(credentials) if scheme == "basic" else ""
    if key and envelope.write_key and envelope.write_key.partition(":")[0] != key:
        raise Problem(401, "The write keys in the Authorization header and in the body differ.", headers=CHALLENGE)
    key = key or environ.get("HTTP_X_WRITE_KEY", "").strip() or envelope.write_key or ""
    if not key and scheme == "bearer":
        key = credentials.strip()
    key = key.partition(":")[0]  # Jitsu writes `key:secret`
    if not key:
        raise Problem(401, "Send the source's write key as the user name of HTTP Basic.", headers=CHALLENGE)
    return key


def basic_user(credentials: str) -> str:
    """The user name of HTTP Basic; empty where it cannot be read."""
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return decoded.decode("utf-8", "replace").partition(":")[0]


def authenticate(key: str, held: Configuration) -> SourceSettings:
    """The source of a write key; raises a 401."""
    found = held.keys.get(digest_of(key)) if len(key) <= LONGEST_KEY else None
    if found is None or (found.expires_at is not None and found.expires_at <= datetime.now(UTC)):
        raise Problem(401, "This write key is not known, has expired or was revoked.", headers=CHALLENGE)
    return found.source


def check_rate(source: SourceSettings, count: int) -> None:
    """Raise a 429 where the source is over its rate."""
    if source.rate_limit is None or count == 0:
        return
    wait = seconds_to_wait(source_id=source.id, events_a_second=source.rate_limit, events=count)
    if wait > 0:
        raise Problem(
            429,
            f"This source may send {source.rate_limit} events a second; try again as Retry-After says.",
            headers={"Retry-After": str(math.ceil(wait))},
        )
