"""Processes are killed while events come in: nothing acknowledged is lost, nothing is counted twice."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.asking import Api
from tests.e2e.conftest import SCOPES
from tests.e2e.loading import Load
from tests.e2e.running import Service, wait_until

BETWEEN = 200  # acknowledged events between two blows
NOTHING_CHANGED = "nothing changed"


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[Service]:
    """A service that may be killed."""
    service = Service(tmp_path / "data")
    service.start()
    try:
        yield service
        service.stop()
    finally:
        service.kill()


def kill_web_worker(service: Service) -> None:
    """One of those that answer; its keeper starts another."""
    service.web_workers()[0].kill()


def kill_pool_workers(service: Service) -> None:
    """Those that run tasks; their keeper starts others."""
    doomed = service.pool_workers()
    assert doomed != []
    for process in doomed:
        process.kill()


def kill_server(*words: str) -> Callable[[Service], None]:
    """A server or keeper without which the stack ends; the operator starts it again."""

    def kill(service: Service) -> None:
        (doomed,) = [process for process in service.named(*words) if process.parent == service.supervisor_pid]
        doomed.kill()
        assert service.wait_for_end() != 0
        wait_until(lambda: service.survivors() == [], "the rest of the stack ends too")
        service.start()

    return kill


def kill_everything(service: Service) -> None:
    """As a power cut would."""
    service.kill()
    service.start()


def kill_supervisor(service: Service) -> None:
    """The kernel tells its children; what is left is ended by the next start."""
    service.kill_supervisor()
    service.start()


def survive(service: Service, blows: list[Callable[[Service], None]]) -> None:
    """Post all the while, deal the blows, and see that all is there."""
    token = service.create_token("crash", *SCOPES)
    load = Load(service.port, service.create_source("tills", "store", "server"), "crash")
    load.start()
    try:
        for blow in blows:
            load.acknowledged_more(BETWEEN)
            blow(service)
        load.acknowledged_more(BETWEEN)
    finally:
        load.stop()
    api = Api(service.port, token)
    api.settle()
    load.check(api)
    assert NOTHING_CHANGED in service.manage("rebuild_identity", "--check")


def test_nothing_is_lost_when_workers_or_all_of_it_are_killed(own_service: Service) -> None:
    survive(own_service, [kill_web_worker, kill_pool_workers, kill_everything])


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_nothing_is_lost_whatever_is_killed(own_service: Service) -> None:
    once = [
        kill_web_worker,
        kill_pool_workers,
        kill_server("postgres", "-D"),
        kill_server("valkey-server"),
        kill_server("granian"),
        kill_server("celery", " worker "),
        kill_server("celery", " beat "),
        kill_supervisor,
        kill_everything,
    ]
    survive(own_service, [*once, kill_everything, kill_pool_workers, kill_everything, *reversed(once)])
