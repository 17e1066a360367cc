"""Why an interaction is on a profile's timeline: how the identifier that it hangs on belongs to the profile."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from profiles.configuration import Configuration
from profiles.identity.explanation import Step, joining_path
from profiles.identity.graph import read_decisions_within, read_links_within
from profiles.journey import sql


@dataclass(frozen=True, slots=True)
class FirstShown:
    """The interaction that first showed a link, as the timeline calls it."""

    id: UUID
    type: str
    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Belonging:
    """The way from a profile's strongest identifier to an anchor; empty where they are the same.

    `first`: by id, the interactions of this profile that first showed a link of the way, or brought a decision of it.
    """

    path: list[Step]
    first: dict[UUID, FirstShown]


def read_belonging(members: Sequence[int], strongest: int, anchor: int, held: Configuration) -> Belonging:
    """How one identifier of a profile belongs to it. `members`: all of its identifiers, as they were just read; where
    they have parted meanwhile there is no path."""
    if strongest == anchor:
        return Belonging([], {})
    path = joining_path(read_links_within(members, held), read_decisions_within(members), strongest, anchor)
    return Belonging(path, read_first(_evidence(path), members))


def _evidence(path: Sequence[Step]) -> set[UUID]:
    links = {step.link.first_interaction for step in path if step.link is not None}
    return links | {
        step.decision.interaction_id
        for step in path
        if step.decision is not None and step.decision.interaction_id is not None
    }


def read_first(ids: Collection[UUID], anchors: Sequence[int]) -> dict[UUID, FirstShown]:
    """Some interactions by id, as far as they are on the timeline of these identifiers."""
    if not ids:
        return {}
    with connection.cursor() as database:
        database.execute(sql.NAMES, {"ids": list(ids), "anchors": list(anchors)})
        return {row[0]: FirstShown(*row) for row in database.fetchall()}
