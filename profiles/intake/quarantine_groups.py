"""The quarantine of one source: grouped by reason, with samples, and put back into the inbox piece by piece."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from profiles.intake.quarantine import put_back
from profiles.models import Quarantine

LOOKED_AT = 5_000  # the latest events of a source, of which the groups are made
MOST_GROUPS = 20
SAMPLES = 3
AT_ONCE = 200  # events that one call of `replay_reason` puts back


@dataclass(slots=True)
class Group:
    """The events of a source that are in quarantine for the same reason. `ids`: of samples, the latest first.

    `held`: they wait until the restriction of somebody is lifted, and would only come back.
    """

    reason: str
    held: bool
    last_at: datetime
    last_id: int
    first_at: datetime
    events: int = 0
    ids: list[int] = field(default_factory=list)
    samples: list[Quarantine] = field(default_factory=list)


class Groups(NamedTuple):
    """The largest groups, the largest first. `looked_at`: of how many events; `all_of_them`: there are no more."""

    found: list[Group]
    looked_at: int
    all_of_them: bool


class Replayed(NamedTuple):
    """How many events are back in the inbox, and whether more of this reason were there before."""

    events: int
    more: bool


def read_groups(source_id: int) -> Groups:
    """The latest `LOOKED_AT` events of a source in quarantine by reason, with the bodies of a few of each."""
    columns = ("id", "reason", "received_at", "held_for")
    rows = Quarantine.objects.filter(source_id=source_id).order_by("-id").values_list(*columns)[: LOOKED_AT + 1]
    seen = list(rows)
    groups = _grouped(seen[:LOOKED_AT])
    bodies = Quarantine.objects.in_bulk([id_ for group in groups for id_ in group.ids])
    for group in groups:
        group.samples = [bodies[id_] for id_ in group.ids if id_ in bodies]
    return Groups(groups, min(len(seen), LOOKED_AT), len(seen) <= LOOKED_AT)


def _grouped(rows: Iterable[tuple[int, str, datetime, int | None]]) -> list[Group]:
    found: dict[tuple[str, bool], Group] = {}
    for id_, reason, received_at, held_for in rows:
        held = held_for is not None
        group = found.setdefault((reason, held), Group(reason, held, received_at, id_, received_at))
        group.events += 1
        group.first_at = min(group.first_at, received_at)
        if len(group.ids) < SAMPLES:
            group.ids.append(id_)
    return sorted(found.values(), key=lambda group: (-group.events, group.reason))[:MOST_GROUPS]


def replay_reason(*, source_id: int, reason: str, up_to: int) -> Replayed:
    """Put up to `AT_ONCE` events of a source and reason back into the inbox as they came, the oldest first.

    Those above the number `up_to` are left, so that what is quarantined again is not tried again and again. What waits
    for a restriction to be lifted stays.
    """
    with transaction.atomic():
        rows = list(
            Quarantine.objects.select_for_update(skip_locked=True)
            .filter(source_id=source_id, reason=reason, held_for=None, id__lte=up_to)
            .order_by("id")[: AT_ONCE + 1]
        )
        put_back(rows[:AT_ONCE])
    return Replayed(min(len(rows), AT_ONCE), len(rows) > AT_ONCE)


def replay_one(*, source_id: int, number: int) -> bool:
    """Put one event of a source back into the inbox as it came; whether it was there."""
    with transaction.atomic():
        rows = list(Quarantine.objects.select_for_update().filter(source_id=source_id, id=number))
        put_back(rows)
    return bool(rows)
