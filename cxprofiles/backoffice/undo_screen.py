"""The Undo button, and what is found nowhere."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from cxprofiles.backoffice.screens import NotHere, Refused, actor_of, go_to, own_path, screen
from cxprofiles.backoffice.staff_rights import has_right
from cxprofiles.backoffice.undo import NothingToUndo, read_offer


@screen(None, "POST")
def undo_page(request: HttpRequest) -> HttpResponse:
    """Take back what the token stands for, and go where one was."""
    try:
        undoing, ids = read_offer(request.POST.get("token", ""), int(request.user.pk or 0))
    except NothingToUndo as error:
        raise Refused(str(error)) from None
    if not has_right(request.user, undoing.right):
        raise Refused(str(NothingToUndo()), 403)
    messages.info(request, undoing.take_back(ids, actor_of(request)))
    return go_to(own_path(request.POST.get("next", "")))


@screen(None, "GET", "POST")
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else somebody looks for in the back office."""
    raise NotHere
