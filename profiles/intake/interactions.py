"""Storing interactions, each once."""

import msgspec

from consent.times import microseconds
from profiles.database import BigInts, Blobs, Booleans, Ints, Moments, Texts, Uuids, binary_cursor
from profiles.intake import sql
from profiles.intake.explode import Key, Prepared, context_json


def insert_interactions(interactions: list[Prepared], ids: dict[Key, int]) -> list[Prepared]:
    """Store interactions, sorted by id, and return those that were not stored before."""
    if not interactions:
        return []
    rows = sorted(interactions, key=lambda item: item.id.int)
    with binary_cursor() as cursor:
        cursor.execute(
            sql.INSERT_INTERACTIONS,
            (
                Uuids([item.id for item in rows]),
                Ints([item.source.id for item in rows]),
                Texts([item.observed.message_id for item in rows]),
                Texts([item.observed.type for item in rows]),
                Texts([item.observed.event for item in rows]),
                BigInts([ids[item.named[0].key] if item.named else None for item in rows]),
                Texts(["{" + ",".join(str(ids[named.key]) for named in item.named) + "}" for item in rows]),
                Moments([item.observed.occurred_at for item in rows]),
                Moments([microseconds(item.received_at) for item in rows]),
                Booleans([item.verified for item in rows]),
                Booleans([item.linkable for item in rows]),
                Texts([item.dialect for item in rows]),
                Texts([context_json(item.context) for item in rows]),
                Blobs([item.observed.payload for item in rows]),
                Texts([msgspec.json.encode(item.dropped).decode() for item in rows]),
                Texts([_text_array(item.observed.warnings) for item in rows]),
            ),
        )
        new = {row[0] for row in cursor.fetchall()}
    return [item for item in rows if item.id in new]


def _text_array(texts: list[str]) -> str:
    quoted = ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts)
    return "{" + ",".join(quoted) + "}"
