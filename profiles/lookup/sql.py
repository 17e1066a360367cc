"""The statements of finding people. Each does bounded work, however many people there are.

The names of the traits and the key stand in the statements as constants, so that the partial index trait_fact_name is
used: `KEY` is its expression. `UNINDEXED` is the same beginning in a form that no index has, for rows that are
reached by their identifier. A lateral join with a limit is one probe of an index for each row, whatever the planner
believes of the tables.
"""

from profiles.lookup.name_traits import KEY_LENGTH, NAME_TRAITS

NAMES = ", ".join(f"'{name}'" for name in NAME_TRAITS)
KEY = f'(lower(left(value, {KEY_LENGTH})) COLLATE "C")'
UNINDEXED = f"left(lower(fact.value), {KEY_LENGTH})"

# Hits, (key, identifier, root) in their order, and all that the profiles of these roots are or were called.
WITH_NAMES = f"""
    , hit AS MATERIALIZED (
        SELECT place.key, place.id, owner.root_id
        FROM place CROSS JOIN LATERAL (SELECT root_id FROM identifier WHERE id = place.id LIMIT 1) AS owner
    )
    SELECT
        (SELECT coalesce(json_agg(json_build_array(key, id, root_id) ORDER BY key COLLATE "C", id), '[]')::text
        FROM hit),
        (SELECT coalesce(json_agg(json_build_array(
            led.root_id, named.identifier_id, named.name, named.value, named.key)), '[]')::text
        FROM (SELECT DISTINCT root_id FROM hit) AS led
        CROSS JOIN LATERAL (
            SELECT said.* FROM identifier AS member
            CROSS JOIN LATERAL (
                SELECT fact.identifier_id, fact.name, left(fact.value, 500) AS value,
                    lower(left(fact.value, {KEY_LENGTH})) AS key
                FROM trait_fact AS fact
                WHERE fact.identifier_id = member.id AND fact.name IN ({NAMES})
                LIMIT %(of_one)s
            ) AS said
            WHERE member.root_id = led.root_id
            LIMIT %(of_one)s
        ) AS named)
"""  # noqa: S608 - constants of this file

# The names that begin so, in the order of bytes, behind a place: those with the same key, then those with later ones.
# As one comparison of rows the index would be read from the place on even where it lies before all names that begin so.
READ_BEGINNING = f"""
    WITH place AS MATERIALIZED (
        SELECT key, id
        FROM (
            (SELECT DISTINCT {KEY} AS key, identifier_id AS id
            FROM trait_fact
            WHERE name IN ({NAMES}) AND {KEY} = %(key)s AND {KEY} LIKE lower(%(beginning)s) AND identifier_id > %(id)s
            ORDER BY 1, 2
            LIMIT %(most)s)
            UNION ALL
            (SELECT DISTINCT {KEY} AS key, identifier_id AS id
            FROM trait_fact
            WHERE name IN ({NAMES}) AND {KEY} > %(key)s AND {KEY} LIKE lower(%(beginning)s)
            ORDER BY 1, 2
            LIMIT %(most)s)
        ) AS following
        ORDER BY 1, 2
        LIMIT %(most)s
    )
    {WITH_NAMES}
"""  # noqa: S608 - constants of this file

# How many names begin so, as far as it matters. Only in the index's order does the limit end the reading.
COUNT_BEGINNINGS = f"""
    SELECT
        (SELECT count(*) FROM (SELECT FROM trait_fact
            WHERE name IN ({NAMES}) AND {KEY} LIKE lower(%(one)s) ORDER BY {KEY}, identifier_id LIMIT %(most)s) AS one),
        (SELECT count(*) FROM (SELECT FROM trait_fact
            WHERE name IN ({NAMES}) AND {KEY} LIKE lower(%(other)s) ORDER BY {KEY}, identifier_id LIMIT %(most)s)
            AS other)
"""  # noqa: S608 - constants of this file

# The profiles that have both names, by root. The rarer one leads; of each of its profiles the names are looked at.
READ_BOTH = f"""
    WITH lead AS MATERIALIZED (
        SELECT identifier_id FROM trait_fact
        WHERE name IN ({NAMES}) AND {KEY} LIKE lower(%(rarer)s)
        ORDER BY {KEY}, identifier_id
        LIMIT %(leading)s
    ), led AS MATERIALIZED (
        SELECT DISTINCT owner.root_id
        FROM lead
        CROSS JOIN LATERAL (SELECT root_id FROM identifier WHERE id = lead.identifier_id LIMIT 1) AS owner
        WHERE owner.root_id > %(id)s
    ), place AS MATERIALIZED (
        SELECT '' AS key, led.root_id AS id
        FROM led
        CROSS JOIN LATERAL (
            SELECT FROM identifier AS member
            CROSS JOIN LATERAL (
                SELECT FROM trait_fact AS fact
                WHERE fact.identifier_id = member.id AND fact.name IN ({NAMES})
                    AND {UNINDEXED} LIKE lower(%(commoner)s)
                LIMIT 1
            ) AS named
            WHERE member.root_id = led.root_id
            LIMIT 1
        ) AS has
        ORDER BY led.root_id
        LIMIT %(most)s
    )
    {WITH_NAMES}
"""  # noqa: S608 - constants of this file

# Where both names are common: the identifiers that were said to have exactly both, out of a stretch of each list; and
# the last identifier of a stretch that is not all, beside the hits.
READ_BOTH_EXACTLY = f"""
    WITH one AS MATERIALIZED (
        SELECT identifier_id FROM trait_fact
        WHERE name IN ({NAMES}) AND {KEY} = lower(%(one)s) AND identifier_id > %(id)s
        ORDER BY identifier_id LIMIT %(stretch)s
    ), other AS MATERIALIZED (
        SELECT identifier_id FROM trait_fact
        WHERE name IN ({NAMES}) AND {KEY} = lower(%(other)s) AND identifier_id > %(id)s
        ORDER BY identifier_id LIMIT %(stretch)s
    ), place AS MATERIALIZED (
        SELECT DISTINCT '' AS key, identifier_id AS id
        FROM one JOIN other USING (identifier_id) ORDER BY identifier_id LIMIT %(most)s
    )
    {WITH_NAMES},
        (SELECT least(
            (SELECT max(identifier_id) FROM one HAVING count(*) = %(stretch)s),
            (SELECT max(identifier_id) FROM other HAVING count(*) = %(stretch)s)))
"""  # noqa: S608 - constants of this file

# The strongest identifiers of some profiles, and how many each has.
READ_STRONGEST = """
    SELECT root.id, strongest.type_id, strongest.value, strongest.shared, strongest.held
    FROM unnest(%(roots)s::bigint[]) AS root(id)
    CROSS JOIN LATERAL (
        SELECT identifier.type_id, identifier.value, identifier.shared, count(*) OVER () AS held
        FROM identifier
        WHERE identifier.root_id = root.id
        ORDER BY array_position(%(ranked)s::int[], identifier.type_id), identifier.id
        LIMIT %(most)s
    ) AS strongest
"""

FIND_IDENTIFIERS = """
    SELECT asked.n, found.id, found.root_id, found.shared
    FROM unnest(%(types)s::int[], %(digests)s::uuid[]) WITH ORDINALITY AS asked(type_id, digest, n)
    CROSS JOIN LATERAL (
        SELECT identifier.id, identifier.root_id, identifier.shared
        FROM identifier
        WHERE identifier.type_id = asked.type_id AND identifier.digest = asked.digest
        LIMIT 1
    ) AS found
    ORDER BY asked.n
"""
