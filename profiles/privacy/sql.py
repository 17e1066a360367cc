"""The statements of planning, erasing and deriving anew, by name."""

# Whatever names some identifiers: anchored on them; tied to them by a link, within its first and last time, on the
# timeline of the other end; unlinked; or an alias, which may mention what it does not carry.
FIND_NAMING = """
    WITH tie AS MATERIALIZED (
        SELECT a_id AS member, b_id AS other, first_at, last_at FROM link WHERE a_id = ANY(%(ids)s::bigint[])
        UNION ALL
        SELECT b_id, a_id, first_at, last_at FROM link WHERE b_id = ANY(%(ids)s::bigint[])
    ), near AS MATERIALIZED (
        SELECT unnest(%(ids)s::bigint[]) AS id
        UNION
        SELECT other FROM tie
        UNION
        SELECT link.b_id FROM tie JOIN link ON link.a_id = tie.other
        UNION
        SELECT link.a_id FROM tie JOIN link ON link.b_id = tie.other
    )
    SELECT id FROM interaction WHERE anchor_id = ANY(%(anchors)s::bigint[])
    UNION
    SELECT interaction.id
    FROM tie JOIN interaction ON interaction.anchor_id = tie.other
        AND interaction.occurred_at BETWEEN tie.first_at AND tie.last_at
        AND tie.member = ANY(interaction.identifier_ids)
    UNION
    SELECT id FROM interaction WHERE NOT linkable AND identifier_ids && %(ids)s::bigint[]
    UNION
    SELECT interaction.id FROM near JOIN interaction ON interaction.anchor_id = near.id AND interaction.type = 'alias'
    UNION
    SELECT id FROM interaction WHERE type = 'alias' AND NOT linkable
    UNION
    SELECT interaction_id FROM decision WHERE a_id = ANY(%(ids)s::bigint[]) AND interaction_id IS NOT NULL
    UNION
    SELECT interaction_id FROM decision WHERE b_id = ANY(%(ids)s::bigint[]) AND interaction_id IS NOT NULL
"""
# Row by row from the index: a plan that reads the whole of `interaction` would grow with the data.
READ_NAMING = f"""
    WITH found AS MATERIALIZED ({FIND_NAMING})
    SELECT one.* FROM found CROSS JOIN LATERAL (
        SELECT {{columns}} FROM interaction WHERE interaction.id = found.id OFFSET 0
    ) AS one
"""  # noqa: S608 - our own constants

DELETE_FACTS = "DELETE FROM trait_fact WHERE identifier_id = ANY(%s::bigint[])"
DELETE_FOLDS = "DELETE FROM fold WHERE identifier_id = ANY(%s::bigint[])"
DELETE_CARDS = "DELETE FROM card WHERE root_id = ANY(%s::bigint[])"
DELETE_IDENTIFIERS = "DELETE FROM identifier WHERE id = ANY(%s::bigint[])"

READ_LINKS = """
    SELECT a_id, b_id, first_at, last_at, count, sources, verified, first_interaction, last_interaction
    FROM link
    WHERE NOT probabilistic AND (a_id = ANY(%(ids)s::bigint[]) OR b_id = ANY(%(ids)s::bigint[]))
"""
DELETE_LINKS = """
    DELETE FROM link USING unnest(%s::bigint[], %s::bigint[]) AS gone(a_id, b_id)
    WHERE link.a_id = gone.a_id AND link.b_id = gone.b_id
"""
# What is left of a link; which of its ends it joins is settled afterwards.
CHANGE_LINKS = """
    UPDATE link SET first_at = new.first_at, last_at = new.last_at, count = new.count, sources = new.sources::int[],
        verified = new.verified, first_interaction = new.first_interaction, last_interaction = new.last_interaction
    FROM unnest(%b::bigint[], %b::bigint[], %b::timestamptz[], %b::timestamptz[], %b::bigint[], %b::text[],
        %b::bool[], %b::uuid[], %b::uuid[])
        AS new(a_id, b_id, first_at, last_at, count, sources, verified, first_interaction, last_interaction)
    WHERE link.a_id = new.a_id AND link.b_id = new.b_id
"""
SET_VERIFIED = """
    UPDATE identifier SET verified = new.verified FROM unnest(%s::bigint[], %s::bool[]) AS new(id, verified)
    WHERE identifier.id = new.id
"""
UNSHARE = "UPDATE identifier SET shared = false WHERE id = ANY(%s::bigint[])"

# Aliases' decisions that no interaction tells any more.
DELETE_UNTOLD = """
    DELETE FROM decision
    WHERE actor = 'system:alias' AND withdrawn_at IS NULL AND NOT id = ANY(%(told)s::uuid[])
        AND (a_id = ANY(%(ids)s::bigint[]) OR b_id = ANY(%(ids)s::bigint[]))
    RETURNING a_id, b_id
"""
FIND_DECIDED = """
    SELECT a_id FROM decision WHERE a_id = ANY(%(ids)s::bigint[]) AND withdrawn_at IS NULL
    UNION SELECT b_id FROM decision WHERE b_id = ANY(%(ids)s::bigint[]) AND withdrawn_at IS NULL
"""

# Not deleted yet: they lead to the aliases that made them.
TAKE_BACK_DECISIONS = """
    UPDATE decision SET withdrawn_at = statement_timestamp(), withdrawn_by = 'system:erasure'
    WHERE withdrawn_at IS NULL AND (a_id = ANY(%(ids)s::bigint[]) OR b_id = ANY(%(ids)s::bigint[]))
    RETURNING a_id, b_id
"""
DELETE_DECISIONS = "DELETE FROM decision WHERE a_id = ANY(%(ids)s::bigint[]) OR b_id = ANY(%(ids)s::bigint[])"
DENY = "UPDATE identifier SET denied = true WHERE id = ANY(%s::bigint[])"

