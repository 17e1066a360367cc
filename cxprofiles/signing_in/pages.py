"""Pages about signing in that are no form: what is not here, what went wrong, what does not answer now."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from cxprofiles.backoffice.screens import theme_of

PROBLEM = "allauth/problem.html"


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """What every page of signing in is told (a context processor of the templates)."""
    return {"language": translation.get_language(), "theme": theme_of(request)}


def problem_page(request: HttpRequest, status: int) -> HttpResponse:
    """A page for an answer that has only a status."""
    held = {**surroundings(request), "status": status, "plain": status >= 500}
    response = render(request, PROBLEM, held, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def away_page(request: HttpRequest, missing: str) -> HttpResponse:
    """The page while `database`, `broker` or `provider` does not answer: nothing that has to be read is on it."""
    held = {**surroundings(request), "status": 503, "missing": missing, "plain": True}
    response = render(request, PROBLEM, held, status=503)
    response.headers.update({"Cache-Control": "no-store", "Retry-After": "5"})
    return response


def not_invited_page(request: HttpRequest) -> HttpResponse:
    """Whoever the provider knows and nobody here has invited."""
    return render(request, PROBLEM, {**surroundings(request), "status": 403, "uninvited": True}, status=403)
