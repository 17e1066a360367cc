"""The desk's list of requests: what is due first, filtered, a page at a time; and how many wait for what.

Open requests are few beside those that were ever made, so that they are counted and ordered as they are; all others
are read along the index of receipt.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from consent.models import Package, PrivacyRequest, RequestAppeal, RequestEvent, RequestExtension
from consent.pseudonyms import pseudonyms
from consent.requests.cursor import read_day, read_instant, write_cursor
from consent.requests.kinds import AWAITING_APPROVAL, CLOSED, IDENTITY_CHECK, NONE, PARTIALLY_COMPLETED, RECEIVED
from consent.requests.machine import APPROVED_FIRST
from consent.requests.records import Identifier
from consent.requests.shown import Standing

OPEN, OVERDUE, SOON, MINE, ANSWERED, ALL = "open", "overdue", "soon", "mine", "closed", "all"
SHOWS = (OPEN, OVERDUE, SOON, MINE, ANSWERED, ALL)
BY_DEADLINE = frozenset({OPEN, OVERDUE, SOON, MINE})
SOON_DAYS = 7
APPEAL_OPEN = "received"
MOST_APPEALS = 500
# What staff took by phone or letter waits for them until they say how the person proved who they are.
TAKEN_BY_STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests. `verified` None: either. `actor`: who asks; what they approved first waits for others."""

    show: str = OPEN
    type: str = ""
    state: str = ""
    source: str = ""
    regulation: str = ""
    verified: bool | None = None
    actor: str = ""


@dataclass(frozen=True, slots=True)
class OnDesk(Standing):
    """One request of the list: nobody is named. `appeal_due_on`: of an appeal that is open. `approved_first`: who gave
    the first of two approvals; empty: nobody did. `package_until`: how long the package that it made can be fetched;
    None: there is none."""

    extended: bool
    appeal_due_on: date | None
    approved_first: str
    package_until: datetime | None
    package_fetched_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done about it, but for an appeal."""
        return self.state not in CLOSED


SAME = tuple(OnDesk.__dataclass_fields__)


class Counts(NamedTuple):
    """How many open requests there are, and what they wait for."""

    open: int
    overdue: int
    soon: int
    identity: int
    approval: int
    partial: int
    appeals: int


class DueOn(NamedTuple):
    """How many open requests the staff's day is for, and of how many of them the legal day is over."""

    day: date
    requests: int
    overdue: int


def list_desk(wanted: Wanted, *, cursor: str = "", limit: int = 50) -> tuple[list[OnDesk], str]:
    """Some requests and the cursor of the next page ("" at the end). Raises `BadRequestCursor`.

    Open ones: what is due first; all others: the latest first.
    """
    found = _filtered(_shown(PrivacyRequest.objects.all()), wanted)
    by_deadline = wanted.show in BY_DEADLINE
    if cursor:
        found = found.filter(behind(cursor, by_deadline))
    order = ("internal_due_on", "id") if by_deadline else ("-received_at", "-id")
    rows = [OnDesk(**row) for row in found.order_by(*order).values(*SAME)[: limit + 1]]
    return rows[:limit], cursor_of(rows[limit - 1], by_deadline) if len(rows) > limit else ""


def list_desk_about(identifiers: Collection[Identifier], *, limit: int = 100) -> list[OnDesk]:
    """The requests that are about one of some canonical identifiers, the latest first."""
    digests = [one.digest for pair in identifiers for one in pseudonyms(*pair)]
    ids = PrivacyRequest.objects.filter(subjects__digest__in=digests).values("id")
    found = _shown(PrivacyRequest.objects.filter(id__in=ids)).order_by("-received_at", "-id")
    return [OnDesk(**row) for row in found.values(*SAME)[:limit]]


def desk_rows(ids: Collection[UUID]) -> list[OnDesk]:
    """Some requests, those that are there, what is due first."""
    found = _shown(PrivacyRequest.objects.filter(id__in=ids)).order_by("internal_due_on", "id")
    return [OnDesk(**row) for row in found.values(*SAME)]


