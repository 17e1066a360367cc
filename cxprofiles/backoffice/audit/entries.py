"""The entries of the audit log, and one entry with the proof that it stands in the signed log, checked at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from consent.audit.contents import TYPES
from consent.audit.log import LogDamaged, read_size
from consent.audit.showing import (
    EntryShown,
    Inclusion,
    check_inclusion,
    head_over,
    read_entries_before,
    read_entry,
)
from cxprofiles.backoffice.audit import words
from cxprofiles.backoffice.audit.path_picture import draw_path
from cxprofiles.backoffice.audit.periods import number_of, period_of
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, screen, show
from cxprofiles.store_words import store_named
from profiles.snapshot import one_snapshot

A_PAGE = 50
LARGEST = 2**62
CHAIN = frozenset({"seq", "prev", "type", "at"})


@screen(Right.SEE_AUDIT, "GET")
def entries_page(request: HttpRequest) -> HttpResponse:
    """A page of entries, the latest first."""
    type_name = request.GET.get("type", "")
    type_name = type_name if type_name in TYPES else ""
    period = period_of(request)
    with one_snapshot():
        size = read_size()
        page = read_entries_before(
            before=number_of(request, "before"),
            limit=A_PAGE,
            type_name=type_name,
            since=period.since,
            until=period.until,
        )
    filters = {"type": type_name, "from": period.from_day, "to": period.to_day}
    query = urlencode({name: value for name, value in filters.items() if value})
    shown = {
        "lines": [entry_line(one) for one in page.entries],
        "size": size,
        "types": words.types_known(),
        "chosen": type_name,
        "period": period,
        "query": query,
        "before": page.before,
        "first": "before" not in request.GET,
    }
    return show(request, "audit/entries.html", shown)


@screen(Right.SEE_AUDIT, "GET")
def entry_page(request: HttpRequest, seq: int) -> HttpResponse:
    """One entry and its proof."""
    with one_snapshot():
        entry = read_entry(seq) if 0 < seq < LARGEST else None
        if entry is None:
            raise NotHere
        shown = {"entry": entry_line(entry), "content": content_of(entry), "text": entry.text, **proof_of(entry)}
    return show(request, "audit/entry.html", shown)


def entry_line(entry: EntryShown) -> dict[str, Any]:
    """An entry as a line."""
    content = entry.content
    told = [(one, value_of(one, content[one])) for one in sorted(content) if one not in CHAIN]
    return {
        "seq": entry.seq,
        "type": words.type_named(str(content.get("type", ""))) if content else "",
        "at": instant_of(content),
        "told": [(words.MEMBERS.get(name, name), value) for name, value in told],
        "damaged": not content,
        "request": content.get("request", ""),
    }


def content_of(entry: EntryShown) -> list[tuple[str, str]]:
    """All members of an entry."""
    return [
        (str(words.MEMBERS.get(name, name)), value_of(name, value)) for name, value in sorted(entry.content.items())
    ]


def value_of(member: str, value: Any) -> str:
    """A member's value as a text."""
    if isinstance(value, dict):
        return ", ".join(
            f"{name} {count}" for name, count in sorted((store_named(store), count) for store, count in value.items())
        )
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return words.value_named(member, str(value))


def instant_of(content: dict[str, Any]) -> datetime | None:
    """When an entry was written, as a time; None where it does not say."""
    try:
        return datetime.fromisoformat(str(content.get("at", "")))
    except ValueError:
        return None


def proof_of(entry: EntryShown) -> dict[str, Any]:
    """The proof that an entry stands in the log that the newest head states, as far as there is one."""
    head = head_over(entry.seq)
    if head is None:
        return {"proof": None, "damaged": False}
    try:
        proof = check_inclusion(entry, head)
    except LogDamaged:
        return {"proof": None, "damaged": True}
    return {"proof": proof, "drawing": draw_path(proof), "rows": rows_of(proof), "damaged": False}


def rows_of(proof: Inclusion) -> Sequence[dict[str, Any]]:
    """The steps of the path as a table."""
    return [
        {"number": place, "on_left": step.on_left, "other": step.other.hex(), "comes_to": step.comes_to.hex()}
        for place, step in enumerate(proof.steps, start=1)
    ]
