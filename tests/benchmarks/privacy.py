"""What a privacy request about somebody with a very long history takes, and what others notice of it."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from tests.benchmarks.figures import Bar, Section, number
from tests.benchmarks.http import ask, post, question_of
from tests.benchmarks.load import HOST, Connection, http_request
from tests.benchmarks.meter import descendants
from tests.benchmarks.people import SHAPES, batch_body, event_of
from tests.benchmarks.plan import Plan
from tests.benchmarks.stage import HttpServer, Stage

EVENTS_A_POST = 500
QUESTIONS_A_SECOND = 200
CALM_SECONDS = 15.0
PATIENCE = 180.0
SECONDS_BETWEEN_LOOKS = 0.2
CLOSED = ("completed", "partially_completed", "denied")


@dataclass
class Others:
    """Somebody who goes on recognising other people at a steady rate, and how long each answer took."""

    stage: Stage
    port: int
    seconds: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Others":
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._thread.join()

    def _ask(self) -> None:
        connection, began = Connection(self.port), time.perf_counter()
        people = [person for person in range(self.stage.people) if "email" in SHAPES[person % 10]]
        for slot in range(10**9):
            wait = began + slot / QUESTIONS_A_SECOND - time.perf_counter()
            if self.over.wait(max(0.0, wait)):
                break
            question = ask(self.stage, "/v1/recognise", question_of(random.choice(people), "email", "service"))
            asked = time.perf_counter()
            connection.ask(question)
            self.seconds.append(time.perf_counter() - asked)
        connection.socket.close()

    @property
    def p99(self) -> float:
        """Milliseconds."""
        took = sorted(self.seconds)
        return took[len(took) * 99 // 100] * 1e3


@dataclass(frozen=True, slots=True)
class Run:
    """One request from its 201 until it was done. `p99`: of others' recognition meanwhile, in milliseconds."""

    seconds: float
    p99: float
    state: str
    grown: float  # MiB by which the largest worker's peak grew


def benchmark_privacy(stage: Stage, server: HttpServer, plan: Plan) -> Section:
    """Give somebody a long history, then ask for all of it, then erase it."""
    person = f"historian-{random.getrandbits(48):x}"
    plan.say(f"a history of {plan.history:,} interactions")
    tell_history(stage, server.port, person, plan.history)
    with Others(stage, server.port) as calm:
        time.sleep(CALM_SECONDS)
    plan.say("access")
    access = carry_out(stage, server, "access", person)
    plan.say("erasure")
    erasure = carry_out(stage, server, "erasure", person)
    runs = {"access": access, "erasure": erasure}
    return Section(
        "A privacy request about a very long history",
        f"`manage.py up` over the same world; one person with {plan.history:,} interactions asks for a package of "
        f"everything, and then to be erased; {QUESTIONS_A_SECOND} recognitions of others a second, before (p99 "
        f"{number(calm.p99)} ms) and meanwhile.",
        ["", "seconds", "ended", "others' p99 ms", "times calm", "worker's peak grew by MiB"],
        [
            [name, number(run.seconds), run.state, number(run.p99), number(run.p99 / calm.p99), number(run.grown)]
            for name, run in runs.items()
        ],
        [
            Bar("Access package of a long history", 60, [access.seconds], at_least=False, unit=" s"),
            Bar("Erasure of a long history", 60, [erasure.seconds], at_least=False, unit=" s"),
            Bar("Others' recognition during access, times calm p99", 1.5, [access.p99 / calm.p99], at_least=False),
            Bar("Others' recognition during erasure, times calm p99", 1.5, [erasure.p99 / calm.p99], at_least=False),
        ],
        "Both run in pieces with pauses between them, so that others get their turn on the same cores.",
    )


def tell_history(stage: Stage, port: int, person: str, events: int) -> None:
    """Post so many events of one person, and wait until all are part of the profile."""
    connection, began = Connection(port), datetime.now(UTC) - timedelta(days=400)
    for start in range(0, events, EVENTS_A_POST):
        body = batch_body(
            [
                event_of(
                    message_id=f"{person}-{n}",
                    at=began + timedelta(minutes=n),
                    user_id=person,
                    anonymous_id=f"{person}-browser-{n % 5}",
                    traits={"email": f"{person}@mail.example", "visits": n} if n % 1000 == 0 else None,
                )
                for n in range(start, min(events, start + EVENTS_A_POST))
            ]
        )
        post_batch(stage, connection, body)
    wait_until_taken(stage, connection)
    connection.socket.close()


def post_batch(stage: Stage, connection: Connection, body: bytes) -> None:
    """Post a batch, which must be taken."""
    status, _ = connection.ask(post(stage, "/v1/batch", body))
    if status != 200:
        raise SystemExit(f"bench: a post was answered with {status}.")


def wait_until_taken(stage: Stage, connection: Connection) -> None:
    """Return when all that was posted is part of profiles."""
    deadline = time.monotonic() + PATIENCE
    while read(connection, stage, "/v1/status")["pending"]:
        if time.monotonic() > deadline:
            raise SystemExit("bench: what was posted was not taken in time.")
        time.sleep(SECONDS_BETWEEN_LOOKS)


def carry_out(stage: Stage, server: HttpServer, kind: str, person: str) -> Run:
    """Submit a request and wait until it is done, while others are recognised."""
    told = {
        "type": kind,
        "identifiers": [{"type": "user_id", "value": person}],
        "identity": {"level": "verified", "method": "benchmark"},
    }
    connection, peak = Connection(server.port), largest_peak(server.pid)
    with Others(stage, server.port) as others:
        began = time.perf_counter()
        status, body = connection.ask(ask(stage, "/v1/privacy/requests", msgspec.json.encode(told)))
        if status != 201:
            raise SystemExit(f"bench: a privacy request was answered with {status}.")
        made = msgspec.json.decode(body)
        state = made["state"]
        while state not in CLOSED and time.perf_counter() - began < PATIENCE:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            state = read(connection, stage, f"/v1/privacy/requests/{made['id']}")["state"]
        seconds = time.perf_counter() - began
    connection.socket.close()
    return Run(seconds, others.p99, state, largest_peak(server.pid) - peak)


def read(connection: Connection, stage: Stage, path: str) -> Any:
    """The JSON of a GET."""
    status, body = connection.ask(http_request("GET", path, {"Authorization": f"Bearer {stage.token}"}))
    if status != 200:
        raise SystemExit(f"bench: {HOST}{path.partition('requests/')[0]} was answered with {status}.")
    return msgspec.json.decode(body)


def largest_peak(root: int) -> float:
    """The greatest memory that one of the service's workers has ever held, in MiB."""
    return max(peaks(root), default=0.0)


def peaks(root: int) -> Iterator[float]:
    """The peaks of the processes that run Celery, below the supervisor."""
    for pid in descendants(root):
        folder = Path("/proc", str(pid))
        try:
            command, status = (folder / "cmdline").read_bytes(), (folder / "status").read_text()
        except OSError:
            continue
        if b"celery" in command:
            yield next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)
