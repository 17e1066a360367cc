"""How much of what channels posted was not kept or could not be read, by source, purpose and what was done."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date
from typing import NamedTuple

from django.db import connection

from profiles.collection import sql
from profiles.database import binary_cursor
from profiles.intake.explode import Prepared

UNREADABLE = "unreadable"  # the consent block could not be read, so that it granted nothing; of no purpose

DropKey = tuple[int, str, str, date]  # source, purpose, action, day of receipt in UTC


class Drop(NamedTuple):
    """What was done to an event: the event, the purpose that was denied, and `drop_fields` or `drop_event`.

    Or `unreadable`, without a purpose.
    """

    interaction: Prepared
    purpose: str
    action: str

    @property
    def key(self) -> DropKey:
        """Under what it is counted."""
        item = self.interaction
        return item.source.id, self.purpose, self.action, item.received_at.astimezone(UTC).date()


class Dropped(NamedTuple):
    """How often a source's rule for a purpose took effect, or its consent blocks could not be read, ever."""

    source: str
    purpose: str
    action: str
    events: int


def unreadable_blocks(interactions: Iterable[Prepared]) -> list[Drop]:
    """The events whose consent block, or a part of it, could not be read."""
    return [Drop(item, "", UNREADABLE) for item in interactions if item.observed.signals.unreadable]


def took_effect(drops: list[Drop], kept: list[Prepared], fresh: list[Prepared]) -> list[Drop]:
    """Without what was done to events that were stored before."""
    if not drops:
        return drops
    before = {item.id for item in kept} - {item.id for item in fresh}
    return [drop for drop in drops if drop.interaction.id not in before]


def count_drops(drops: Iterable[Drop]) -> None:
    """Add to the counts, in one statement. Call it last: the rows stay locked until the end of the transaction."""
    counted = Counter(drop.key for drop in drops)
    if not counted:
        return
    columns = [list(column) for column in zip(*sorted(counted), strict=True)]
    with binary_cursor() as cursor:
        cursor.execute(sql.COUNT_DROPS, (*columns, [counted[key] for key in sorted(counted)]))


def read_drops() -> list[Dropped]:
    """All counts, over all days."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SUM_DROPS)
        return [Dropped(*row) for row in cursor.fetchall()]
