"""The statements of finding people, by name. Each does bounded work, however many people there are.

The names of the traits and the keys stand in the statement as constants, so that the partial index trait_fact_name is
used; `KEY` is its expression, and `UNINDEXED` the same beginning in a form that no index has: for rows that are
reached by their identifier.
"""

from profiles.lookup.name_traits import KEY_LENGTH, NAME_TRAITS

NAMES = ", ".join(f"'{name}'" for name in NAME_TRAITS)
KEY = f'(lower(left(value, {KEY_LENGTH})) COLLATE "C")'
UNINDEXED = f"left(lower(fact.value), {KEY_LENGTH})"

# The names that begin so, in the order of bytes, behind a place.
READ_BEGINNING = f"""
    SELECT {KEY} AS key, identifier_id
    FROM trait_fact
    WHERE name IN ({NAMES}) AND {KEY} LIKE lower(%(beginning)s) AND ({KEY}, identifier_id) > (%(key)s, %(id)s)
    ORDER BY 1, 2
    LIMIT %(most)s
"""  # noqa: S608 - constants of this file

# How many names begin so, as far as it matters.
COUNT_BEGINNINGS = f"""
    SELECT
        (SELECT count(*) FROM (SELECT FROM trait_fact
            WHERE name IN ({NAMES}) AND {KEY} LIKE lower(%(one)s) LIMIT %(most)s) AS found),
        (SELECT count(*) FROM (SELECT FROM trait_fact
            WHERE name IN ({NAMES}) AND {KEY} LIKE lower(%(other)s) LIMIT %(most)s) AS found)
"""  # noqa: S608 - constants of this file

# The profiles that have both names. The rarer one leads; of each of its profiles the names are looked at.
READ_BOTH = f"""
    WITH lead AS MATERIALIZED (
        SELECT identifier_id FROM trait_fact
        WHERE name IN ({NAMES}) AND {KEY} LIKE lower(%(rarer)s)
        LIMIT %(most)s
    ), led AS MATERIALIZED (
        SELECT DISTINCT identifier.root_id
        FROM lead JOIN identifier ON identifier.id = lead.identifier_id
        WHERE identifier.root_id > %(id)s
    )
    SELECT led.root_id
    FROM led
    CROSS JOIN LATERAL (
        SELECT FROM identifier AS member
        CROSS JOIN LATERAL (
            SELECT FROM trait_fact AS fact
            WHERE fact.identifier_id = member.id AND fact.name IN ({NAMES})
                AND {UNINDEXED} LIKE lower(%(other)s)
            LIMIT 1
        ) AS named
        WHERE member.root_id = led.root_id
        LIMIT 1
    ) AS has
    ORDER BY led.root_id
    LIMIT %(limit)s
"""  # noqa: S608 - constants of this file

# Where both names are common: the identifiers that were said to have exactly both, out of a stretch of each list, and
# where a stretch ends that is not all.
READ_BOTH_EXACTLY = f"""
    WITH one AS MATERIALIZED (
        SELECT identifier_id FROM trait_fact
        WHERE name IN ({NAMES}) AND {KEY} = lower(%(one)s) AND identifier_id > %(id)s
        ORDER BY identifier_id LIMIT %(most)s
    ), other AS MATERIALIZED (
        SELECT identifier_id FROM trait_fact
        WHERE name IN ({NAMES}) AND {KEY} = lower(%(other)s) AND identifier_id > %(id)s
        ORDER BY identifier_id LIMIT %(most)s
    )
    SELECT (SELECT CASE WHEN count(*) = %(most)s THEN max(identifier_id) END FROM one),
        (SELECT CASE WHEN count(*) = %(most)s THEN max(identifier_id) END FROM other),
        ARRAY(SELECT DISTINCT identifier_id FROM one JOIN other USING (identifier_id) ORDER BY 1 LIMIT %(limit)s)
"""  # noqa: S608 - constants of this file

# All that the profiles of some identifiers were ever called: identifier found, its root, and each name.
READ_NAMES = f"""
    WITH led AS MATERIALIZED (
        SELECT root_id, min(id) AS found FROM identifier WHERE id = ANY(%(ids)s) GROUP BY root_id
    )
    SELECT led.root_id, named.identifier_id, named.name, named.value, named.key
    FROM led
    CROSS JOIN LATERAL (
        SELECT fact.identifier_id, fact.name, left(fact.value, 500) AS value,
            lower(left(fact.value, {KEY_LENGTH})) AS key
        FROM identifier AS member JOIN trait_fact AS fact ON fact.identifier_id = member.id
        WHERE member.root_id = led.root_id AND fact.name IN ({NAMES})
        LIMIT %(most)s
    ) AS named
"""  # noqa: S608 - constants of this file

# The strongest identifiers of some profiles, and how many each has.
READ_STRONGEST = """
    SELECT root.id, strongest.type_id, strongest.value, strongest.shared, strongest.held
    FROM unnest(%(roots)s::bigint[]) AS root(id)
    CROSS JOIN LATERAL (
        SELECT identifier.type_id, identifier.value, identifier.shared, count(*) OVER () AS held
        FROM identifier JOIN identifier_type ON identifier_type.id = identifier.type_id
        WHERE identifier.root_id = root.id
        ORDER BY identifier_type.rank, identifier.id
        LIMIT %(most)s
    ) AS strongest
"""

FIND_IDENTIFIERS = """
    SELECT asked.n, identifier.id, identifier.root_id, identifier.shared
    FROM unnest(%(types)s::int[], %(digests)s::uuid[]) WITH ORDINALITY AS asked(type_id, digest, n)
    JOIN identifier ON identifier.type_id = asked.type_id AND identifier.digest = asked.digest
    ORDER BY asked.n
"""
