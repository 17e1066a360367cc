"""The page behind the link of a double opt-in: opening it changes nothing, its button gives the consent.

Programs that open every link of a message (scanners, previews) send GET or HEAD, which only read.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from consent.confirmations import ConfirmationOver, NoSuchConfirmation
from profiles.consent_confirming import PurposeAsked, confirm_consents, read_question

TEMPLATE = "cxprofiles/portal/confirm.html"
FALLBACK = "en"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET: what is asked. POST: consent is given. 410 where the link was used or is too old, 404 where it is none."""
    language = translation.get_language_from_request(request)
    with translation.override(language):
        try:
            if request.method == "POST":
                return page(request, language, {"receipt": confirm_consents(token=token)})
            question = read_question(token)
        except ConfirmationOver:
            return page(request, language, {"over": True}, status=410)
        except NoSuchConfirmation:
            return page(request, language, {"over": True}, status=404)
        purposes = [in_language(one, language) for one in question.purposes]
        asked_by = [one.name for one in settings.CONSENT_CONTROLLER.pii_controllers]
        shown = {"purposes": purposes, "expires_at": question.expires_at, "asked_by": asked_by}
        return page(request, language, shown)


def in_language(purpose: PurposeAsked, language: str) -> dict[str, str]:
    """Name and text of a purpose in the visitor's language, else in English, else in any, else its key."""
    return {"name": worded(purpose.names, language) or purpose.key, "text": worded(purpose.texts, language)}


def worded(texts: dict[str, str], language: str) -> str:
    """The text in a language or the next best; empty where there is none."""
    wanted = (language, language.partition("-")[0], FALLBACK, *sorted(texts))
    return next((texts[code] for code in wanted if texts.get(code)), "")


def page(request: HttpRequest, language: str, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page in a language."""
    response = render(request, TEMPLATE, {"language": language, **shown}, status=status)
    for name, value in {**HEADERS, "Content-Language": language}.items():
        response.headers[name] = value
    patch_vary_headers(response, ["Accept-Language"])
    return response
