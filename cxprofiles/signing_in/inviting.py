"""The link by which an invited person sets their first password: made for whoever invites, and mailed."""

import logging
from smtplib import SMTPException

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest

from cxprofiles.staff.links import password_link

logger = logging.getLogger(__name__)


def link_for(request: HttpRequest, user: User) -> str:
    """The link under the public address, or the one that the request came in by."""
    origin = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return password_link(user, origin=origin)


def mail_link(request: HttpRequest, user: User, link: str) -> bool:
    """Send the link to the person; whether the mail server took it. Nothing fails, since the link is shown too."""
    told = {"username": user.username, "password_reset_url": link, "invited": True}
    held = {**told, "current_site": get_current_site(request), "request": request}
    message = get_adapter(request).render_mail("account/email/password_reset_key", user.email, held)
    try:
        message.send()
    except (OSError, SMTPException) as error:
        logger.error("An invitation could not be sent (%s).", type(error).__name__)
        return False
    return True
