"""The statements of staff's timeline, by name. All of them go by the index interaction_timeline."""

COLUMNS = """
    interaction.id, interaction.message_id, interaction.source_id, interaction.type, interaction.event,
    interaction.occurred_at, interaction.received_at, interaction.anchor_id, interaction.identifier_ids,
    interaction.dialect, interaction.context::text, interaction.payload, interaction.dropped_identifiers::text,
    interaction.warnings, interaction.verified, interaction.linkable
"""

# As `profiles.sql.TIMELINE`: the next few of each anchor, merged; only the rows of the page are read whole.
PAGE = """
    WITH page AS (
        SELECT next.id, next.occurred_at
        FROM unnest(%(anchors)s::bigint[]) AS anchor(id)
        CROSS JOIN LATERAL (
            SELECT interaction.id, interaction.occurred_at
            FROM interaction
            WHERE interaction.anchor_id = anchor.id {conditions}
            ORDER BY interaction.occurred_at {way}, interaction.id {way}
            LIMIT %(most)s
        ) AS next
        ORDER BY next.occurred_at {way}, next.id {way}
        LIMIT %(most)s
    )
    SELECT {columns}
    FROM page JOIN interaction ON interaction.id = page.id
    ORDER BY page.occurred_at {way}, page.id {way}
"""

# How far a page looks where its filters pick from the interactions one by one: the place of the last of so many.
HORIZON = """
    SELECT next.occurred_at, next.id
    FROM unnest(%(anchors)s::bigint[]) AS anchor(id)
    CROSS JOIN LATERAL (
        SELECT interaction.id, interaction.occurred_at
        FROM interaction
        WHERE interaction.anchor_id = anchor.id {conditions}
        ORDER BY interaction.occurred_at {way}, interaction.id {way}
        LIMIT %(looked)s
    ) AS next
    ORDER BY next.occurred_at {way}, next.id {way}
    OFFSET %(looked)s - 1 LIMIT 1
"""

BEFORE = "AND (interaction.occurred_at, interaction.id) < (%(at)s, %(id)s)"
BEHIND = "AND (interaction.occurred_at, interaction.id) > (%(at)s, %(id)s)"
DOWN_TO = "AND (interaction.occurred_at, interaction.id) >= (%(end_at)s, %(end_id)s)"
UP_TO = "AND (interaction.occurred_at, interaction.id) <= (%(end_at)s, %(end_id)s)"
SINCE = "AND interaction.occurred_at >= %(since)s"
UNTIL = "AND interaction.occurred_at < %(until)s"
OF_SOURCES = "AND interaction.source_id = ANY(%(sources)s)"
OF_TYPE = "AND interaction.type = %(type)s"
OF_EVENT = "AND interaction.event = %(event)s"
NAMED_LIKE = "AND position(lower(%(text)s) in lower(interaction.event)) > 0"

ONE = """
    SELECT {columns}
    FROM interaction
    WHERE interaction.id = %(id)s AND interaction.anchor_id = ANY(%(anchors)s)
"""

# How many interactions stand between each two edges, by source, and from when to when. The index alone answers it.
COUNTS = """
    SELECT source_id, width_bucket(occurred_at, %(edges)s::timestamptz[]) - 1, count(*),
        min(occurred_at), max(occurred_at)
    FROM interaction
    WHERE anchor_id = ANY(%(anchors)s) AND occurred_at >= %(since)s AND occurred_at < %(until)s
    GROUP BY 1, 2
"""

# What some interactions are called and when they happened; of those on the timeline of these anchors alone.
NAMES = """
    SELECT id, type, event, occurred_at
    FROM interaction
    WHERE id = ANY(%(ids)s) AND anchor_id = ANY(%(anchors)s)
"""
