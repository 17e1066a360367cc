"""What the pages for consumers share: the language, and headers that let no script run and nothing be kept."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from consent.suppression import SuppressionUnreadable
from cxprofiles.api.errors import DATABASE_AWAY
from cxprofiles.portal.limits import TooOften

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
START = "/privacy/"
NOTICE = "cxprofiles/portal/notice.html"

_OWN_PATH = re.compile(r"/privacy/[A-Za-z0-9/_-]*")

View = Callable[..., HttpResponseBase]


class NoSuchPage(LookupError):
    """There is no page here, or it is about somebody else."""


def page_view(*methods: str) -> Callable[[View], View]:
    """A view of the pages: what goes wrong is answered by a page too, also while the database is away."""

    def wrap(view: View) -> View:
        @require_http_methods([*methods, *(["HEAD"] if "GET" in methods else [])])
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                with translation.override(language_of(request)):
                    return view(request, *args, **kwargs)
            except NoSuchPage:
                return localised_page(request, NOTICE, {"missing": True}, status=404)
            except TooOften:
                return localised_page(request, NOTICE, {"too_often": True}, status=429)
            except (*DATABASE_AWAY, SuppressionUnreadable):
                return localised_page(request, NOTICE, {"away": True}, status=503)

        return answered

    return wrap


def language_of(request: HttpRequest) -> str:
    """The language that a page speaks with its visitor, of those that there are."""
    return translation.get_language_from_request(request)


def localised_page(request: HttpRequest, template: str, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page in the visitor's language."""
    language = language_of(request)
    with translation.override(language):
        here = _here(request) if status == 200 else START  # what went wrong looks the same under every link
        held = {"language": language, "languages": settings.LANGUAGES, "here": here, **shown}
        response = render(request, template, held, status=status)
    for name, value in {**HEADERS, "Content-Language": language}.items():
        response.headers[name] = value
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def go_to(path: str) -> HttpResponse:
    """Have the browser get another of the pages, after a form too."""
    response = HttpResponseRedirect(path, status=303)
    response.headers["Cache-Control"] = "no-store"
    return response


def own_path(path: str) -> str:
    """A path of these pages as it is, for any other one the start: a link to here can lead nowhere else."""
    return path if _OWN_PATH.fullmatch(path) and "//" not in path else START


def refused_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form that did not come from the page itself (Django's CSRF_FAILURE_VIEW)."""
    return localised_page(request, "cxprofiles/portal/refused.html", {}, status=403)


@page_view("GET", "POST")
def nothing_page(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else somebody looks for below /privacy/."""
    raise NoSuchPage


@page_view("GET")
def language_page(request: HttpRequest, code: str) -> HttpResponse:
    """Speak another language from now on; `next` is the page to go back to."""
    if code not in dict(settings.LANGUAGES):
        raise NoSuchPage
    response = go_to(own_path(request.GET.get("next", START)))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=365 * 24 * 3600,
        path=START,
        secure=settings.BEHIND_TLS,
        httponly=True,
        samesite="Lax",
    )
    return response


def _here(request: HttpRequest) -> str:
    return own_path(request.path) if request.method in ("GET", "HEAD") else START
