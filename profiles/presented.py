"""From presented identifiers to the cards that they lead to, in one statement."""

from collections.abc import Collection, Sequence
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
    read_version,
    unpack_int8,
)

Key = tuple[int, bytes]  # identifier type id, the 16 bytes of the digest

# The version comes along, whatever is found: it tells whether the caller's configuration is still good.
COLUMNS = b"""
    identifier.verified, card.root_id, card.profile_id, card.known, card.bridged, card.first_seen, card.last_seen,
    card.traits, card.consents, card.recent
"""
FIND_CARDS = Statement(
    b"find_cards",
    b"SELECT (SELECT version FROM configuration_version), asked.n::int,"
    + COLUMNS
    + b"""
    FROM unnest($1::int[], $2::uuid[]) WITH ORDINALITY AS asked(type_id, digest, n)
    LEFT JOIN identifier ON identifier.type_id = asked.type_id AND identifier.digest = asked.digest
    LEFT JOIN card ON card.root_id = identifier.root_id
    """,
    (INT4_ARRAY, UUID_ARRAY),
)
# Most callers present one identifier; without arrays the server needs a quarter less time for it.
FIND_CARD = Statement(
    b"find_card",
    b"SELECT configuration_version.version, 1,"
    + COLUMNS
    + b"""
    FROM configuration_version
    LEFT JOIN identifier ON identifier.type_id = $1 AND identifier.digest = $2
    LEFT JOIN card ON card.root_id = identifier.root_id
    """,
    (INT4, UUID),
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


def find_cards(execute: Execute, keys: Collection[Key]) -> Cards:
    """The cards that some identifiers lead to; one that is not known is left out."""
    if not keys:
        return Cards(read_version(execute), {})
    asked = list(keys)
    if len(asked) == 1:
        [(type_id, digest)] = asked
        rows = execute(FIND_CARD, (pack_int4(type_id), digest))
    else:
        types, digests = zip(*asked, strict=True)
        rows = execute(FIND_CARDS, (pack_array(INT4, [pack_int4(one) for one in types]), pack_array(UUID, digests)))
    return Cards(unpack_int8(rows.get_value(0, 0)) if rows.ntuples else 0, _found(rows, asked))


def _found(rows: Rows, asked: Sequence[Key]) -> dict[Key, Led]:
    found: dict[Key, Led] = {}
    cards: dict[bytes, Card] = {}
    for row in range(rows.ntuples):
        n, root = rows.get_value(row, 1), rows.get_value(row, 3)
        if n is None or root is None:
            continue
        card = cards.get(root)
        if card is None:
            card = cards[root] = _card(rows, row, root)
        found[asked[int.from_bytes(n, "big") - 1]] = Led(rows.get_value(row, 2) == TRUE, card)
    return found


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
