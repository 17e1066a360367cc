"""The whole background path: a filled inbox, worked off by two processes."""

import multiprocessing
import os
import secrets
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from django.db import connection, connections

from cxprofiles.stack.processes import spawn, stop
from cxprofiles.stack.servers import open_log
from cxprofiles.stack.supervisor import REPOSITORY, Options, service_commands
from profiles.intake.store import pack_body
from tests.benchmarks.figures import Bar, Section, number, spread
from tests.benchmarks.meter import measured_cpu
from tests.benchmarks.people import Traffic
from tests.benchmarks.plan import Plan
from tests.benchmarks.stage import NotReady, Stage, start_django

WORKERS = 2
PATIENCE = 60.0


@dataclass(slots=True)
class Drained:
    """How long it took to work off an inbox, and what it cost."""

    events: int
    seconds: float
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        return self.events / max(self.seconds, 1e-6)


def fill_inbox(source_id: int, bodies: Iterable[bytes], a_batch: int = 100) -> int:
    """Accept batches as the intake door does, but many at a time; how many events."""
    rows = [(source_id, "segment", '{"path_type": "batch"}', pack_body(body, body), a_batch) for body in bodies]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO inbox (source_id, dialect, context, body, events) VALUES (%s, %s, %s, %s, %s)", rows
        )
    return len(rows) * a_batch


def inbox_size() -> int:
    """How many batches wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM inbox")
        return int(cursor.fetchone()[0])


def drain(stage: Stage, events: int, workers: int = WORKERS) -> Drained:
    """Work the inbox off with processes that do as the service's workers do."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(workers + 1)
    told: Queue[float] = context.Queue()
    processes = [context.Process(target=work, args=(barrier, told), daemon=True) for _ in range(workers)]
    for process in processes:
        process.start()
    barrier.wait(60)
    with measured_cpu({"PostgreSQL": stage.processes["postgres"]}) as spent:
        began = time.perf_counter()
        cpu = sum(told.get(timeout=600) for _ in processes)
        seconds = time.perf_counter() - began
        barrier.wait(60)
    for process in processes:
        process.join(30)
    return Drained(events, seconds, {"workers": cpu, **spent.seconds})


def work(barrier: Barrier, told: "Queue[float]") -> None:
    """A worker's process: take batches until none is left."""
    start_django()
    from profiles.pipeline import batches_wait, take_batches

    batches_wait()  # connects
    barrier.wait(60)
    before = os.times()
    while take_batches().batches or batches_wait():
        pass
    after = os.times()
    told.put(after.user + after.system - before.user - before.system)
    barrier.wait(60)  # the connection stays open until PostgreSQL's CPU time has been read
    connections.close_all()


def drain_with_celery(stage: Stage, events: int) -> Drained:
    """Work the inbox off with the service's own Celery worker, woken as intake wakes it."""
    from tasks.intake import ring

    options = Options(stage.folder, "127.0.0.1", 1, 1)
    command = next(command for kind, command, _ in service_commands(options) if kind == "worker")
    with open_log(stage.folder, "worker") as log:
        child = spawn(command, log=log, end_with=signal.SIGQUIT, environment=dict(os.environ), folder=REPOSITORY)
    try:
        with measured_cpu({"workers": child.pid, "PostgreSQL": stage.processes["postgres"]}) as spent:
            whole, deadline = inbox_size(), time.monotonic() + PATIENCE
            while inbox_size() == whole:  # until the worker has started and taken its first batches
                ring()
                time.sleep(0.02)
                if time.monotonic() > deadline:
                    raise NotReady(f"The Celery worker took nothing; see {stage.folder.log('worker')}.")
            left, began = inbox_size(), time.perf_counter()
            while inbox_size():
                ring()  # a marker that outlived its worker would silence the bell
                time.sleep(0.02)
            seconds = time.perf_counter() - began
    finally:
        stop(child, signal.SIGTERM, 10)
    return Drained(round(events * left / whole), seconds, spent.seconds)


def benchmark_background(stage: Stage, plan: Plan) -> Section:
    """Fill the inbox and work it off, again and again over the growing world; at last through Celery."""
    plan.say("background: the whole path from inbox to card")
    traffic = Traffic(stage.people, seed=f"background-{secrets.token_hex(4)}")
    drained = []
    for turn in range(1, plan.rounds + 1):
        events = fill_inbox(stage.source_id, traffic.bodies(plan.background_events))
        drained.append(drain(stage, events))
        plan.say(f"round {turn} of {plan.rounds}: two processes: {number(drained[-1].rate)} events/s")
    events = fill_inbox(stage.source_id, traffic.bodies(plan.background_events))
    by_celery = drain_with_celery(stage, events)
    plan.say(f"Celery worker: {number(by_celery.rate)} events/s")
    refuse_quarantined()
    return Section(
        "The whole background path",
        f"{plan.identifiers:,} identifiers; {plan.background_events:,} events a round in batches of 100, of which 70 % "
        "are about a known pair of identifiers, 15 % about a known person on a new device, 14 % about newcomers, 1 % "
        "about a device of another profile; 30 % set three traits. From the filled inbox to cards, durably.",
        ["", "events/s", "CPU µs an event: workers", "CPU µs: PostgreSQL"],
        [row_of("two worker processes", drained), row_of("the service's Celery worker, once", [by_celery])],
        [Bar("Whole background path, events/s", 4000, [one.rate for one in drained])],
        "CPU of both cores: Python takes the events apart and folds them, PostgreSQL keeps some twelve indexed rows an "
        "event. What changes clusters and cards runs in one lane, one transaction at a time.",
    )


def row_of(name: str, drained: Sequence[Drained]) -> list[str]:
    """Several rounds as a row of a table."""
    return [
        name,
        spread([one.rate for one in drained]),
        spread([one.cpu["workers"] / one.events * 1e6 for one in drained if one.events]),
        spread([one.cpu["PostgreSQL"] / one.events * 1e6 for one in drained if one.events]),
    ]


def refuse_quarantined() -> None:
    """Events that were put aside cost less than they should."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM quarantine")
        quarantined = cursor.fetchone()[0]
    if quarantined:
        raise SystemExit(f"bench: {quarantined} events went to the quarantine.")
