"""The service as the demonstration has it: started as an operator starts it, spoken to over HTTP and no other way."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from cxprofiles.stack import StackError
from cxprofiles.stack.folder import DataFolder
from cxprofiles.stack.processes import spawn, stop
from cxprofiles.stack.servers import open_log
from cxprofiles.stack.supervisor import REPOSITORY

HOST = "127.0.0.1"
PORTS_TRIED = 100
START_PATIENCE = 120.0
STOP_PATIENCE = 40.0
ANSWER_PATIENCE = 30.0
LOG = "demo"

# The demonstration fills a database of its own: settings that lead to another one are not for it.
NOT_FOR_DEMO = ("DATABASE_URL", "REDIS_URL")


class ServiceSaysNo(Exception):
    """An answer that is no success, with the sentence that the service gave."""

    def __init__(self, status: int, method: str, path: str, detail: str) -> None:
        super().__init__(f"{method} {path} was answered with {status}: {detail}")
        self.status = status


def find_port(wanted: int | None, first: int = 8000) -> int:
    """The port that was asked for, or the first free one from 8000 on; raises StackError where none is free."""
    if wanted is not None:
        return wanted
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port
    raise StackError(f"No port from {first} to {first + PORTS_TRIED - 1} is free: name one with --port.")


@dataclass(slots=True)
class Running:
    """A running service: its URL and the process that keeps it."""

    url: str
    supervisor: "subprocess.Popen[bytes]"
    folder: DataFolder

    def wait(self) -> None:
        """Stay until the service ends by itself, which raises StackError; Ctrl-C interrupts."""
        while self.supervisor.poll() is None:
            time.sleep(0.2)
        raise StackError(f"The service has ended: {last_words(self.folder)}")


def own_environment() -> dict[str, str]:
    """What the service and its commands are told: nothing of another database, and to let staff in by password alone,
    since whoever tries this out has enrolled no second factor."""
    others = {name: value for name, value in os.environ.items() if name not in NOT_FOR_DEMO}
    return {**others, "STAFF_SECOND_FACTOR": "0"}


@contextmanager
def running_service(folder: DataFolder, port: int) -> Iterator[Running]:
    """`manage.py up` over the folder, ready to answer; ended with all that it started."""
    folder.create()
    command = [sys.executable, "manage.py", "up", "--port", str(port), "--data-dir", str(folder.path)]
    with open_log(folder, LOG) as log:
        said_before = folder.log(LOG).stat().st_size
        supervisor = spawn(command, log=log, end_with=signal.SIGTERM, environment=own_environment(), folder=REPOSITORY)
    try:
        wait_until_ready(folder, supervisor, said_before)
        yield Running(f"http://{HOST}:{port}", supervisor, folder)
    finally:
        stop(supervisor, signal.SIGINT, STOP_PATIENCE)


def wait_until_ready(folder: DataFolder, supervisor: "subprocess.Popen[bytes]", said_before: int) -> None:
    """Return once the supervisor says that it is ready; raises StackError with its last words if it ends instead."""
    deadline = time.monotonic() + START_PATIENCE
    while not any(line.startswith("ready ") for line in words_since(folder, said_before)):
        if supervisor.poll() is not None:
            raise StackError(f"The service does not start: {last_words(folder)}")
        if time.monotonic() > deadline:
            raise StackError(f"The service is not ready after {START_PATIENCE:.0f} seconds; see {folder.log(LOG)}.")
        time.sleep(0.05)


def words_since(folder: DataFolder, said_before: int) -> list[str]:
    """The lines that the supervisor has written in this run."""
    return folder.log(LOG).read_bytes()[said_before:].decode(errors="replace").splitlines()


def last_words(folder: DataFolder) -> str:
    """The last thing that the supervisor said."""
    lines = [line for line in words_since(folder, 0) if line.strip()]
    return lines[-1] if lines else "it said nothing"


class Api:
    """The HTTP API, over one connection that is kept open."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self.token = token
        self._connection: HTTPConnection | None = None

    def get(self, path: str) -> Any:
        """What a GET answers; raises ServiceSaysNo."""
        return self.ask("GET", path)

    def post(self, path: str, body: Any) -> Any:
        """What a POST answers; raises ServiceSaysNo."""
        return self.ask("POST", path, body)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON, None where it has no body; raises ServiceSaysNo."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        status, answer = self._send(method, path, None if body is None else json.dumps(body).encode(), headers)
        if status >= 300:
            detail = json.loads(answer).get("detail", "") if answer[:1] == b"{" else ""
            raise ServiceSaysNo(status, method, path, detail)
        return json.loads(answer) if answer else None

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        for last in (False, True):
            connection = self._connection = self._connection or self._connect()
            try:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                return response.status, response.read()
            except (OSError, HTTPException):
                # The server closes connections that were quiet for a while.
                connection.close()
                self._connection = None
                if last:
                    raise
        raise AssertionError("unreachable")

    def _connect(self) -> HTTPConnection:
        return HTTPConnection(urlsplit(self.url).netloc, timeout=ANSWER_PATIENCE)
