"""The published server-side clients, unchanged, against a running service."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.asking import Api
from tests.e2e.conftest import CLIENTS
from tests.e2e.journeys import (
    Call,
    Plan,
    check_calls,
    check_one_person,
    check_order,
    check_profile,
    drive,
    new_plan,
    sent,
)
from tests.e2e.running import Service, wait_until
from tests.e2e.wiretap import Wiretap, tapped

HEARTBEATS = 150

SEGMENT_CALLS: list[Call] = [
    ("track", "Product Viewed"),
    ("track", "Seen Before"),
    ("identify", ""),
    ("track", "Order Completed"),
    ("page", "Home"),
    ("screen", "Cart"),
    ("group", ""),
    ("alias", ""),
]
POSTHOG_CALLS: list[Call] = [
    ("track", "Seen Before"),
    ("track", "Order Completed"),
    ("page", "$pageview"),
    ("group", "$groupidentify"),
    ("alias", "$create_alias"),
]


@dataclass(frozen=True, slots=True)
class Client:
    """One published client: its driver, the calls that the driver makes, and what it can do."""

    driver: str
    calls: tuple[Call, ...]
    compresses: bool = True
    knows_devices: bool = True

    @property
    def command(self) -> list[str]:
        return ["node" if self.driver.endswith(".mjs") else sys.executable, self.driver]

    def folder(self, request: pytest.FixtureRequest) -> Path:
        """Where the driver runs; Node's clients are installed there first."""
        return request.getfixturevalue("clients") if self.driver.endswith(".mjs") else CLIENTS


SEGMENT_PYTHON = Client("segment_python.py", tuple(SEGMENT_CALLS))
SEGMENT_NODE = Client("segment-node.mjs", tuple(SEGMENT_CALLS), compresses=False)
ALL = [
    SEGMENT_PYTHON,
    Client("rudder_python.py", tuple(SEGMENT_CALLS)),
    Client("posthog_python.py", (*POSTHOG_CALLS, ("identify", "$set"), ("identify", "$set_once")), knows_devices=False),
    SEGMENT_NODE,
    Client("rudder-node.mjs", tuple(SEGMENT_CALLS)),
    Client("posthog-node.mjs", (*POSTHOG_CALLS, ("identify", "$identify"))),
]
RESTARTED = [SEGMENT_PYTHON, SEGMENT_NODE]  # others give up sooner than a service comes back
every_client = pytest.mark.parametrize("client", ALL, ids=[client.driver for client in ALL])


@every_client
def test_every_call_is_counted_once_and_makes_one_recognised_person(
    client: Client, request: pytest.FixtureRequest, wiretap: Wiretap, api: Api, server_key: str
) -> None:
    plan = new_plan(server_key, wiretap.url)
    errors = drive(client.command, client.folder(request), plan)
    assert errors == []
    assert [post.status for post in wiretap.posts() if post.status != 200] == []
    api.settle()
    check_journey(client, plan, wiretap, api)


@every_client
def test_answers_that_get_lost_and_compression_change_nothing(
    client: Client, request: pytest.FixtureRequest, wiretap: Wiretap, api: Api, server_key: str
) -> None:
    plan = new_plan(server_key, wiretap.url, gzip=True)
    wiretap.lose_answers(2)
    errors = drive(client.command, client.folder(request), plan)
    assert errors == []
    assert any(post.was_gzip for post in wiretap.posts()) == client.compresses
    assert len([post for post in wiretap.posts() if post.status == 500]) == 2, "the client sent again"
    api.settle()
    check_journey(client, plan, wiretap, api)


@every_client
def test_nothing_is_lost_when_workers_are_killed_while_the_client_posts(
    client: Client, request: pytest.FixtureRequest, wiretap: Wiretap, api: Api, service: Service, server_key: str
) -> None:
    plan = new_plan(server_key, wiretap.url, more=HEARTBEATS, pause=10)
    with killing_workers(service, wiretap) as killed:
        errors = drive(client.command, client.folder(request), plan)
    assert errors == []
    assert killed, "workers were killed"
    api.settle()
    check_journey(client, plan, wiretap, api, [("track", "Heartbeat")] * HEARTBEATS)


def test_nothing_is_lost_when_the_service_is_restarted_while_clients_post(
    request: pytest.FixtureRequest, service: Service, api: Api, server_key: str
) -> None:
    with ExitStack() as stack:
        taps = [stack.enter_context(tapped(service.port)) for _ in RESTARTED]
        plans = [new_plan(server_key, tap.url, more=HEARTBEATS, pause=10) for tap in taps]
        folders = [client.folder(request) for client in RESTARTED]
        pool = stack.enter_context(ThreadPoolExecutor(len(RESTARTED)))
        commands = [client.command for client in RESTARTED]
        driven = pool.map(drive, commands, folders, plans)
        for tap in taps:
            wait_until(lambda tap=tap: bool(tap.posts()), "the client posts")  # type: ignore[misc]
        service.stop()
        service.start()
        assert list(driven) == [[] for _ in RESTARTED]
    assert all(any(post.status == 502 for post in tap.posts()) for tap in taps), "each client met the closed door"
    api.settle()
    for client, plan, tap in zip(RESTARTED, plans, taps, strict=True):
        check_journey(client, plan, tap, api, [("track", "Heartbeat")] * HEARTBEATS)


def test_a_client_over_its_rate_waits_as_it_is_told_and_loses_nothing(wiretap: Wiretap, api: Api) -> None:
    plan = new_plan(api.new_source(rate_limit=40), wiretap.url, more=HEARTBEATS)
    assert drive(SEGMENT_PYTHON.command, CLIENTS, plan) == []
    limited = [post for post in wiretap.posts() if post.status == 429]
    assert limited != []
    api.settle()
    check_journey(SEGMENT_PYTHON, plan, wiretap, api, [("track", "Heartbeat")] * HEARTBEATS)


def check_journey(client: Client, plan: Plan, wiretap: Wiretap, api: Api, more: list[Call] | None = None) -> None:
    """What the client sent is what it was asked for, and what the one person's timeline shows."""
    messages = sent(wiretap.delivered())
    check_calls(messages, [*client.calls, *(more or [])])
    profile = check_profile(api, "user_id", plan.user, messages)
    check_order(api, profile)
    names = [("user_id", plan.user), ("user_id", plan.earlier), ("email", plan.email)]
    if client.knows_devices:
        names.append(("anonymous_id", plan.anonymous))
    person = check_one_person(api, *names)
    for identifier in names[:3]:
        answer = api.recognise(identifier)
        assert (answer["status"], answer["assurance"], answer["profile_id"]) == ("known", "identified", person)
        assert answer["traits"]["first_name"] == "Ann"


@contextmanager
def killing_workers(service: Service, wiretap: Wiretap) -> Iterator[list[int]]:
    """From the first post on, kill the processes that run tasks, again and again while the client posts."""
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        wait_until(lambda: bool(wiretap.posts()) or over.is_set(), "the client posts")
        while not over.is_set():
            doomed = service.pool_workers()
            for process in doomed:
                process.kill()
                killed.append(process.pid)
            over.wait(0.4 if doomed else 0.02)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()
