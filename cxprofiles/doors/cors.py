"""Cross-origin headers of the intake paths, which pages of any origin call with their write key.

The origin is echoed and credentials are allowed, so that clients that send them work: these paths look at no
cookie and answer no data, so there is nothing that a foreign page could gain by it.
"""

import re
from collections.abc import Mapping
from typing import Any

from cxprofiles.doors.reply import NO_STORE, NOSNIFF, Reply

ALLOWED_HEADERS = (
    "authorization",
    "content-type",
    "content-encoding",
    "x-retry-count",
    "x-write-key",
    "anonymousid",
    "sentat",
    "rsa-retry-reason",
    "rsa-retry-attempt",
)
ORIGIN = re.compile(r"null|[a-z][a-z0-9+.-]*://[\x21-\x7e]{1,255}", re.IGNORECASE)
HEADER_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}")
MOST_HEADERS = 40


def cors_headers(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headers that let a page of another origin read the answer; none for a request without an origin."""
    origin = environ.get("HTTP_ORIGIN")
    if not origin or not ORIGIN.fullmatch(origin):
        return []
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", "Retry-After"),
        ("Vary", "Origin"),
    ]


def preflight(environ: Mapping[str, Any]) -> Reply:
    """The answer to OPTIONS: every header that the known clients send, and what else is asked for."""
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "").lower().split(",")[:MOST_HEADERS]
    named = [name for name in map(str.strip, asked) if HEADER_NAME.fullmatch(name)]
    allowed = ", ".join(dict.fromkeys([*ALLOWED_HEADERS, *named]))
    headers = [
        *cors_headers(environ),
        ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
        ("Access-Control-Allow-Headers", allowed),
        ("Access-Control-Max-Age", "7200"),
        ("Content-Type", "text/plain"),
        NO_STORE,
        NOSNIFF,
    ]
    return Reply(200, headers, b"")
