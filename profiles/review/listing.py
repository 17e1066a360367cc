"""The work list: which cases wait, the greatest stake first, then the oldest; page after page without counting."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, Value

from profiles.models import ReviewCase
from profiles.review import sql
from profiles.review.registry import KINDS

PAGE = 30
MOST_COUNTED = 1_000


class BadCursor(ValueError):
    """This is no page of the work list; go to its beginning."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some cases in order, and the cursor of the next page; empty at the end."""

    cases: list[ReviewCase]
    following: str


@dataclass(frozen=True, slots=True)
class Beside:
    """The cases before and after one in the list, if there are any."""

    before: UUID | None
    after: UUID | None


def count_open_cases() -> Mapping[str, int]:
    """How many cases are open, by the name of their kind; kinds without any are left out."""
    return count_cases(ReviewCase.State.OPEN)


def count_cases(state: str) -> Mapping[str, int]:
    """How many cases are in a state that waits, by the name of their kind; a thousand are a thousand or more."""
    with connection.cursor() as cursor:
        cursor.execute(sql.COUNT_CASES, {"state": state, "kinds": list(KINDS), "most": MOST_COUNTED})
        return {kind: number for kind, number in cursor.fetchall() if number}


def list_cases(*, state: str, kind: str = "", cursor: str = "", limit: int = PAGE) -> CasePage:
    """The cases in a state, of one kind or of all. Raises `BadCursor`."""
    rows = cases_in(state, kind)
    if cursor:
        rows = rows.filter(after_place(*read_cursor(cursor)))
    found = list(rows.order_by("-stake", "opened_at", "id")[: limit + 1])
    following = cursor_of(found[limit - 1]) if len(found) > limit else ""
    return CasePage(found[:limit], following)


def list_ended(*, state: str, kind: str = "", cursor: str = "", limit: int = PAGE) -> CasePage:
    """The cases that were answered or settled, the last first. Raises `BadCursor`."""
    rows = cases_in(state, kind)
    if cursor:
        _stake, at, id_ = read_cursor(cursor)
        rows = rows.filter(Q(last_at__lte=at) & (Q(last_at__lt=at) | Q(id__lt=id_)))
    found = list(rows.order_by("-last_at", "-id")[: limit + 1])
    following = cursor_at(0, found[limit - 1].last_at, found[limit - 1].id) if len(found) > limit else ""
    return CasePage(found[:limit], following)


def cases_beside(case: ReviewCase, kind: str = "", *, free_for: str = "") -> Beside:
    """Which cases stand before and after one in its list: that of those put off, or the open ones.

    `free_for`: those alone that nobody but this member of staff works on.
    """
    state = ReviewCase.State.LATER if case.state == ReviewCase.State.LATER else ReviewCase.State.OPEN
    rows = cases_in(state, kind).values_list("id")
    if free_for:
        free = Q(claimed_by__in=["", free_for]) | Q(claimed_until=None) | Q(claimed_until__lte=datetime.now(UTC))
        rows = rows.filter(free)
    place = (case.stake, case.opened_at, case.id)
    before = rows.filter(before_place(*place)).order_by("stake", "-opened_at", "-id")[:1]
    after = rows.filter(after_place(*place)).order_by("-stake", "opened_at", "id")[:1]
    marked = before.annotate(behind=Value(False)).union(after.annotate(behind=Value(True)), all=True)
    found = {behind: id_ for id_, behind in marked}
    return Beside(found.get(False), found.get(True))


def cases_in(state: str, kind: str) -> QuerySet[ReviewCase]:
    """The cases in a state, of one kind or of all."""
    found = ReviewCase.objects.filter(state=state)
    return found.filter(kind=kind) if kind else found


def after_place(stake: int, opened_at: datetime, id_: UUID) -> Q:
    """What stands behind a place in the list."""
    behind = Q(opened_at__gt=opened_at) | Q(opened_at=opened_at, id__gt=id_)
    return Q(stake__lte=stake) & (Q(stake__lt=stake) | behind)  # the bound lets the index begin there


def before_place(stake: int, opened_at: datetime, id_: UUID) -> Q:
    """What stands before a place in the list."""
    ahead = Q(opened_at__lt=opened_at) | Q(opened_at=opened_at, id__lt=id_)
    return Q(stake__gte=stake) & (Q(stake__gt=stake) | ahead)


def cursor_of(case: ReviewCase) -> str:
    """A place in the list as an opaque text."""
    return cursor_at(case.stake, case.opened_at, case.id)


def cursor_at(stake: int, at: datetime, id_: UUID) -> str:
    """The same by its parts."""
    return urlsafe_b64encode(f"{stake}|{at.isoformat()}|{id_}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, datetime, UUID]:
    """The place that a text stands for; raises `BadCursor`."""
    try:
        if len(cursor) > 200:
            raise BadCursor
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        stake, opened_at, id_ = urlsafe_b64decode(padded).decode().split("|")
        at = datetime.fromisoformat(opened_at)
        if at.tzinfo is None or abs(int(stake)) >= 2**63:
            raise BadCursor
        return int(stake), at, UUID(id_)
    except (ValueError, UnicodeError):
        raise BadCursor from None
