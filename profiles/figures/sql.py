"""The statements of the figures of sources, by name."""

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
        quarantined = held.quarantined + EXCLUDED.quarantined,
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
