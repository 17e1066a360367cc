"""What goes wrong before or around a page for consumers, where the framework answers: a page, not the API's JSON."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from cxprofiles.portal.pages import NOTICE, localised_page

PREFIXES = ("/privacy/", "/receipts/verify", "/audit/verify")
WORDS = {404: "missing", 413: "too_large", 503: "away"}

Answer = Callable[..., HttpResponse]


def as_page(answer: Answer) -> Answer:
    """The API's answer to a failure; on the paths of these pages a page with a sentence, of the same status."""

    @wraps(answer)
    def answered(request: HttpRequest, **how: Any) -> HttpResponse:
        response = answer(request, **how)
        if not request.path_info.startswith(PREFIXES):
            return response
        status = response.status_code
        word = WORDS.get(status, "failed" if status >= 500 else "not_understood")
        return localised_page(request, NOTICE, {word: True}, status=status)

    return answered
