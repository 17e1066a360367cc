"""The two hot doors beside what they are measured against, round by round under the same server."""

import base64
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from tests.benchmarks.figures import Bar, Section, number, ratios, spread
from tests.benchmarks.load import Loaded, http_request, put_load
from tests.benchmarks.meter import measured_cpu
from tests.benchmarks.people import SHAPES, Traffic, value_of
from tests.benchmarks.plan import Plan
from tests.benchmarks.stage import HttpServer, Stage

CONNECTIONS = 16
WARM_UP = 2.0
QUESTIONS = 50_000
BODIES = 150
EVENTS_A_BATCH = 100


@dataclass(slots=True)
class Contender:
    """One of those that are compared: where it listens, what it is sent, and what it did in each round."""

    name: str
    server: HttpServer
    requests: list[bytes]
    stage: Stage | None = None  # its own servers, where it has some
    loads: list[Loaded] = field(default_factory=list)
    cpu: list[dict[str, float]] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        return [load.rate for load in self.loads]

    def cost(self, of: str) -> list[float]:
        """Microseconds of CPU a request, round by round."""
        return [cpu[of] / load.requests * 1e6 for cpu, load in zip(self.cpu, self.loads, strict=True)]


def compare(stage: Stage, contenders: Sequence[Contender], plan: Plan, after_each: Callable[[], None]) -> None:
    """Put load on one after the other, in rounds, so that a busy minute of the machine strikes all of them."""
    for contender in contenders:
        plan.say(f"warming up: {contender.name}")
        put_load(contender.server.port, contender.requests, connections=CONNECTIONS, seconds=WARM_UP)
    after_each()
    for turn in range(1, plan.rounds + 1):
        for contender in contenders:
            roots = {"server": contender.server.pid, "PostgreSQL": (contender.stage or stage).processes["postgres"]}
            with measured_cpu(roots) as spent:
                load = put_load(
                    contender.server.port, contender.requests, connections=CONNECTIONS, seconds=plan.seconds
                )
            contender.loads.append(load)
            contender.cpu.append(spent.seconds)
            plan.say(f"round {turn} of {plan.rounds}: {contender.name}: {number(load.rate)} requests/s")
            refuse_errors(contender.name, load)
            after_each()


def refuse_errors(name: str, load: Loaded) -> None:
    """A refusal is quickly said: figures that hold any are worth nothing."""
    if load.errors > load.requests // 1000:
        raise SystemExit(f"bench: {name}: {load.errors} of {load.requests} requests failed; see the server's log.")


def row_of(contender: Contender) -> list[str]:
    """The contender as a row of a table."""
    return [
        contender.name,
        spread(contender.rates),
        spread([load.p50 for load in contender.loads]),
        spread([load.p99 for load in contender.loads]),
        spread(contender.cost("server")),
        spread(contender.cost("PostgreSQL")),
    ]


HEADER = ["", "requests/s", "p50 ms", "p99 ms", "CPU µs: server", "CPU µs: PostgreSQL"]


def benchmark_recognition(stage: Stage, web: HttpServer, floors: HttpServer, plan: Plan) -> Section:
    """Recognition beside a bare Django view and beside the ordinary way to write it."""
    questions = [question_of(person, kind, "service") for person, kind in presented(stage.people)]
    ours = Contender("POST /v1/recognise", web, [ask(stage, "/v1/recognise", body) for body in questions])
    bare = Contender("bare Django view", floors, [ask(stage, "/bare", body) for body in questions])
    ordinary = Contender("DRF view, three ORM queries", floors, [ask(stage, "/recognise", body) for body in questions])
    plan.say("recognition")
    compare(stage, (ours, bare, ordinary), plan, lambda: None)
    return Section(
        "Recognition over HTTP",
        f"{plan.identifiers:,} identifiers, token and purpose, one random known identifier a request (user id, e-mail "
        f"address or anonymous id), all sections answered, each answer in the access log; {CONNECTIONS} connections, "
        f"2 workers, {plan.rounds} rounds of {plan.seconds:.0f} s in turns.",
        HEADER,
        [row_of(contender) for contender in (ours, bare, ordinary)],
        [
            Bar("Recognition, of a bare Django view", 0.6, ratios(ours.rates, bare.rates)),
            Bar("Recognition, times a DRF view with three ORM queries", 10, ratios(ours.rates, ordinary.rates)),
        ],
        "Python in the web workers: reading the request, the canonical form and its hash, one prepared statement, and "
        "writing the answer. PostgreSQL takes the lesser part.",
    )


