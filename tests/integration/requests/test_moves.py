"""What staff and the person do with a request, and what its state does not allow."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from time_machine import travel

from consent.models import IdentifierProof, Message, PrivacyRequest
from profiles.models import Source
from profiles.privacy.requests import (
    ExternalIdTaken,
    NotNow,
    RequestRefused,
    acknowledge_request,
    appeal_request,
    approve_request,
    cancel_request,
    decide_appeal,
    deny_request,
    execute_request,
    extend_request,
    read_request,
    requests_of,
    retry_request,
    verify_request,
)
from tests.factories.cases import privacy_case
from tests.factories.requests import ANN, NOBODY, submit

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_req_12_of_two_verified_at_the_same_moment_the_oldest_stays(ann: Source) -> None:
    expected = privacy_case("REQ-12")["expected"]
    first, second = (submit("access", verified=False, source="api") for _ in range(2))
    with travel(datetime.now(UTC), tick=False):
        for one in (second, first):
            verify_request(id=one.id, level="verified", method="code", actor="person")
    states = {"r1": read_request(first.id), "r2": read_request(second.id)}
    assert [name for name, one in states.items() if one.state == "in_progress"] == expected["active"]
    assert [name for name, one in states.items() if one.state == "duplicate"] == expected["duplicate"]
    assert states["r2"].duplicate_of == first.id


def test_another_identifier_of_the_same_person_makes_no_second_request(ann: Source) -> None:
    first = submit("access")
    assert submit("access", ("user_id", "ann-1")).duplicate_of == first.id
    assert submit("portability").state == "in_progress"
    assert submit("access", NOBODY).state == "in_progress"


def test_req_18_access_by_somebody_unknown_is_denied_with_code_and_words(ann: Source) -> None:
    expected = privacy_case("REQ-18")["expected"]
    shown = execute_request(submit("access", NOBODY).id)
    assert (shown.state, shown.reason) == (expected["status"], expected["reason"])
    assert shown.explanation


def test_req_21_it_can_be_cancelled_on_the_third_day_and_not_on_the_eighth(ann: Source) -> None:
    expected = privacy_case("REQ-21")["expected"]
    week = timedelta(days=7)
    with travel(START, tick=False):
        early, late = submit("erasure", cooling_off=week), submit("erasure", ("email", "ben@x.org"), cooling_off=week)
        assert execute_request(early.id).state == "in_progress"
    with travel(START + timedelta(days=3), tick=False):
        assert cancel_request(id=early.id, actor="person").state == expected["day3"]
    with travel(START + timedelta(days=8), tick=False):
        assert expected["day8"] == 409  # which is what `NotNow` is answered with
        with pytest.raises(NotNow, match="cancelled is over"):
            cancel_request(id=late.id, actor="person")


def test_an_external_id_is_one_request_and_another_content_under_it_a_conflict(ann: Source) -> None:
    first = submit("access", external_id="c-1")
    assert submit("access", external_id="c-1").id == first.id
    with pytest.raises(ExternalIdTaken):
        submit("erasure", external_id="c-1")
    with pytest.raises(ExternalIdTaken):
        submit("access", NOBODY, external_id="c-1")
    cancel_request(id=first.id, actor="token:shop")
    assert submit("access", external_id="c-1").state == "cancelled"


def test_without_proof_a_person_is_asked_for_one_and_then_it_goes_on(ann: Source) -> None:
    shown = submit("erasure", verified=False, source="pages")
    assert (shown.state, IdentifierProof.objects.get().request_id) == ("identity_check", shown.id)
    assert shown.acknowledged_at is not None  # a message confirms receipt
    verify_request(id=shown.id, level="none", method="said_so", actor="staff:1")
    assert read_request(shown.id).state == "identity_check"
    verified = verify_request(id=shown.id, level="verified", method="code", actor="person")
    assert (verified.state, verified.identity_level, verified.identity_method) == ("in_progress", "verified", "code")


def test_a_type_that_needs_approval_waits_for_it(ann: Source, settings: Any) -> None:
    settings.PRIVACY_APPROVAL = ["objection", "access"]
    shown = submit("objection")
    assert (shown.state, execute_request(shown.id).state) == ("awaiting_approval", "awaiting_approval")
    assert approve_request(id=shown.id, actor="staff:1").state == "completed"
    with pytest.raises(NotNow, match="final"):
        approve_request(id=shown.id, actor="staff:1")
    denied = deny_request(id=submit("access").id, reason="manifestly_unfounded", explanation="Again.", actor="staff:1")
    assert (denied.state, denied.reason, denied.explanation) == ("denied", "manifestly_unfounded", "Again.")


def test_more_time_is_taken_once_with_a_reason_in_the_first_period(ann: Source) -> None:
    with travel(START, tick=False):
        shown, choice = submit("access"), submit("opt_out_sale_share", verified=False)
        with pytest.raises(RequestRefused):
            extend_request(id=shown.id, reason=" ", actor="staff:1")
        extended = extend_request(id=shown.id, reason="Many systems.", actor="staff:1")
        assert (extended.due_on, extended.latest_on) == (date(2026, 6, 2), date(2026, 6, 2))
        assert extended.extension is not None
        with pytest.raises(NotNow, match="once"):
            extend_request(id=shown.id, reason="More.", actor="staff:1")
        with pytest.raises(NotNow):
            extend_request(id=choice.id, reason="More.", actor="staff:1")
        other = submit("portability")
    with travel(START + timedelta(days=40), tick=False), pytest.raises(NotNow, match="first period is over"):
        extend_request(id=other.id, reason="Late.", actor="staff:1")


def test_an_answer_can_be_appealed_against_once_at_a_time(ann: Source) -> None:
    shown = submit("access")
    with pytest.raises(NotNow, match="no answer"):
        appeal_request(id=shown.id, words="Why?", actor="person")
    deny_request(id=shown.id, reason="other", explanation="", actor="staff:1")
    appealed = appeal_request(id=shown.id, words="Why?", actor="person")
    assert [one.state for one in appealed.appeals] == ["received"]
    with pytest.raises(NotNow, match="decided first"):
        appeal_request(id=shown.id, words="Why?", actor="person")
    decided = decide_appeal(id=shown.id, upheld=False, outcome="It stays.", actor="staff:2")
    assert [(one.state, one.outcome) for one in decided.appeals] == [("rejected", "It stays.")]
    with pytest.raises(NotNow):
        decide_appeal(id=shown.id, upheld=True, outcome="No.", actor="staff:2")


def test_a_person_who_proves_an_identifier_finds_their_requests_alone(ann: Source) -> None:
    mine, _ = submit("access"), submit("access", NOBODY)
    assert [one.id for one in requests_of([ANN])] == [mine.id]
    assert [one.id for one in requests_of([("user_id", "ann-1")])] == [mine.id]


def test_by_californian_rules_receipt_is_confirmed_by_a_day(ann: Source) -> None:
    shown = submit("access", regulation="ccpa", region="US-CA", source="staff", verified=False)
    assert shown.acknowledge_by is not None
    assert shown.acknowledged_at is not None
    assert Message.objects.filter(request=shown.id).exists()
    unwritten = submit("access", ("user_id", "ann-1"), regulation="ccpa", source="staff", verified=False)
    assert unwritten.acknowledged_at is None
    before = acknowledge_request(id=unwritten.id, actor="staff:1").acknowledged_at
    assert before is not None
    assert acknowledge_request(id=unwritten.id, actor="staff:1").acknowledged_at == before


def test_what_did_not_fail_is_not_tried_again(ann: Source) -> None:
    with pytest.raises(NotNow):
        retry_request(id=submit("opt_out_sale_share").id, actor="staff:1")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"region": "Bavaria"}, "region"),
        ({"language": "?"}, "language"),
        ({"regulation": "hipaa"}, "regulation"),
        ({"received_at": datetime(2999, 1, 1, tzinfo=UTC)}, "received_at"),
        ({"cooling_off": timedelta(days=31)}, "cooling_off"),
        ({"details": {"lift": True}}, "details/lift"),
        ({"identity_level": "sworn"}, "identity_level"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_is_stored(ann: Source, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        submit("access", **fields)
    assert refused.value.field == field
    assert not PrivacyRequest.objects.exists()


def test_nobody_is_asked_for_by_no_identifier_or_by_one_that_is_none(ann: Source) -> None:
    for identifiers in ([("email", "no address")], [("shoe_size", "44")]):
        with pytest.raises(RequestRefused):
            submit("access", *identifiers)
