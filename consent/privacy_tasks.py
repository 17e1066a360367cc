"""What a human must see to: opened by whatever finds it, once for each cause."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from consent.models import PrivacyTask

# Each cause has one open task; what comes up again is counted on it.
OPEN_TASK = """
INSERT INTO privacy_task (kind, subject, detail, count, closed_by) VALUES (%s, %s, %s::jsonb, %s, '')
ON CONFLICT (kind, subject) WHERE closed_at IS NULL
DO UPDATE SET last_at = now(), count = privacy_task.count + EXCLUDED.count, detail = EXCLUDED.detail
"""


class NoSuchTask(LookupError):
    """No open task has this number."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def open_task(*, kind: str, subject: str, detail: Mapping[str, Any] | None = None, times: int = 1) -> None:
    """Have a human see to something, in the caller's transaction. `subject` and `detail` name no person.

    `times`: how often it came up.
    """
    with connection.cursor() as cursor:
        cursor.execute(OPEN_TASK, (kind, subject, json.dumps(dict(detail or {})), times))


def close_task(*, number: int, actor: str) -> PrivacyTask:
    """Note that somebody has seen to it; what comes up again opens a new one. Raises `NoSuchTask`."""
    found = PrivacyTask.objects.filter(pk=number, closed_at=None)
    if not found.update(closed_at=datetime.now(UTC), closed_by=actor):
        raise NoSuchTask
    return PrivacyTask.objects.get(pk=number)


class TaskOpenAgain(ValueError):
    """The same came up again meanwhile: there is an open task about it."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def list_tasks(*, open_ones: bool, before: int | None = None, limit: int = 50) -> list[PrivacyTask]:
    """Tasks that are open, or those that were closed, the latest first; `before`: those below a number."""
    rows = PrivacyTask.objects.filter(closed_at__isnull=open_ones).order_by("-id")
    return list((rows if before is None else rows.filter(pk__lt=before))[:limit])


def reopen_task(*, number: int) -> None:
    """Have a task that was closed seen to again. Raises `NoSuchTask` and `TaskOpenAgain`."""
    row = PrivacyTask.objects.filter(pk=number).first()
    if row is None:
        raise NoSuchTask
    try:
        with transaction.atomic():
            PrivacyTask.objects.filter(pk=number).update(closed_at=None, closed_by="")
    except IntegrityError:
        raise TaskOpenAgain from None
