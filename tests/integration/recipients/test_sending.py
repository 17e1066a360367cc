"""Messages on their way: signed, once taken never again, tried for three days, and what became of each."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from consent import delivery_sending
from consent.deliveries import LEASE, PAUSE, claim_due, empty_old_deliveries, note_answer
from consent.delivery_steps import NotToSendAgain, send_again, send_test
from consent.locks import Lock
from consent.models import Delivery, Recipient
from consent.outgoing import Answered
from profiles.recipients import disable_recipient, rotate_secret
from tests.factories import recipients
from tests.factories.recipients import Reply, TestRecipient, acknowledges, closed_port, recipient, status
from tests.integration.recipients.registered import (
    later,
    register,
    send,
    states,
    tasks,
    tell,
    the_delivery,
    three_days_later,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for as long as on the network."""
    monkeypatch.setattr("consent.outgoing.post.__kwdefaults__", {"timeout": 0.5, "most": 0})


def test_a_message_is_signed_as_the_library_wants_it_and_sent_once(told: TestRecipient) -> None:
    secret = register("crm", told.url)
    tell()
    send()
    later()
    send()
    [message] = told.verified(secret)
    assert message["type"] == "privacy.withdraw_consent"
    assert told.received[0].id == str(the_delivery().id)
    assert told.received[0].headers["content-type"] == "application/json"
    assert states() == {"crm": "sent"}
    assert (the_delivery().attempts, the_delivery().problem) == (1, "")


def test_an_answer_can_acknowledge(told: TestRecipient) -> None:
    register("crm", told.url)
    told.reply = acknowledges
    tell()
    send()
    row = the_delivery()
    assert (row.state, row.content) == ("acknowledged", None)
    assert row.acknowledged_at is not None
    assert row.sent_at is not None


ANSWERS = [
    b"",
    b"true",
    b'{"acknowledged": false}',
    b'{"acknowledged": "true"}',
    b'[{"acknowledged": true}]',
    b"{" * 4000,
    b"\xff",
]


@pytest.mark.parametrize("body", ANSWERS)
def test_an_answer_that_says_something_else_does_not(body: bytes, told: TestRecipient) -> None:
    register("crm", told.url)
    told.reply = status(200, body)
    tell()
    send()
    assert states() == {"crm": "sent"}


FAILURES: dict[str, tuple[Reply, str]] = {
    "a redirect": (status(301, Location="https://elsewhere.example/"), "It answered 301."),
    "a refusal": (status(400, b"ann@x.test is no address"), "It answered 400."),
    "a fault": (status(500), "It answered 500."),
    "silence": (recipients.hangs, "No answer came within 0.5 seconds."),
    "a reset": (recipients.resets_in_mid_answer, "The host cannot be reached, or broke the connection off."),
    "nonsense": (recipients.talks_nonsense, "What came was no answer of HTTP."),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_fails_is_sent_again_the_same_until_it_is_taken(name: str, told: TestRecipient) -> None:
    told.reply, problem = FAILURES[name]
    secret = register("crm", told.url)
    tell()
    send()
    row = the_delivery()
    assert (row.state, row.problem) == ("pending", problem)
    assert row.next_at > datetime.now(UTC) - timedelta(seconds=1)
    told.reply = status(204)
    later()
    send()
    assert states() == {"crm": "sent"}
    first, second = told.verified(secret)
    assert first == second
    assert len({one.id for one in told.received}) == 1


def test_nobody_there_is_a_failure_too(settings: Any) -> None:
    settings.OUTGOING_PRIVATE = True
    register("crm", f"http://127.0.0.1:{closed_port()}/")
    tell()
    send()
    assert (the_delivery().state, the_delivery().attempts) == ("pending", 1)


def test_a_recipient_whose_name_leads_into_this_network_is_told_nothing(told: TestRecipient, settings: Any) -> None:
    register("crm", told.url)
    settings.OUTGOING_PRIVATE = False
    tell()
    send()
    assert told.received == []
    assert the_delivery().problem == "Only https addresses are told anything."


def test_one_that_says_when_is_not_bothered_before(told: TestRecipient) -> None:
    told.reply = status(429, Retry_After="3600")
    register("crm", told.url)
    tell()
    send()
    assert the_delivery().next_at > datetime.now(UTC) + timedelta(seconds=3590)


def test_after_three_days_it_is_given_up_and_a_human_is_asked(told: TestRecipient) -> None:
    told.reply = status(500)
    register("crm", told.url)
    for _ in range(2):
        tell()
    three_days_later()
    send()
    assert set(Delivery.objects.values_list("state", "problem")) == {("failed", "It answered 500.")}
    assert tasks() == [("recipient_failed", "crm", 2)]


def test_what_was_given_up_can_be_sent_again(told: TestRecipient) -> None:
    told.reply = status(500)
    secret = register("crm", told.url)
    tell()
    three_days_later()
    send()
    told.reply = status(204)
    send_again(delivery_id=the_delivery().id)
    send()
    assert states() == {"crm": "sent"}
    assert len(told.verified(secret)) == 2


def test_what_was_sent_or_emptied_cannot(told: TestRecipient) -> None:
    register("crm", told.url)
    tell()
    send()
    with pytest.raises(NotToSendAgain, match="sent"):
        send_again(delivery_id=the_delivery().id)
    Delivery.objects.update(state="failed", content=None)
    with pytest.raises(NotToSendAgain, match="removed"):
        send_again(delivery_id=the_delivery().id)
    disable_recipient(name="crm", actor="test")
    with pytest.raises(NotToSendAgain, match="disabled"):
        send_again(delivery_id=the_delivery().id)


def test_one_that_is_gone_is_disabled_with_all_that_waits_and_a_human_is_asked(told: TestRecipient) -> None:
    told.reply = status(410)
    register("crm", told.url)
    register("esp")
    for _ in range(3):
        tell()
    Delivery.objects.filter(recipient__name="esp").delete()
    claimed = claim_due(datetime.now(UTC))
    note_answer(claimed[0], Answered(410), datetime.now(UTC))
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}
    assert tasks() == [("recipient_failed", "crm", 1)]
    assert [one.name for one in Recipient.objects.filter(disabled_at__isnull=True)] == ["esp"]
    send()
    assert told.received == []


