"""What officers see of what is dropped: counts by source, and one task for each source that keeps sending."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from profiles.models import Source
from profiles.privacy.beginning import begin_erasure
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell

pytestmark = pytest.mark.usefixtures("deployed")

JANE = ("email", "jane.doe@example.com")
ERASED = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def shop() -> Source:
    begin_erasure([JANE], at=ERASED, request_id=uuid4())
    shop = make_source()
    for days in (-1, 1, 2):
        body = event(context={"traits": {"email": JANE[1]}})
        tell(shop, {**body, "timestamp": (ERASED + timedelta(days=days)).isoformat()})
    return shop


@pytest.fixture
def officer() -> Caller:
    return Caller("privacy")


def test_what_was_dropped_is_counted_by_source(shop: Source, officer: Caller) -> None:
    counted = {"source": "shop", "late_after_erasure": 1, "after_erasure": 2}
    assert officer.get("/v1/privacy/suppressed").content == {"items": [counted]}


def test_prometheus_reads_the_same(shop: Source, officer: Caller) -> None:
    text = officer.get("/metrics").body.decode()
    assert 'cxprofiles_suppressed_events_total{kind="after_erasure",source="shop"} 2.0' in text
    assert 'cxprofiles_suppressed_events_total{kind="late_after_erasure",source="shop"} 1.0' in text
    assert JANE[1] not in text


def test_a_source_that_keeps_sending_is_one_task_until_it_is_closed(shop: Source, officer: Caller) -> None:
    [task] = officer.get("/v1/privacy/tasks").content["items"]
    assert (task["kind"], task["subject"], task["count"]) == ("upstream_keeps_sending", "shop", 2)
    closed = officer.post(f"/v1/privacy/tasks/{task['id']}/close")
    assert closed.status == 200
    assert closed.content["closed_by"] == f"token:{officer.name}"
    assert officer.get("/v1/privacy/tasks").content["items"] == []
    assert len(officer.get("/v1/privacy/tasks", state="closed").content["items"]) == 1
    assert officer.post(f"/v1/privacy/tasks/{task['id']}/close").status == 404


def test_pages_of_tasks_follow_one_another(shop: Source, officer: Caller) -> None:
    [task] = officer.get("/v1/privacy/tasks", limit=1).content["items"]
    assert officer.get("/v1/privacy/tasks", cursor=str(task["id"])).content == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("query", [{"state": "done"}, {"limit": "0"}, {"cursor": "x"}])
def test_what_cannot_be_understood_is_refused(officer: Caller, query: dict[str, str]) -> None:
    assert officer.get("/v1/privacy/tasks", **query).status == 400


@pytest.mark.parametrize("path", ["suppressed", "tasks"])
def test_others_do_not_see_it(path: str) -> None:
    assert Caller("profiles:read").get(f"/v1/privacy/{path}").status == 403


def test_the_number_of_a_task_may_be_anything(officer: Caller) -> None:
    assert officer.post(f"/v1/privacy/tasks/{10**30}/close").status == 404
