"""Reading a request's body from a WSGI environ without holding more of it than is allowed."""

import time
from collections.abc import Mapping
from typing import Any

from cxprofiles.doors.problem import too_large

CHUNK = 65_536
MOST_DRAINED = 32 * 1024 * 1024
LONGEST_DRAIN = 5.0  # seconds


def read_body(environ: Mapping[str, Any], limit: int) -> bytes:
    """The whole body, of known length or chunked; raises a 413 past `limit` bytes.

    Much of a larger body is read and thrown away first: a client that is still sending when the connection
    closes would see that, and never the answer.
    """
    stated = environ.get("CONTENT_LENGTH")
    stream = environ["wsgi.input"]
    if stated and stated.isdecimal():
        length = int(stated)
        if length <= limit:
            return stream.read(length) if length else b""
        drain(stream, min(length, MOST_DRAINED))
        raise too_large(limit)
    if not environ.get("wsgi.input_terminated"):
        return b""  # a server that does not mark the end would let a read wait for ever
    body = stream.read(limit + 1)
    while 0 < len(body) <= limit:
        more = stream.read(limit + 1 - len(body))
        if not more:
            break
        body += more
    if len(body) > limit:
        drain(stream, MOST_DRAINED)
        raise too_large(limit)
    return bytes(body)


def drain(stream: Any, most: int) -> None:
    """Read and throw away up to `most` bytes, for a limited time."""
    until = time.monotonic() + LONGEST_DRAIN
    while most > 0 and time.monotonic() < until:
        read = len(stream.read(min(CHUNK, most)))
        if read == 0:
            return
        most -= read
