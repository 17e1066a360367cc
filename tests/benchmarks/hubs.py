"""Hubs: one identifier with thousands of others. The workers must neither slow down with them nor stop."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.benchmarks.background import fill_inbox
from tests.benchmarks.figures import Section, number
from tests.benchmarks.people import batch_body, event_of
from tests.benchmarks.plan import Plan
from tests.benchmarks.stage import Stage

PARTS = 4
BATCH = 100

Spoke = Callable[[int], dict[str, Any]]


def hubs(greatest: int) -> Iterator[tuple[str, int, Spoke]]:
    """Each kind of hub: what it is called, how large it grows, and its n-th event."""
    yield "one user id with {} anonymous ids", greatest, lambda n: _event("a", n, "hub-customer", f"hub-device-{n}")
    yield (
        "one e-mail address with {} user ids",
        greatest // 4,
        lambda n: _event("b", n, f"hub-b-{n}", None, {"email": "everybody@mail.example"}),
    )
    yield "one anonymous id with {} user ids", greatest // 4, lambda n: _event("c", n, f"hub-c-{n}", "hub-kiosk")


def _event(
    hub: str, n: int, user_id: str, anonymous_id: str | None, traits: dict[str, Any] | None = None
) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(hours=1) + timedelta(milliseconds=n)
    return event_of(message_id=f"hub-{hub}-{n}", at=at, user_id=user_id, anonymous_id=anonymous_id, traits=traits)


def benchmark_hubs(stage: Stage, plan: Plan) -> Section:
    """How fast one worker takes the events of a growing hub, quarter by quarter."""
    plan.say("hubs")
    rows = []
    for name, size, spoke in hubs(plan.hub):
        rates = []
        for part in range(PARTS):
            numbers = range(size * part // PARTS, size * (part + 1) // PARTS)
            rates.append(rate_of(stage, numbers, spoke))
        called = name.format(f"{size:,}")
        plan.say(f"{called}: {', '.join(map(number, rates))} events/s")
        rows.append([called, *map(number, rates)])
    return Section(
        "Hubs",
        f"One worker process over the same world; batches of {BATCH} events that all carry one identifier; events/s "
        "while the hub grows, by quarters of its growth.",
        ["", "first quarter", "second", "third", "last quarter"],
        rows,
        limit="A profile of up to 500 identifiers is read, solved and folded as a whole in each transaction that "
        "touches it; past that size links are refused, and an identifier that is shared links nobody any more.",
    )


def rate_of(stage: Stage, numbers: range, spoke: Spoke) -> float:
    """Events a second of one part of a hub's growth."""
    from profiles.pipeline import take_batches

    bodies = [batch_body([spoke(n) for n in numbers[start : start + BATCH]]) for start in range(0, len(numbers), BATCH)]
    fill_inbox(stage.source_id, bodies, BATCH)
    began = time.perf_counter()
    while take_batches().batches:
        pass
    return len(numbers) / (time.perf_counter() - began)
