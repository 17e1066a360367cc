"""The interactions of a page as the timeline shows them: by day, each in words, with identifiers masked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from cxprofiles.backoffice.channels import channel_shown
from cxprofiles.backoffice.directions import spelt
from cxprofiles.backoffice.event_words import event_in_words
from cxprofiles.backoffice.masking import known_values, masked
from cxprofiles.backoffice.money import money_in_words
from cxprofiles.backoffice.profile.identity_words import type_said
from cxprofiles.backoffice.profile.opening import Opened
from cxprofiles.backoffice.profile.timeline_asked import Asked
from cxprofiles.backoffice.profile.timeline_words import Mark, marks_of
from profiles.journey.reading import Interaction
from profiles.profile import ProfileIdentifier
from profiles.timeline import Cursor, NamedIdentifier, read_named


class Named(NamedTuple):
    """An identifier as it is shown. `here`: it belongs to this profile; `anchor`: the interaction hangs on it."""

    id: int
    type: str
    value: str
    here: bool
    anchor: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One interaction of the page.

    `former`: the profile that its anchor was born with, where that is not today's; `only`: the query string of what
    hangs on the same anchor.
    """

    id: UUID
    words: str
    event: str
    channel: str
    symbol: str
    source: str
    at: datetime
    money: str
    marks: list[Mark]
    identifiers: list[Named]
    former: UUID | None
    only: str


class Day(NamedTuple):
    """The interactions of one day, newest first. `continued`: the page before ended within it."""

    day: date
    rows: list[Row]
    continued: bool


class Names:
    """How identifiers are written: those of the profile, and of others that its interactions carry. `known`: what of
    them must not stand in a text."""

    def __init__(self, opened: Opened, ids: Iterable[int]) -> None:
        self._opened = opened
        self._own = {one.id: one for one in opened.profile.identifiers}
        self._others = read_others(ids, opened)
        held = [(one.type, one.value) for one in self._own.values()]
        self.known = known_values([*held, *((one.type, one.value) for one in self._others.values())])

    def named(self, id_: int, anchor: int | None = None) -> Named | None:
        """One identifier; None: it is no longer there."""
        found = self._own.get(id_) or self._others.get(id_)
        if found is None:
            return None
        value = found.value if self._opened.revealed else masked(found.type, found.value)
        return Named(id_, type_said(found.type), spelt(value), id_ in self._own, id_ == anchor)

    def born_as(self, id_: int) -> UUID | None:
        """The former profile of an identifier of this one; None: it was always this one."""
        own: ProfileIdentifier | None = self._own.get(id_)
        return own.profile_id if own and own.profile_id != self._opened.profile_id else None


def read_others(ids: Iterable[int], opened: Opened) -> dict[int, NamedIdentifier]:
    """The identifiers among some that are not the profile's."""
    others = set(ids) - {one.id for one in opened.profile.identifiers}
    return read_named(others, opened.held) if others else {}


def days_of(items: Sequence[Interaction], opened: Opened, asked: Asked, after: Cursor | None) -> list[Day]:
    """The interactions by day, in the reader's time zone. `after`: where the page before ended."""
    names = Names(opened, (id_ for item in items for id_ in item.identifier_ids))
    before = timezone.localdate(after.at) if after else None
    return [
        Day(day, [row_of(item, names, asked) for item in of_day], continued=day == before)
        for day, of_day in groupby(items, key=lambda item: timezone.localdate(item.occurred_at))
    ]


def row_of(item: Interaction, names: Names, asked: Asked) -> Row:
    """One interaction in words."""
    return Row(
        id=item.id,
        words=event_in_words(item.type, item.event, corrects=item.settings.corrects, known=names.known),
        event=item.event,
        channel=item.channel,
        symbol=channel_shown(item.channel).symbol,
        source=item.source,
        at=item.occurred_at,
        money=money_of(item),
        marks=marks_of(item),
        identifiers=named_of(item, names),
        former=names.born_as(item.anchor_id),
        only=asked.query(identifier=str(item.anchor_id)),
    )


def named_of(item: Interaction, names: Names) -> list[Named]:
    """The identifiers of an interaction, the one that it hangs on first."""
    found = (names.named(id_, item.anchor_id) for id_ in item.identifier_ids)
    return sorted((one for one in found if one is not None), key=lambda one: not one.anchor)


def money_of(item: Interaction) -> str:
    """The revenue that an interaction brought, with its currency; empty: none."""
    seen = item.observed
    if seen is None or seen.revenue is None:
        return ""
    return money_in_words(seen.revenue, seen.currency)
