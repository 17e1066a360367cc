"""Showing a profile's values in the clear for ten minutes, and masking them again."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.collection import is_restricted
from consent.times import now_microseconds
from cxprofiles.backoffice.disclosing import hide_values, reveal_values
from cxprofiles.backoffice.profile.opening import may_reveal
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, Refused, go_to, own_path, screen
from profiles.profile import Subject, find_root, find_subject


@screen(Right.REVEAL, "POST")
def reveal_page(request: HttpRequest) -> HttpResponse:
    """Reveal the values of `profile`, or with `hide` mask them again; back to `next`."""
    subject = read_subject(request.POST.get("profile", ""))
    if "hide" in request.POST:
        hide_values(request, subject.profile_id)
    elif may_reveal(request, is_restricted(subject.standing, now_microseconds())):
        reveal_values(request, subject.profile_id)
    else:
        raise Refused(
            _("Processing of this person's data is restricted. Only who handles privacy requests may see the values.")
        )
    return go_to(own_path(request.POST.get("next", ""), f"/backoffice/profiles/{subject.profile_id}/"))


def read_subject(text: str) -> Subject:
    """Whose values they are. Raises `NotHere`."""
    try:
        root = find_root(UUID(text))
    except ValueError:
        raise NotHere from None
    subject = None if root is None else find_subject(root)
    if subject is None:
        raise NotHere
    return subject
