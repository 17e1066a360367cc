"""The last events of a source as they come.

No thread of the server is held: each request for the stream is answered at once with what is new, and ends; the browser
asks again by itself after `RETRY` with the place where it was (ADR 36).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from consent.times import microseconds, moment
from cxprofiles.backoffice.disclosing import note_reads
from cxprofiles.backoffice.masking import masked_text
from cxprofiles.backoffice.profile.timeline_words import dropped_said
from cxprofiles.backoffice.refusal_words import refusal_in_words
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import TEMPLATES, View, go_to, screen
from cxprofiles.backoffice.sources.opening import open_source, path_of, sees_values, show_source, show_values
from cxprofiles.backoffice.sources.payloads import payload_of
from cxprofiles.backoffice.staff_rights import has_right
from cxprofiles.backoffice.warning_words import warning_in_words
from profiles.intake.latest import Latest, LiveEvent, latest_events
from profiles.models import Source

OPERATION = "staff.live"
EVENT_STREAM = "text/event-stream"
RETRY = 1500  # milliseconds
LONGEST_FILTER = 100
LONGEST_PLACE = 16  # digits: to the year 2286 and further
KINDS = ("all", "stored", "quarantined")
# What a stream is told instead of an answer of this status.
REFUSED_AS = {302: "signed-out", 503: "away"}


@screen(Right.SEE_SOURCES, "GET")
def live_page(request: HttpRequest, number: int) -> HttpResponse:
    """The last events, and where there are scripts those that come from now on."""
    row = open_source(number)
    latest, revealed = latest_events(row.pk), sees_values(request, row)
    events = matching(latest.events, request)
    note_reads(request, OPERATION, people_in(events) if revealed else [], ["payload" if revealed else "masked"])
    shown = {
        "events": [event_shown(one, revealed) for one in events],
        "too_many": latest.too_many,
        "counts": counts_of(latest),
        "revealed": revealed,
        "may_reveal": has_right(request.user, Right.REVEAL),
        "since": place_of(latest.events),
        "find": request.GET.get("find", "")[:LONGEST_FILTER],
        "kind": kind_of(request),
        "query": request.GET.urlencode(),
    }
    return show_source(request, row, "live", shown)


def as_stream(view: View) -> View:
    """The view of a stream. A browser takes no page there, and would complain of one: so a refusal is an event too,
    after which the script asks no more; while the database is away it goes on asking."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code == 200 or EVENT_STREAM not in request.headers.get("Accept", ""):
            return response
        why = REFUSED_AS.get(response.status_code, "over")
        return stream_answer(f"retry: {RETRY}\n\n{said(why, {})}")

    return answered


@as_stream
@screen(Right.SEE_SOURCES, "GET")
def live_stream(request: HttpRequest, number: int) -> HttpResponse:
    """What came in since the place that the browser was at, as server-sent events; then it ends."""
    row = open_source(number)
    since = place_asked(request)
    latest, revealed = latest_events(row.pk, since), sees_values(request, row)
    events = matching(latest.events, request)
    if events and revealed:
        note_reads(request, OPERATION, people_in(events), ["payload"])
    place = max(place_of(latest.events), 0 if since is None else microseconds(since))
    body = "".join(stream_of(request, row, latest, events, revealed, place))
    return stream_answer(body)


def stream_answer(body: str) -> HttpResponse:
    """Server-sent events, which nothing between here and the browser may keep back."""
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    return HttpResponse(body, content_type=f"{EVENT_STREAM}; charset=utf-8", headers=headers)


@screen(Right.REVEAL, "POST", also=Right.SEE_SOURCES)
def reveal_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show the values that a source sends for ten minutes, or mask them again; it is logged."""
    row = open_source(number)
    shown = request.POST.get("shown") == "1"
    if shown:
        note_reads(request, "staff.reveal", [], ["payload"])
    show_values(request, row, shown)
    return go_to(path_of(row, "quarantine/" if request.POST.get("back") == "quarantine" else "live/"))


def stream_of(
    request: HttpRequest, row: Source, latest: Latest, events: Sequence[LiveEvent], revealed: bool, place: int
) -> Iterator[str]:
    """The answer: how soon to ask again, each event, the earliest first, the counts of the last minute, the place."""
    yield f"retry: {RETRY}\n\n"
    for one in reversed(events):
        html = render_to_string(
            TEMPLATES + "sources/event.html", {"event": event_shown(one, revealed), "source": row}, request
        )
        yield said("event", {"key": one.key, "html": html})
    yield said("counts", {**counts_of(latest), "too_many": latest.too_many}, place)


def said(name: str, content: Any, place: int | None = None) -> str:
    """One server-sent event."""
    id_line = "" if place is None else f"id: {place}\n"
    return f"event: {name}\n{id_line}data: {json.dumps(content)}\n\n"


def event_shown(one: LiveEvent, revealed: bool) -> dict[str, Any]:
    """An event as its template has it."""
    return {
        "one": one,
        "name": one.event if revealed else masked_text(one.event),
        "reason": refusal_in_words(one.reason),
        "warnings": [warning_in_words(sentence) for sentence in one.warnings],
        "dropped": dropped_said(one.dropped),
        "payload": payload_of(one.payload, revealed) if one.payload else None,
        "revealed": revealed,
        "anchor": one.profile_id if revealed else None,
    }


def counts_of(latest: Latest) -> dict[str, Any]:
    """What became of what came in the last minute in which something came."""
    if not latest.minutes:
        return {"stored": 0, "again": 0, "quarantined": 0, "left_out": 0}
    last = latest.minutes[0]
    return {
        "stored": last.events,
        "again": last.duplicates,
        "quarantined": last.quarantined,
        "left_out": last.dropped + last.suppressed,
    }


def matching(events: Iterable[LiveEvent], request: HttpRequest) -> list[LiveEvent]:
    """The events that are asked for by kind, and by a part of their type, name or reason."""
    find, kind = request.GET.get("find", "")[:LONGEST_FILTER].casefold(), kind_of(request)
    return [
        one
        for one in events
        if (kind == "all" or (kind == "quarantined") == bool(one.reason))
        and find in f"{one.type} {one.event} {refusal_in_words(one.reason)}".casefold()
    ]


def kind_of(request: HttpRequest) -> str:
    """Which events are asked for."""
    kind = request.GET.get("kind", "")
    return kind if kind in KINDS else KINDS[0]


def people_in(events: Iterable[LiveEvent]) -> list[Any]:
    """The profiles that some events are on."""
    return list(dict.fromkeys(one.profile_id for one in events if one.profile_id is not None))


def place_of(events: Sequence[LiveEvent]) -> int:
    """The place behind some events: microseconds of receipt; 0 for none."""
    return max((microseconds(one.received_at) for one in events), default=0)


def place_asked(request: HttpRequest) -> datetime | None:
    """The place that the browser was at; none where it says none that can be read."""
    text = request.headers.get("Last-Event-ID") or request.GET.get("since", "")
    if not (len(text) <= LONGEST_PLACE and text.isascii() and text.isdigit()) or int(text) == 0:
        return None
    return moment(int(text))
