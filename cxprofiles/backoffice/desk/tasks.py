"""What waits for a human: tasks that the engine opened, each to be closed once it is seen to."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.deliveries import TASK as RECIPIENT_FAILED
from consent.messages import NOT_DELIVERED as MESSAGE_FAILED
from consent.models import PrivacyTask
from consent.privacy_tasks import NoSuchTask, TaskOpenAgain, close_task, list_tasks, reopen_task
from cxprofiles.backoffice.actors import names_of
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.engine_words import said_anew
from cxprofiles.backoffice.desk.listing import PATH
from cxprofiles.backoffice.desk.reading import choice_of, cursor_of, number_of
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, actor_of, go_to, screen, show
from cxprofiles.backoffice.undo import offer_undo, undoes

AT_ONCE = 50
OPEN, CLOSED = "open", "closed"


@screen(Right.SEE_REQUESTS, "GET")
def tasks_page(request: HttpRequest) -> HttpResponse:
    """Tasks that are open, or those that were closed."""
    state, cursor = choice_of(request.GET, "show", (OPEN, CLOSED), OPEN), cursor_of(request)
    found = list_tasks(open_ones=state == OPEN, before=number_of(cursor) if cursor else None, limit=AT_ONCE + 1)
    names = names_of(one.closed_by for one in found)
    shown = {
        "tasks": [task_shown(one, names.get(one.closed_by, "")) for one in found[:AT_ONCE]],
        "state": state,
        "more": f"?show={state}&cursor={found[AT_ONCE - 1].pk}" if len(found) > AT_ONCE else "",
    }
    return show(request, "desk/tasks.html", shown)


def task_shown(one: PrivacyTask, closed_by: str) -> dict[str, Any]:
    """A task in words. `about`: what it is about, `where`: the page on which something can be done about it."""
    # A message has no name that could be shown: what its task is about is why it could not be sent.
    nameless = one.kind == MESSAGE_FAILED
    return {
        "row": one,
        "label": words.word(words.TASKS, one.kind),
        "problem": said_anew(one.subject if nameless else str(one.detail.get("problem", ""))),
        "about": "" if nameless else one.subject,
        "where": f"{PATH}recipients/{one.subject}/" if one.kind == RECIPIENT_FAILED else "",
        "by": closed_by,
    }


@screen(Right.HANDLE_REQUESTS, "POST")
def close_page(request: HttpRequest, number: int) -> HttpResponse:
    """Somebody has seen to a task."""
    try:
        close_task(number=min(number, 2**63 - 1), actor=actor_of(request))
    except NoSuchTask:
        raise NotHere from None
    offer_undo(request, _("Closed. Should it come up again, a new task is opened."), "privacy_task", [str(number)])
    return go_to(f"{PATH}tasks/")


@undoes("privacy_task", Right.HANDLE_REQUESTS)
def take_back_closing(ids: list[str], actor: str) -> str:
    """Open tasks again that were closed."""
    for number in ids:
        try:
            reopen_task(number=int(number))
        except (NoSuchTask, TaskOpenAgain):
            return _("The same has come up again meanwhile: there is an open task about it.")
    return _("The task is open again.")
