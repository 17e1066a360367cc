"""The page behind the link of a double opt-in: opening it changes nothing, its button gives the consent.

Programs that open every link of a message (scanners, previews) send GET or HEAD, which only read.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent.confirmations import ConfirmationOver, NoSuchConfirmation
from cxprofiles.api.errors import DATABASE_AWAY
from cxprofiles.portal.pages import language_of, localised_page
from profiles.consents.confirming import PurposeAsked, confirm_consents, read_question

TEMPLATE = "cxprofiles/portal/confirm.html"
FALLBACK = "en"


@csrf_exempt  # The link itself is the secret: whoever can make a browser post it has it, and needs no forgery.
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET: what is asked. POST: consent is given. 410 where the link was used or is too old, 404 where it is none.

    503 while the database is away: whoever opens a link gets a page even then.
    """
    try:
        if request.method == "POST":
            return localised_page(request, TEMPLATE, {"receipt": confirm_consents(token=token)})
        return localised_page(request, TEMPLATE, question_shown(token, language_of(request)))
    except ConfirmationOver:
        return localised_page(request, TEMPLATE, {"over": True}, status=410)
    except NoSuchConfirmation:
        return localised_page(request, TEMPLATE, {"over": True}, status=404)
    except DATABASE_AWAY:
        return localised_page(request, TEMPLATE, {"away": True}, status=503)


def question_shown(token: str, language: str) -> dict[str, Any]:
    """What a link asks, by whom, and until when. Raises `NoSuchConfirmation` and `ConfirmationOver`."""
    question = read_question(token)
    return {
        "purposes": [in_language(one, language) for one in question.purposes],
        "expires_at": question.expires_at,
        "asked_by": [one.name for one in settings.CONSENT_CONTROLLER.pii_controllers],
    }


def in_language(purpose: PurposeAsked, language: str) -> dict[str, str]:
    """Name and text of a purpose in the visitor's language, else in English, else in any, else its key."""
    return {"name": worded(purpose.names, language) or purpose.key, "text": worded(purpose.texts, language)}


def worded(texts: dict[str, str], language: str) -> str:
    """The text in a language or the next best; empty where there is none."""
    wanted = (language, language.partition("-")[0], FALLBACK, *sorted(texts))
    return next((texts[code] for code in wanted if texts.get(code)), "")
