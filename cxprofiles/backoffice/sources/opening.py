"""Opening one source: its row, and the tabs that all of its screens have."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, show
from cxprofiles.backoffice.staff_rights import has_right
from profiles.configuration import CORRECTING
from profiles.models import Source

HIGHEST_ID = 2**31 - 1
REVEALED = "revealed_sources"
REVEALED_SECONDS = 600


class Tab(NamedTuple):
    """A screen of a source. `end`: of its path."""

    name: str
    label: str | Promise
    end: str
    right: Right = Right.SEE_SOURCES


TABS = (
    Tab("health", _("Health"), ""),
    Tab("live", _("Live"), "live/"),
    Tab("quarantine", _("Quarantine"), "quarantine/"),
    Tab("settings", _("Settings"), "settings/"),
    Tab("keys", _("Keys"), "keys/"),
    Tab("connect", _("Connect a client"), "connect/"),
)


def open_source(number: int) -> Source:
    """The source of this number; raises `NotHere`, for the service's own too."""
    row = Source.objects.exclude(rank=CORRECTING).filter(pk=number).first() if number <= HIGHEST_ID else None
    if row is None:
        raise NotHere
    return row


def path_of(row: Source, end: str = "") -> str:
    """The path of a source's screen."""
    return f"/backoffice/sources/{row.pk}/{end}"


def show_source(
    request: HttpRequest, row: Source, tab: str, shown: Mapping[str, Any], *, template: str = "", status: int = 200
) -> HttpResponse:
    """A screen of a source, with its head and its tabs."""
    head = {
        "source": row,
        "tabs": [(path_of(row, one.end), one.label, one.name == tab) for one in TABS],
        "runs": has_right(request.user, Right.RUN_SOURCES),
    }
    return show(request, f"sources/{template or tab}.html", {**head, **shown}, status=status)


def sees_values(request: HttpRequest, row: Source) -> bool:
    """Whether this member of staff has asked, within the last ten minutes, to see the values that a source sends."""
    if not has_right(request.user, Right.REVEAL):
        return False
    held = request.session.get(REVEALED, {})
    until = held.get(str(row.pk), 0) if isinstance(held, dict) else 0
    return isinstance(until, int | float) and until > time.time()


def show_values(request: HttpRequest, row: Source, shown: bool) -> None:
    """Show this member of staff the values that a source sends for ten minutes, or mask them again."""
    now = time.time()
    held = {id_: until for id_, until in request.session.get(REVEALED, {}).items() if until > now}
    held.pop(str(row.pk), None)
    if shown:
        held[str(row.pk)] = now + REVEALED_SECONDS
    request.session[REVEALED] = held
