"""The work list: which cases wait, the greatest stake first."""

from collections.abc import Mapping

from django.db.models import Count

from profiles.models import ReviewCase


def count_open_cases() -> Mapping[str, int]:
    """How many cases are open, by the name of their kind; kinds without any are left out."""
    rows = ReviewCase.objects.filter(state=ReviewCase.State.OPEN).values("kind").annotate(number=Count("id"))
    return {row["kind"]: row["number"] for row in rows.order_by("kind")}
