"""The search for cases, each minute: what the resolver noted, a piece of what is stored, and whether open ones stand.

What it costs grows with what changed, not with what is stored: of each kind a piece of fixed size is walked through, in
rounds, so that what was never noted is found in the end (ADR 0034).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction

from consent.locks import Lock
from profiles.configuration import configuration
from profiles.models import ReviewCase, ReviewPosition
from profiles.review.cases import WAITING, bring_back, open_candidates
from profiles.review.kinds.case_kind import CaseKind
from profiles.review.registry import KINDS

MOST_A_TURN = 500
MOST_CHECKED = 200


def find_cases(*, most: int = MOST_A_TURN) -> int:
    """Open the cases of all kinds that are found, and settle those that do not stand; how many were opened."""
    opened = 0
    configuration()  # the latest, for the kinds
    for kind in list(KINDS.values()):
        with transaction.atomic():
            if is_alone():
                opened += search(kind, most)
    recheck_cases()
    return opened


def is_alone() -> bool:
    """Whether nobody else searches, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int(Lock.REVIEW)])
        return bool(cursor.fetchone()[0])


def search(kind: CaseKind, most: int) -> int:
    """Go on with the search of one kind; how many cases were opened. Call it in a transaction."""
    place, _made = ReviewPosition.objects.get_or_create(kind=kind.name)
    found = kind.find(place.position, most)
    opened = open_candidates(kind.name, found.candidates, comes_back=kind.comes_back)
    if found.position != place.position:
        ReviewPosition.objects.filter(kind=kind.name).update(position=found.position)
    return opened


def recheck_cases(most: int = MOST_CHECKED) -> int:
    """Look again at those that wait longest to be looked at; how many do not stand any more.

    Of the others those that were put off are opened anew where more is known."""
    rows = list(ReviewCase.objects.filter(state__in=WAITING).order_by("checked_at")[:most])
    gone = set(over(rows))
    now = datetime.now(UTC)
    checked = ReviewCase.objects.filter(id__in=[row.id for row in rows], state__in=WAITING)
    checked.update(checked_at=now)
    checked.filter(id__in=gone).update(state="settled", claimed_by="", claimed_until=None, last_at=now)
    bring_back(row for row in rows if row.id not in gone and row.kind in KINDS)
    return len(gone)


def over(rows: list[ReviewCase]) -> Iterator[UUID]:
    """Those of some cases that do not stand any more. One of a kind that is no longer there is left."""
    for name, kind in KINDS.items():
        some = [row for row in rows if row.kind == name]
        if some:
            standing = kind.still_open_among(some)
            yield from (row.id for row in some if row.id not in standing)
