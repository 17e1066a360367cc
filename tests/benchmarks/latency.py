"""From the answer to a post until recognition shows what was posted, against the whole running service."""

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from tests.benchmarks.figures import Bar, Section, number
from tests.benchmarks.http import ask, post, question_of
from tests.benchmarks.load import Connection
from tests.benchmarks.people import SHAPES, batch_body, event_of, value_of
from tests.benchmarks.plan import Plan
from tests.benchmarks.stage import HttpServer, Stage

EVENTS_A_SECOND = 200
THREADS = 48
LOOKED_FOR = 4  # one event of so many: to look for all would cost the machine more than the service does
SECONDS_BETWEEN_LOOKS = 0.01
PATIENCE = 15.0
WARM_UP = 3.0
TRAIT = "bench_mark"


@dataclass
class Watch:
    """What the threads share: whose turn is next, and what they saw."""

    stage: Stage
    port: int
    starts_at: float
    customers: list[int]  # each of them once, or a later value would hide an earlier one
    next_slot: int = 0
    behind: int = 0  # posts that went out late
    seconds: list[float] = field(default_factory=list)
    lost: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take_slot(self) -> int | None:
        """The next event's number, once its time has come."""
        with self.lock:
            slot = self.next_slot
            self.next_slot += 1
        if slot >= len(self.customers):
            return None
        wait = self.starts_at + slot / EVENTS_A_SECOND - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        elif wait < -0.05:
            self.behind += 1
        return slot

    def note(self, took: float | None) -> None:
        """Keep what one event took."""
        with self.lock:
            if took is None:
                self.lost += 1
            else:
                self.seconds.append(took)


def benchmark_latency(stage: Stage, server: HttpServer, plan: Plan) -> Section:
    """Post single events at a steady rate, and look for each until it shows."""
    plan.say(f"from post to recognition: {EVENTS_A_SECOND} events/s for {plan.latency_seconds:.0f} s")
    post_and_look(stage, server.port, WARM_UP)
    watch = post_and_look(stage, server.port, plan.latency_seconds)
    took = sorted(watch.seconds)
    p50, p90, p99 = (took[min(len(took) - 1, len(took) * part // 100)] * 1e3 for part in (50, 90, 99))
    shown = f"{len(took):,} of {len(took) + watch.lost:,}"
    return Section(
        "From a post's 200 to recognition",
        f"`manage.py up` over the same {plan.identifiers:,} identifiers; {EVENTS_A_SECOND} posts of one event a second "
        f"for {plan.latency_seconds:.0f} s, each of which sets a trait of a random person to a fresh value. For one of "
        f"{LOOKED_FOR} that person is recognised every {SECONDS_BETWEEN_LOOKS * 1e3:.0f} ms until the value shows. "
        f"{watch.behind} posts went out late (by more than 50 ms).",
        ["shown", "p50 ms", "p90 ms", "p99 ms", "longest ms"],
        [[shown, number(p50), number(p90), number(p99), number(took[-1] * 1e3)]],
        [
            Bar("From 200 to recognition, p50", 150, [p50], at_least=False, unit=" ms"),
            Bar("From 200 to recognition, p99", 1000, [p99], at_least=False, unit=" ms"),
            Bar("Events that showed", 1, [len(took) / (len(took) + watch.lost)]),
        ],
        "The wake-up through the broker and one transaction of the workers; an event that arrives while a transaction "
        "runs waits for the next.",
    )


def post_and_look(stage: Stage, port: int, seconds: float) -> Watch:
    """All threads, until each event was seen or given up."""
    customers = [person for person in range(stage.people) if "user_id" in SHAPES[person % 10]]
    chosen = random.sample(customers, min(len(customers), int(seconds * EVENTS_A_SECOND)))
    watch = Watch(stage, port, time.perf_counter() + 0.2, chosen)
    threads = [threading.Thread(target=work, args=(watch,), daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + PATIENCE + 30)
    return watch


def work(watch: Watch) -> None:
    """One thread: post, look until it shows, and again."""
    connection = Connection(watch.port)
    while (slot := watch.take_slot()) is not None:
        follow(watch, connection, slot)
    connection.socket.close()


def follow(watch: Watch, connection: Connection, slot: int) -> None:
    """Post one event, and look for it if it is one of those that are looked for."""
    person = watch.customers[slot]
    value = f"{slot}-{random.getrandbits(48):012x}"
    event = event_of(
        message_id=f"latency-{value}",
        at=datetime.now(UTC),
        user_id=value_of("user_id", person),
        anonymous_id=value_of("anonymous_id", person),
        traits={TRAIT: value},
    )
    status, _ = connection.ask(post(watch.stage, "/v1/batch", batch_body([event])))
    answered = time.perf_counter()
    if status != 200:
        watch.note(None)
    elif slot % LOOKED_FOR == 0:
        watch.note(seconds_until_shown(watch, connection, person, value, answered))


def seconds_until_shown(watch: Watch, connection: Connection, person: int, value: str, answered: float) -> float | None:
    """Seconds from the post's answer until the trait shows; None where it never does."""
    question = ask(watch.stage, "/v1/recognise", question_of(person, "user_id", "service"))
    while time.perf_counter() - answered < PATIENCE:
        status, body = connection.ask(question)
        if status == 200 and msgspec.json.decode(body)["traits"].get(TRAIT) == value:
            return time.perf_counter() - answered
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return None
