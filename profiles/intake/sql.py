"""The statements of intake, by name."""

# The oldest batches that nobody works on, up to a number of rows: the rows are the queue.
CLAIM_BATCHES = """
    SELECT id, source_id, received_at, dialect, context::text, body, events
    FROM inbox
    WHERE id > %b
    ORDER BY id
    LIMIT %b
    FOR UPDATE SKIP LOCKED
"""

DELETE_BATCHES = "DELETE FROM inbox WHERE id = ANY(%b::bigint[])"

# An interaction that is stored already changes nothing: the id is made of source and message id.
INSERT_INTERACTIONS = """
    INSERT INTO interaction (id, source_id, message_id, type, event, anchor_id, identifier_ids, occurred_at,
        received_at, verified, linkable, dialect, context, payload, dropped_identifiers, warnings)
    SELECT id, source_id, message_id, type, event, anchor_id, identifier_ids::bigint[], occurred_at, received_at,
        verified, linkable, dialect, context::jsonb, convert_from(payload, 'UTF8'), dropped::jsonb, warnings::text[]
    FROM unnest(%b::uuid[], %b::int[], %b::text[], %b::text[], %b::text[], %b::bigint[], %b::text[],
        %b::timestamptz[], %b::timestamptz[], %b::bool[], %b::bool[], %b::text[], %b::text[], %b::bytea[],
        %b::text[], %b::text[])
        AS new(id, source_id, message_id, type, event, anchor_id, identifier_ids, occurred_at, received_at,
        verified, linkable, dialect, context, payload, dropped, warnings)
    ON CONFLICT (id) DO NOTHING
    RETURNING id
"""

INSERT_QUARANTINE = """
    INSERT INTO quarantine (source_id, received_at, dialect, context, body, reason, held_for)
    SELECT source_id, received_at, dialect, context::jsonb, body, reason, held_for
    FROM unnest(%b::int[], %b::timestamptz[], %b::text[], %b::text[], %b::bytea[], %b::text[], %b::bigint[])
        AS new(source_id, received_at, dialect, context, body, reason, held_for)
"""
