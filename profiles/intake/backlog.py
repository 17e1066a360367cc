"""How much waits: accepted interactions that are not yet part of a profile, and events in quarantine."""

from typing import NamedTuple

from django.db import connection

from profiles.intake.quarantine import TRIED_AGAIN

# `pending` counts a batch until the transaction that made profiles of it has committed. What is tried again out of
# quarantine was received long ago and waits only since then: the oldest is none of those.
READ_BACKLOG = """
    SELECT coalesce(sum(events), 0)::bigint,
        coalesce(greatest(extract(epoch FROM clock_timestamp() - min(received_at)
            FILTER (WHERE NOT context ? %s)), 0), 0)::float,
        (SELECT count(*) FROM quarantine)
    FROM inbox
"""


class Backlog(NamedTuple):
    """Counts of events, and the age of the oldest batch that waits, in seconds."""

    pending: int
    oldest_pending_seconds: float
    quarantined: int


def read_backlog() -> Backlog:
    """The backlog now."""
    with connection.cursor() as cursor:
        cursor.execute(READ_BACKLOG, [TRIED_AGAIN])
        return Backlog(*cursor.fetchone())
