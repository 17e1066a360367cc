"""The link by which an invited person sets their first password: made for whoever invites, and mailed."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from cxprofiles.staff.links import password_link


def link_for(request: HttpRequest, user: User) -> str:
    """The link under the public address, or the one that the request came in by."""
    origin = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return password_link(user, origin=origin)


def mail_link(request: HttpRequest, user: User, link: str) -> None:
    """Send the link to the person; while mail is away nothing fails, since the link is shown too."""
    told = {"user": user, "username": user.username, "password_reset_url": link, "invited": True}
    get_adapter(request).send_mail("account/email/password_reset_key", user.email, told)
