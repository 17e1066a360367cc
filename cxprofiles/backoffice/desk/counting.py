"""What the desk counts: a year's requests, the record as CSV, and the deadlines of the weeks to come."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consent.requests.desk import due_by_day
from consent.requests.kinds import REGULATIONS
from consent.requests.log import read_log
from consent.requests.metrics import TypeMetrics, read_metrics
from cxprofiles.api.privacy_log import KEPT_DAYS, midnight, written
from cxprofiles.api.privacy_metrics import FIRST_YEAR, LAST_YEAR
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.reading import choice_of, day_of
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, screen, show

WEEKS = 8
HEIGHT, BASE, LEFT, SLOT, WIDE = 160, 130, 24, 70, 44
SERIES = ("complied_in_full", "complied_in_part", "denied", "withdrawn", "expired", "duplicate", "pending")


@dataclass(frozen=True, slots=True)
class Column:
    """One week of the picture. `since` and `until`: its first and last day; `tone`: bad for what is overdue."""

    label: str
    requests: int
    overdue: int
    since: date | None
    until: date | None
    x: int
    y: int
    height: int
    tone: str

    @property
    def middle(self) -> int:
        """Where its words stand."""
        return self.x + WIDE // 2


@screen(Right.SEE_REQUESTS, "GET")
def metrics_page(request: HttpRequest) -> HttpResponse:
    """The requests that a year brought, as California's rules (11 CCR 7102) want them disclosed."""
    year, regulation = year_of(request), choice_of(request.GET, "regulation", REGULATIONS)
    found = read_metrics(year=year, regulation=regulation)
    shown = {
        "year": year,
        "this_year": datetime.now(UTC).year,
        "regulation": regulation,
        "regulations": [(one, words.word(words.REGULATIONS, one), one == regulation) for one in REGULATIONS],
        "types": [(words.word(words.TYPES, one.type), one, reasons_of(one)) for one in found],
        "received": sum(one.received for one in found),
        "late": sum(one.late for one in found),
        "chart": chart_of(found),
    }
    return show(request, "desk/metrics.html", shown)


def reasons_of(one: TypeMetrics) -> list[tuple[str, int]]:
    """Why requests of a type were denied, with how often."""
    return [(words.word(words.DENIALS, reason), count) for reason, count in one.denied_by_reason.items()]


def chart_of(found: list[TypeMetrics]) -> dict[str, Any]:
    """The table as the chart takes it: the types, and for each kind of answer a number for each of them."""
    labels = answers_in_words()
    return {
        "types": [words.word(words.TYPES, one.type) for one in found],
        "series": [{"name": labels[name], "values": [getattr(one, name) for one in found]} for name in SERIES],
    }


def answers_in_words() -> dict[str, str]:
    """What became of requests, in words."""
    return {
        "complied_in_full": _("Done"),
        "complied_in_part": _("Done in part"),
        "denied": pgettext("a request", "Refused"),
        "withdrawn": _("Cancelled"),
        "expired": _("Expired"),
        "duplicate": _("Duplicate"),
        "pending": _("Open"),
    }


@screen(Right.SEE_REQUESTS, "GET")
def log_file(request: HttpRequest) -> HttpResponseBase:
    """The record of requests (11 CCR 7101) as CSV. It names nobody."""
    today = datetime.now(UTC).date()
    first = day_of(request.GET.get("from", "")) or today - timedelta(days=KEPT_DAYS)
    last = day_of(request.GET.get("to", "")) or today
    if not first <= last < date.max:
        raise Refused(_("The last day must not be before the first one."), 422)
    rows = read_log(since=midnight(first), until=midnight(last + timedelta(days=1)))
    response = StreamingHttpResponse(written(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="privacy-requests.csv"'
    return response


@screen(Right.SEE_REQUESTS, "GET")
def deadlines_page(request: HttpRequest) -> HttpResponse:
    """How many requests are due in each of the weeks to come."""
    columns = columns_of(datetime.now(UTC).date())
    width = LEFT + len(columns) * SLOT
    return show(request, "desk/deadlines.html", {"columns": columns, "width": width, "height": HEIGHT, "base": BASE})


def columns_of(today: date) -> list[Column]:
    """The weeks of the picture: what is overdue first, then week by week from Monday, then all later ones."""
    days, monday = due_by_day(), today - timedelta(days=today.weekday())
    spans: list[tuple[str, date | None, date | None]] = [(_("Overdue"), None, None)]
    spans += [("", monday + timedelta(weeks=week), monday + timedelta(weeks=week, days=6)) for week in range(WEEKS)]
    spans.append((_("Later"), monday + timedelta(weeks=WEEKS), None))
    counted = [
        (label, *_counted(days, since, until, first=not since and not until), since, until)
        for label, since, until in spans
    ]
    most = max((requests for _label, requests, *_rest in counted), default=0)
    return [_column(place, one, most) for place, one in enumerate(counted)]


def _counted(days: list[Any], since: date | None, until: date | None, *, first: bool) -> tuple[int, int]:
    """The requests of a span, and how many of them are overdue. `first`: those that are overdue, whenever they were
    due; they are in no other span."""
    late = sum(one.overdue for one in days)
    if first:
        return late, late
    among = [one for one in days if since is not None and since <= one.day and (until is None or one.day <= until)]
    return sum(one.requests - one.overdue for one in among), 0


def _column(place: int, one: tuple[Any, ...], most: int) -> Column:
    label, requests, overdue, since, until = one
    height = 0 if not most else max(requests * 100 // most, 3 if requests else 0)
    tone = "bad" if overdue else ("warn" if place == 1 and requests else "")
    x = LEFT + place * SLOT + (SLOT - WIDE) // 2
    return Column(label, requests, overdue, since, until, x, BASE - height, height, tone)


def year_of(request: HttpRequest) -> int:
    """The year that is asked for, or this one; raises `Refused`."""
    text = request.GET.get("year", "")
    if not text:
        return datetime.now(UTC).year
    if not (text.isascii() and text.isdigit() and len(text) == 4 and FIRST_YEAR <= int(text) <= LAST_YEAR):
        raise Refused(
            _("This must be a year from %(first)s to %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR}, 422
        )
    return int(text)
