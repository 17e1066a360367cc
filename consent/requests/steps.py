"""What each store answered to the execution of a request, so that it goes on where it stopped and counts once.

`part`: the evidence groups that an execution is for, joined by `+` in their order.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet

from consent.models import RequestStep

DONE, PENDING = "done", "pending"


class Part(NamedTuple):
    """One execution of a request."""

    request_id: UUID
    part: str


def part_of(request_id: UUID, groups: Collection[str]) -> Part:
    """The execution of a request for some evidence groups."""
    return Part(request_id, "+".join(sorted(groups)))


def is_done(part: Part, store: str) -> bool:
    """Whether a store has answered."""
    return _steps(part).filter(store=store, state=DONE).exists()


def count(part: Part, store: str, rows: int, kept: int = 0) -> None:
    """Add to what was done in a store. Call it in the transaction that does it, so that nothing counts twice."""
    RequestStep.objects.get_or_create(request_id=part.request_id, store=store, part=part.part)
    if rows or kept:
        _steps(part).filter(store=store).update(rows=F("rows") + rows, kept=F("kept") + kept)


def note(part: Part, store: str, rows: int) -> None:
    """Note how much was done in a store, which is done at once; said again it is the same."""
    count(part, store, 0)
    _steps(part).filter(store=store).update(rows=rows)


def end_step(part: Part, store: str) -> None:
    """Note that a store has answered."""
    count(part, store, 0)
    _steps(part).filter(store=store).update(state=DONE, ended_at=datetime.now(UTC), problem="")


def end_all(part: Part) -> None:
    """Note that every store has answered: those too that another's step counted along with its own."""
    _steps(part).exclude(state=DONE).update(state=DONE, ended_at=datetime.now(UTC), problem="")


def start_anew(part: Part) -> None:
    """Have every store asked again; what it answered before still counts."""
    _steps(part).update(state=PENDING, ended_at=None)


def rows_by_store(part: Part) -> dict[str, int]:
    """How many rows each store answered with."""
    return dict(_steps(part).order_by("store").values_list("store", "rows"))


def _steps(part: Part) -> QuerySet[RequestStep]:
    return RequestStep.objects.filter(request_id=part.request_id, part=part.part)
