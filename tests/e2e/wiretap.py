"""A proxy between a client and the service: it records what the client really sends, and can lose an answer.

The client is unchanged and does not know of it; what it recorded is what the timelines must hold.
"""

import gzip
import http.client
import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.e2e.running import wait_until

GZIP_MAGIC = b"\x1f\x8b"
UPSTREAM_PATIENCE = 30.0
DELIVERY_PATIENCE = 60.0
# What belongs to one connection alone.
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as the client sent it, and the status that the client saw."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int

    @property
    def was_gzip(self) -> bool:
        return self.body[:2] == GZIP_MAGIC

    def events(self) -> list[dict[str, Any]]:
        """The events that the body holds, whether it is a batch or one event."""
        raw = gzip.decompress(self.body) if self.was_gzip else self.body
        content = json.loads(raw)
        if isinstance(content, list):
            return content
        return content["batch"] if isinstance(content.get("batch"), list) else [content]


class Server(ThreadingHTTPServer):
    """Serves each connection on a thread; a client that leaves in the middle is no event."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients close connections as they like."""


class Wiretap:
    """Passes requests on to the service and keeps them; on demand it loses answers."""

    def __init__(self, upstream_port: int) -> None:
        self.upstream_port = upstream_port
        self.exchanges: list[Exchange] = []
        self.answers_to_lose: deque[None] = deque()
        self.lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def lose_answers(self, count: int) -> None:
        """The service gets the next posts of events and takes them in; the client is told that it failed."""
        self.answers_to_lose.extend([None] * count)

    def posts(self) -> list[Exchange]:
        """What was posted, retries among it."""
        with self.lock:
            return [exchange for exchange in self.exchanges if exchange.method == "POST"]

    def delivered(self) -> list[dict[str, Any]]:
        """The events of the posts that the client saw succeed."""
        return [event for post in self.posts() if post.status == 200 for event in post.events()]

    def wait_for(self, events: int) -> None:
        """Return when the client has seen that many events succeed."""
        wait_until(lambda: len(self.delivered()) >= events, f"{events} events are delivered", DELIVERY_PATIENCE)

    def keep(self, exchange: Exchange) -> None:
        with self.lock:
            self.exchanges.append(exchange)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        tap = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Keep the tests' output clean."""

            def do_POST(self) -> None:  # the name that http.server looks for
                pass_on(self, tap)

            do_GET = do_OPTIONS = do_POST  # noqa: N815  (http.server names its methods so)

        return Handler


def pass_on(handler: BaseHTTPRequestHandler, tap: Wiretap) -> None:
    """Send the request to the service as it came, chunked if it was, and its answer back."""
    chunked = handler.headers.get("Transfer-Encoding", "").lower() == "chunked"
    body = read_chunks(handler) if chunked else handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    try:
        status, headers, answer = forward(handler, body, chunked, tap.upstream_port)
    except (OSError, http.client.HTTPException):
        status, headers, answer = 502, [("Content-Type", "text/plain")], b"the service is away"
    if handler.command == "POST" and status == 200 and tap.answers_to_lose:
        tap.answers_to_lose.popleft()
        status, answer = 500, b'{"code":"lost","message":"the answer was lost on its way"}'
    tap.keep(Exchange(handler.command, handler.path, dict(handler.headers.items()), body, status))
    handler.send_response(status)
    for name, value in headers:
        if name.lower() not in HOP_BY_HOP:
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(answer)))
    handler.end_headers()
    handler.wfile.write(answer)


def forward(
    handler: BaseHTTPRequestHandler, body: bytes, chunked: bool, port: int
) -> tuple[int, list[tuple[str, str]], bytes]:
    """The service's answer: status, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=UPSTREAM_PATIENCE)
    headers = {name: value for name, value in handler.headers.items() if name.lower() not in HOP_BY_HOP}
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    sent = in_pieces(body) if chunked else body
    try:
        connection.request(handler.command, handler.path, sent, headers, encode_chunked=chunked)
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read()
    finally:
        connection.close()


def in_pieces(body: bytes) -> Iterator[bytes]:
    """The body in two chunks, so that it is no chunk of its own length."""
    middle = len(body) // 2
    yield from (part for part in (body[:middle], body[middle:]) if part)


def read_chunks(handler: BaseHTTPRequestHandler) -> bytes:
    """A chunked body, put together."""
    parts: list[bytes] = []
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        parts.append(handler.rfile.read(size))
        handler.rfile.readline()
    while handler.rfile.readline().strip():
        pass
    return b"".join(parts)


@contextmanager
def tapped(upstream_port: int) -> Iterator[Wiretap]:
    """A wiretap in front of the service."""
    tap = Wiretap(upstream_port)
    tap.thread.start()
    try:
        yield tap
    finally:
        tap.server.shutdown()
        tap.server.server_close()
        tap.thread.join()
