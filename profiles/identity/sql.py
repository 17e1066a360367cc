"""The statements of identity, by name."""

from consent.locks import Lock

# Everything that changes clusters, folds and cards runs in one lane, one transaction at a time, so that no two
# ever disagree about a cluster. Taking batches apart and storing interactions go on beside it.
ENTER_LANE = f"SELECT pg_advisory_xact_lock({Lock.RESOLVER_LANE:d})"

# Whoever adds identifiers or facts goes through the gate first, beside others. Whoever rewrites what is stored closes
# it: that waits for those inside, and nobody follows who would hold what it needs while waiting for the lane himself.
GO_THROUGH_GATE = f"SELECT pg_advisory_xact_lock_shared({Lock.GATE:d})"
CLOSE_GATE = f"SELECT pg_advisory_xact_lock({Lock.GATE:d})"

FIND_IDENTIFIERS = """
    SELECT new.n, identifier.id, identifier.root_id
    FROM unnest(%b::int[], %b::int[], %b::uuid[]) AS new(n, type_id, digest)
    JOIN identifier ON identifier.type_id = new.type_id AND identifier.digest = new.digest
"""

# Sorted by key, so that two workers that store the same new identifiers wait for each other in one order.
INSERT_IDENTIFIERS = """
    WITH born AS (
        SELECT nextval('identifier_id_seq') AS id, type_id, digest, value, profile_id, verified
        FROM (
            SELECT *
            FROM unnest(%b::int[], %b::uuid[], %b::text[], %b::uuid[], %b::bool[])
                AS new(type_id, digest, value, profile_id, verified)
            ORDER BY type_id, digest
        ) AS sorted
    )
    INSERT INTO identifier (id, type_id, digest, value, profile_id, root_id, shared, verified)
    SELECT id, type_id, digest, value, profile_id, id, false, verified FROM born
    ON CONFLICT (type_id, digest) DO NOTHING
"""

READ_ROOTS = """
    SELECT identifier.id, identifier.root_id
    FROM identifier
    WHERE identifier.id = ANY(%b::bigint[])
"""

# Every member of some clusters, with what it came to so far: fetched one by one from the index, since a plan that
# reads the whole of `fold` would grow with the data.
READ_MEMBERS = """
    SELECT identifier.id, identifier.root_id, identifier.type_id, identifier.value, identifier.profile_id,
        identifier.shared, identifier.verified, identifier.denied, fold.state
    FROM identifier LEFT JOIN LATERAL (
        SELECT state FROM fold WHERE fold.identifier_id = identifier.id OFFSET 0
    ) AS fold ON true
    WHERE identifier.root_id = ANY(%b::bigint[])
"""

READ_FLAGS = "SELECT root_id, contested, claimed FROM card WHERE root_id = ANY(%b::bigint[])"

# Least and greatest by (time, interaction), so that the order of arrival does not show.
UPSERT_LINKS = """
    INSERT INTO link AS held (a_id, b_id, a_type_id, b_type_id, first_at, last_at, count, sources, verified,
        probabilistic, first_interaction, last_interaction, refused)
    SELECT a_id, b_id, a_type_id, b_type_id, first_at, last_at, count, sources::int[], verified, false,
        first_interaction, last_interaction, ''
    FROM unnest(%b::bigint[], %b::bigint[], %b::int[], %b::int[], %b::timestamptz[], %b::timestamptz[],
        %b::bigint[], %b::text[], %b::bool[], %b::uuid[], %b::uuid[])
        AS new(a_id, b_id, a_type_id, b_type_id, first_at, last_at, count, sources, verified, first_interaction,
        last_interaction)
    ON CONFLICT (a_id, b_id) DO UPDATE SET
        first_at = LEAST(held.first_at, EXCLUDED.first_at),
        first_interaction = CASE
            WHEN (EXCLUDED.first_at, EXCLUDED.first_interaction) < (held.first_at, held.first_interaction)
            THEN EXCLUDED.first_interaction ELSE held.first_interaction END,
        last_at = GREATEST(held.last_at, EXCLUDED.last_at),
        last_interaction = CASE
            WHEN (EXCLUDED.last_at, EXCLUDED.last_interaction) > (held.last_at, held.last_interaction)
            THEN EXCLUDED.last_interaction ELSE held.last_interaction END,
        count = held.count + EXCLUDED.count,
        sources = CASE WHEN held.sources @> EXCLUDED.sources THEN held.sources
            ELSE ARRAY(SELECT DISTINCT s FROM unnest(held.sources || EXCLUDED.sources) AS s ORDER BY s) END,
        verified = held.verified OR EXCLUDED.verified,
        probabilistic = held.probabilistic AND EXCLUDED.probabilistic
    RETURNING a_id, b_id, first_at, last_at, (xmax = 0) AS is_new, verified, refused
"""

