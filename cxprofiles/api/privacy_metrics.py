"""How many requests a year brought, and how they were answered."""

from datetime import UTC, datetime
from typing import ClassVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.requests.kinds import REGULATIONS
from consent.requests.metrics import TypeMetrics, read_metrics
from cxprofiles.api.authentication import ApiView, Scopes, answer
from cxprofiles.api.bodies import bad_parameter, read_text
from cxprofiles.api.privacy_requests import one_of

FIRST_YEAR, LAST_YEAR = 1970, 2200


class MetricsShown(msgspec.Struct):
    """The requests received in a year, by type. Per type: those `complied_in_full`, `complied_in_part` and `denied`
    (`denied_by_reason`), the `median_days` and `mean_days` from receipt to that answer (null: none yet), those answered
    `late`; and apart from them the `withdrawn`, `expired` (identity not proven in time), `duplicate` and `pending`."""

    year: int
    regulation: str
    types: list[TypeMetrics]


class MetricsView(ApiView):
    """The metrics of a year."""

    scopes: ClassVar[Scopes] = {"GET": ("privacy",)}

    @extend_schema(
        operation_id="read_privacy_metrics",
        parameters=[
            OpenApiParameter("year", int, description="The calendar year of receipt; the current one if left out."),
            OpenApiParameter("regulation", str, enum=list(REGULATIONS), description="All if left out."),
        ],
        responses=MetricsShown,
    )
    def get(self, request: Request) -> HttpResponse:
        """What California's rules (11 CCR 7102) want disclosed each year: counts and days, and nobody's name."""
        year, regulation = read_year(request), one_of(request, "regulation", REGULATIONS)
        return answer(MetricsShown(year, regulation, read_metrics(year=year, regulation=regulation)))


def read_year(request: Request) -> int:
    """The year that was asked for, or this one."""
    text = read_text(request, "year")
    if text is None:
        return datetime.now(UTC).year
    if not (text.isascii() and text.isdigit() and len(text) == 4 and FIRST_YEAR <= int(text) <= LAST_YEAR):
        raise bad_parameter("year", f"This must be a year from {FIRST_YEAR} to {LAST_YEAR}.")
    return int(text)
