"""Cases that ended long ago: removed, since what was decided stands in the decisions.

An answer whose question still stands is kept, or the same would be asked again; of it only who gave it and what they
wrote is forgotten.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from profiles.configuration import configuration
from profiles.models import ReviewCase, ReviewProposal
from profiles.models.review import ENDED
from profiles.review.registry import KINDS

AT_ONCE = 500
NAMELESS = Q(note="", answered_by="")


def count_old_cases(before: datetime) -> int:
    """How many cases and proposals that ended before have something to be removed, roughly."""
    return (
        old_cases(before).exclude(NAMELESS & Q(state=ReviewCase.State.ANSWERED)).count() + old_proposals(before).count()
    )


def remove_old_cases(before: datetime) -> int:
    """Remove the cases and proposals that ended before; how many rows went, or lost their note and name."""
    configuration()  # the latest, for the kinds
    total = old_proposals(before).delete()[0]
    for ids in pieces(before):
        with transaction.atomic():
            total += remove_cases(list(old_cases(before).select_for_update().filter(id__in=ids)))
    return total


def remove_cases(rows: list[ReviewCase]) -> int:
    """Remove those whose question does not stand, and forget who answered the others, and in which words."""
    needed = still_needed(rows)
    gone, _by_model = ReviewCase.objects.filter(id__in=[row.id for row in rows if row.id not in needed]).delete()
    forgotten = [row for row in rows if row.id in needed and (row.note or row.answered_by)]
    for row in forgotten:
        row.note = row.answered_by = ""
        row.details = {name: value for name, value in row.details.items() if name != "undo"}
    ReviewCase.objects.bulk_update(forgotten, ["note", "answered_by", "details"])
    ReviewCase.objects.filter(id__in=needed).update(checked_at=datetime.now(UTC))
    return gone + len(forgotten)


def still_needed(rows: list[ReviewCase]) -> set[UUID]:
    """The answered ones of which the same question would come up again."""
    needed: set[UUID] = set()
    for name, kind in KINDS.items():
        answered = [row for row in rows if row.kind == name and row.state == ReviewCase.State.ANSWERED]
        some = [row for row in answered if not kind.comes_back(row)]
        needed |= kind.still_open_among(some) if some else set()
    return needed


def pieces(before: datetime) -> Iterator[list[UUID]]:
    """The ids of all that are past their time, piece by piece, each once."""
    rows, last = old_cases(before).order_by("last_at", "id").values_list("last_at", "id"), None
    while True:
        behind = rows.filter(Q(last_at__gt=last[0]) | Q(last_at=last[0], id__gt=last[1])) if last else rows
        piece = list(behind[:AT_ONCE])
        if not piece:
            return
        yield [id_ for _at, id_ in piece]
        last = piece[-1]


def old_cases(before: datetime) -> QuerySet[ReviewCase]:
    """Those that ended before and were not found to be needed since."""
    return ReviewCase.objects.filter(ENDED, last_at__lt=before, checked_at__lt=before)


def old_proposals(before: datetime) -> QuerySet[ReviewProposal]:
    """Those that were approved, refused or withdrawn before."""
    return ReviewProposal.objects.filter(ended_at__lt=before).exclude(state=ReviewProposal.State.WAITING)
