"""allauth's adapter for second factors: their secrets are sealed, and apps show them under our name."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext as _

from consent.sealing import seal, unseal_bytes

USE = "second factor"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """What is asked of us about second factors."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal(text.encode(), USE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal_bytes(base64.b64decode(encrypted_text), USE).decode()

    def get_totp_issuer(self) -> str:
        return f"cxprofiles ({self._get_site_name()})"

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002
        """The name that a new passkey is given unless its owner has a better one."""
        held = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)s") % {"number": held + 1}
