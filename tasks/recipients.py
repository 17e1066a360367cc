"""When recipients are told. The rows are the queue; the beat asks each second."""

import time

from celery import shared_task

from consent.deliveries import empty_old_deliveries
from consent.delivery_sending import send_due

LONGEST_SECONDS = 5.0  # then the task ends, so that a worker can be stopped; the next one goes on


@shared_task(name="recipients.send", ignore_result=True)
def send() -> None:
    """Send what is due."""
    ends_at = time.monotonic() + LONGEST_SECONDS
    while send_due() and time.monotonic() < ends_at:
        pass


@shared_task(name="recipients.empty", ignore_result=True)
def empty() -> None:
    """Remove what was told long enough ago."""
    empty_old_deliveries()