# How many identifiers of each other type some identifiers are linked to, counted no further than needed.
COUNT_NEIGHBOURS = """
    SELECT asked.id, asked.type_id, counted.n
    FROM unnest(%b::bigint[], %b::int[], %b::int[]) AS asked(id, type_id, most)
    CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM (
            (SELECT 1 FROM link WHERE link.a_id = asked.id AND link.b_type_id = asked.type_id LIMIT asked.most + 1)
            UNION ALL
            (SELECT 1 FROM link WHERE link.b_id = asked.id AND link.a_type_id = asked.type_id LIMIT asked.most + 1)
        ) AS neighbour
    ) AS counted
"""

READ_LINKS_OF = """
    SELECT a_id, b_id, first_at, last_at, probabilistic, verified, refused FROM link WHERE a_id = ANY(%b::bigint[])
    UNION
    SELECT a_id, b_id, first_at, last_at, probabilistic, verified, refused FROM link WHERE b_id = ANY(%b::bigint[])
"""

READ_LINKS_WITHIN = """
    SELECT a_id, b_id, first_at, last_at, probabilistic, verified, refused
    FROM link
    WHERE a_id = ANY(%b::bigint[]) AND b_id = ANY(%b::bigint[])
"""

# The clusters behind the refused but usable links of some identifiers, without the links that are settled: surely
# refused again, because they are taken after a known turn (see profiles/identity/incremental.py).
READ_NEIGHBOURS = """
    WITH settled AS MATERIALIZED (
        SELECT * FROM unnest(%b::bigint[], %b::text[], %b::int[], %b::bigint[]) AS given(member, reason, rank, at)
    ), refused AS (
        SELECT a_id AS member, b_id AS other, a_type_id, b_type_id, first_at, last_at, refused AS reason
        FROM link WHERE a_id = ANY(%b::bigint[]) AND refused <> ''
        UNION ALL
        SELECT b_id, a_id, a_type_id, b_type_id, first_at, last_at, refused
        FROM link WHERE b_id = ANY(%b::bigint[]) AND refused <> ''
    )
    SELECT DISTINCT identifier.root_id
    FROM refused
    JOIN identifier_type AS a ON a.id = refused.a_type_id
    JOIN identifier_type AS b ON b.id = refused.b_type_id
    JOIN identifier ON identifier.id = refused.other
    WHERE refused.reason NOT LIKE 'shared:%%' AND refused.reason <> 'unification'
        AND NOT EXISTS (
            SELECT 1 FROM settled
            WHERE settled.member = refused.member AND settled.reason = refused.reason
                AND (GREATEST(a.rank, b.rank), CASE
                    WHEN (CASE WHEN a.rank > b.rank THEN a.ownership ELSE b.ownership END) = 'first'
                    THEN (extract(epoch FROM refused.first_at) * 1000000)::bigint
                    ELSE -(extract(epoch FROM refused.last_at) * 1000000)::bigint END)
                    > (settled.rank, settled.at)
        )
"""

# The other ends of an identifier's links that a rule refused, and that are not left out.
REFUSED_BESIDE = """
            SELECT b_id AS id FROM link
            WHERE a_id = {one}.id AND refused <> '' AND refused <> 'unification' AND refused NOT LIKE 'shared:%%'
            UNION ALL
            SELECT a_id FROM link
            WHERE b_id = {one}.id AND refused <> '' AND refused <> 'unification' AND refused NOT LIKE 'shared:%%'
"""

# Those of some identifiers at a link, to one that is not among others, that a rule refused and that is usable as its
# ends are now. The first such link of each ends its search.
READ_DISPUTED = f"""
    SELECT asked.id
    FROM (SELECT id FROM identifier WHERE id = ANY(%b::bigint[]) AND NOT shared AND NOT denied) AS asked
    CROSS JOIN LATERAL (
        SELECT 1
        FROM ({REFUSED_BESIDE.format(one="asked")}) AS tied
        CROSS JOIN LATERAL (
            SELECT 1 FROM identifier WHERE id = tied.id AND NOT shared AND NOT denied OFFSET 0
        ) AS usable
        WHERE tied.id <> ALL(%b::bigint[])
        LIMIT 1
    ) AS found
"""  # noqa: S608 - constants of this file

