"""Four eyes: what two people have to approve before it is done (ADR 0035)."""

from collections.abc import Collection
from uuid import UUID

from consent.models import RequestEvent
from consent.requests.machine import APPROVED_FIRST
from consent.requests.refusals import NotNow

STAFF = "staff:"
ONE, TWO = 1, 2
AGAIN = "You have approved this request already; somebody else gives the second approval."
NO_STAFF = "One of the two who approve this request is a member of staff; no token approves after a token."


def approved_first(id: UUID) -> list[str]:  # noqa: A002
    """Who gave the first of two approvals. Ask with the request locked, so that no other is given meanwhile."""
    return list(RequestEvent.objects.filter(request=id, name=APPROVED_FIRST).values_list("actor", flat=True))


def is_enough(before: Collection[str], actor: str, wanted: int) -> bool:
    """Whether another approval is the last that is wanted. Raises `NotNow` for one that cannot count."""
    if wanted <= ONE:
        return True
    if actor in before:
        raise NotNow(AGAIN)
    if before and not any(one.startswith(STAFF) for one in (*before, actor)):
        raise NotNow(NO_STAFF)
    return bool(before)
