"""CloudEvents, from both published clients, in chunked bodies."""

import json
import sys
from pathlib import Path

import pytest

from tests.e2e.asking import Api, basic
from tests.e2e.conftest import CLIENTS
from tests.e2e.journeys import REVENUE, Call, Plan, check_one_person, check_profile, drive, new_plan
from tests.e2e.wiretap import Wiretap

EXPECTED: dict[str, Call] = {
    "/e2e/shop 1": ("track", "shop.viewed"),
    "/e2e/shop 2": ("identify", ""),
    "/e2e/shop 3": ("track", "shop.ordered"),
    "/e2e/shop 4": ("track", "shop.visited"),
}


@pytest.fixture
def own_key(api: Api) -> str:
    """A source of the test's own: the drivers always use the same message ids."""
    return api.new_source()


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_javascript_events_in_chunked_bodies_make_one_person(
    mode: str, clients: Path, wiretap: Wiretap, api: Api, own_key: str
) -> None:
    plan = new_plan(own_key, wiretap.url, mode=mode)
    assert drive(["node", "cloudevents.mjs"], clients, plan) == []
    check_events(wiretap, api, plan)


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_python_events_in_chunked_bodies_make_one_person(mode: str, wiretap: Wiretap, api: Api, own_key: str) -> None:
    plan = new_plan(own_key, wiretap.url, mode=mode)
    assert drive([sys.executable, "cloudevents_python.py"], CLIENTS, plan) == []
    check_events(wiretap, api, plan)


def check_events(wiretap: Wiretap, api: Api, plan: Plan) -> None:
    """The five posts, one of them a retry, are four interactions of one person."""
    assert [(post.status, post.headers.get("Transfer-Encoding")) for post in wiretap.posts()] == [(200, "chunked")] * 5
    api.settle()
    profile = check_profile(api, "user_id", plan.user, EXPECTED)
    assert profile["counters"]["revenue"] == REVENUE
    check_one_person(api, ("user_id", plan.user), ("anonymous_id", plan.anonymous), ("email", plan.email))
    assert api.recognise(("email", plan.email))["traits"]["first_name"] == "Ann"


def test_a_batch_of_events_is_taken_in_as_a_whole(api: Api, own_key: str) -> None:
    plan = new_plan(own_key, "")
    events = [
        {"specversion": "1.0", "id": str(n), "source": "/batch", "type": "seen", "data": {"userId": plan.user, "n": n}}
        for n in range(5)
    ]
    headers = {**basic(own_key), "Content-Type": "application/cloudevents-batch+json"}
    for _ in range(2):
        answer = api.call("POST", "/v1/cloudevents", json.dumps(events).encode(), headers)
        assert (answer.status, answer.json()) == (200, {"success": True})
    api.settle()
    check_profile(api, "user_id", plan.user, {f"/batch {n}": ("track", "seen") for n in range(5)})


def test_an_empty_chunked_body_is_refused(api: Api, own_key: str) -> None:
    headers = {**basic(own_key), "Transfer-Encoding": "chunked", "Content-Type": "application/cloudevents+json"}
    answer = api.call("POST", "/v1/cloudevents", b"0\r\n\r\n", headers)
    assert answer.status == 400
