"""When callers of a protocol are told how their requests stand. The rows are the queue; the beat asks each second."""

import time
from datetime import UTC, datetime

from celery import shared_task

from consent.callbacks import owe_callbacks, send_callbacks

LONGEST_SECONDS = 5.0  # then the task ends, so that a worker can be stopped; the next one goes on


@shared_task(name="protocols.tell", ignore_result=True)
def tell() -> None:
    """Put down which callbacks are owed, and send what is due."""
    ends_at = time.monotonic() + LONGEST_SECONDS
    owe_callbacks(datetime.now(UTC))
    while send_callbacks() and time.monotonic() < ends_at:
        pass
