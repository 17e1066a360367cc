"""How soon a withdrawal counts: for the caller that made it, and for everybody else who asks meanwhile."""

import itertools
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

WITHDRAWALS_A_SECOND = 10
OTHERS_A_SECOND = 100  # events of other people meanwhile
WATCHED_AFTER = 0.05  # seconds after the answer, in which a second caller goes on asking
PURPOSE = "personalisation"


@dataclass
class Watched:
    """What a second caller was told of one person: when each question was asked, and whether it was allowed."""

    asked: list[tuple[float, bool]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def benchmark_withdrawal(stage: Stage, server: HttpServer, plan: Plan) -> Section:
    """Withdraw for one person after the other while a second caller asks about each without pause."""
    count = max(20, int(plan.latency_seconds * WITHDRAWALS_A_SECOND))
    plan.say(f"{count} withdrawals")
    granting = [person for person in range(stage.people) if person % 2 and "email" in SHAPES[person % 10]]
    stop = threading.Event()
    others = threading.Thread(target=post_others, args=(stage, server.port, stop), daemon=True)
    others.start()
    took, late, at_once = [], [], 0
    for person in random.sample(granting, count):
        seconds, still_allowed, own = withdraw(stage, server.port, person)
        took.append(seconds)
        late.append(still_allowed)
        at_once += own
    stop.set()
    others.join()
    took.sort()
    late.sort()
    p99 = late[len(late) * 99 // 100]
    return Section(
        "A withdrawal",
        f"`manage.py up` over the same world, {OTHERS_A_SECOND} events a second about other people meanwhile. {count} "
        f"people who granted `{PURPOSE}` withdraw it through POST /v1/consents, one after the other; a second caller "
        "asks about each without pause. Late is the last question that was asked after the 201 and still allowed.",
        ["withdrawals", "201 after, p50 ms", "p99 ms", "late, p99 ms", "longest ms"],
        [
            [
                str(count),
                number(took[len(took) // 2] * 1e3),
                number(took[len(took) * 99 // 100] * 1e3),
                number(p99 * 1e3),
                number(late[-1] * 1e3),
            ]
        ],
        [
            Bar("A withdrawal counts for all, p99 after its 201", 1000, [p99 * 1e3], at_least=False, unit=" ms"),
            Bar("A withdrawal counts at once for who made it", 1, [at_once / count]),
        ],
        "The 201 is sent once the decision, the identifiers and the card are committed together; it waits for the "
        "resolver lane. Nothing is cached that could answer from before.",
    )


def withdraw(stage: Stage, port: int, person: int) -> tuple[float, float, bool]:
    """How long the 201 took, how long after it somebody else was still allowed, and whether the caller itself was
    refused at once."""
    question = ask(stage, "/v1/recognise", question_of(person, "email", PURPOSE))
    watched = Watched()
    watcher = threading.Thread(target=watch, args=(port, question, watched), daemon=True)
    watcher.start()
    own = Connection(port)
    allowed, _ = is_allowed(own, question)
    if not allowed:
        raise SystemExit("bench: a person who granted was not recognised before the withdrawal.")
    began = time.perf_counter()
    status, _ = own.ask(ask(stage, "/v1/consents", withdrawal_of(person)))
    answered = time.perf_counter()
    if status != 201:
        raise SystemExit(f"bench: a withdrawal was answered with {status}.")
    still, _ = is_allowed(own, question)
    time.sleep(WATCHED_AFTER)
    watched.over.set()
    watcher.join()
    own.socket.close()
    late = max((asked - answered for asked, allowed in watched.asked if allowed), default=0.0)
    return answered - began, max(0.0, late), not still


def watch(port: int, question: bytes, watched: Watched) -> None:
    """Ask without pause."""
    connection = Connection(port)
    while not watched.over.is_set():
        allowed, asked = is_allowed(connection, question)
        watched.asked.append((asked, allowed))
    connection.socket.close()


def is_allowed(connection: Connection, question: bytes) -> tuple[bool, float]:
    """Whether recognition is allowed, and when it was asked."""
    asked = time.perf_counter()
    status, body = connection.ask(question)
    return status == 200 and msgspec.json.decode(body)["status"] == "known", asked


def withdrawal_of(person: int) -> bytes:
    """The body by which a person withdraws."""
    return msgspec.json.encode(
        {
            "identifiers": [{"type": "email", "value": value_of("email", person)}],
            "decisions": [{"purpose": PURPOSE, "state": "withdrawn"}],
            "proof": {"method": "benchmark", "notice_version": "1", "language": "en"},
        }
    )


def post_others(stage: Stage, port: int, stop: threading.Event) -> None:
    """Events of other people, at a steady rate."""
    connection, began = Connection(port), time.perf_counter()
    for number_ in itertools.count():
        wait = began + number_ / OTHERS_A_SECOND - time.perf_counter()
        if stop.wait(max(0.0, wait)):
            break
        person = random.randrange(stage.people) // 2 * 2  # those who granted nothing
        event = event_of(
            message_id=f"other-{random.getrandbits(64):x}",
            at=datetime.now(UTC),
            anonymous_id=value_of("anonymous_id", person),
        )
        connection.ask(post(stage, "/v1/batch", batch_body([event])))
    connection.socket.close()
