"""When messages to people are sent, and when what proved an identifier is forgotten."""

from datetime import UTC, datetime

from celery import shared_task

from consent.messages import send_due
from consent.proofs import remove_old_proofs
from consent.visits import remove_old_visits


@shared_task(name="messages.send", ignore_result=True)
def send() -> None:
    """Send what is due, until nothing is."""
    while send_due():
        pass


@shared_task(name="messages.tidy", ignore_result=True)
def tidy() -> None:
    """Forget proofs and visits that are over."""
    now = datetime.now(UTC)
    remove_old_proofs(now)
    remove_old_visits(now)
