"""Who read this profile, when, for what."""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from consent.access import Access
from consent.finding import read_accesses_under
from cxprofiles.backoffice.actors import actor_names, actor_shown
from cxprofiles.backoffice.audit.words import operation_named
from cxprofiles.backoffice.field_words import fields_in_words, purpose_words, purposes_in_words
from cxprofiles.backoffice.profile.opening import open_profile, show_tab
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, screen

A_PAGE = 50


@screen(Right.SEARCH, "GET")
def accesses_page(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """A page of the reads of one profile, by any id that it ever had, the latest first.

    Whoever may open a profile may see who else did: only the log of everybody has a right of its own.
    """
    opened = open_profile(request, profile_id, tab="accesses", fields=("accesses",))
    found = read_accesses_under(opened.born_ids, limit=A_PAGE, before=place_of(request))
    names, words = actor_names(one.actor for one in found.reads), purpose_words(opened.held)
    shown = {
        "reads": [read_shown(one, names, words) for one in found.reads],
        "next": found.reads[-1].id if found.more else None,
        "later": "before" in request.GET,
    }
    return show_tab(request, opened, "profile/accesses.html", shown)


def place_of(request: HttpRequest) -> UUID | None:
    """Behind which read the page begins. Raises `NotHere` for what no page gave."""
    given = request.GET.get("before")
    try:
        return None if given is None else UUID(given)
    except ValueError:
        raise NotHere from None


def read_shown(one: Access, names: dict[str, str], words: Mapping[str, str]) -> dict[str, object]:
    """One read in words."""
    return {
        "at": one.at,
        "who": actor_shown(one.actor, names),
        "what": operation_named(one.operation),
        "purpose": purposes_in_words(one.purpose, words),
        "allowed": one.allowed,
        "fields": fields_in_words(one.fields),
    }
