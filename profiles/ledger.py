"""What interactions decide about purposes, written to the ledger in bulk."""

from collections.abc import Iterable

from consent.ledger import APPEND_DECISIONS
from consent.said import STATE_NAMES, WITH_ACCOUNT
from consent.times import microseconds
from profiles.database import BigInts, Booleans, Ints, Moments, Texts, Uuids, binary_cursor
from profiles.golden.facts import said_in
from profiles.intake.explode import Key, Prepared


def append_said(interactions: Iterable[Prepared], ids: dict[Key, int]) -> None:
    """Write what the interactions say of purposes, for each of their identifiers, sorted by key."""
    rows = sorted(
        (
            (ids[named.key], purpose, item.id, said, item)
            for item in interactions
            for purpose, said in said_in(item).items()
            for named in item.named
        ),
        key=lambda row: row[:3],
    )
    if not rows:
        return
    with binary_cursor() as cursor:
        cursor.execute(
            APPEND_DECISIONS,
            (
                BigInts([row[0] for row in rows]),
                Texts([row[1] for row in rows]),
                Uuids([row[2] for row in rows]),
                Texts([STATE_NAMES[row[3].letter] for row in rows]),
                Moments([row[3].at for row in rows]),
                Moments([microseconds(row[4].received_at) for row in rows]),
                Booleans([row[3].verified for row in rows]),
                Booleans([bool(row[3].flags & WITH_ACCOUNT) for row in rows]),
                Texts([row[4].observed.signals.by.get(row[1], "") for row in rows]),
                Ints([row[4].source.id for row in rows]),
            ),
        )
