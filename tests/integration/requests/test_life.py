"""Requests from their receipt to their end."""

import pytest

from consent.models import PrivacyRequest, RequestClaim
from profiles.models import Source
from profiles.privacy.requests import execute_request, request_events
from tests.factories.requests import NOBODY, submit


def names(id_: object) -> list[str]:
    return [one.name for one in request_events(id_)]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["opt_out_sale_share", "limit_sensitive", "objection", "withdraw_consent"])
def test_a_choice_is_done_when_the_answer_is_given(ann: Source, kind: str) -> None:
    shown = submit(kind, verified=False)
    assert (shown.state, shown.gaps, shown.identity_needed) == ("completed", [], "none")
    assert shown.result["rows"]["consent_decision"] > 0
    assert names(shown.id) == ["received", "acknowledged", "verified", "execution_begun", "execution_finished"]


def test_what_is_closed_names_nobody_and_holds_no_place(ann: Source) -> None:
    shown = submit("opt_out_sale_share")
    row = PrivacyRequest.objects.get(id=shown.id)
    assert (row.subject, row.scope, RequestClaim.objects.count()) == (None, {}, 0)


def test_an_access_request_is_left_to_a_worker(ann: Source) -> None:
    shown = submit("access")
    assert shown.state == "in_progress"
    done = execute_request(shown.id)
    assert done.state == "completed", (done, names(shown.id))
    assert done.package is not None


def test_an_erasure_is_done_by_a_worker(ann: Source) -> None:
    shown = submit("erasure")
    done = execute_request(shown.id)
    assert done.state == "completed", (done, names(shown.id), request_events(shown.id))


def test_of_whom_nothing_is_held_access_is_denied_in_words(ann: Source) -> None:
    shown = execute_request(submit("access", NOBODY).id)
    assert (shown.state, shown.reason, bool(shown.explanation)) == ("denied", "no_match", True)
