"""The link that lets somebody set a password, once: it ends when it was used, and after PASSWORD_RESET_TIMEOUT."""

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.models import User
from django.urls import reverse


def password_path(uid: str, token: str) -> str:
    """The path of the page that sets a password."""
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})


def password_link(user: User, *, origin: str) -> str:
    """A link for a person; `origin` has no slash at its end, as in https://profiles.example.org."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    return f"{origin}{password_path(user_pk_to_url_str(user), token)}"
