"""Pages about signing in that are no form: what is not here, what went wrong, what does not answer now."""

from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

from cxprofiles.backoffice.screens import is_fragment, shell, theme_of
from cxprofiles.backoffice.second_factor import lacks_second_factor
from cxprofiles.portal import pages as portal

ACCOUNTS = "/accounts/"
PROBLEM, PROBLEM_PART = "allauth/problem.html", "allauth/problem_part.html"


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """What every page of signing in is told (a context processor of the templates); other pages are told nothing."""
    if not request.path_info.startswith(ACCOUNTS):
        return {}
    wanting = lacks_second_factor(request) if request.user.is_authenticated else True
    held = {"notices": get_messages(request), **plain_surroundings(request)} if wanting else shell(request)
    return {
        **held,
        "wants_second_factor": wanting,
        "single_sign_on": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
    }


def plain_surroundings(request: HttpRequest) -> dict[str, Any]:
    """What a page is told that reads nothing: no session, no user."""
    return {"language": translation.get_language(), "theme": theme_of(request)}


def problem_page(request: HttpRequest, status: int, *, forged: bool = False) -> HttpResponse:
    """A page, or a part of one where a part was asked for, for an answer that has only a status; `forged`: the form
    may not have come from here."""
    held = {**plain_surroundings(request), "status": status, "plain": status >= 500, "forged": forged}
    template = PROBLEM_PART if is_fragment(request) else PROBLEM
    content = render_to_string(template, held, None if status >= 500 else request)
    response = HttpResponse(content, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def away_page(request: HttpRequest, missing: str) -> HttpResponse:
    """The page while `database`, `broker` or `provider` does not answer: nothing that has to be read is on it."""
    held = {**plain_surroundings(request), "status": 503, "missing": missing, "plain": True}
    headers = {"Cache-Control": "no-store", "Retry-After": "5"}
    return HttpResponse(render_to_string(PROBLEM, held), status=503, headers=headers)


def not_invited_page(request: HttpRequest) -> HttpResponse:
    """Whoever the provider knows and nobody here has invited."""
    return render(request, PROBLEM, {"status": 403, "uninvited": True}, status=403)


def refused_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form that did not come from the page itself, to staff or to consumers (CSRF_FAILURE_VIEW)."""
    if request.path_info.startswith(settings.STAFF_PREFIXES):
        return problem_page(request, 403, forged=True)
    return portal.refused_page(request, reason)
