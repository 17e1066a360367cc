"""The statements of the searches for cases, by name. Each reads a bounded piece along an index of its own."""

# Index link_refused_by_limit. The types are looked at afterwards, so that devices cannot make the piece longer.
WALK_REFUSED = """
    SELECT a_id, b_id, a_type_id, b_type_id FROM link
    WHERE (refused LIKE 'limit:%%' OR refused = 'size') AND (a_id, b_id) > (%(a)s, %(b)s)
    ORDER BY a_id, b_id LIMIT %(most)s
"""
READ_REFUSED = """
    SELECT link.a_id, link.b_id, one.root_id, other.root_id
    FROM unnest(%(a)s::bigint[], %(b)s::bigint[]) AS asked(a_id, b_id)
    JOIN link ON link.a_id = asked.a_id AND link.b_id = asked.b_id
    JOIN identifier AS one ON one.id = link.a_id
    JOIN identifier AS other ON other.id = link.b_id
    WHERE (link.refused LIKE 'limit:%%' OR link.refused = 'size')
        AND link.a_type_id = ANY(%(people)s::int[]) AND link.b_type_id = ANY(%(people)s::int[])
"""
# Index decision_different.
WALK_DIFFERENT = """
    SELECT id, a_id, b_id FROM decision
    WHERE verdict = 'different' AND withdrawn_at IS NULL AND id > %(after)s
    ORDER BY id LIMIT %(most)s
"""
# Of some pairs those that are decided to differ, the latest decision about them, and are in one profile nevertheless.
READ_CONTRADICTED = """
    SELECT DISTINCT asked.a_id, asked.b_id, one.root_id
    FROM unnest(%(a)s::bigint[], %(b)s::bigint[]) AS asked(a_id, b_id)
    JOIN identifier AS one ON one.id = asked.a_id
    JOIN identifier AS other ON other.id = asked.b_id AND other.root_id = one.root_id
    JOIN decision ON decision.a_id = asked.a_id AND decision.b_id = asked.b_id
    WHERE decision.verdict = 'different' AND decision.withdrawn_at IS NULL
        AND NOT EXISTS (
            SELECT 1 FROM decision AS later
            WHERE later.a_id = asked.a_id AND later.b_id = asked.b_id AND later.verdict = 'same'
                AND later.withdrawn_at IS NULL AND later.decided_at > decision.decided_at
        )
"""
# Index identifier_shared.
WALK_SHARED = "SELECT id FROM identifier WHERE shared AND id > %(after)s ORDER BY id LIMIT %(most)s"
# How many neighbours of each other type some identifiers have, counted no further than needed.
COUNT_NEIGHBOURS = """
    SELECT asked.id, type.id, counted.n
    FROM unnest(%(ids)s::bigint[]) AS asked(id)
    CROSS JOIN identifier_type AS type
    CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM (
            (SELECT 1 FROM link WHERE link.a_id = asked.id AND link.b_type_id = type.id LIMIT %(most)s)
            UNION ALL
            (SELECT 1 FROM link WHERE link.b_id = asked.id AND link.a_type_id = type.id LIMIT %(most)s)
        ) AS neighbour
    ) AS counted
    WHERE counted.n > 0
"""
# Whoever hangs on an identifier: those seen with it lately first.
READ_NEIGHBOURS = """
    SELECT id FROM (
        (SELECT b_id AS id, last_at FROM link WHERE a_id = %(id)s AND b_type_id = ANY(%(types)s::int[]) LIMIT 1000)
        UNION ALL
        (SELECT a_id, last_at FROM link WHERE b_id = %(id)s AND a_type_id = ANY(%(types)s::int[]) LIMIT 1000)
    ) AS neighbour
    ORDER BY last_at DESC, id LIMIT %(most)s
"""
# Index quarantine_not_understood.
WALK_QUARANTINE = """
    SELECT id, source_id, reason FROM quarantine WHERE held_for IS NULL AND id > %(after)s ORDER BY id LIMIT %(most)s
"""
# Index quarantine_of_source.
COUNT_QUARANTINE = """
    SELECT count(*) FROM (
        SELECT 1 FROM quarantine
        WHERE source_id = %(source)s AND held_for IS NULL AND reason = %(reason)s LIMIT %(most)s
    ) AS found
"""
# Index interaction_dropped_lately.
WALK_DROPPED = """
    SELECT received_at, source_id, dropped_identifiers FROM interaction
    WHERE NOT (dropped_identifiers = '[]'::jsonb) AND received_at > %(after)s
    ORDER BY received_at, id LIMIT %(most)s
"""
LATEST_DROPPED = """
    SELECT id, source_id, event, type, occurred_at, dropped_identifiers FROM interaction
    WHERE NOT (dropped_identifiers = '[]'::jsonb)
    ORDER BY received_at DESC, id DESC LIMIT %(most)s
"""
# How many identifiers the profile of each identifier has, and how many traits were set on them.
COUNT_KNOWN = """
    SELECT asked.id, count(DISTINCT member.id), count(DISTINCT fact.name)
    FROM unnest(%(ids)s::bigint[]) AS asked(id)
    JOIN identifier AS one ON one.id = asked.id
    JOIN identifier AS member ON member.root_id = one.root_id
    LEFT JOIN LATERAL (
        SELECT DISTINCT name FROM trait_fact WHERE trait_fact.identifier_id = member.id
    ) AS fact ON true
    GROUP BY asked.id
"""
READ_COUNTERS = """
    SELECT identifier.id, card.counters FROM identifier JOIN card ON card.root_id = identifier.root_id
    WHERE identifier.id = ANY(%(ids)s::bigint[])
"""
# Index review_case_of_kind, no further than is shown.
COUNT_CASES = """
    SELECT asked.kind, counted.n FROM unnest(%(kinds)s::text[]) AS asked(kind)
    CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM (
            SELECT 1 FROM review_case
            WHERE state = %(state)s AND state IN ('open', 'later') AND kind = asked.kind LIMIT %(most)s
        ) AS found
    ) AS counted
    ORDER BY asked.kind
"""
DELETE_ABOUT = "DELETE FROM review_case WHERE identifier_ids && %(ids)s::bigint[]"
DELETE_PROPOSED = "DELETE FROM review_proposal WHERE a_ids && %(ids)s::bigint[] OR b_ids && %(ids)s::bigint[]"
DELETE_HINTS = "DELETE FROM review_hint WHERE a_id = ANY(%(ids)s::bigint[]) OR b_id = ANY(%(ids)s::bigint[])"
