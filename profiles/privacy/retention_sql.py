"""The statements of retention, by name."""

from consent.locks import Lock

# By when it happened, or arrived if that was before: a date ahead keeps nothing for longer.
_OLD = "source_id = ANY(%(sources)s::int[]) AND (occurred_at < %(before)s OR received_at < %(before)s)"
COUNT_OLD = f"SELECT count(*) FROM interaction WHERE {_OLD}"  # noqa: S608 - our own constant
FIND_OLD = f"SELECT id FROM interaction WHERE {_OLD} ORDER BY anchor_id, id LIMIT %(most)s"  # noqa: S608
LOCK = "SELECT {columns}, identifier_ids FROM interaction WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE"
DELETE = "DELETE FROM interaction WHERE id = ANY(%s::uuid[])"

# Whoever has a fact of these names that some sources told before.
_TOLD = """
    FROM trait_fact
    WHERE name = ANY(%(names)s::text[]) AND source_id = ANY(%(sources)s::int[]) AND first_at < %(before)s
"""
COUNT_TOLD = f"SELECT count(DISTINCT identifier_id) {_TOLD}"
FIND_TOLD = f"""
    SELECT DISTINCT identifier_id {_TOLD} AND identifier_id > %(last)s ORDER BY identifier_id LIMIT %(most)s
"""
REWRITE = """
    UPDATE interaction SET payload = new.payload FROM unnest(%s::uuid[], %s::text[]) AS new(id, payload)
    WHERE interaction.id = new.id
"""

# Events that wait for a restriction to be lifted are not past their time.
_UNREAD = "held_for IS NULL AND source_id = ANY(%(sources)s::int[]) AND received_at < %(before)s"
COUNT_QUARANTINED = f"SELECT count(*) FROM quarantine WHERE {_UNREAD}"  # noqa: S608
DELETE_QUARANTINED = f"""
    DELETE FROM quarantine WHERE id = ANY(ARRAY(SELECT id FROM quarantine WHERE {_UNREAD} LIMIT %(most)s))
"""  # noqa: S608

TRY_TO_BE_THE_ONE = f"SELECT pg_try_advisory_lock({Lock.RETENTION:d})"
BE_THE_ONE_NO_MORE = f"SELECT pg_advisory_unlock({Lock.RETENTION:d})"
