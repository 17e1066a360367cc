"""The consent tab of a profile: what is in force for which purpose and channel, why, how it came to that, and all that
was said. Consent is never merged: every record hangs on the identifier that it was said under."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.ledger import Decided
from consent.ledger_reading import BadHistoryCursor, cursor_after, with_receipts
from consent.said import EVERYTHING
from consent.times import moment
from cxprofiles.backoffice import consent_words as words
from cxprofiles.backoffice.actors import actor_names, actor_shown
from cxprofiles.backoffice.channels import CHANNELS
from cxprofiles.backoffice.days import end_of
from cxprofiles.backoffice.profile.consent_grid import Names, denials_of, rows_of
from cxprofiles.backoffice.profile.opening import Opened, open_profile, show_tab
from cxprofiles.backoffice.profile.step_line import Drawing, Lane, Mark, Stretch, draw
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, Refused, screen
from profiles.consents.over_time import Course, Past, consents_of, page_of, read_past
from profiles.consents.reading import Consents
from profiles.purpose_names import described_purposes

A_PAGE = 50
MOST_LANES = 14
MOST_MARKS = 120
BELIEVED = "then"
FIELDS = ("consents", "identifiers")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked at. `at` None: now. `believed`: only what had been received by then."""

    purpose: str | None
    day: str
    at: datetime | None
    believed: bool
    cursor: str | None

    @property
    def received_by(self) -> datetime | None:
        """By when something must have been received."""
        return self.at if self.believed else None

    def query(self, **more: str) -> str:
        """The query string of this view, with something changed."""
        held = {"purpose": self.purpose or "", "at": self.day, "mode": BELIEVED if self.believed else ""}
        return urlencode({name: value for name, value in {**held, **more}.items() if value})


