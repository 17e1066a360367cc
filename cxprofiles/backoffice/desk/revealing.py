"""Showing the identifiers of a request in the clear for ten minutes, whether or not its person is known here."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from cxprofiles.backoffice.desk.listing import PATH
from cxprofiles.backoffice.desk.one import opened_or_missing
from cxprofiles.backoffice.disclosing import reveal_request, reveal_values
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, go_to, screen
from profiles.privacy.known import profiles_of


@screen(Right.HANDLE_REQUESTS, "POST", also=Right.REVEAL)
def reveal_page(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Reveal the profiles that hold what was presented; where there is none, the identifiers of the request itself."""
    opened = opened_or_missing(request_id)
    if opened.subject is None:
        raise NotHere
    known = profiles_of(opened.subject.identifiers)
    for profile_id in known:
        reveal_values(request, profile_id)
    if not known:
        reveal_request(request, request_id)
    return go_to(f"{PATH}{request_id}/")
