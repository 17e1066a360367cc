"""How much hangs on identifiers: the interactions of the profiles that hold them."""

from collections.abc import Collection

import msgspec
from django.db import connection

from profiles.review import sql


def read_interactions(identifier_ids: Collection[int]) -> dict[int, int]:
    """How many interactions the profile of each identifier has, by the identifier."""
    with connection.cursor() as cursor:
        cursor.execute(sql.READ_COUNTERS, {"ids": list(identifier_ids)})
        return {id_: int(msgspec.json.decode(bytes(raw)).get("interactions", 0)) for id_, raw in cursor.fetchall()}