def test_what_waits_for_one_that_is_disabled_is_given_up() -> None:
    register("crm")
    tell()
    disable_recipient(name="crm", actor="test")
    assert (the_delivery().state, the_delivery().problem) == ("failed", "The recipient was disabled.")


def test_what_is_written_while_it_is_disabled_is_not_sent(told: TestRecipient) -> None:
    register("crm", told.url)
    tell()
    Recipient.objects.update(disabled_at=datetime.now(UTC))
    send()
    assert told.received == []
    assert the_delivery().problem == "The recipient was disabled."


def test_both_secrets_sign_while_one_is_rotated(told: TestRecipient) -> None:
    old = register("crm", told.url)
    new = rotate_secret(name="crm", actor="test", overlap=DAY)
    tell()
    send()
    assert told.verified(old) == told.verified(new)
    last = rotate_secret(name="crm", actor="test", overlap=timedelta(0))
    tell()
    send()
    told.received = told.received[1:]
    assert len(told.verified(last)) == 1
    with pytest.raises(Exception, match="No matching signature"):
        told.verified(new)


def test_secrets_that_cannot_be_read_any_more_are_a_problem_that_says_what_to_do(
    told: TestRecipient, settings: Any
) -> None:
    register("crm", told.url)
    settings.SEALING_SECRET = b"another secret of thirty-two bytes"
    tell()
    send()
    assert told.received == []
    assert "rotate them" in the_delivery().problem
    rotate_secret(name="crm", actor="test", overlap=timedelta(0))
    later()
    send()
    assert states() == {"crm": "sent"}


def test_content_goes_when_it_was_acknowledged_or_some_days_after(told: TestRecipient) -> None:
    register("crm", told.url)
    tell()
    send()
    assert empty_old_deliveries() == 0
    Delivery.objects.update(next_at=datetime.now(UTC))
    assert empty_old_deliveries() == 1
    assert (the_delivery().state, the_delivery().content) == ("sent", None)


def test_what_waits_keeps_its_content() -> None:
    register("crm")
    tell()
    assert empty_old_deliveries() == 0
    assert the_delivery().content is not None


def test_a_message_that_is_being_sent_is_nobody_elses_for_the_lease() -> None:
    register("crm")
    tell()
    now = datetime.now(UTC)
    assert len(claim_due(now)) == 1
    assert claim_due(now) == []
    assert len(claim_due(now + LEASE)) == 1


def test_of_two_attempts_the_one_that_succeeded_counts_in_whichever_order_they_end() -> None:
    register("crm")
    tell()
    now = datetime.now(UTC)
    [first] = claim_due(now)
    [second] = claim_due(now + LEASE)
    note_answer(first, Answered(204), now)
    note_answer(second, Answered(500), now)
    assert states() == {"crm": "sent"}


def test_a_failure_of_an_attempt_that_was_overtaken_changes_nothing() -> None:
    register("crm")
    tell()
    now = datetime.now(UTC)
    [first] = claim_due(now)
    claim_due(now + LEASE)
    note_answer(first, Answered(500), now)
    assert the_delivery().problem == ""


def test_what_was_acknowledged_before_its_answer_came_stays_so(told: TestRecipient) -> None:
    register("crm", told.url)
    tell()
    [claimed] = claim_due(datetime.now(UTC))
    note_answer(claimed, Answered(200, b'{"acknowledged": true}'), datetime.now(UTC))
    for late in (Answered(204), Answered(500), Answered(410)):
        note_answer(claimed, late, datetime.now(UTC))
    assert states() == {"crm": "acknowledged"}


def test_one_that_does_not_answer_holds_up_no_other(told: TestRecipient) -> None:
    with recipient() as slow:
        slow.reply = recipients.hangs
        register("slow", slow.url)
        register("quick", told.url)
        for _ in range(20):
            tell()
        send()
        assert len(told.received) == 20
        assert len(slow.received) <= 8
    waits = Delivery.objects.filter(recipient__name="slow", attempts=0).values_list("next_at", flat=True)
    assert min(waits) > datetime.now(UTC) + PAUSE - timedelta(seconds=30)


def test_one_worker_sends_at_a_time(told: TestRecipient) -> None:
    register("crm", told.url)
    tell()
    with connection.copy().cursor() as other:
        other.execute("SELECT pg_advisory_lock(%s)", (int(Lock.DELIVERIES),))
        assert delivery_sending.send_due() == 0
        other.execute("SELECT pg_advisory_unlock(%s)", (int(Lock.DELIVERIES),))
        other.connection.close()
    assert delivery_sending.send_due() == 1


def test_a_test_message_names_nobody(told: TestRecipient) -> None:
    secret = register("crm", told.url, kinds=["erasure"])
    send_test(name="crm")
    send()
    [message] = told.verified(secret)
    assert (message["type"], message["data"]["identifiers"]) == ("privacy.test", [])