# Some of what is anchored on identifiers, whatever its date.
FIND_ANCHORED = "SELECT {columns} FROM interaction WHERE anchor_id = ANY(%(ids)s::bigint[]) LIMIT %(most)s"
DELETE_INTERACTIONS = "DELETE FROM interaction WHERE id = ANY(%s::uuid[])"
# Those that name others without a link to them, which alone would lead there.
FIND_SILENT_TIES = """
    SELECT id, identifier_ids FROM interaction
    WHERE id = ANY(%(interactions)s::uuid[]) AND (NOT linkable OR type = 'alias')
"""
FIND_NAMING_OTHERS = f"""
    WITH found AS MATERIALIZED ({FIND_NAMING})
    SELECT one.id FROM found CROSS JOIN LATERAL (
        SELECT id, anchor_id FROM interaction WHERE interaction.id = found.id OFFSET 0
    ) AS one
    WHERE NOT coalesce(one.anchor_id = ANY(%(ids)s::bigint[]), false)
"""  # noqa: S608 - our own constants
LOCK_INTERACTIONS = """
    SELECT {columns}, identifier_ids, message_id, event FROM interaction WHERE id = ANY(%(interactions)s::uuid[])
    ORDER BY id FOR UPDATE
"""
REDACT = """
    UPDATE interaction SET payload = %(payload)s, context = %(context)s::jsonb, event = %(event)s,
        message_id = %(message_id)s, identifier_ids = %(identifier_ids)s::bigint[],
        dropped_identifiers = %(dropped)s::jsonb
    WHERE id = %(id)s
"""

# Some of the others that links tie to identifiers.
FIND_NEIGHBOURS = """
    SELECT DISTINCT other FROM (
        SELECT b_id AS other FROM link WHERE a_id = ANY(%(ids)s::bigint[])
        UNION ALL
        SELECT a_id FROM link WHERE b_id = ANY(%(ids)s::bigint[])
    ) AS tied
    WHERE NOT other = ANY(%(ids)s::bigint[])
    LIMIT %(most)s
"""
PART_FROM = """
    DELETE FROM link
    WHERE (a_id = ANY(%(ids)s::bigint[]) AND b_id = ANY(%(others)s::bigint[]))
        OR (b_id = ANY(%(ids)s::bigint[]) AND a_id = ANY(%(others)s::bigint[]))
"""
PART = "DELETE FROM link WHERE a_id = ANY(%(ids)s::bigint[]) OR b_id = ANY(%(ids)s::bigint[])"
DELETE_SOME_FACTS = """
    DELETE FROM trait_fact WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM trait_fact WHERE identifier_id = ANY(%(ids)s::bigint[]) LIMIT %(most)s
    ))
"""
READ_QUARANTINE = "SELECT id, body, context::text, held_for FROM quarantine WHERE id > %s ORDER BY id LIMIT %s"
DELETE_QUARANTINE = "DELETE FROM quarantine WHERE id = ANY(%s::bigint[])"
READ_INBOX = "SELECT id, body, context::text FROM inbox WHERE id > %s AND id <= %s ORDER BY id LIMIT %s"
IS_ANYTHING_LEFT = """
    SELECT EXISTS (SELECT 1 FROM interaction WHERE anchor_id = ANY(%(ids)s::bigint[]))
        OR EXISTS (SELECT 1 FROM link WHERE a_id = ANY(%(ids)s::bigint[]) AND NOT b_id = ANY(%(ids)s::bigint[]))
        OR EXISTS (SELECT 1 FROM link WHERE b_id = ANY(%(ids)s::bigint[]) AND NOT a_id = ANY(%(ids)s::bigint[]))
        OR EXISTS (SELECT 1 FROM decision WHERE withdrawn_at IS NULL
            AND (a_id = ANY(%(ids)s::bigint[]) OR b_id = ANY(%(ids)s::bigint[])))
"""

# Identifiers that were first and last seen when they were, and are verified if they were. A link's last interaction
# may be an alias that only mentions.
FIND_LASTING = """
    SELECT asked.id
    FROM unnest(%(ids)s::bigint[], %(first)s::uuid[], %(last)s::timestamptz[], %(verified)s::bool[])
        AS asked(id, first, last, verified)
    WHERE EXISTS (SELECT 1 FROM interaction WHERE id = asked.first AND asked.id = ANY(identifier_ids))
        AND (
            EXISTS (SELECT 1 FROM interaction WHERE anchor_id = asked.id AND occurred_at = asked.last)
            OR EXISTS (
                SELECT 1 FROM link JOIN interaction ON interaction.id = link.last_interaction
                WHERE link.a_id = asked.id AND link.last_at = asked.last AND asked.id = ANY(identifier_ids)
            )
            OR EXISTS (
                SELECT 1 FROM link JOIN interaction ON interaction.id = link.last_interaction
                WHERE link.b_id = asked.id AND link.last_at = asked.last AND asked.id = ANY(identifier_ids)
            )
        )
        AND (
            NOT asked.verified
            OR EXISTS (SELECT 1 FROM link WHERE a_id = asked.id AND verified)
            OR EXISTS (SELECT 1 FROM link WHERE b_id = asked.id AND verified)
            OR EXISTS (SELECT 1 FROM interaction WHERE anchor_id = asked.id AND verified)
        )
"""
