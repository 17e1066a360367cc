"""What a year brought of requests, as California's rules want it disclosed (11 CCR 7102)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from time_machine import travel

from consent.models import PrivacyRequest
from profiles.models import Source
from profiles.privacy.requests import deny_request, execute_request
from tests.factories.callers import Caller
from tests.factories.channels import event, tell
from tests.factories.requests import submit
from tests.factories.shipped import restore_shipped

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/v1/privacy/requests/metrics"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def people(shop: Source) -> Iterator[None]:
    """Three people with an address each."""
    restore_shipped()
    tell(shop, *(event(n, userId=f"u{n}", context={"traits": {"email": f"u{n}@example.org"}}) for n in range(3)))
    yield


def made_on(day: datetime, kind: str, number: int, **more: Any) -> UUID:
    """A request that was received then, of one of the people."""
    with travel(day, tick=False):
        return submit(kind, ("email", f"u{number}@example.org"), **more).id


def done_after(days: int, id_: UUID) -> None:
    with travel(START + timedelta(days=days), tick=False):
        execute_request(id_)


def of_type(service: Caller, kind: str, **asked: Any) -> Any:
    answered = service.get(PATH, **asked)
    assert answered.status == 200, answered.content
    return next(one for one in answered.content["types"] if one["type"] == kind)


def test_days_are_those_from_receipt_to_the_answer(service: Caller) -> None:
    for number, days in enumerate((1, 2, 9)):
        done_after(days, made_on(START, "access", number))
    found = of_type(service, "access", year=2026)
    assert (found["received"], found["complied_in_full"], found["pending"], found["late"]) == (3, 3, 0, 0)
    assert (found["median_days"], found["mean_days"]) == (2.0, 4.0)


def test_what_was_denied_is_told_by_reason_and_what_was_not_answered_has_no_days(service: Caller) -> None:
    for number, reason in enumerate(("insuf_verification", "insuf_verification", "legal_obligation")):
        id_ = made_on(START, "erasure", number)
        with travel(START + timedelta(days=40), tick=False):
            deny_request(id=id_, reason=reason, explanation="No.", actor="staff:1")
    made_on(START, "erasure", 0)
    found = of_type(service, "erasure", year=2026)
    assert (found["received"], found["denied"], found["pending"], found["late"]) == (4, 3, 1, 3)
    assert found["denied_by_reason"] == {"insuf_verification": 2, "legal_obligation": 1}
    assert (found["median_days"], found["mean_days"]) == (40.0, 40.0)


def test_what_was_done_in_part_is_an_answer_and_what_came_to_nothing_is_counted_apart(service: Caller) -> None:
    ends: dict[str, dict[str, Any]] = {
        "partially_completed": {"attempted_at": START + timedelta(days=4)},
        "cancelled": {"closed_at": START + timedelta(days=50)},
        "expired": {"closed_at": START + timedelta(days=30)},
    }
    for state, times in ends.items():
        id_ = made_on(START, "erasure", 0, verified=False)
        PrivacyRequest.objects.filter(id=id_).update(state=state, **times)
    first = made_on(START, "erasure", 1)
    made_on(START, "erasure", 1)
    found = of_type(service, "erasure", year=2026)
    counts = ("received", "complied_in_part", "withdrawn", "expired", "duplicate", "pending", "late")
    assert [found[name] for name in counts] == [5, 1, 1, 1, 1, 1, 0], first
    assert (found["median_days"], found["mean_days"]) == (4.0, 4.0)


def test_a_request_counts_for_the_year_of_its_receipt_and_under_its_regulation(service: Caller) -> None:
    made_on(datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), "portability", 0, regulation="ccpa")
    made_on(datetime(2026, 1, 1, tzinfo=UTC), "portability", 1, regulation="gdpr")
    counts = [of_type(service, "portability", year=year)["received"] for year in (2024, 2025, 2026)]
    assert counts == [0, 1, 1]
    assert of_type(service, "portability", year=2025, regulation="gdpr")["received"] == 0
    assert of_type(service, "portability", year=2025, regulation="ccpa")["pending"] == 1


def test_without_requests_every_type_is_zero(service: Caller) -> None:
    found = service.get(PATH, year=1999).content
    assert {one["received"] for one in found["types"]} == {0}
    assert {one["median_days"] for one in found["types"]} == {None}
    assert "appeal" not in {one["type"] for one in found["types"]}


@pytest.mark.parametrize("asked", [{"year": "x"}, {"year": "20260"}, {"year": "0001"}, {"regulation": "lgpd"}])
def test_what_is_no_question_is_refused(service: Caller, asked: dict[str, str]) -> None:
    assert service.get(PATH, **asked).status == 400


def test_a_token_without_the_scope_is_refused() -> None:
    assert Caller("recognise").get(PATH).status == 403
