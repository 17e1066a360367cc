"""What interactions decide about purposes, written to the ledger in bulk."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from consent.ledger import APPEND_DECISIONS
from consent.purposes import Purposes
from consent.requests.gpc import SIGNAL, note_opt_outs
from consent.said import STATE_NAMES, WITH_ACCOUNT, Said
from consent.times import microseconds
from profiles.database import BigInts, Booleans, Ints, Moments, Texts, Uuids, binary_cursor
from profiles.golden.facts import said_in
from profiles.intake.explode import Key, Prepared


class Spoken(NamedTuple):
    """One statement of an interaction under one of its identifiers."""

    identifier_id: int
    purpose: str
    act_id: UUID
    said: Said
    interaction: Prepared
    device: bool


def append_said(interactions: Iterable[Prepared], ids: dict[Key, int], purposes: Purposes) -> list[Spoken]:
    """Write what the interactions say of purposes, for each of their identifiers that has an id, sorted by key; what
    was new."""
    rows = sorted(
        (
            Spoken(ids[named.key], purpose, item.id, said, item, not named.rule.person)
            for item in interactions
            for purpose, said in said_in(item, purposes).items()
            for named in item.named
            if named.key in ids
        ),
        key=lambda row: row[:3],
    )
    if not rows:
        return []
    with binary_cursor() as cursor:
        cursor.execute(
            APPEND_DECISIONS,
            (
                BigInts([row.identifier_id for row in rows]),
                Texts([row.purpose for row in rows]),
                Uuids([row.act_id for row in rows]),
                Texts([STATE_NAMES[row.said.letter] for row in rows]),
                Moments([row.said.at for row in rows]),
                Moments([microseconds(row.interaction.received_at) for row in rows]),
                Moments([row.said.ends for row in rows]),
                Booleans([row.said.verified for row in rows]),
                Booleans([bool(row.said.flags & WITH_ACCOUNT) for row in rows]),
                Texts([row.interaction.observed.signals.by.get(row.purpose, "") for row in rows]),
                Ints([row.interaction.source.id for row in rows]),
            ),
        )
        new = set(cursor.fetchall())
    spoken = [row for row in rows if row[:3] in new]
    note_opt_outs(row.identifier_id for row in spoken if row.interaction.observed.signals.by.get(row.purpose) == SIGNAL)
    return spoken
