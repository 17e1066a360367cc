"""Reading a request's body from a WSGI environ without holding more of it than is allowed."""

import time
from collections.abc import Mapping
from typing import Any

from cxprofiles.doors.problem import too_large

CHUNK = 65_536
MOST_DRAINED = 32 * 1024 * 1024
LONGEST_DRAIN = 5.0  # seconds
LONGEST_LENGTH = 18  # digits


def read_body(environ: Mapping[str, Any], limit: int) -> bytes:
    """The whole body, of known length or chunked; raises a 413 past `limit` bytes.

    Much of a larger body is read and thrown away first: a client that is still sending when the connection
    closes would see that, and never the answer.
    """
    length = stated_length(environ)
    if length is None and not environ.get("wsgi.input_terminated"):
        return b""  # a server that does not mark the end would let a read wait for ever
    stream = environ["wsgi.input"]
    wanted = limit + 1 if length is None else min(length, limit + 1)
    body: bytes = stream.read(wanted) if wanted else b""
    while 0 < len(body) < wanted:
        more = stream.read(wanted - len(body))
        if not more:
            break
        body += more
    if len(body) > limit:
        drain(stream, MOST_DRAINED if length is None else min(length - len(body), MOST_DRAINED))
        raise too_large(limit)
    return body


def stated_length(environ: Mapping[str, Any]) -> int | None:
    """The length that the request states; None for a chunked body."""
    stated = environ.get("CONTENT_LENGTH")
    return int(stated) if stated and len(stated) <= LONGEST_LENGTH and stated.isdecimal() else None


def drain(stream: Any, most: int) -> None:
    """Read and throw away up to `most` bytes, for a limited time."""
    until = time.monotonic() + LONGEST_DRAIN
    while most > 0 and time.monotonic() < until:
        read = len(stream.read(min(CHUNK, most)))
        if read == 0:
            return
        most -= read
