"""allauth's forms: without words in fields, and with passkeys that bear whatever somebody posts."""

from typing import Any

from allauth.account import forms as account
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as second_factor
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as theirs
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import translation

from cxprofiles.signing_in.afterwards import do_afterwards

LONGEST_NAME = 100
LONGEST_CREDENTIAL = 16_384
# What its parsers raise at made-up content.
BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError)


class Unprompted:
    """A form without words in its fields: each has a label above it, and allauth would write it twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)


class LoginForm(Unprompted, account.LoginForm):  # type: ignore[misc]
    """User name or address, and password."""


class ReauthenticateForm(Unprompted, account.ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""


class ResetPasswordForm(Unprompted, account.ResetPasswordForm):  # type: ignore[misc]
    """Where the link is sent, once the answer is: writing a message takes its time, and would tell who has an
    account."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Have the link sent; the address that was typed. Raises `DisallowedHost`."""
        request.get_host()  # which goes into the link: one that is made up is refused now
        language = translation.get_language() or settings.LANGUAGE_CODE
        do_afterwards(request, lambda: self.send(request, language, **kwargs))
        return str(self.cleaned_data["email"])

    def send(self, request: HttpRequest, language: str, **kwargs: Any) -> None:
        """Send the link, if the address is somebody's."""
        with context.request_context(request), translation.override(language):
            super().save(request, **kwargs)


class ResetPasswordKeyForm(Unprompted, account.ResetPasswordKeyForm):  # type: ignore[misc]
    """A first password, or another."""


class ChangePasswordForm(Unprompted, account.ChangePasswordForm):  # type: ignore[misc]
    """The password, and another."""


class SetPasswordForm(Unprompted, account.SetPasswordForm):  # type: ignore[misc]
    """A password for who has none."""


class OnlyOnce:
    """A form with a code, of which each counts once. allauth remembers a code for one step of the clock alone, and with
    clocks that may be off it would count for longer."""

    def clean_code(self) -> str:
        """The code; raises `ValidationError` where it is wrong or was used."""
        code: str = super().clean_code()  # type: ignore[misc]
        authenticator: Authenticator = self.authenticator  # type: ignore[attr-defined]
        if authenticator.type == Authenticator.Type.TOTP and not use_up(authenticator, code):
            self._emit_authentication_failed(authenticator)  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        return code


def use_up(authenticator: Authenticator, code: str) -> bool:
    """Note that a code of an app was used; whether it was the first time while it counts."""
    steps = 2 * app_settings.TOTP_TOLERANCE + 1
    key = f"signing_in.code_used?authenticator={authenticator.pk}&code={normalize_user_code(code)}"
    return bool(cache.add(key, "y", timeout=steps * app_settings.TOTP_PERIOD))


class CodeForm(OnlyOnce, Unprompted, second_factor.AuthenticateForm):  # type: ignore[misc]
    """A code at sign-in."""


class CodeAgainForm(OnlyOnce, Unprompted, second_factor.ReauthenticateForm):  # type: ignore[misc]
    """A code, once more."""


class FirstCodeForm(Unprompted, totp.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new app."""


class Bearing:
    """A form whose credential may be anything."""

    def clean_credential(self) -> Any:
        """The credential as allauth reads it; raises `ValidationError` where it is none."""
        content = self.cleaned_data["credential"]  # type: ignore[attr-defined]
        if not isinstance(content, dict) or len(str(content)) > LONGEST_CREDENTIAL:
            raise get_adapter().validation_error("incorrect_code")
        return self.read(content)

    def read(self, content: dict[str, Any]) -> Any:
        """What `clean_credential` gives for an object."""
        above = getattr(super(), "clean_credential", None)
        if above is None:
            return content
        try:
            return above()
        except forms.ValidationError:
            raise
        except BROKEN:
            raise get_adapter().validation_error("incorrect_code") from None


class AddPasskeyForm(Bearing, theirs.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey or security key."""

    name = forms.CharField(required=False, max_length=LONGEST_NAME)

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except forms.ValidationError:
            raise
        except BROKEN:
            raise get_adapter().validation_error("incorrect_code") from None
        return cleaned


class UsePasskeyForm(Bearing, theirs.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as second factor."""


class PasskeyLoginForm(Bearing, theirs.LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey alone."""


class PasskeyAgainForm(Bearing, theirs.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey, once more."""
