"""What the pages for consumers share: the language, and headers that let no script run and nothing be kept."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


def language_of(request: HttpRequest) -> str:
    """The language that a page speaks with its visitor, of those that there are."""
    return translation.get_language_from_request(request)


def localised_page(request: HttpRequest, template: str, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page in the visitor's language."""
    language = language_of(request)
    with translation.override(language):
        response = render(request, template, {"language": language, **shown}, status=status)
    for name, value in {**HEADERS, "Content-Language": language}.items():
        response.headers[name] = value
    patch_vary_headers(response, ["Accept-Language"])
    return response


def refused_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form that did not come from the page itself (Django's CSRF_FAILURE_VIEW)."""
    return localised_page(request, "cxprofiles/portal/refused.html", {}, status=403)
