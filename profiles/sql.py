"""The statements of timeline and history reads, by name."""

# The newest interactions of a profile. Each anchor gives its own newest, straight from the index interaction_timeline,
# and these few are merged: the cost grows with the page and the anchors, not with the interactions. Only the rows of
# the page are then read whole.
TIMELINE = """
    WITH page AS (
        SELECT newest.id, newest.occurred_at
        FROM unnest(%(anchors)s::bigint[]) AS anchor(id)
        CROSS JOIN LATERAL (
            SELECT interaction.id, interaction.occurred_at
            FROM interaction
            WHERE interaction.anchor_id = anchor.id {conditions}
            ORDER BY interaction.occurred_at DESC, interaction.id DESC
            LIMIT %(most)s
        ) AS newest
        ORDER BY newest.occurred_at DESC, newest.id DESC
        LIMIT %(most)s
    )
    SELECT interaction.id, interaction.message_id, interaction.source_id, interaction.type, interaction.event,
        interaction.occurred_at, interaction.received_at, interaction.identifier_ids, interaction.dialect,
        interaction.payload, interaction.dropped_identifiers::text, interaction.context::text
    FROM page JOIN interaction ON interaction.id = page.id
    ORDER BY page.occurred_at DESC, page.id DESC
"""
AFTER_CURSOR = "AND (interaction.occurred_at, interaction.id) < (%(at)s, %(id)s)"
OF_SOURCES = "AND interaction.source_id = ANY(%(sources)s)"
OF_EVENT = "AND interaction.event = %(event)s"

READ_RECEIVED = """
    SELECT {columns}
    FROM interaction
    WHERE anchor_id = ANY(%(anchors)s) AND received_at <= %(at)s
    LIMIT %(most)s
"""
