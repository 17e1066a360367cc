"""A real service, started and stopped as an operator does it: `manage.py up` in a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.processes import Process, descendants, with_open

REPOSITORY = Path(__file__).resolve().parent.parent.parent
START_PATIENCE = 120.0
STOP_PATIENCE = 60.0
COMMAND_PATIENCE = 120.0
LINES_KEPT = 60

# The tests' own servers and settings are not the service's: it starts everything itself.
OURS = ("DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "IDENTIFIER_KEY")


def plain_environment() -> dict[str, str]:
    """The environment without what the tests set for themselves. Recipients are servers of this machine."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in OURS and not name.startswith(("CXPROFILES_", "PYTEST_", "COV_"))
    }
    return {**inherited, "OUTGOING_PRIVATE": "1"}


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(done: Callable[[], bool], what: str, patience: float = 30.0, pause: float = 0.05) -> None:
    """Return as soon as it is so; fail with a sentence when it is not in time."""
    deadline = time.monotonic() + patience
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {patience:.0f} seconds")
        time.sleep(pause)


@dataclass(slots=True)
class Service:
    """One data folder and the stack that runs over it, which may be wounded and started again."""

    folder: Path
    port: int = field(default_factory=free_port)
    supervisor: subprocess.Popen[str] | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    ready: threading.Event = field(default_factory=threading.Event)
    reader: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the stack and return when it says that it is ready."""
        self.ready.clear()
        self.supervisor = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port), "--data-dir", str(self.folder)],
            cwd=REPOSITORY,
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._read, args=(self.supervisor,), daemon=True)
        self.reader.start()
        deadline = time.monotonic() + START_PATIENCE
        while not self.ready.wait(0.05):
            if self.supervisor.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError("the service does not start:\n" + "\n".join(self.lines))

    def _read(self, supervisor: "subprocess.Popen[str]") -> None:
        assert supervisor.stdout is not None
        for line in supervisor.stdout:
            self.lines.append(line.rstrip())
            if line.strip() == f"ready {self.url}":
                self.ready.set()

    def processes(self) -> list[Process]:
        """Everything that the supervisor started and that runs now."""
        return [] if self.supervisor is None else descendants(self.supervisor.pid)

    def named(self, *words: str) -> list[Process]:
        """The processes whose command holds all of the words."""
        return [process for process in self.processes() if all(word in process.command for word in words)]

    def web_workers(self) -> list[Process]:
        """The processes that answer requests, without the one that keeps them."""
        return below(self.named("granian"))

    def pool_workers(self) -> list[Process]:
        """The processes that run tasks, without the one that keeps them."""
        return below(self.named("celery", " worker "))

    def stop(self) -> None:
        """Ask the stack to end, and see that it leaves nothing behind."""
        if self.supervisor is None:
            return
        if self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGINT)
        try:
            self.supervisor.wait(STOP_PATIENCE)
        finally:
            self._end()
        survivors = self.survivors()
        assert survivors == [], f"the stack left processes behind: {survivors}"

    def kill(self) -> None:
        """End every process of the stack at once, without a word."""
        if self.supervisor is None:
            return
        doomed = self.processes()
        self.supervisor.kill()
        for process in doomed:
            process.kill()
        self._end()
        wait_until(lambda: not any(process.alive() for process in doomed), "killed processes are gone")

    @property
    def supervisor_pid(self) -> int:
        assert self.supervisor is not None
        return self.supervisor.pid

    def kill_supervisor(self) -> None:
        """End the supervisor alone, without a word."""
        assert self.supervisor is not None
        self.supervisor.kill()
        self._end()

    def wait_for_end(self) -> int:
        """Wait until the supervisor has ended by itself, and tell its exit code."""
        assert self.supervisor is not None
        code = self.supervisor.wait(STOP_PATIENCE)
        self._end()
        return code

    def _end(self) -> None:
        if self.supervisor is not None:
            if self.supervisor.poll() is None:
                self.supervisor.kill()
            self.supervisor.wait()
            if self.reader is not None:
                self.reader.join(10)
            if self.supervisor.stdout is not None:
                self.supervisor.stdout.close()
            self.supervisor = None

    def survivors(self) -> list[Process]:
        """The processes that still have the stack's lock file open, which each of them inherits."""
        lock = self.folder / "processes.lock"
        return with_open(lock) if lock.exists() else []

    def manage(self, *arguments: str) -> str:
        """Run a management command over the same folder, and give what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments, "--data-dir", str(self.folder)],
            cwd=REPOSITORY,
            env=plain_environment(),
            capture_output=True,
            text=True,
            timeout=COMMAND_PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {arguments[0]} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def create_source(self, name: str, channel: str, trust: str) -> str:
        """A new source's write key."""
        return str(self._last_json("create_source", name, "--channel", channel, "--trust", trust)["write_key"])

    def create_token(self, name: str, *scopes: str) -> str:
        """A new token."""
        wanted = [part for scope in scopes for part in ("--scope", scope)]
        return str(self._last_json("create_token", name, *wanted)["token"])

    def _last_json(self, *arguments: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.manage(*arguments, "--json").strip().splitlines()[-1])
        return answer

    def logs(self) -> str:
        """All that the service's processes logged."""
        return "\n".join(path.read_text(errors="replace") for path in sorted((self.folder / "logs").glob("*.log")))


def below(family: list[Process]) -> list[Process]:
    """Those of a family whose parent is of it too."""
    keepers = {process.pid for process in family}
    return [process for process in family if process.parent in keepers]
