"""A rebuild while workers store what arrives: nobody waits for anybody in a circle, and nothing is lost."""

import threading
from typing import Any

import pytest
from django.db import connections

from profiles.identity.decisions import record_decision
from profiles.identity.rebuild import rebuild_identity
from profiles.models import Interaction, TraitFact
from profiles.pipeline import take_batches
from tests.properties.world import Event, Types, empty_world, post, work

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 25
NAMES: dict[str, dict[str, Any]] = {
    "strong": {"rank": 1, "person": True, "per_profile": 1, "ownership": "first", "shared_above": None},
    "weak": {"rank": 2, "person": False, "per_profile": None, "ownership": "last", "shared_above": None},
}


def events_of(number: int) -> list[Event]:
    """Some about identifiers that are new, some about one that all rounds share; all set the same trait of it."""
    return [
        Event(
            message_id=f"m{number}-{n}",
            identifiers=(("strong", "s0" if n % 2 else f"s{number}-{n}"), ("weak", f"w{number}-{n}")),
            minute=number,
            traits=(("plan", "gold"),),
        )
        for n in range(6)
    ]


def test_rebuilds_and_workers_wait_for_each_other_and_never_in_a_circle() -> None:
    empty_world(Types(NAMES))
    failures: list[BaseException] = []
    done = threading.Event()

    def store() -> None:
        try:
            while not done.is_set():
                take_batches()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=store) for _ in range(2)]
    for worker in workers:
        worker.start()
    for number in range(ROUNDS):
        post(events_of(number))
        if number % 5 == 0:
            rebuild_identity()
        record_decision(a=("strong", "s0"), b=("weak", f"later{number}"), verdict="same", reason="", actor="staff:1")
    done.set()
    for worker in workers:
        worker.join()
    work()
    assert failures == []
    assert Interaction.objects.count() == ROUNDS * 6
    assert sum(TraitFact.objects.values_list("count", flat=True)) == ROUNDS * 6
    assert not any(rebuild_identity(check=True).differences.values())
