"""What lies around the pages of staff: allauth's context, the end of sessions, language, and pages for what fails.

On every other path it is one comparison: the API has neither sessions nor accounts.
"""

import time
from datetime import UTC, datetime
from typing import Any

import redis
from allauth.account.middleware import AccountMiddleware
from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cxprofiles.api.errors import CONTENT_TYPE, DATABASE_AWAY
from cxprofiles.backoffice.screens import language_of, time_zone_of
from cxprofiles.middleware import Handler
from cxprofiles.signing_in.afterwards import attach
from cxprofiles.signing_in.lasting import has_ended, is_unattended, note_seen
from cxprofiles.signing_in.pages import ACCOUNTS, away_page, problem_page
from cxprofiles.staff.sessions import note_use
from cxprofiles.staff.sign_ins import SignInEvent


class StaffMiddleware:
    """Around the pages of staff alone."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.with_accounts: Any = AccountMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(settings.STAFF_PREFIXES):
            return self.get_response(request)
        with translation.override(language_of(request)), timezone.override(time_zone_of(request)):
            try:
                end_old_session(request)
                response: HttpResponseBase = self.with_accounts(request)
            except DATABASE_AWAY:
                return away_page(request, "database")
            answer = as_page(request, response)
        attach(request, answer)
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """The answer to what a view raised; None: somebody else's matter."""
        if not request.path_info.startswith(settings.STAFF_PREFIXES):
            return None
        if isinstance(exception, redis.RedisError):
            return away_page(request, "broker")
        if isinstance(exception, DATABASE_AWAY):
            return away_page(request, "database")
        found: HttpResponseBase | None = self.with_accounts.process_exception(request, exception)
        return found


def end_old_session(request: HttpRequest) -> None:
    """Sign out whoever's session is too old or was left alone; note once a minute that a session is used
    by somebody."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return
    now = time.time()
    if has_ended(request.session, now):
        request.sign_out_event = SignInEvent.ENDED  # type: ignore[attr-defined]
        auth.logout(request)
        messages.info(request, _("You were signed out after a while, to be safe. Sign in to go on."))
    elif not is_unattended(request) and note_seen(request.session, now):
        note_use(request.session.session_key, datetime.now(UTC))


def as_page(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """What went wrong as a page instead of the API's problem; nothing below /accounts/ is kept anywhere."""
    if response.status_code >= 400 and response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
        response = problem_page(request, response.status_code)
    if not request.path_info.startswith(ACCOUNTS):
        return response
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
