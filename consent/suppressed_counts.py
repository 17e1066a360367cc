"""How many events of each source were dropped since their people were erased, by day. Counts only; nobody is named."""

from collections.abc import Mapping
from datetime import date

from django.db import connection

LATE = "late_after_erasure"  # it happened before the erasure, and arrived after it
AFTER = "after_erasure"  # it happened after it, without an act that brings the person back
KINDS = (LATE, AFTER)

CountKey = tuple[int, str, date]  # source, kind, day of receipt in UTC

COUNT = """
    INSERT INTO suppressed_count AS held (source_id, kind, day, count)
    SELECT * FROM unnest(%s::int[], %s::text[], %s::date[], %s::bigint[])
    ON CONFLICT (source_id, kind, day) DO UPDATE SET count = held.count + EXCLUDED.count
"""
SUM = "SELECT source_id, kind, sum(count)::bigint FROM suppressed_count GROUP BY source_id, kind"


def count_suppressed(counts: Mapping[CountKey, int]) -> None:
    """Add to the counts. Call it last: the rows stay locked until the end of the transaction."""
    if not counts:
        return
    keys = sorted(counts)
    columns = [list(column) for column in zip(*keys, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(COUNT, (*columns, [counts[key] for key in keys]))


def read_suppressed() -> dict[tuple[int, str], int]:
    """The counts by source and kind, over all days."""
    with connection.cursor() as cursor:
        cursor.execute(SUM)
        return {(source_id, kind): count for source_id, kind, count in cursor.fetchall()}
