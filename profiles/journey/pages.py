"""Pages of a timeline in both directions, sought by channel, time, type and name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from profiles.configuration import Configuration
from profiles.journey import sql
from profiles.journey.reading import Interaction
from profiles.timeline import Cursor, encode_cursor

# Where a filter picks from the interactions one by one, a page looks through no more of them than this, so that what
# is rare, or not there at all, does not cost the whole timeline: `looked_to` says how far it came.
MOST_LOOKED = 10_000


@dataclass(frozen=True, slots=True)
class Sought:
    """What a page is to hold; None: any. `event` is the whole name, `text` a part of it in any case."""

    channel: str | None = None
    event: str | None = None
    text: str | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def picks(self) -> bool:
        """Whether the index alone cannot tell what is sought."""
        return self.event is not None or self.text is not None or self.type is not None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: behind the cursor, towards what is earlier, or `later`."""

    cursor: Cursor
    later: bool = False


@dataclass(frozen=True, slots=True)
class JourneyPage:
    """Some interactions, newest first. `earlier` and `later` are cursors of the pages beside it; None: there is none.

    `looked_to`: the page ends here because it looked no further, not because there is nothing more.
    """

    items: list[Interaction]
    earlier: str | None
    later: str | None
    looked_to: datetime | None


def read_journey(
    anchors: Sequence[int], sought: Sought, held: Configuration, *, limit: int, place: Place | None = None
) -> JourneyPage:
    """A page of the interactions anchored on some identifiers, whatever they permit."""
    conditions, parameters = _conditions(anchors, sought, held, place)
    later = place is not None and place.later
    end = _horizon(sought, place, parameters, later) if sought.picks else None
    if end is not None:
        conditions.append(sql.UP_TO if later else sql.DOWN_TO)
        parameters |= {"end_at": end.at, "end_id": end.id}
    rows = _rows(sql.PAGE, conditions, {**parameters, "most": limit + 1}, later)
    items = [Interaction(row, held) for row in rows[:limit]]
    return _page(items, place, onward=len(rows) > limit, end=end)


def _page(items: list[Interaction], place: Place | None, *, onward: bool, end: Cursor | None) -> JourneyPage:
    later = place is not None and place.later
    last = encode_cursor(_cursor(items[-1])) if onward else None if end is None else encode_cursor(end)
    first = encode_cursor(_cursor(items[0])) if items and place is not None else None
    looked_to = end.at if end is not None and not onward else None
    if later:
        return JourneyPage(items[::-1], earlier=first, later=last, looked_to=looked_to)
    return JourneyPage(items, earlier=last, later=first, looked_to=looked_to)


def _cursor(item: Interaction) -> Cursor:
    return Cursor(item.occurred_at, item.id)


def _conditions(
    anchors: Sequence[int], sought: Sought, held: Configuration, place: Place | None
) -> tuple[list[str], dict[str, Any]]:
    parameters: dict[str, Any] = {"anchors": list(anchors)}
    conditions = _bounds(sought, place, parameters)
    if sought.channel is not None:
        conditions.append(sql.OF_SOURCES)
        parameters["sources"] = [one.id for one in held.sources.values() if one.channel == sought.channel]
    for name, condition in (("type", sql.OF_TYPE), ("event", sql.OF_EVENT), ("text", sql.NAMED_LIKE)):
        if getattr(sought, name) is not None:
            conditions.append(condition)
            parameters[name] = getattr(sought, name)
    return conditions, parameters


def _bounds(sought: Sought, place: Place | None, parameters: dict[str, Any]) -> list[str]:
    """The conditions that the index answers by itself."""
    conditions = []
    if place is not None:
        conditions.append(sql.BEHIND if place.later else sql.BEFORE)
        parameters |= {"at": place.cursor.at, "id": place.cursor.id}
    if sought.since is not None:
        conditions.append(sql.SINCE)
        parameters["since"] = sought.since
    if sought.until is not None:
        conditions.append(sql.UNTIL)
        parameters["until"] = sought.until
    return conditions


def _horizon(sought: Sought, place: Place | None, parameters: dict[str, Any], later: bool) -> Cursor | None:
    """The place of the last interaction that is looked at; None: all are."""
    bounds = _bounds(sought, place, {})
    rows = _rows(sql.HORIZON, bounds, {**parameters, "looked": MOST_LOOKED}, later)
    return Cursor(*rows[0]) if rows else None


def _rows(statement: str, conditions: Sequence[str], parameters: dict[str, Any], later: bool) -> list[Any]:
    way = "ASC" if later else "DESC"
    with connection.cursor() as database:
        database.execute(statement.format(conditions=" ".join(conditions), way=way, columns=sql.COLUMNS), parameters)
        return list(database.fetchall())


def before_day(end: datetime) -> Place:
    """The place from which the newest interaction before an instant is the first."""
    return Place(Cursor(end, UUID(int=0)))
