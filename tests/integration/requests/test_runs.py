"""Executions that fail, that leave something to review, and what an erasure leaves of other requests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consent.models import PrivacyRequest, RequestEvent
from consent.requests.executions import MOST_ATTEMPTS, due_executions, pause_after
from consent.requests.results import Done, answer_review, groups_to_review, merge_run
from profiles.models import Identifier, Source
from profiles.privacy import executing
from profiles.privacy.execution import Execution, Gap, Outcome
from profiles.privacy.requests import (
    NotNow,
    execute_request,
    read_request,
    retry_request,
    review_request,
    verify_request,
)
from tests.factories.requests import submit

GROUPS = {"itself": [1], "deterministic": [2], "probable": [3, 4], "shared": []}


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What each run of an access comes to, in turn: an outcome, or an error that it raises. Stores that fail cannot be
    had from a sound deployment."""
    script: list[Any] = []
    seen: list[Execution] = []

    def run(execution: Execution) -> Outcome:
        seen.append(execution)
        comes = script.pop(0)
        if isinstance(comes, Exception):
            raise comes
        assert isinstance(comes, Outcome)
        return comes

    monkeypatch.setattr(executing, "HANDLERS", {**executing.HANDLERS, "access": run})
    monkeypatch.setattr(executing, "package_token", lambda _: "")
    return script


def test_what_fails_again_and_again_is_a_gap_that_can_be_tried_again(ann: Source, handler: list[Any]) -> None:
    handler += [RuntimeError("ann@example.org")] * MOST_ATTEMPTS + [Outcome(rows={"interaction": 3})]
    shown = submit("access")
    for _ in range(MOST_ATTEMPTS):
        assert read_request(shown.id).state in ("in_progress", "executing")
        shown = execute_request(shown.id)
    assert (shown.state, [gap.why for gap in shown.gaps]) == ("partially_completed", ["RuntimeError"])
    assert not RequestEvent.objects.filter(detail__icontains="ann@").exists()
    retry_request(id=shown.id, actor="staff:1")
    done = execute_request(shown.id)
    assert (done.state, done.gaps, done.result) == ("completed", [], {"rows": {"interaction": 3}})


def test_between_attempts_it_is_let_rest(ann: Source, handler: list[Any]) -> None:
    handler += [RuntimeError()]
    shown = submit("access")
    now = datetime.now(UTC)
    assert due_executions(now, 5) == [shown.id]
    execute_request(shown.id)
    assert due_executions(datetime.now(UTC), 5) == []
    assert due_executions(datetime.now(UTC) + pause_after(1) + timedelta(seconds=1), 5) == [shown.id]


def test_a_gap_that_a_store_reports_is_no_completion(ann: Source, handler: list[Any]) -> None:
    handler += [Outcome(gaps=[Gap("interaction", "itself", 2, "did not answer")])]
    shown = execute_request(submit("access").id)
    assert (shown.state, shown.closed_at) == ("partially_completed", None)
    with pytest.raises(NotNow):
        review_request(id=shown.id, groups={"itself": "leave"}, actor="staff:1")


def test_while_another_is_active_what_is_partly_done_does_not_go_on(ann: Source, handler: list[Any]) -> None:
    handler += [Outcome(gaps=[Gap("interaction", "itself", 2, "did not answer")])]
    first = execute_request(submit("access").id)
    second = submit("access")
    assert second.state == "in_progress"  # an answer that lacks something turns nobody away
    with pytest.raises(NotNow, match="active"):
        retry_request(id=first.id, actor="staff:1")


def test_a_group_awaits_review_until_somebody_answers_for_it() -> None:
    first = merge_run({}, Done(rows={"a": 2}), type="access", scope=GROUPS)
    assert [(gap["group"], gap["rows"]) for gap in first["gaps"]] == [("probable", 2)]
    left = answer_review(first, {"probable": False})
    assert (left["gaps"], left["left"]) == ([], ["probable"])
    included = merge_run(answer_review(first, {"probable": True}), Done(rows={"a": 5}), type="access", scope=GROUPS)
    assert (included["gaps"], included["rows"]) == ([], {"a": 7})


def test_what_failed_before_stays_a_gap_when_another_group_is_done() -> None:
    failed = {"store": "interaction", "group": "deterministic+itself", "rows": 0, "why": "Timeout"}
    first = merge_run({}, Done(gaps=[failed]), type="erasure", scope=GROUPS)
    assert groups_to_review(first) == {"probable"}
    second = merge_run(answer_review(first, {"probable": True}), Done(), type="erasure", scope=GROUPS)
    assert second["gaps"] == [failed]


def test_a_choice_asks_for_no_review() -> None:
    assert merge_run({}, Done(), type="opt_out_sale_share", scope=GROUPS)["gaps"] == []


def test_an_erasure_closes_the_person_s_other_requests_and_empties_their_words(ann: Source) -> None:
    waits = submit("access", verified=False)
    denied = submit("portability")
    PrivacyRequest.objects.filter(id=denied.id).update(explanation="Ann wrote that she is Ann.")
    bystander = submit("access", ("email", "ben@example.org"), verified=False)
    erased = execute_request(submit("erasure").id)
    assert erased.state == "completed"
    after = read_request(waits.id)
    assert (after.state, after.reason) == ("cancelled", "erased")
    assert read_request(denied.id).explanation == ""
    assert read_request(bystander.id).state == "identity_check"
    assert not Identifier.objects.filter(value__contains="ann").exists()
    assert PrivacyRequest.objects.get(id=erased.id).subject is None
    with pytest.raises(NotNow):
        verify_request(id=waits.id, level="verified", method="code", actor="person")
