"""The layers around every view: security headers for all, and Django's page machinery for the pages that people see."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin

from cxprofiles.api.errors import answer_not_found

Handler = Callable[[HttpRequest], HttpResponseBase]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Once a browser has come over TLS it comes in the clear no more, not for the first page either.
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}


def security_headers(get_response: Handler) -> Handler:
    """Put the security headers on every response that has not set its own, and say how long it is: without that the
    server would send it in chunks."""

    headers = {**HEADERS, **(OVER_TLS if settings.BEHIND_TLS else {})}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    return middleware


def no_nul_in_paths(get_response: Handler) -> Handler:
    """Answer 404 to paths that hold a NUL character: nothing here has such a name, and the database cannot be asked."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return answer_not_found(request, Http404()) if "\x00" in request.path_info else get_response(request)

    return middleware


class PagesOnly(MiddlewareMixin):
    """Passes a request by unless it is for a page; the API has no sessions and no cookies, hence no forgery."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(settings.PAGE_PREFIXES):
            return super().__call__(request)
        return self.get_response(request)


class PageSessionMiddleware(PagesOnly, SessionMiddleware):
    """Django's sessions, on pages."""


class PageCsrfMiddleware(PagesOnly, CsrfViewMiddleware):
    """Django's protection against forged requests, on pages. A view elsewhere has no session that could be abused."""

    def process_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.path_info.startswith(settings.PAGE_PREFIXES):
            return super().process_view(request, *args, **kwargs)
        return None


class PageAuthenticationMiddleware(PagesOnly, AuthenticationMiddleware):
    """The signed-in user, on pages."""


class PageMessageMiddleware(PagesOnly, MessageMiddleware):
    """Messages, on pages."""
