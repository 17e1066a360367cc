"""How many requests were made in a year, how they were answered and how fast (11 CCR 7102). It names nobody.

A request counts for the year, in UTC, in which it was received. Days are calendar days from receipt to the answer: the
end of the request, or for one that was done in part the day of that. Only what was complied with or denied is an
answer; withdrawn, expired and duplicate ones are counted apart and have no days.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from django.db import connection

from consent.requests.kinds import APPEAL, TYPES

COUNTS = """
    WITH answered AS (
        SELECT type, state, due_on, closed_at, (received_at AT TIME ZONE 'UTC')::date AS received_on,
            (CASE WHEN state IN ('completed', 'denied') THEN closed_at
                  WHEN state = 'partially_completed' THEN attempted_at END AT TIME ZONE 'UTC')::date AS answered_on
        FROM privacy_request
        WHERE received_at >= %(since)s AND received_at < %(until)s AND %(regulation)s IN ('', regulation)
    )
    SELECT type, count(*),
        count(*) FILTER (WHERE state = 'completed'), count(*) FILTER (WHERE state = 'partially_completed'),
        count(*) FILTER (WHERE state = 'denied'), count(*) FILTER (WHERE state = 'cancelled'),
        count(*) FILTER (WHERE state = 'expired'), count(*) FILTER (WHERE state = 'duplicate'),
        count(*) FILTER (WHERE closed_at IS NULL AND answered_on IS NULL), count(*) FILTER (WHERE answered_on > due_on),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY answered_on - received_on), avg(answered_on - received_on)::float8
    FROM answered GROUP BY type
"""
REASONS = """
    SELECT type, reason, count(*) FROM privacy_request
    WHERE state = 'denied' AND received_at >= %(since)s AND received_at < %(until)s
        AND %(regulation)s IN ('', regulation)
    GROUP BY type, reason ORDER BY type, reason
"""


@dataclass(frozen=True, slots=True)
class TypeMetrics:
    """Requests of one type that were received in a year.

    `complied_in_full` and `complied_in_part` are those that were granted; `pending`: not answered yet; `late`: answered
    after their legal day. `median_days` and `mean_days` to the answer; None: nothing was answered yet.
    """

    type: str
    received: int = 0
    complied_in_full: int = 0
    complied_in_part: int = 0
    denied: int = 0
    withdrawn: int = 0
    expired: int = 0
    duplicate: int = 0
    pending: int = 0
    late: int = 0
    median_days: float | None = None
    mean_days: float | None = None
    denied_by_reason: dict[str, int] = field(default_factory=dict)


def read_metrics(*, year: int, regulation: str = "") -> list[TypeMetrics]:
    """The metrics of a year for each type that is a request of its own, in the order of `kinds.TYPES`.

    `regulation`: only requests under it; empty: all. An appeal is part of its request and is not counted.
    """
    period: dict[str, datetime | str] = {"since": new_year(year), "until": new_year(year + 1), "regulation": regulation}
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, period)
        counts = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(REASONS, period)
        reasons: dict[str, dict[str, int]] = {}
        for type_, reason, count in cursor.fetchall():
            reasons.setdefault(type_, {})[reason] = count
    found = [TypeMetrics(one, *counts.get(one, ())) for one in TYPES if one != APPEAL]
    return [replace(one, denied_by_reason=reasons.get(one.type, {})) for one in found]


def new_year(year: int) -> datetime:
    """The beginning of a year."""
    return datetime(year, 1, 1, tzinfo=UTC)
