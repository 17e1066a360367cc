"""From presented identifiers to the cards that they lead to, in one statement."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

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
    unpack_int,
)

Key = tuple[int, bytes]  # identifier type id, the 16 bytes of the digest

# The version comes along, whatever is found: it tells whether the caller's configuration is still good.
COLUMNS = b"""
    identifier.id, identifier.verified, card.root_id, card.profile_id::text, card.known, card.bridged,
    card.first_seen, card.last_seen, card.traits, card.consents, card.recent
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


Led = tuple[int, bool, Card]  # the presented identifier's id, whether it is verified, and the card that it leads to


class Cards(msgspec.Struct, frozen=True, gc=False):
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
    return Cards(unpack_int(rows.get_value(0, 0)) if rows.ntuples else 0, _found(rows, asked))


def _found(rows: Rows, asked: Sequence[Key]) -> dict[Key, Led]:
    found: dict[Key, Led] = {}
    cards: dict[bytes, Card] = {}
    value = rows.get_value
    for row in range(rows.ntuples):
        root = value(row, 4)
        if root is None:
            continue
        card = cards.get(root)
        if card is None:
            card = cards[root] = _card(value, row, root)
        found[asked[unpack_int(value(row, 1)) - 1]] = (unpack_int(value(row, 2)), value(row, 3) == TRUE, card)
    return found


def _card(value: Callable[[int, int], bytes | None], row: int, root: bytes) -> Card:
    return Card(
        unpack_int(root),
        (value(row, 5) or b"").decode(),
        value(row, 6) == TRUE,
        value(row, 7) == TRUE,
        _moment(value(row, 8)),
        _moment(value(row, 9)),
        value(row, 10) or b"{}",
        value(row, 11) or b"",
        value(row, 12) or b"[]",
    )


def _moment(value: bytes | None) -> datetime | None:
    if value is None:
        return None
    return POSTGRES_EPOCH + timedelta(0, 0, unpack_int(value))
