"""allauth's passkey forms, which bear whatever somebody posts: a credential of another shape is a wrong one."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as theirs
from django import forms

LONGEST_NAME = 100
LONGEST_CREDENTIAL = 16_384
# What its parsers raise at made-up content.
BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError)


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
