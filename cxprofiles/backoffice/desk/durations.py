"""ISO 8601 durations in words: P10Y as *10 years*."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

FORM = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def in_words(duration: str) -> str:
    """A duration in words; empty means for ever; what is no plain duration stays as it is."""
    if not duration:
        return _("for ever")
    found = FORM.fullmatch(duration)
    if found is None or not any(found.groups()):
        return duration
    numbers = [int(one or 0) for one in found.groups()]
    return " ".join(_part(place, n) for place, n in enumerate(numbers) if n)


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
