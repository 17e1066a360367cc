"""The two doors of single sign-on, as allauth has them; a provider that does not answer is a page."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import requests
from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cxprofiles.signing_in.pages import away_page

logger = logging.getLogger(__name__)

# What a broken answer of the provider makes of its reader.
BROKEN = (requests.RequestException, ValueError, KeyError, TypeError, AttributeError)

View = Callable[[HttpRequest, str], HttpResponse]


def answering(view: View) -> View:
    """The view; where the provider is away or answers nonsense, a page that says so."""

    @wraps(view)
    def answered(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)
        except BROKEN as error:
            logger.error("The provider of single sign-on does not answer as it should (%s).", type(error).__name__)
            return away_page(request, "provider")

    return answered


@answering
def leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Off to the provider. By a page that goes on by itself: the policy lets no form lead to another host."""
    response: HttpResponse = views.login(request, provider_id)
    away: Any = response.headers.get("Location", "")
    if response.status_code != 302 or not away.startswith(("https://", "http://")):
        return response
    return render(request, "socialaccount/login_redirect.html", {"redirect_to": away})


@answering
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider."""
    response: HttpResponse = views.callback(request, provider_id)
    return response
