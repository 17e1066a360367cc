"""allauth's account adapter: nobody signs up, links stay here, failures are noted, mail that fails stops nothing."""

import logging
import time
from smtplib import SMTPException
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from cxprofiles.signing_in.address import address_of
from cxprofiles.staff.links import password_path
from cxprofiles.staff.sign_ins import note_failure

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What is asked of us while somebody signs in."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: people are invited."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether somebody may be sent to a path after signing in: to one of this host, never to another."""
        if not url or not url.startswith("/"):
            return False
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link that sets a password, under the public address where one is given."""
        uid, _, token = key.partition("-")
        path = password_path(uid, token)
        return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else str(self.request.build_absolute_uri(path))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        note_failure(name=credentials.get("email") or credentials.get("username") or "", address=address_of(request))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """How somebody proves once more who they are: by the second factor where they have one, else the password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        stronger = [method for method in methods if method["id"] != "reauthenticate"]
        return stronger or methods

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has just signed in, with a second factor if they have one, has proved who they are: a newcomer sets
        theirs up without typing the password once more."""
        request = context.request
        records = get_authentication_records(request, request.user)
        fresh = bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        if fresh and not (lacks_shown_factor(records) and is_mfa_enabled(request.user)):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a message. While the mail server is away nothing else fails, and nobody learns who has an account."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            logger.error("A message to a member of staff could not be sent (%s).", type(error).__name__)


def lacks_shown_factor(records: list[dict[str, Any]]) -> bool:
    """Whether none of the ways in which somebody signed in was a second factor."""
    return all(record.get("method") != "mfa" for record in records)
