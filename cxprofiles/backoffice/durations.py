"""Durations in words: ISO 8601 ones as they are written, P10Y as *10 years*, and spans of time in one unit."""

import re
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

FORM = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
YEARS, _MONTHS, _WEEKS, DAYS, HOURS, MINUTES, SECONDS = range(7)
# The units in which a span is said: from how many seconds on, and how many seconds one is.
UNITS = (
    (YEARS, 2 * 365 * 86_400, 365 * 86_400),
    (DAYS, 86_400, 86_400),
    (HOURS, 3600, 3600),
    (MINUTES, 60, 60),
)


def in_words(duration: str) -> str:
    """A duration in words; empty means for ever; what is no plain duration stays as it is."""
    if not duration:
        return _("for ever")
    found = FORM.fullmatch(duration)
    if found is None or not any(found.groups()):
        return duration
    numbers = [int(one or 0) for one in found.groups()]
    return " ".join(_part(place, n) for place, n in enumerate(numbers) if n)


def span_said(span: timedelta) -> str:
    """A span of time in its greatest unit: 3 days, 5 hours."""
    seconds = int(abs(span).total_seconds())
    for unit, least, length in UNITS:
        if seconds >= least:
            return _part(unit, seconds // length)
    return _part(SECONDS, seconds)


def _part(place: int, n: int) -> str:
    said = (
        ngettext("%(n)s year", "%(n)s years", n),
        ngettext("%(n)s month", "%(n)s months", n),
        ngettext("%(n)s week", "%(n)s weeks", n),
        ngettext("%(n)s day", "%(n)s days", n),
        ngettext("%(n)s hour", "%(n)s hours", n),
        ngettext("%(n)s minute", "%(n)s minutes", n),
        ngettext("%(n)s second", "%(n)s seconds", n),
    )
    return said[place] % {"n": n}
