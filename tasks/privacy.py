"""When privacy requests are executed, run out, and are remembered. The rows are the queue."""

from datetime import UTC, datetime

from celery import shared_task

from consent.requests.executions import ENGINE
from consent.requests.reminding import expire_unverified, remind_officer
from profiles.privacy.executing import execute_due
from profiles.privacy.gpc_requests import record_opt_outs


@shared_task(name="privacy.sweep", ignore_result=True)
def sweep() -> None:
    """Execute what is due, let run out what nobody verified, and record what browsers asked for."""
    now = datetime.now(UTC)
    expire_unverified(now, actor=ENGINE)
    record_opt_outs()
    execute_due(now)


@shared_task(name="privacy.remind", ignore_result=True)
def remind() -> None:
    """Remind the officer of what is due."""
    remind_officer(datetime.now(UTC), actor=ENGINE)
