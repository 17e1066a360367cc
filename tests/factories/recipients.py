"""A recipient of personal data: a real server of HTTP in a thread, which can fail in every way."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

from standardwebhooks.webhooks import Webhook

Reply = Callable[["Connection"], None]


@dataclass
class Received:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found


class Connection(BaseRequestHandler):
    """Reads a request, notes it, and answers as the recipient is told to."""

    server: "Server"

    def handle(self) -> None:
        try:
            received = self._read()
            if received is not None:
                self.server.recipient.received.append(received)
                self.server.recipient.reply(self)
        except OSError:
            pass  # the caller went away, as it should from most of these answers

    def _read(self) -> Received | None:
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = self.request.recv(65_536)
            if not chunk:
                return None
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
        while len(body) < int(headers["content-length"]):
            body += self.request.recv(65_536)
        return Received(line, headers, body)

    def send(self, data: bytes) -> None:
        self.request.sendall(data)

    def wait(self, seconds: float) -> None:
        """Do nothing, unless the recipient is shut down."""
        self.server.recipient.over.wait(seconds)


class Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    recipient: "TestRecipient"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """What a caller breaks off is no news."""


@dataclass
class TestRecipient:
    """What it was told, and how it answers: `reply` can be changed at any time."""

    __test__ = False  # pytest takes any class of such a name for one of tests

    url: str = ""
    reply: Reply = field(default_factory=lambda: status(204))
    received: list[Received] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def verified(self, secret: str) -> list[dict[str, Any]]:
        """What came, each verified as a recipient does with the library; raises for one that is not signed right."""
        return [Webhook(secret).verify(one.body, one.headers) for one in self.received]


@contextmanager
def recipient(*, certificate: Path | None = None) -> Iterator[TestRecipient]:
    """A recipient at a port of its own, with TLS if it is given a certificate (and key, in one file)."""
    with Server(("127.0.0.1", 0), Connection) as server:
        told = server.recipient = TestRecipient()
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        told.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}/in"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield told
        finally:
            told.over.set()
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def status(code: int, body: bytes = b"", **headers: str) -> Reply:
    """An answer as HTTP has it."""

    def reply(connection: Connection) -> None:
        lines = [
            f"HTTP/1.1 {code} Whatever",
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
        connection.send(head.encode() + body)

    return reply


def acknowledges(connection: Connection) -> None:
    status(200, b'{"acknowledged": true}')(connection)


def hangs(connection: Connection) -> None:
    connection.wait(60)


def drips_headers(connection: Connection) -> None:
    """A byte now and then, so that no single read takes long."""
    connection.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not connection.server.recipient.over.is_set():
        connection.send(b"x")
        connection.wait(0.05)


def resets_in_mid_answer(connection: Connection) -> None:
    connection.send(b"HTTP/1.1 200 O")
    connection.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.request.close()


def hangs_up(connection: Connection) -> None:
    connection.request.close()


def talks_nonsense(connection: Connection) -> None:
    connection.send(b"\x16\x03\x01 hello \x00\xff\r\n\r\n")


def answers_a_gigabyte_slowly(connection: Connection) -> None:
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    while not connection.server.recipient.over.is_set():
        connection.send(b"x" * 1024)
        connection.wait(0.02)


def answers_endless_headers(connection: Connection) -> None:
    connection.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(1_000_000):
        connection.send(b"X-Header-%d: x\r\n" % number)


def stops_after_the_status(connection: Connection) -> None:
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    connection.wait(60)
