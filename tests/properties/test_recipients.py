"""Whatever a recipient does, each message ends acknowledged, sent or failed, signed right, under one id."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from consent.delivery_steps import acknowledge_delivery
from consent.models import Delivery, PrivacyTask, Recipient
from tests.factories import recipients
from tests.factories.recipients import Connection, Received, TestRecipient, acknowledges, recipient, status
from tests.integration.recipients.registered import later, register, send, tell, three_days_later

pytestmark = pytest.mark.django_db
MESSAGES = 3

WAYS = {
    "takes it": status(204),
    "takes it and says so": acknowledges,
    "acknowledges twice": acknowledges,
    "redirects": status(301, Location="http://127.0.0.1:1/"),
    "refuses": status(400),
    "has no time": status(429, Retry_After="1"),
    "is broken": status(500),
    "is gone": status(410),
    "hangs": recipients.hangs,
    "hangs up": recipients.hangs_up,
    "resets": recipients.resets_in_mid_answer,
    "talks nonsense": recipients.talks_nonsense,
    "never ends": recipients.answers_a_gigabyte_slowly,
}
ways = st.lists(st.sampled_from(sorted(WAYS)), min_size=1, max_size=8)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for as long as on the network."""
    monkeypatch.setattr("consent.outgoing.post.__kwdefaults__", {"timeout": 0.1, "most": 0})


@pytest.fixture
def told(settings: Any) -> Iterator[TestRecipient]:
    settings.OUTGOING_PRIVATE = True
    with recipient() as found:
        yield found


def in_turn(names: list[str]) -> Iterator[recipients.Reply]:
    """The ways one after another, and the last of them from then on."""
    for name in names:
        yield WAYS[name]
    while True:
        yield WAYS[names[-1]]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(names=ways, late=st.booleans())
def test_each_message_comes_to_an_end_whatever_its_recipient_does(
    names: list[str], late: bool, told: TestRecipient
) -> None:
    for model in (Delivery, Recipient, PrivacyTask):
        model.objects.all().delete()
    told.received = []
    turns = in_turn(names)

    def reply(connection: Connection) -> None:
        next(turns)(connection)

    told.reply = reply
    secret = register("it", told.url)
    for _ in range(MESSAGES):
        tell()
    for _ in range(len(names)):
        send()
        later()
    three_days_later()
    send()
    ended = list(Delivery.objects.all())
    assert len(ended) == MESSAGES
    assert {row.state for row in ended} <= {"acknowledged", "sent", "failed"}
    check_received(told.received, secret, ended)
    assert ("failed" in {row.state for row in ended}) <= PrivacyTask.objects.filter(subject="it").exists()
    if late:
        check_late(secret, ended)


def check_received(received: list[Received], secret: str, ended: list[Delivery]) -> None:
    """All that came is signed right, and every message came under its own id and as it was."""
    bodies: dict[str, set[bytes]] = {}
    for one in received:
        Webhook(secret).verify(one.body, one.headers)
        bodies.setdefault(one.id, set()).add(one.body)
    assert bodies.keys() <= {str(row.id) for row in ended}
    assert all(len(same) == 1 for same in bodies.values())


def check_late(secret: str, ended: list[Delivery]) -> None:
    """An acknowledgement is taken whenever it comes, twice too."""
    for row in ended * 2:
        now = datetime.now(UTC)
        headers = {
            "webhook-id": str(row.id),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(str(row.id), now, "{}"),
        }
        acknowledge_delivery(delivery_id=row.id, body=b"{}", headers=headers)
    assert set(Delivery.objects.values_list("state", "content")) == {("acknowledged", None)}
