"""From presented identifiers to the cards that they lead to: one statement, whatever their number."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from profiles.recognition import Card
from profiles.statements import (
    INT4,
    INT4_ARRAY,
    UUID,
    UUID_ARRAY,
    Execute,
    Rows,
    Statement,
    pack_array,
    pack_int4,
    unpack_int8,
)

Key = tuple[int, uuid.UUID]  # identifier type id, digest

# The version comes along, whatever else is found: it tells whether the caller's configuration is still good.
FIND_CARDS = Statement(
    b"find_cards",
    b"""
    SELECT configuration_version.version, asked.n::int, identifier.verified, card.root_id, card.profile_id,
        card.known, card.bridged, card.first_seen, card.last_seen, card.traits, card.consents, card.recent
    FROM configuration_version
    LEFT JOIN (
        unnest($1::int[], $2::uuid[]) WITH ORDINALITY AS asked(type_id, digest, n)
        JOIN identifier ON identifier.type_id = asked.type_id AND identifier.digest = asked.digest
        JOIN card ON card.root_id = identifier.root_id
    ) ON true
    """,
    (INT4_ARRAY, UUID_ARRAY),
)

POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
TRUE = b"\x01"


class Led(NamedTuple):
    """What one presented identifier leads to."""

    verified: bool
    card: Card


class Cards(NamedTuple):
    """What was found, by key, and the version of the configuration in the same snapshot."""

    version: int
    found: dict[Key, Led]


def find_cards(execute: Execute, keys: Iterable[Key]) -> Cards:
    """The cards that some identifiers lead to; one that is not known is left out."""
    keys = list(keys)
    rows = execute(
        FIND_CARDS,
        (pack_array(INT4, [pack_int4(key[0]) for key in keys]), pack_array(UUID, [key[1].bytes for key in keys])),
    )
    found: dict[Key, Led] = {}
    cards: dict[bytes, Card] = {}
    for row in range(rows.ntuples):
        n = rows.get_value(row, 1)
        if n is None:
            break
        root = rows.get_value(row, 3) or b""
        card = cards.get(root)
        if card is None:
            card = cards[root] = _card(rows, row, root)
        found[keys[int.from_bytes(n, "big") - 1]] = Led(rows.get_value(row, 2) == TRUE, card)
    return Cards(unpack_int8(rows.get_value(0, 0)) if rows.ntuples else 0, found)


def _card(rows: Rows, row: int, root: bytes) -> Card:
    value = rows.get_value
    return Card(
        root_id=unpack_int8(root),
        profile_id=_uuid_text(value(row, 4)),
        known=value(row, 5) == TRUE,
        bridged=value(row, 6) == TRUE,
        first_seen=_moment(value(row, 7)),
        last_seen=_moment(value(row, 8)),
        traits=value(row, 9) or b"{}",
        consents=value(row, 10) or b"{}",
        recent=value(row, 11) or b"[]",
    )


def _uuid_text(value: bytes | None) -> str:
    text = (value or b"").hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _moment(value: bytes | None) -> datetime | None:
    if value is None:
        return None
    return POSTGRES_EPOCH + timedelta(microseconds=int.from_bytes(value, "big", signed=True))
