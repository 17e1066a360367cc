"""Connecting a client to a source: code to be copied, with the key only right after it was made; and whether anything
has come."""

from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse

from consent.times import microseconds, moment
from cxprofiles.api.links import public_url
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import go_to, screen, show
from cxprofiles.backoffice.shown_once import keep_once, take_once
from cxprofiles.backoffice.sources.opening import open_source, path_of, show_source
from cxprofiles.backoffice.sources.snippets import PLACEHOLDER, snippets_for
from profiles.figures.reading import read_latest, read_waiting
from profiles.models import Source

LONGEST_PLACE = 16  # digits


@screen(Right.SEE_SOURCES, "GET")
def connect_page(request: HttpRequest, number: int) -> HttpResponse:
    """Code for each client: with the key that was made a moment ago, this once; else with a placeholder, since keys
    are not kept readable."""
    row = open_source(number)
    once = take_once(request, f"source:{row.pk}")
    key, url = once.get("key", ""), public_url(request, "/").rstrip("/")
    shown = {
        "key": key,
        "secret": once.get("secret", ""),
        "made": bool(once.get("made")),
        "url": url,
        "placeholder": PLACEHOLDER,
        "snippets": snippets_for(url=url, key=key or PLACEHOLDER, trusted=row.trust == Source.Trust.SERVER),
        **arrival_of(row, datetime.now(UTC)),
    }
    return show_source(request, row, "connect", shown)


def to_key(request: HttpRequest, row: Source, *, key: str = "", secret: str = "", made: bool = False) -> HttpResponse:
    """To the page that shows, this once, a key or a signing secret that was just made. `made`: with its source."""
    keep_once(request, f"source:{row.pk}", {"key": key, "secret": secret, "made": "yes" if made else ""})
    return go_to(path_of(row, "connect/"))


@screen(Right.SEE_SOURCES, "GET")
def arrived_part(request: HttpRequest, number: int) -> HttpResponse:
    """Whether something has come since the page was opened: a part of it, asked for again and again until it has."""
    row, text = open_source(number), request.GET.get("since", "")
    readable = len(text) <= LONGEST_PLACE and text.isascii() and text.isdigit()
    since = moment(int(text)) if readable else datetime.now(UTC)
    return show(request, "sources/arrived.html", {"source": row, **arrival_of(row, since)})


def arrival_of(row: Source, since: datetime) -> dict[str, object]:
    """What has come of a source since an instant."""
    latest, waiting = read_latest([row.pk]).get(row.pk), read_waiting().get(row.pk)
    # A minute's figures tell of its latest event alone, so what came with it counts as new.
    came = latest is not None and latest[0] > since - timedelta(seconds=1)
    return {
        "came": came,
        "accepted": waiting is not None,
        "last_received": latest[0] if latest else None,
        "since": microseconds(since),
        "asks": path_of(row, "arrived/"),
    }
