"""Days in the filters of lists: from one, to another, in the reader's time zone."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cxprofiles.backoffice.days import begin_of
from cxprofiles.backoffice.screens import Refused


class Period(NamedTuple):
    """From an instant up to another, that one left out; None: open. And the days as they were entered."""

    since: datetime | None
    until: datetime | None
    from_day: str
    to_day: str


def period_of(request: HttpRequest) -> Period:
    """The period that `from` and `to` of the query name; raises `Refused`."""
    from_day, to_day = request.GET.get("from", "").strip(), request.GET.get("to", "").strip()
    return Period(beginning(from_day), beginning(to_day, after=1), from_day, to_day)


def day_of(request: HttpRequest) -> Period:
    """The day that `day` of the query names; raises `Refused`."""
    day = request.GET.get("day", "").strip()
    return Period(beginning(day), beginning(day, after=1), day, day)


def beginning(day: str, after: int = 0) -> datetime | None:
    """When a day begins where the reader is, or the one so many days after it; None for an empty text."""
    if not day:
        return None
    try:
        return begin_of(date.fromisoformat(day) + timedelta(days=after))
    except (ValueError, OverflowError):
        raise Refused(_("This is not a day. Write it as 2026-03-31."), 422) from None


def number_of(request: HttpRequest, name: str) -> int | None:
    """A whole number of the query, None where there is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
