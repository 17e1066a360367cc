"""The statements of the figures of sources, by name."""

from profiles.figures.histograms import LAG, SKEW

ADD_MINUTES = """
    INSERT INTO source_minute AS held (source_id, minute, events, duplicates, quarantined, dropped, suppressed, bytes,
        lag, skew, skew_sum, skew_max, last_received, resolved_at)
    SELECT source_id, minute, events, duplicates, quarantined, dropped, suppressed, bytes,
        lag::int[], skew::int[], skew_sum, skew_max, last_received, resolved_at
    FROM unnest(%b::int[], %b::timestamptz[], %b::int[], %b::int[], %b::int[], %b::int[], %b::int[], %b::bigint[],
        %b::text[], %b::text[], %b::bigint[], %b::bigint[], %b::timestamptz[], %b::timestamptz[])
        AS new(source_id, minute, events, duplicates, quarantined, dropped, suppressed, bytes,
        lag, skew, skew_sum, skew_max, last_received, resolved_at)
    ON CONFLICT (source_id, minute) DO UPDATE SET
        events = held.events + EXCLUDED.events,
        duplicates = held.duplicates + EXCLUDED.duplicates,
        quarantined = greatest(held.quarantined + EXCLUDED.quarantined, 0),
        dropped = held.dropped + EXCLUDED.dropped,
        suppressed = held.suppressed + EXCLUDED.suppressed,
        bytes = held.bytes + EXCLUDED.bytes,
        lag = ARRAY(SELECT a + b FROM unnest(held.lag, EXCLUDED.lag) WITH ORDINALITY AS t(a, b, n) ORDER BY n),
        skew = ARRAY(SELECT a + b FROM unnest(held.skew, EXCLUDED.skew) WITH ORDINALITY AS t(a, b, n) ORDER BY n),
        skew_sum = held.skew_sum + EXCLUDED.skew_sum,
        skew_max = greatest(held.skew_max, EXCLUDED.skew_max),
        last_received = greatest(held.last_received, EXCLUDED.last_received),
        resolved_at = greatest(held.resolved_at, EXCLUDED.resolved_at)
"""

REMOVE_SOME = """
    DELETE FROM source_minute WHERE ctid = ANY(ARRAY(SELECT ctid FROM source_minute WHERE minute < %s LIMIT %s))
"""

_SUMS = """
    sum(events)::bigint, sum(duplicates)::bigint, sum(quarantined)::bigint, sum(dropped)::bigint,
    sum(suppressed)::bigint, sum(bytes)::bigint, sum(skew_sum)::bigint, max(skew_max)::bigint,
    ARRAY[{lag}]::bigint[], ARRAY[{skew}]::bigint[]
""".format(
    lag=", ".join(f"sum(lag[{place}])" for place in range(1, len(LAG) + 2)),
    skew=", ".join(f"sum(skew[{place}])" for place in range(1, len(SKEW) + 2)),
)
_OF_EACH = (
    "FROM unnest(%(sources)s::int[]) AS source(id) "
    "JOIN LATERAL (SELECT {what} FROM source_minute WHERE source_id = source.id {end}) AS of_it ON true"
)
_WITHIN = "AND minute >= %(since)s AND minute < %(until)s"

# Source by source: the primary key leads to the minutes of one, whatever the others send.
TOTALS = f"SELECT source.id, of_it.* {_OF_EACH.format(what=_SUMS, end=_WITHIN + ' HAVING count(*) > 0')}"

# The minutes of the window by their number, beside how many came in each.
PER_MINUTE = "SELECT source.id, of_it.* " + _OF_EACH.format(  # noqa: S608 - of constants
    what="""array_agg((extract(epoch FROM minute - %(since)s) / 60)::int),
        array_agg(events + duplicates + quarantined + dropped + suppressed)""",
    end=_WITHIN + " HAVING count(*) > 0",
)

COURSE = (
    "SELECT (extract(epoch FROM minute)::bigint / %(step)s * %(step)s), "  # noqa: S608 - of constants
    + _SUMS
    + "FROM source_minute WHERE source_id = %(source)s "
    + _WITHIN
    + " GROUP BY 1"
)

LATEST = "SELECT source.id, last_received, resolved_at " + _OF_EACH.format(
    what="last_received, resolved_at", end="ORDER BY minute DESC LIMIT 1"
)

# The longest time between the beginnings of two hours in which something came: one look into the primary key for each.
PAUSES_OF_HOURS = """
    SELECT source_id, max(hour - earlier) FROM (
        SELECT source.id AS source_id, hour, lag(hour) OVER (PARTITION BY source.id ORDER BY hour) AS earlier
        FROM unnest(%(sources)s::int[]) AS source(id)
        CROSS JOIN generate_series(%(since)s::timestamptz, %(until)s::timestamptz, interval '1 hour') AS hour
        JOIN LATERAL (
            SELECT FROM source_minute AS held WHERE held.source_id = source.id
            AND held.minute >= hour AND held.minute < hour + interval '1 hour' LIMIT 1) AS any_of_it ON true
    ) AS active GROUP BY source_id
"""

# How many there were of the last minutes in which something came, and the longest time between two of them.
PAUSES_OF_MINUTES = """
    SELECT source.id, of_it.* FROM unnest(%(sources)s::int[]) AS source(id)
    JOIN LATERAL (
        SELECT count(*), max(minute - earlier) FROM (
            SELECT minute, lag(minute) OVER (ORDER BY minute) AS earlier FROM (
                SELECT minute FROM source_minute AS held WHERE held.source_id = source.id
                ORDER BY minute DESC LIMIT %(most)s) AS last
        ) AS beside) AS of_it ON true
"""

# The oldest, along the primary key: however much waits, so much is read of it.
# What is tried again was received long ago and waits only since then: the oldest is none of those.
WAITING = """
    SELECT source_id, sum(events)::bigint, min(received_at) FILTER (WHERE NOT context ? %(tried_again)s)
    FROM (SELECT source_id, events, received_at, context FROM inbox ORDER BY id LIMIT %(most)s) AS counted
    GROUP BY source_id
"""

# Along the index quarantine_of_source, no further than it is counted.
COUNT_QUARANTINED = """
    SELECT source_id, of_it.count FROM unnest(%(sources)s::int[]) AS source_id
    JOIN LATERAL (
        SELECT count(*) AS count FROM (
            SELECT FROM quarantine AS held WHERE held.source_id = source_id.source_id LIMIT %(most)s) AS counted
    ) AS of_it ON true
"""
