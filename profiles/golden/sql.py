"""The statements of the golden record, by name."""

UPSERT_FACTS = """
    INSERT INTO trait_fact AS held (identifier_id, name, digest, source_id, once, value, first_at, last_at, count,
        first_interaction, last_interaction)
    SELECT * FROM unnest(%b::bigint[], %b::text[], %b::uuid[], %b::int[], %b::bool[], %b::text[], %b::timestamptz[],
        %b::timestamptz[], %b::bigint[], %b::uuid[], %b::uuid[])
    ON CONFLICT (identifier_id, name, digest, source_id, once) DO UPDATE SET
        first_at = LEAST(held.first_at, EXCLUDED.first_at),
        first_interaction = CASE
            WHEN (EXCLUDED.first_at, EXCLUDED.first_interaction) < (held.first_at, held.first_interaction)
            THEN EXCLUDED.first_interaction ELSE held.first_interaction END,
        last_at = GREATEST(held.last_at, EXCLUDED.last_at),
        last_interaction = CASE
            WHEN (EXCLUDED.last_at, EXCLUDED.last_interaction) > (held.last_at, held.last_interaction)
            THEN EXCLUDED.last_interaction ELSE held.last_interaction END,
        count = held.count + EXCLUDED.count
"""

UPSERT_FOLDS = """
    INSERT INTO fold (identifier_id, state)
    SELECT * FROM unnest(%b::bigint[], %b::bytea[])
    ON CONFLICT (identifier_id) DO UPDATE SET state = EXCLUDED.state
"""

UPSERT_CARDS = """
    INSERT INTO card (root_id, profile_id, known, bridged, claimed, contested, first_seen, last_seen, traits,
        provenance, counters, consents, recent, restricted)
    SELECT * FROM unnest(%b::bigint[], %b::uuid[], %b::bool[], %b::bool[], %b::bool[], %b::bool[],
        %b::timestamptz[], %b::timestamptz[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[],
        %b::bool[])
    ON CONFLICT (root_id) DO UPDATE SET
        profile_id = EXCLUDED.profile_id, known = EXCLUDED.known, bridged = EXCLUDED.bridged,
        claimed = EXCLUDED.claimed, contested = EXCLUDED.contested, first_seen = EXCLUDED.first_seen,
        last_seen = EXCLUDED.last_seen, traits = EXCLUDED.traits, provenance = EXCLUDED.provenance,
        counters = EXCLUDED.counters, consents = EXCLUDED.consents, recent = EXCLUDED.recent,
        restricted = EXCLUDED.restricted
"""

DELETE_CARDS = "DELETE FROM card WHERE root_id = ANY(%b::bigint[])"
