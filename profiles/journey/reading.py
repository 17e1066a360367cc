"""One interaction as it is stored, and as it is read."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from consent.narrowing import stamp_permits
from consent.times import microseconds
from profiles.configuration import Configuration, SourceSettings
from profiles.intake.observed import NotUnderstood, Observed
from profiles.intake.wire import read_event
from profiles.journey import sql
from profiles.journey.marks import Timing, timing


class Interaction:
    """An interaction of a timeline: its columns as they stand, and what they come to.

    `payload` is the event as it came, cleaned; `context` what the request said outside of it.
    """

    def __init__(self, row: Sequence[Any], held: Configuration) -> None:
        self._held = held
        self.id: UUID = row[0]
        self.message_id: str = row[1]
        self.settings: SourceSettings = held.sources[row[2]]
        self.type: str = row[3]
        self.event: str = row[4]
        self.occurred_at: datetime = row[5]
        self.received_at: datetime = row[6]
        self.anchor_id: int = row[7]
        self.identifier_ids: list[int] = row[8]
        self.dialect: str = row[9]
        self.context: dict[str, Any] = msgspec.json.decode(row[10])
        self.payload: str = row[11]
        self.dropped: list[dict[str, str]] = msgspec.json.decode(row[12])
        self.warnings: list[str] = row[13]
        self.verified: bool = row[14]
        self.linkable: bool = row[15]

    @property
    def source(self) -> str:
        """The name of the source."""
        return self.settings.name

    @property
    def channel(self) -> str:
        """The channel of the source."""
        return self.settings.channel

    @cached_property
    def content(self) -> Any:
        """The event as it came, as a value."""
        return msgspec.json.decode(self.payload)

    @cached_property
    def observed(self) -> Observed | None:
        """The event as it is read today; None where today's reading does not understand it."""
        found = read_event(
            dialect=self.dialect,
            body=self.payload.encode(),
            context=self.context,
            received_at=microseconds(self.received_at),
            source=self.settings,
        )
        return None if isinstance(found, NotUnderstood) else found

    @cached_property
    def timing(self) -> Timing:
        """How late it came, and what became of the client's clock."""
        event = self.content if isinstance(self.content, dict) else {}
        return timing(dialect=self.dialect, event=event, occurred_at=self.occurred_at, received_at=self.received_at)

    @cached_property
    def barred(self) -> list[str]:
        """The purposes that its own consent signals do not permit for it, by key; all, where it is not understood."""
        signals = self.observed.signals if self.observed else None
        return [
            purpose.key
            for purpose in self._held.purposes
            if signals is None or stamp_permits(purpose, signals) is False
        ]

    @cached_property
    def refused(self) -> list[str]:
        """The purposes that it says no to in so many words, by key."""
        said = self.observed.consent if self.observed else {}
        return sorted(key for key, granted in said.items() if not granted)


def read_interaction(interaction_id: UUID, anchors: Sequence[int], held: Configuration) -> Interaction | None:
    """One interaction that hangs on one of some identifiers, or None."""
    with connection.cursor() as database:
        database.execute(sql.ONE.format(columns=sql.COLUMNS), {"id": interaction_id, "anchors": list(anchors)})
        row = database.fetchone()
    return None if row is None else Interaction(row, held)