def count_desk(today: date) -> Counts:
    """The open requests, by what they wait for."""
    states = {"identity": [RECEIVED, IDENTITY_CHECK], "approval": [AWAITING_APPROVAL], "partial": [PARTIALLY_COMPLETED]}
    counted = PrivacyRequest.objects.filter(closed_at=None).aggregate(
        open=Count("id"),
        overdue=Count("id", filter=Q(due_on__lt=today)),
        soon=Count("id", filter=_is_soon(today)),
        **{name: Count("id", filter=Q(state__in=among)) for name, among in states.items()},
    )
    return Counts(**counted, appeals=RequestAppeal.objects.filter(state=APPEAL_OPEN).count())


def due_by_day() -> list[DueOn]:
    """The open requests by the day that staff work to, the earliest first."""
    late = Count("id", filter=Q(due_on__lt=datetime.now(UTC).date()))
    rows = PrivacyRequest.objects.filter(closed_at=None).order_by("internal_due_on").values("internal_due_on")
    counted = rows.annotate(requests=Count("id"), overdue=late)
    return [DueOn(row["internal_due_on"], row["requests"], row["overdue"]) for row in counted]


def _shown(found: QuerySet[PrivacyRequest]) -> QuerySet[PrivacyRequest]:
    own: dict[str, Any] = {"request": OuterRef("pk")}
    first = RequestEvent.objects.filter(**own, name=APPROVED_FIRST).values("actor")[:1]
    return found.annotate(
        extended=Exists(RequestExtension.objects.filter(**own)),
        package_until=Subquery(Package.objects.filter(**own).values("expires_at")[:1]),
        package_fetched_at=Subquery(Package.objects.filter(**own).values("fetched_at")[:1]),
        appeal_due_on=Subquery(RequestAppeal.objects.filter(**own, state=APPEAL_OPEN).values("due_on")[:1]),
        approved_first=Coalesce(Subquery(first), Value(""), output_field=TextField()),
    )


def _filtered(found: QuerySet[PrivacyRequest], wanted: Wanted) -> QuerySet[PrivacyRequest]:
    equal = {name: getattr(wanted, name) for name in ("type", "state", "source", "regulation")}
    found = found.filter(_of_show(wanted), **{name: value for name, value in equal.items() if value})
    if wanted.verified is None:
        return found
    known = Q(verified_at__isnull=False) | Q(identity_needed=NONE)
    return found.filter(known if wanted.verified else ~known)


def _of_show(wanted: Wanted) -> Q:
    today, open_ = datetime.now(UTC).date(), Q(closed_at=None)
    if wanted.show == MINE:
        return _waits_for(wanted.actor)
    others = {OVERDUE: Q(due_on__lt=today), SOON: _is_soon(today)}
    if wanted.show in others:
        return open_ & others[wanted.show]
    return {OPEN: open_, ANSWERED: Q(closed_at__isnull=False)}.get(wanted.show, Q())


def _is_soon(today: date) -> Q:
    return Q(due_on__gte=today, internal_due_on__lte=today + timedelta(days=SOON_DAYS))


def _waits_for(actor: str) -> Q:
    """What this member of staff can bring on: an approval that they have not given, what was done in part, a proof of
    identity that staff are to see, and appeals."""
    own = RequestEvent.objects.filter(request=OuterRef("pk"), name=APPROVED_FIRST, actor=actor)
    appealed = RequestAppeal.objects.filter(state=APPEAL_OPEN).order_by("due_on").values_list("request_id", flat=True)
    approval = Q(state=AWAITING_APPROVAL) & ~Exists(own)
    identity = Q(state__in=[RECEIVED, IDENTITY_CHECK], source=TAKEN_BY_STAFF)
    waiting = Q(closed_at=None) & (approval | identity | Q(state=PARTIALLY_COMPLETED))
    return waiting | Q(id__in=list(appealed[:MOST_APPEALS]))


def cursor_of(row: OnDesk, by_deadline: bool) -> str:
    """Where a request stands in the list."""
    return write_cursor(row.internal_due_on if by_deadline else row.received_at, row.id)


def behind(cursor: str, by_deadline: bool) -> Q:
    """What stands behind a place in the list; raises `BadRequestCursor`."""
    if by_deadline:
        day, last = read_day(cursor)
        return Q(internal_due_on__gt=day) | Q(internal_due_on=day, id__gt=last)
    at, last = read_instant(cursor)
    return Q(received_at__lt=at) | Q(received_at=at, id__lt=last)