def presented(people: int) -> list[tuple[int, str]]:
    """Whom the requests ask about, and by which kind of identifier."""
    chance = random.Random("questions")
    asked: list[tuple[int, str]] = []
    while len(asked) < QUESTIONS:
        person, kind = chance.randrange(people), chance.choice(("user_id", "email", "anonymous_id"))
        if kind in SHAPES[person % 10]:
            asked.append((person, kind))
    return asked


def question_of(person: int, kind: str, purpose: str) -> bytes:
    """The body of a recognition."""
    identifiers = [{"type": kind, "value": value_of(kind, person)}]
    return msgspec.json.encode({"identifiers": identifiers, "purpose": purpose})


def ask(stage: Stage, path: str, body: bytes) -> bytes:
    """The request of a recognition."""
    headers = {"Authorization": f"Bearer {stage.token}", "Content-Type": "application/json"}
    return http_request("POST", path, headers, body)


def benchmark_intake(stage: Stage, web: HttpServer, floors: HttpServer, plan: Plan) -> Section:
    """Intake of batches beside a view that only reads the body and beside the ordinary way to write it."""
    bodies = list(Traffic(stage.people, seed="intake").bodies(BODIES * EVENTS_A_BATCH, EVENTS_A_BATCH))
    ours = Contender("POST /v1/batch", web, [post(stage, "/v1/batch", body) for body in bodies])
    reading = Contender(
        "Django view that only reads the body", floors, [post(stage, "/read-body", one) for one in bodies]
    )
    ordinary = Contender("DRF serializers, bulk_create", floors, [post(stage, "/batch", body) for body in bodies])
    plan.say("intake")
    compare(stage, (ours, reading, ordinary), plan, empty_inbox)
    forget_floor_rows()
    events = spread([rate * EVENTS_A_BATCH for rate in ours.rates])
    return Section(
        "Intake over HTTP",
        f"Batches of {EVENTS_A_BATCH} events, {sum(map(len, bodies)) // len(bodies):,} bytes a batch, each committed "
        f"durably before its answer; {CONNECTIONS} connections, 2 workers, {plan.rounds} rounds of {plan.seconds:.0f} s"
        f" in turns. Intake takes {events} events/s.",
        HEADER,
        [row_of(contender) for contender in (ours, reading, ordinary)],
        [
            Bar("Intake, of a view that only reads the body", 0.12, ratios(ours.rates, reading.rates)),
            Bar("Intake, times DRF serializers + bulk_create", 20, ratios(ours.rates, ordinary.rates)),
        ],
        "The commit: one row of about 67 kB is written to the log and to the table and is on disk before the answer.",
    )


def post(stage: Stage, path: str, body: bytes) -> bytes:
    """The request of a batch."""
    key = base64.b64encode(f"{stage.write_key}:".encode()).decode()
    return http_request("POST", path, {"Authorization": f"Basic {key}", "Content-Type": "application/json"}, body)


def empty_inbox() -> None:
    """What one round accepted must not burden the next."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE inbox")


def forget_floor_rows() -> None:
    """The rows of the ordinary way are none of the world's."""
    from django.db import connection

    from tests.benchmarks.floors import FLOOR_DIALECT

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM interaction WHERE dialect = %s", [FLOOR_DIALECT])
        cursor.execute("VACUUM interaction")