# The clusters of some identifiers, and those that refused but usable links lead to from there, however far. Rows come
# as they are found, so that the limit ends the search.
READ_REACHABLE = f"""
    WITH RECURSIVE reached(root_id) AS (
        SELECT root_id FROM identifier WHERE id = ANY(%(ids)s::bigint[])
        UNION
        SELECT other.root_id
        FROM reached
        CROSS JOIN LATERAL (
            SELECT id FROM identifier WHERE root_id = reached.root_id AND NOT shared AND NOT denied OFFSET 0
        ) AS member
        CROSS JOIN LATERAL ({REFUSED_BESIDE.format(one="member")}) AS tied
        CROSS JOIN LATERAL (SELECT root_id FROM identifier WHERE id = tied.id OFFSET 0) AS other
    )
    SELECT member.id, member.root_id, member.type_id, member.value, member.profile_id, member.shared, member.verified,
        member.denied, {{state}}
    FROM (SELECT root_id FROM reached LIMIT %(most)s) AS found
    CROSS JOIN LATERAL (SELECT * FROM identifier WHERE identifier.root_id = found.root_id OFFSET 0) AS member
    {{fold}}
    LIMIT %(most)s
"""  # noqa: S608 - constants of this file
FOLD_OF_MEMBER = "LEFT JOIN fold ON fold.identifier_id = member.id"

# The links among some identifiers, and of each the first few refused ones to others, with those others and the cards
# of their profiles. No identifier is read further than asked: a shared one may have a hundred thousand.
READ_PICTURED_LINKS = """
    WITH within AS (
        SELECT {columns}, NULL::bigint AS far_id
        FROM link
        WHERE a_id = ANY(%(ids)s) AND b_id = ANY(%(ids)s)
        LIMIT %(within)s
    ), around AS (
        SELECT tied.*
        FROM unnest(%(ids)s::bigint[]) AS member(id)
        CROSS JOIN LATERAL (
            (SELECT {columns}, b_id AS far_id FROM link
                WHERE a_id = member.id AND refused <> '' AND b_id <> ALL(%(ids)s) LIMIT %(each)s)
            UNION ALL
            (SELECT {columns}, a_id AS far_id FROM link
                WHERE b_id = member.id AND refused <> '' AND a_id <> ALL(%(ids)s) LIMIT %(each)s)
        ) AS tied
        LIMIT %(around)s
    )
    SELECT tie.*, far.type_id, far.value, far.root_id, far.shared, card.profile_id, card.known, card.traits
    FROM (SELECT * FROM within UNION ALL SELECT * FROM around) AS tie
    LEFT JOIN identifier AS far ON far.id = tie.far_id
    LEFT JOIN card ON card.root_id = far.root_id
"""

# What links and decisions tie to some identifiers, whatever became of them, however far.
READ_TIED_FAR = """
    WITH RECURSIVE reached(id) AS (
        SELECT unnest(%(ids)s::bigint[])
        UNION
        SELECT tied.id
        FROM reached
        CROSS JOIN LATERAL (
            SELECT b_id AS id FROM link WHERE a_id = reached.id
            UNION ALL SELECT a_id FROM link WHERE b_id = reached.id
            UNION ALL SELECT b_id FROM decision WHERE a_id = reached.id
            UNION ALL SELECT a_id FROM decision WHERE b_id = reached.id
        ) AS tied
    )
    SELECT identifier.id, type_id, digest, value, profile_id, root_id, shared, verified, denied, created_at
    FROM (SELECT id FROM reached LIMIT %(most)s) AS found JOIN identifier ON identifier.id = found.id
"""

