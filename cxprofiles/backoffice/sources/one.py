"""One source: what is wrong with it and what to do, and what became of what it sent over an hour, a day or a week."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, screen
from cxprofiles.backoffice.sources.listing import row_of, steps_of
from cxprofiles.backoffice.sources.opening import HIGHEST_ID, show_source
from cxprofiles.backoffice.sources.words import lag_in_words, milliseconds_in_words, said, skew_in_words
from profiles.figures.reading import Figures, Point, floor, read_course
from profiles.health import source_health

MINUTE = timedelta(minutes=1)


class Period(NamedTuple):
    """How far back is looked, in steps of which length."""

    name: str
    label: str | Promise
    length: timedelta
    step: timedelta
    a_step: str | Promise
    times: str  # how they are written below the charts


PERIODS = (
    Period("hour", gettext_lazy("Hour"), timedelta(hours=1), MINUTE, gettext_lazy("a minute"), "%H:%M"),
    Period("day", gettext_lazy("Day"), timedelta(days=1), 15 * MINUTE, gettext_lazy("15 minutes"), "%H:%M"),
    Period("week", gettext_lazy("Week"), timedelta(days=7), 120 * MINUTE, gettext_lazy("2 hours"), "%d.%m. %H:%M"),
)


@screen(Right.SEE_SOURCES, "GET")
def source_page(request: HttpRequest, number: int) -> HttpResponse:
    """How a source is, and its charts."""
    period = next((one for one in PERIODS if one.name == request.GET.get("period")), PERIODS[0])
    health = source_health(only=number) if number <= HIGHEST_ID else None
    if health is None or not health.sources:
        raise NotHere
    [one] = health.sources
    until = floor(datetime.now(UTC), period.step) + period.step
    points = read_course(one.row.pk, until - period.length, until, period.step)
    shown = {
        "row": row_of(one),
        "unwell": [said(unwell) for unwell in one.unwell],
        "steps": steps_of(health.chain),
        "figures": one.figures,
        "longest_skew": milliseconds_in_words(one.figures.skew_max) if sum(one.figures.skew) else "",
        "period": period,
        "periods": PERIODS,
        "course": course_of(points, period),
        "points": [table_row(point) for point in reversed(points) if point.figures.delivered],
        "total": sum(point.figures.delivered for point in points),
    }
    return show_source(request, one.row, "health", shown)


def course_of(points: list[Point], period: Period) -> dict[str, Any]:
    """The charts' figures and words, as JSON. Lags are seconds; none where nothing was stored."""
    figures = [point.figures for point in points]
    series = ("events", "duplicates", "quarantined")
    return {
        "at": [timezone.localtime(point.at).strftime(period.times) for point in points],
        "counts": {name: [getattr(one, name) for one in figures] for name in series}
        | {"left_out": [one.dropped + one.suppressed for one in figures]},
        "p50": [_seconds(one, 0.5) for one in figures],
        "p95": [_seconds(one, 0.95) for one in figures],
        "words": {
            "events": _("Stored"),
            "duplicates": _("Came again"),
            "quarantined": _("Not understood"),
            "left_out": _("Left out"),
            "p50": _("Half of the events"),
            "p95": _("19 in 20 events"),
            "seconds": _("s"),
        },
    }


def _seconds(figures: Figures, share: float) -> float | None:
    found = figures.lag_at(share)
    return None if found is None else found / 1000


def table_row(point: Point) -> dict[str, Any]:
    """A step as the table below the charts has it."""
    figures = point.figures
    return {
        "at": point.at,
        "figures": figures,
        "left_out": figures.dropped + figures.suppressed,
        "p50": lag_in_words(figures.lag_at(0.5), figures.lag_is_beyond(0.5)),
        "p95": lag_in_words(figures.lag_at(0.95), figures.lag_is_beyond(0.95)),
        "skew": skew_in_words(figures.mean_skew()) if sum(figures.skew) else "",
    }
