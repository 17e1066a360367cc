"""How many privacy requests are open, and how many of them are late."""

from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Count, Q

from consent.models import PrivacyRequest
from consent.requests.kinds import CLOSED


class OpenRequests(NamedTuple):
    """Open requests of one type in one state. `overdue`: those whose legal day is over."""

    type: str
    state: str
    requests: int
    overdue: int


def count_open() -> list[OpenRequests]:
    """The open requests by type and state."""
    rows = PrivacyRequest.objects.exclude(state__in=CLOSED).values("type", "state").order_by("type", "state")
    late = Count("id", filter=Q(due_on__lt=datetime.now(UTC).date()))
    return [OpenRequests(**row) for row in rows.annotate(requests=Count("id"), overdue=late)]
