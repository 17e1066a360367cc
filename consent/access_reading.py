"""The access log as staff go through it: who read whose data, however long the log is.

Recognition writes a row for every answer, so rows of a day are a range of ids (UUIDv7 begins with the time), and what
members of staff read has indexes of its own (`access_log_staff`, `access_log_of_staff`). Rows of tokens are looked
through a bounded number at a time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDay

from consent.access import Access
from consent.models import AccessLog

STAFF = "staff:"
MOST_LOOKED_AT = 5_000  # rows of a page of tokens' reads, those that do not fit the filters among them
MANY_REVEALED = 30  # profiles a day
MANY_READ = 200
READ_LAST_USES = """
    SELECT actor, max(at) FROM (SELECT actor, at FROM access_log WHERE id < %s ORDER BY id DESC LIMIT %s) AS latest
    WHERE actor LIKE 'token:%%' GROUP BY actor
"""
FIND_RUN_OF_ROWS = """
    SELECT id FROM access_log WHERE id < %s AND id >= %s ORDER BY id DESC OFFSET %s LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which reads are asked for; empty and None: any. `actor`: one, as the log names it. `staff`: of any of them.
    `since` and `until`: the second is left out."""

    actor: str = ""
    staff: bool = True
    operation: str = ""
    profile_ids: tuple[UUID, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


class Reads(NamedTuple):
    """Some reads, the latest first. `before`: where the next page begins, None: nowhere. `looked_through`: it ends
    because enough rows were looked at, and further ones may fit."""

    reads: list[Access]
    before: UUID | None
    looked_through: bool


class Unusual(NamedTuple):
    """What is out of the ordinary: how many profiles one actor read, or revealed, in a day."""

    actor: str
    day: datetime
    revealed: int
    read: int


def first_id(at: datetime) -> UUID:
    """The lowest UUIDv7 of an instant."""
    milliseconds = int(at.astimezone(UTC).timestamp() * 1000)
    return UUID(int=max(milliseconds, 0) << 80)


def last_id() -> UUID:
    """Above every UUIDv7 of now; ids of another kind, which do not begin with the time, lie beyond."""
    return first_id(datetime.now(UTC) + timedelta(minutes=10))


def read_log(filters: Filters, *, limit: int, before: UUID | None = None) -> Reads:
    """A page of the access log."""
    lowest = UUID(int=0) if filters.since is None else first_id(filters.since)
    ends = [one for one in (before, None if filters.until is None else first_id(filters.until)) if one is not None]
    highest = min(ends, default=last_id())
    if filters.profile_ids is None and not filters.staff and (filters.actor or filters.operation):
        return _look_through(filters, lowest, highest, limit)
    rows = _fitting(filters).filter(id__lt=highest, id__gte=lowest)
    if filters.profile_ids is not None:
        return _of_profile(filters, limit, before)
    found = _accesses(rows.order_by("-id"), limit + 1)
    return Reads(found[:limit], found[limit - 1].id if len(found) > limit else None, False)


def _look_through(filters: Filters, lowest: UUID, highest: UUID, limit: int) -> Reads:
    """Of the next rows in a range those that fit, however rare they are: the range is cut after so many rows."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_RUN_OF_ROWS, [highest, lowest, MOST_LOOKED_AT - 1])
        row = cursor.fetchone()
    cut = row[0] if row else None
    # The rows of a range are read by the key, whatever the planner thinks of the filters.
    within = AccessLog.objects.filter(id__lt=highest, id__gte=cut or lowest).order_by("-id")
    found = _accesses(_fitting(filters, within), limit + 1)
    if len(found) > limit:
        return Reads(found[:limit], found[limit - 1].id, False)
    return Reads(found, cut, cut is not None)


def _of_profile(filters: Filters, limit: int, before: UUID | None) -> Reads:
    """The reads of one profile, by its own index."""
    rows = _fitting(filters)
    if filters.since is not None:
        rows = rows.filter(at__gte=filters.since)
    if filters.until is not None:
        rows = rows.filter(at__lt=filters.until)
    last = AccessLog.objects.filter(id=before).values_list("at", "id").first() if before is not None else None
    if last is not None:
        rows = rows.filter(Q(at__lt=last[0]) | Q(at=last[0], id__lt=last[1]))
    found = _accesses(rows.order_by("-at", "-id"), limit + 1)
    return Reads(found[:limit], found[limit - 1].id if len(found) > limit else None, False)


def _fitting(filters: Filters, rows: QuerySet[AccessLog] | None = None) -> QuerySet[AccessLog]:
    rows = AccessLog.objects.all() if rows is None else rows
    if filters.staff:
        rows = rows.filter(actor__startswith=STAFF)
    if filters.actor:
        rows = rows.filter(actor=filters.actor)
    if filters.operation:
        rows = rows.filter(operation=filters.operation)
    if filters.profile_ids is not None:
        rows = rows.filter(profile_id__in=filters.profile_ids)
    return rows


def _accesses(rows: QuerySet[AccessLog], limit: int) -> list[Access]:
    return [Access(**row) for row in rows.values(*Access.__dataclass_fields__)[:limit]]


def unusual_reading(since: datetime, until: datetime, zone: tzinfo = UTC) -> list[Unusual]:
    """Members of staff who revealed or read strikingly many profiles on a day, as `zone` has it, the most first."""
    rows = AccessLog.objects.filter(actor__startswith=STAFF, id__gte=first_id(since), id__lt=first_id(until))
    counted = (
        rows.exclude(profile_id=None)
        .annotate(day=TruncDay("at", tzinfo=zone))
        .values("actor", "day")
        .annotate(
            read=Count("profile_id", distinct=True),
            revealed=Count("profile_id", distinct=True, filter=Q(operation="staff.reveal")),
        )
        .filter(Q(revealed__gte=MANY_REVEALED) | Q(read__gte=MANY_READ))
        .order_by("-revealed", "-read")
    )
    return [Unusual(row["actor"], row["day"], row["revealed"], row["read"]) for row in counted[:20]]


def last_uses(most: int = 10_000) -> dict[str, datetime]:
    """When tokens last read personal data, by name, as far as that is among the latest reads of all."""
    with connection.cursor() as cursor:
        cursor.execute(READ_LAST_USES, [last_id(), most])
        return {actor.removeprefix("token:"): at for actor, at in cursor.fetchall()}
