"""Global Privacy Control as an opt-out request: noted once for each identifier whose browser says it.

What it refuses stands in the ledger with the event that said it; the request is for the record that laws want of it.
"""

from collections.abc import Iterable

from django.db import connection

SIGNAL = "gpc"
NOTE = """
    INSERT INTO gpc_opt_out (identifier_id, at)
    SELECT id, statement_timestamp() FROM unnest(%s::bigint[]) AS id ORDER BY id
    ON CONFLICT (identifier_id) DO NOTHING
"""


def note_opt_outs(identifier_ids: Iterable[int]) -> None:
    """Note that the browsers of these identifiers said Global Privacy Control, in the caller's transaction."""
    ids = sorted(set(identifier_ids))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(NOTE, (ids,))