@screen(Right.SEARCH, "GET")
def consent_page(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """The tab."""
    asked = asked_of(request)
    opened = open_profile(request, profile_id, tab="consents", fields=FIELDS)
    if asked.purpose is not None and opened.held.purposes.get(asked.purpose) is None:
        raise NotHere
    return show_tab(request, opened, "profile/consent.html", tab_shown(opened, asked))


def asked_of(request: HttpRequest) -> Asked:
    """What the query asks for; raises `Refused` for a day that is none."""
    day = request.GET.get("at", "").strip()
    purpose = request.GET.get("purpose", "").strip() or None
    believed = request.GET.get("mode") == BELIEVED
    if purpose is not None and "\x00" in purpose:
        raise NotHere
    return Asked(purpose, day, end_of_day(day) if day else None, believed and bool(day), request.GET.get("cursor"))


def end_of_day(day: str) -> datetime:
    """The last instant of a day where the reader is, now at most. Raises `Refused`, for a day to come too."""
    try:
        asked, end = date.fromisoformat(day), end_of(date.fromisoformat(day))
    except (ValueError, OverflowError):
        raise Refused(_("This is not a day. Write it as 2026-03-31."), 422) from None
    if asked > timezone.localdate():
        raise Refused(_("This day is still to come; what will be believed then is not known."), 422)
    return min(end, datetime.now(UTC))


def tab_shown(opened: Opened, asked: Asked) -> dict[str, Any]:
    """What the tab shows."""
    held = opened.held
    found = consents_of(opened.profile, held, at=asked.at, received_by=asked.received_by)
    # The pages of older records come without the lines.
    past = None if asked.cursor else read_past(found, held, purpose=asked.purpose, decided_by=asked.at)
    records, cursor = records_of(past, found, asked)
    receipts = with_receipts({row.act_id for row in records})
    names = Names(found, described_purposes(held), opened.revealed)
    rows = rows_of(list(held.purposes), found, names)
    shown_rows = [row for row in rows if asked.purpose in (None, row["key"])]
    return {
        "asked": asked,
        "rows": shown_rows,
        "channels": list(CHANNELS.values()),
        "choices": [(row["key"], row["name"], row["depth"]) for row in rows],
        "conflicts": [row for row in rows if row["conflict"]],
        "denials": denials_of(rows),
        "restricted": bool(found.standing.code(EVERYTHING, found.now)),
        "region": found.region,
        "at": asked.at,
        "today": timezone.localdate(),
        **({} if past is None else picture_of(past, found, names, opened)),
        **records_shown(records, receipts, found, names, opened),
        "older": asked.query(cursor=cursor) if cursor else "",
        "newest": asked.query() if asked.cursor else "",
        "whole_query": asked.query(purpose=""),
    }


def records_of(past: Past | None, found: Consents, asked: Asked) -> tuple[list[Decided], str | None]:
    """The records of this page; the first is cut from those that the lines are drawn from. Raises `Refused`."""
    if past is not None:
        more = len(past.rows) > A_PAGE
        return past.rows[:A_PAGE], cursor_after(past.rows[A_PAGE - 1]) if more else None
    try:
        page = page_of(found, limit=A_PAGE, purpose=asked.purpose, cursor=asked.cursor, decided_by=asked.at)
    except BadHistoryCursor:
        raise Refused(_("This page does not exist. Begin with the newest records."), 422) from None
    return page.rows, page.next_cursor


def records_shown(
    rows: Sequence[Decided], receipts: set[UUID], found: Consents, names: Names, opened: Opened
) -> dict[str, Any]:
    """The table of records."""
    staff = actor_names(row.actor for row in rows)
    return {"records": [record_shown(row, row.act_id in receipts, names, opened, staff) for row in rows]}


def record_shown(row: Decided, receipt: bool, names: Names, opened: Opened, staff: dict[str, str]) -> dict[str, Any]:
    """One record as a line of the table."""
    source = opened.held.sources.get(row.source_id) if row.source_id is not None else None
    proof = row.proof or {}
    return {
        "href": record_path(opened.profile_id, row),
        "at": row.decided_at,
        "ahead": row.decided_at > row.received_at,
        "purpose": names.purpose(row.purpose),
        "key": row.purpose,
        "state": words.named(words.SAID, row.state),
        "tone": words.said_tone(row.state, row.problem),
        "problem": words.named(words.PROBLEMS, row.problem) if row.problem else "",
        "signal": words.named(words.SIGNALS, row.signal) if row.signal else "",
        "source": source.name if source else "",
        "identifier": names.identifier(row.identifier_id),
        "notice": notice_named(proof),
        "method": words.named(words.METHODS, str(proof.get("method", ""))),
        "receipt": receipt,
        "who": actor_shown(row.actor, staff) if row.actor else "",
        "expires_at": row.expires_at,
        "claim": not row.verified,
    }


def record_path(profile_id: UUID, row: Decided) -> str:
    """Where a record is shown whole."""
    return f"/backoffice/profiles/{profile_id}/consent/{row.act_id}/{row.identifier_id}/{row.purpose}/"


def notice_named(proof: dict[str, Any]) -> str:
    """Notice, version and language in short; empty: none is on record."""
    version, language = str(proof.get("notice_version") or ""), str(proof.get("language") or "")
    return " ".join(part for part in (str(proof.get("notice") or ""), version, language) if part)


def picture_of(past: Past, found: Consents, names: Names, opened: Opened) -> dict[str, Any]:
    """The lines over time, and the same as a table."""
    courses = [one for one in past.courses if one.steps]
    lanes = [lane_of(one, past, found, names, opened) for one in courses[:MOST_LANES]]
    since = past.since or found.at
    drawing: Drawing | None = draw(lanes, since, found.at) if lanes else None
    return {
        "drawing": drawing,
        "lanes": lanes,
        "more_lanes": len(courses) > MOST_LANES,
        "whole": past.whole,
        "since": since,
    }


def lane_of(one: Course, past: Past, found: Consents, names: Names, opened: Opened) -> Lane:
    """One purpose's line."""
    name = names.purpose(one.purpose.key)
    if one.address is not None:
        name = names.identifier(one.address)["value"]
    rows = [
        row
        for row in past.rows
        if row.purpose in (one.purpose.key, EVERYTHING)
        and one.address in (None, row.identifier_id)
        and row.decided_at <= found.at
    ]
    marks = [
        Mark(
            row.decided_at,
            words.said_tone(row.state, row.problem),
            words.named(words.SAID, row.state),
            record_path(opened.profile_id, row),
        )
        for row in rows[:MOST_MARKS]
    ]
    return Lane(name, stretches_of(one, found.at), marks)


def stretches_of(one: Course, until: datetime) -> list[Stretch]:
    """The states of a purpose, each to the beginning of the next."""
    starts = [moment(step.since) for step in one.steps]
    ends = [*starts[1:], until]
    return [
        Stretch(start, end, verdict.tone, str(verdict.word))
        for step, start, end in zip(one.steps, starts, ends, strict=True)
        for verdict in [words.verdict_of(step.ruling)]
    ]
