"""The statements of collection, by name."""

# Nearly always nobody is restricted, and the partial index card_restricted is empty. In its order, so that it is read
# even before the planner has statistics: it would look through all cards for one it takes to be frequent.
FIND_ANY_RESTRICTED = "SELECT root_id FROM card WHERE restricted ORDER BY root_id LIMIT 1"

READ_RESTRICTED = """
    SELECT new.n, identifier.id, card.consents
    FROM unnest(%b::int[], %b::int[], %b::uuid[]) AS new(n, type_id, digest)
    JOIN identifier ON identifier.type_id = new.type_id AND identifier.digest = new.digest
    JOIN card ON card.root_id = identifier.root_id AND card.restricted
"""

READ_STANDINGS = """
    SELECT new.n, identifier.root_id, card.consents, card.traits
    FROM unnest(%b::int[], %b::int[], %b::uuid[]) AS new(n, type_id, digest)
    JOIN identifier ON identifier.type_id = new.type_id AND identifier.digest = new.digest
    JOIN card ON card.root_id = identifier.root_id
"""

COUNT_DROPS = """
    INSERT INTO collection_drop AS held (source_id, purpose, action, day, count)
    SELECT * FROM unnest(%b::int[], %b::text[], %b::text[], %b::date[], %b::bigint[])
    ON CONFLICT (source_id, purpose, action, day) DO UPDATE SET count = held.count + EXCLUDED.count
"""

SUM_DROPS = """
    SELECT source.name, purpose, action, sum(count)::bigint
    FROM collection_drop JOIN source ON source.id = collection_drop.source_id
    GROUP BY source.name, purpose, action ORDER BY source.name, purpose, action
"""

# Events that wait for a restriction to be lifted, and what stands for the profile that they wait for.
READ_WAITING = """
    SELECT waiting.held_for, card.consents
    FROM (SELECT DISTINCT held_for FROM quarantine WHERE held_for IS NOT NULL) AS waiting
    JOIN identifier ON identifier.id = waiting.held_for
    JOIN card ON card.root_id = identifier.root_id
"""
