"""Erasures of people of whom much is stored: two approve them, and never the same one twice."""

from typing import Any

import pytest

from consent.models import PrivacyRequest, RequestEvent
from profiles.models import Source
from profiles.privacy.requests import (
    NotNow,
    approve_request,
    execute_request,
    read_request,
    request_events,
    verify_request,
)
from tests.factories.requests import NOBODY, submit


@pytest.fixture(autouse=True)
def two_for_erasures(settings: Any) -> None:
    """Two approve what reaches more than one identifier or interaction: Ann has three of the former."""
    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["erasure"], 1


def test_a_large_erasure_waits_for_two_different_people(ann: Source) -> None:
    waiting = submit("erasure")
    assert waiting.state == "awaiting_approval"
    assert approve_request(id=waiting.id, actor="staff:1").state == "awaiting_approval"
    assert approve_request(id=waiting.id, actor="staff:2").state == "executing"
    said = [(one.name, one.actor) for one in request_events(waiting.id) if one.name.startswith("approved")]
    assert said == [("approved_first", "staff:1"), ("approved", "staff:2")]


def test_nobody_gives_both_approvals(ann: Source) -> None:
    waiting = submit("erasure")
    approve_request(id=waiting.id, actor="staff:1")
    with pytest.raises(NotNow, match="somebody else"):
        approve_request(id=waiting.id, actor="staff:1")
    assert read_request(waiting.id).state == "awaiting_approval"
    assert RequestEvent.objects.filter(request=waiting.id, name="approved_first").count() == 1


def test_a_token_and_a_member_of_staff_are_two_and_two_tokens_are_not(ann: Source) -> None:
    waiting = submit("erasure")
    approve_request(id=waiting.id, actor="token:desk")
    with pytest.raises(NotNow, match="member of staff"):
        approve_request(id=waiting.id, actor="token:other")
    assert approve_request(id=waiting.id, actor="staff:1").state == "executing"


def test_a_small_erasure_and_other_requests_wait_for_nobody(ann: Source, settings: Any) -> None:
    assert submit("access").state == "in_progress"
    assert submit("erasure", NOBODY).state == "in_progress"
    settings.FOUR_EYES_ABOVE = 3
    assert submit("erasure").state == "in_progress"


def test_without_the_setting_one_approval_is_enough(ann: Source, settings: Any) -> None:
    settings.FOUR_EYES, settings.PRIVACY_APPROVAL = [], ["erasure"]
    assert approve_request(id=submit("erasure").id, actor="staff:1").state == "executing"


def test_many_interactions_are_much_too(ann: Source, settings: Any) -> None:
    from tests.factories.channels import event, tell

    settings.FOUR_EYES_ABOVE = 3
    for number in range(1, 4):
        tell(ann, event(number, userId="ann-1", anonymousId="browser"))
    assert submit("erasure").state == "awaiting_approval"


def test_it_waits_too_where_the_person_proves_who_they_are_later(ann: Source) -> None:
    asked = submit("erasure", verified=False)
    assert asked.state == "identity_check"
    verified = verify_request(id=asked.id, level="verified", method="code", actor="person")
    assert (verified.state, verified.needs_approval) == ("awaiting_approval", True)


def test_who_grew_large_before_it_began_waits_too(ann: Source, settings: Any) -> None:
    settings.FOUR_EYES_ABOVE = 100
    small = submit("erasure")
    settings.FOUR_EYES_ABOVE = 1
    assert execute_request(small.id).state == "awaiting_approval"


def test_of_one_person_a_second_erasure_is_still_a_duplicate(ann: Source) -> None:
    first, second = submit("erasure"), submit("erasure")
    assert (first.state, second.state) == ("awaiting_approval", "duplicate")
    assert PrivacyRequest.objects.get(id=second.id).duplicate_of_id == first.id
