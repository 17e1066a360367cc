"""What a human must see to: opened by whatever finds it, once for each cause."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection

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
