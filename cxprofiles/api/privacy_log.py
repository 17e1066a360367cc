"""The record of requests as CSV, and the calculator of deadlines."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar

import msgspec
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.requests.clocks import clock_of
from consent.requests.kinds import REGULATIONS, TYPES
from consent.requests.log import LoggedRequest, read_log
from cxprofiles.api.authentication import ApiView, Scopes, answer
from cxprofiles.api.bodies import bad_parameter, read_text
from cxprofiles.api.privacy_requests import one_of, read_day
from profiles.privacy.tables import cell_of

KEPT_DAYS = 731  # 24 months


class DeadlinesShown(msgspec.Struct):
    """The days by which the law wants something of a request. `internal_due_on` is the strict day; `due_on` is moved to
    the next working day where the law says so; `extended_due_on` is the same once more time was taken, null where none
    can be; `latest_on` is the last of all."""

    acknowledge_by: date | None
    internal_due_on: date
    due_on: date
    extended_due_on: date | None
    latest_on: date


class LogView(ApiView):
    """The record."""

    scopes: ClassVar[Scopes] = {"GET": ("privacy",)}

    @extend_schema(
        operation_id="export_privacy_log",
        parameters=[
            OpenApiParameter("from", str, description="A day; 24 months ago if left out."),
            OpenApiParameter("to", str, description="A day, itself included; today if left out."),
        ],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Each request of the period: when, what, how it came, when and how it was answered, why it was denied."""
        today = datetime.now(UTC).date()
        first = read_day(request, "from") or today - timedelta(days=KEPT_DAYS)
        last = read_day(request, "to") or today
        if last < first:
            raise bad_parameter("to", "This must not be before `from`.")
        if last == date.max:
            raise bad_parameter("to", "This is past all days that there are.")
        rows = read_log(since=midnight(first), until=midnight(last + timedelta(days=1)))
        response = StreamingHttpResponse(written(rows), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="privacy-requests.csv"'
        return response


class DeadlinesView(ApiView):
    """The calculator."""

    scopes: ClassVar[Scopes] = {"GET": ("privacy",)}

    @extend_schema(
        operation_id="calculate_privacy_deadlines",
        parameters=[
            OpenApiParameter("received", str, required=True, description="A day."),
            OpenApiParameter("regulation", str, enum=list(REGULATIONS), description="`gdpr` if left out."),
            OpenApiParameter("type", str, enum=list(TYPES), description="`access` if left out."),
            OpenApiParameter("region", str, description="Whose holidays count, such as DE, DE-BY or US-CA."),
        ],
        responses=DeadlinesShown,
    )
    def get(self, request: Request) -> HttpResponse:
        """By when a request that was received on a day is to be answered."""
        received = read_day(request, "received")
        if received is None:
            raise bad_parameter("received", "Say the day on which the request was received.")
        if not 1970 <= received.year <= 2200:
            raise bad_parameter("received", "This must be a day of the years 1970 to 2200.")
        clock = clock_of(
            regulation=one_of(request, "regulation", REGULATIONS) or "gdpr",
            type=one_of(request, "type", TYPES) or "access",
            received_on=received,
            region=read_text(request, "region") or "",
        )
        return answer(
            DeadlinesShown(
                clock.acknowledge_by, clock.internal_due_on, clock.due_on, clock.extended_due_on, clock.latest_on
            )
        )


class Echo:
    """What the CSV writer writes to: it hands each line on."""

    def write(self, line: str) -> str:
        return line


def written(rows: Iterable[LoggedRequest]) -> Iterator[str]:
    """The lines of the file."""
    writer = csv.writer(Echo())
    yield writer.writerow(LoggedRequest._fields)
    for row in rows:
        yield writer.writerow([cell_of(field) for field in row])


def midnight(day: date) -> datetime:
    """The beginning of a day."""
    return datetime.combine(day, time.min, tzinfo=UTC)
