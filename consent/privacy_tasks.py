"""What a human must see to: opened by whatever finds it, once for each cause."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection

# Each cause has one open task; what comes up again is counted on it.
OPEN_TASK = """
INSERT INTO privacy_task (kind, subject, detail, count, closed_by) VALUES (%s, %s, %s::jsonb, %s, '')
ON CONFLICT (kind, subject) WHERE closed_at IS NULL
DO UPDATE SET last_at = now(), count = privacy_task.count + EXCLUDED.count, detail = EXCLUDED.detail
"""


def open_task(*, kind: str, subject: str, detail: Mapping[str, Any] | None = None, times: int = 1) -> None:
    """Have a human see to something, in the caller's transaction. `subject` and `detail` name no person.

    `times`: how often it came up.
    """
    with connection.cursor() as cursor:
        cursor.execute(OPEN_TASK, (kind, subject, json.dumps(dict(detail or {})), times))
