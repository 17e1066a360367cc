"""Load over HTTP: wrk where it is installed, else a driver of our own. Both send requests that were made beforehand."""

import json
import multiprocessing
import random
import selectors
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE = 10.0
RECEIVE = 1 << 18

# One thread sends what a file holds, from a place of its own choice on, again and again.
WRK_SCRIPT = """
local requests, at = {}, 0
function init(args)
    local file = assert(io.open(args[1], "rb"))
    local all = file:read("*a")
    file:close()
    local place = 1
    while place <= #all do
        local a, b, c, d = all:byte(place, place + 3)
        local size = ((a * 256 + b) * 256 + c) * 256 + d
        requests[#requests + 1] = all:sub(place + 4, place + 3 + size)
        place = place + 4 + size
    end
    at = tonumber(args[2]) % #requests
end
function request()
    at = at % #requests + 1
    return requests[at]
end
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('{"requests": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "errors": %d}',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a server bore: requests that were answered with a 2xx, and milliseconds that they took."""

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int

    @property
    def rate(self) -> float:
        return (self.requests - self.errors) / self.seconds


class LoadFailed(Exception):
    """The load could not be put on the server: it does not answer, or it breaks connections off."""


def http_request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request on a connection that stays open."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", *(f"{name}: {value}" for name, value in headers.items())]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def driver_name() -> str:
    """Which driver puts the load on here."""
    return "wrk" if shutil.which("wrk") else "built in"


def put_load(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Loaded:
    """Send requests over so many connections, each one after the other, for so long."""
    wrk = shutil.which("wrk")
    if wrk:
        return with_wrk(wrk, port, requests, connections, seconds)
    return in_a_process(port, requests, connections, seconds)


def with_wrk(wrk: str, port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Loaded:
    """One thread of wrk."""
    with tempfile.TemporaryDirectory() as folder:
        script, file = Path(folder, "requests.lua"), Path(folder, "requests")
        script.write_text(WRK_SCRIPT)
        with file.open("wb") as writer:
            for request in requests:
                writer.write(struct.pack(">I", len(request)) + request)
        command = [wrk, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", f"--timeout={PATIENCE:.0f}s"]
        start = random.randrange(len(requests))
        command += ["-s", str(script), f"http://{HOST}:{port}", "--", str(file), str(start)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 60)
    if done.returncode != 0 or "{" not in done.stdout:
        raise LoadFailed(done.stderr.strip() or done.stdout.strip())
    return Loaded(**json.loads(done.stdout[done.stdout.index("{") :]))


def in_a_process(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Loaded:
    """Our own driver, in a process of its own so that the caller's interpreter lock is not in its way."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_drive, args=(theirs, port, list(requests), connections, seconds), daemon=True)
    child.start()
    theirs.close()
    try:
        result = ours.recv() if ours.poll(seconds + 60) else None
    except EOFError:
        result = None
    child.join(5)
    if not isinstance(result, Loaded):
        raise LoadFailed(str(result or "The load driver ended without a result."))
    return result


def _drive(told: "multiprocessing.connection.Connection", *work: object) -> None:
    try:
        told.send(drive(*work))  # type: ignore[arg-type]
    except (OSError, LoadFailed, ValueError) as error:
        told.send(str(error))


class Connection:
    """One connection that stays open, with at most one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self._received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[int, bytes] | None:
        """Read once; status and body of the answer when it is complete."""
        chunk = self.socket.recv(RECEIVE)
        if not chunk:
            raise LoadFailed("The server closed a connection that was to stay open.")
        received = self._received = self._received + chunk if self._received else chunk
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return None
        at = received.lower().find(b"content-length:", 0, end)
        if at < 0:
            raise LoadFailed("The server answered without Content-Length.")
        length = int(received[at + 15 : received.index(b"\r\n", at)])
        if len(received) < end + 4 + length:
            return None
        return int(received[9:12]), received[end + 4 :]

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and wait for its answer."""
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer


def drive(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Loaded:
    """Put load on from this thread: whichever connection has its answer gets the next request."""
    at, errors, took = random.randrange(len(requests)), 0, []
    with selectors.DefaultSelector() as selector:
        open_ones = [Connection(port) for _ in range(connections)]
        began = time.perf_counter()
        for one in open_ones:
            selector.register(one.socket, selectors.EVENT_READ, one)
            one.send(requests[at := (at + 1) % len(requests)])
        ends_at = began + seconds
        while (now := time.perf_counter()) < ends_at:
            for key, _ in selector.select(PATIENCE):
                one = key.data
                answer = one.receive()
                if answer is None:
                    continue
                took.append(time.perf_counter() - one.sent_at)
                errors += not 200 <= answer[0] < 300
                one.send(requests[at := (at + 1) % len(requests)])
        for one in open_ones:
            one.socket.close()
    if not took:
        raise LoadFailed("The server answered nothing.")
    took.sort()
    p50, p99 = (1e3 * took[len(took) * part // 100] for part in (50, 99))
    return Loaded(len(took), now - began, p50, p99, errors)
