"""What time does to requests: they run out, come due, and browsers' signals are recorded."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from time_machine import travel

from consent.messages import send_due
from consent.models import GpcOptOut, PrivacyRequest, RequestEvent
from profiles.models import Source
from profiles.privacy.requests import appeal_request, deny_request, extend_request, read_request
from tasks.privacy import remind, sweep
from tests.factories.channels import event, tell, work
from tests.factories.requests import submit

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def day(number: int) -> datetime:
    """The instant a number of days after the start."""
    return START + timedelta(days=number)


def reminders() -> list[tuple[str, str]]:
    rows = RequestEvent.objects.filter(name="reminded").order_by("id")
    return [(row.detail["of"], row.detail["stage"]) for row in rows]


def test_who_does_not_prove_who_they_are_in_thirty_days_is_not_waited_for(ann: Source) -> None:
    with travel(START, tick=False):
        shown = submit("access", verified=False)
        assert shown.state == "identity_check"
    with travel(day(29), tick=False):
        sweep()
        assert read_request(shown.id).state == "identity_check"
    with travel(day(30), tick=False):
        sweep()
        assert (read_request(shown.id).state, read_request(shown.id).reason) == ("expired", "not_verified_in_time")
    assert PrivacyRequest.objects.get().subject is None


def test_the_officer_is_reminded_once_at_each_stage_and_of_no_person(
    ann: Source, settings: pytest.FixtureRequest
) -> None:
    settings.PRIVACY_OFFICER_EMAIL = "officer@shop.example"  # type: ignore[attr-defined]
    with travel(START, tick=False):
        shown = submit("access", verified=False, source="api")
    for number in (23, 24, 28, 30, 30, 32, 33):
        with travel(day(number), tick=False):
            remind()
    assert reminders() == [("access", stage) for stage in ("7_days", "3_days", "1_day", "overdue")]
    mail.outbox.clear()
    send_due()
    told = [(one.to, str(shown.id) in one.body) for one in mail.outbox if one.to == ["officer@shop.example"]]
    assert told == [(["officer@shop.example"], True)] * 4
    assert not any("ann@example.org" in one.body for one in mail.outbox if one.to == ["officer@shop.example"])


def test_an_extension_moves_the_reminders_and_an_appeal_has_its_own(ann: Source) -> None:
    with travel(START, tick=False):
        shown = submit("access", verified=False)
    with travel(day(24), tick=False):
        remind()
        extend_request(id=shown.id, reason="Many systems.", actor="staff:1")
    with travel(day(40), tick=False):
        remind()
        deny_request(id=shown.id, reason="insuf_verification", explanation="", actor="staff:1")
        appeal_request(id=shown.id, words="It is me.", actor="person")
    with travel(day(65), tick=False):
        remind()
    assert reminders() == [("access", "7_days"), ("appeal", "7_days")]


def test_a_browser_that_says_gpc_is_one_completed_request_of_the_person(ann: Source) -> None:
    for number, browser in enumerate(("browser", "browser", "tablet")):
        headers = {"gpc": True, "traits": {"email": "ann@example.org"}}
        tell(ann, event(10 + number, anonymousId=browser, userId="ann-1", context=headers))
    work()
    assert GpcOptOut.objects.filter(request=None).exists()
    sweep()
    sweep()
    [row] = PrivacyRequest.objects.all()
    assert (row.type, row.source, row.state, row.requester) == ("opt_out_sale_share", "gpc", "completed", "person")
    assert set(GpcOptOut.objects.values_list("request", flat=True)) == {row.id}
