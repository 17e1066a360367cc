"""Who looked at my data, when, for what: the access log as the person reads it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from consent.access import Access, read_accesses
from consent.purpose_fields import PurposeFields
from consent.purpose_reading import read_purposes
from cxprofiles.portal.pages import NoSuchPage
from cxprofiles.portal.visits import Visitor, log_view, own_page, visitor_page
from cxprofiles.portal.words import FIELDS, OPERATIONS, in_language, named, readable, who
from profiles.configuration import configuration
from profiles.privacy.own import find_own
from profiles.snapshot import one_snapshot

A_PAGE = 25
OWN = "mine"


@visitor_page("GET")
def accesses_page(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """A page of the reads by others; with `mine` of what the person looked at here."""
    own_reads = OWN in request.GET
    with one_snapshot():
        own = find_own(visitor.identifiers, configuration())
        page = read_accesses(own.profile_ids, limit=A_PAGE, before=place_of(request), own=own_reads)
        described = read_purposes()
    log_view(own, "accesses", "accesses")
    last = page.reads[-1] if page.more else None
    shown = {
        "own": own,
        "reads": [access_shown(one, described, visitor.language) for one in page.reads],
        "next": f"{last.at.timestamp():.6f}_{last.id}" if last else "",
        "mine": own_reads,
        "later": "before" in request.GET,
    }
    return own_page(request, visitor, "accesses", shown)


def place_of(request: HttpRequest) -> tuple[datetime, UUID] | None:
    """Behind which read the page begins. Raises `NoSuchPage` for what no page gave."""
    given = request.GET.get("before")
    if given is None:
        return None
    at, _, id_ = given.partition("_")
    try:
        return datetime.fromtimestamp(float(at), UTC), UUID(id_)
    except (ValueError, OverflowError, OSError):
        raise NoSuchPage from None


def access_shown(one: Access, described: Mapping[str, PurposeFields], language: str) -> dict[str, Any]:
    """One read in words."""
    return {
        "at": one.at,
        "who": who(one.actor),
        "what": str(OPERATIONS[one.operation]) if one.operation in OPERATIONS else readable(one.operation),
        "purpose": ", ".join(purpose_named(key, described, language) for key in one.purpose.split(",")),
        "allowed": one.allowed,
        "fields": ", ".join(named(FIELDS, name) for name in one.fields.split(",") if name),
    }


def purpose_named(key: str, described: Mapping[str, PurposeFields], language: str) -> str:
    """A purpose's name in a language, or its key made readable."""
    fields = described.get(key)
    return (in_language(fields.name, language) if fields else "") or readable(key)