# Shared identifiers a page at a time, from their own index, each with its links to stronger types, counted no further
# than needed.
READ_SHARED = """
    WITH page AS (
        SELECT id, type_id, value, root_id FROM identifier WHERE shared AND id > %(after)s ORDER BY id LIMIT %(limit)s
    )
    SELECT page.id, page.type_id, page.value, root.profile_id, counted.n
    FROM page
    JOIN identifier AS root ON root.id = page.root_id
    CROSS JOIN LATERAL (
        SELECT ARRAY(
            SELECT stronger.id FROM identifier_type AS stronger JOIN identifier_type AS own ON own.id = page.type_id
            WHERE stronger.rank < own.rank
        ) AS ids OFFSET 0
    ) AS stronger
    CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM (
            (SELECT 1 FROM link WHERE link.a_id = page.id AND link.b_type_id = ANY(stronger.ids) LIMIT %(most)s)
            UNION ALL
            (SELECT 1 FROM link WHERE link.b_id = page.id AND link.a_type_id = ANY(stronger.ids) LIMIT %(most)s)
        ) AS neighbour
    ) AS counted
    ORDER BY page.id
"""

READ_DECISIONS_OF = """
    SELECT a_id, b_id, verdict, decided_at FROM decision
    WHERE withdrawn_at IS NULL AND a_id = ANY(%b::bigint[])
    UNION ALL
    SELECT a_id, b_id, verdict, decided_at FROM decision
    WHERE withdrawn_at IS NULL AND b_id = ANY(%b::bigint[]) AND NOT a_id = ANY(%b::bigint[])
"""

INSERT_DECISIONS = """
    INSERT INTO decision (id, a_id, b_id, verdict, decided_at, actor, reason, interaction_id, withdrawn_by)
    SELECT id, a_id, b_id, 'same', decided_at, 'system:alias', '', interaction_id, ''
    FROM unnest(%b::uuid[], %b::bigint[], %b::bigint[], %b::timestamptz[], %b::uuid[])
        AS new(id, a_id, b_id, decided_at, interaction_id)
    ON CONFLICT (id) DO NOTHING
"""

MOVE_IDENTIFIERS = """
    UPDATE identifier SET root_id = new.root_id
    FROM unnest(%b::bigint[], %b::bigint[]) AS new(id, root_id)
    WHERE identifier.id = new.id
"""

MARK_SHARED = "UPDATE identifier SET shared = true WHERE id = ANY(%b::bigint[])"
# When the say of some identifiers about being unified changes by itself; null: never again.
NOTE_DUE = """
    WITH given AS (SELECT * FROM unnest(%b::bigint[], %b::timestamptz[]) AS given(identifier_id, due_at)),
    over AS (
        DELETE FROM unification_due USING given
        WHERE unification_due.identifier_id = given.identifier_id AND given.due_at IS NULL
    )
    INSERT INTO unification_due (identifier_id, due_at) SELECT identifier_id, due_at FROM given WHERE due_at IS NOT NULL
    ON CONFLICT (identifier_id) DO UPDATE SET due_at = EXCLUDED.due_at
"""
# The statement's own time: with `clock_timestamp()`, which may change from row to row, all that is due later would be
# read too, since no index can end a search by it.
FIND_DUE = """
    SELECT identifier_id FROM unification_due WHERE due_at <= statement_timestamp() ORDER BY due_at LIMIT %b::int
"""
MARK_DENIED = """
    UPDATE identifier SET denied = new.denied
    FROM unnest(%b::bigint[], %b::bool[]) AS new(id, denied)
    WHERE identifier.id = new.id
"""
MARK_VERIFIED = "UPDATE identifier SET verified = true WHERE id = ANY(%b::bigint[])"

# Those of some clusters that hold a link in force that only public sources claim.
READ_CLAIMED = """
    SELECT asked.root_id
    FROM unnest(%b::bigint[]) AS asked(root_id)
    CROSS JOIN LATERAL (
        SELECT 1
        FROM (SELECT id FROM identifier WHERE root_id = asked.root_id OFFSET 0) AS member
        CROSS JOIN LATERAL (
            SELECT 1 FROM link
            WHERE a_id = member.id AND refused = '' AND NOT verified AND NOT probabilistic
            LIMIT 1
        ) AS tie
        LIMIT 1
    ) AS found
"""

MARK_FLAGS = """
    UPDATE card SET contested = new.contested, claimed = new.claimed
    FROM unnest(%b::bigint[], %b::bool[], %b::bool[]) AS new(root_id, contested, claimed)
    WHERE card.root_id = new.root_id
"""

MARK_REFUSED = """
    UPDATE link SET refused = new.refused
    FROM unnest(%b::bigint[], %b::bigint[], %b::text[]) AS new(a_id, b_id, refused)
    WHERE link.a_id = new.a_id AND link.b_id = new.b_id
"""
