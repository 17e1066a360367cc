"""The provider of single sign-on as allauth has it, with a nonce (OpenID Connect Core 1.0, 3.1.2.1 and 15.5.2).

Each question bears a nonce that only this session knows, and the provider's signed answer has to bear it too: an answer
that was meant for another session is none. What is asked for is in the settings; no link can change it.
"""

import hmac
import secrets
from typing import Any

from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.http import HttpRequest, HttpResponse

NONCE = "nonce"


class StaffProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """The one provider of the settings."""

    def redirect(self, request: HttpRequest, process: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Off to the provider, with a new nonce, which is kept with the session's state of this question."""
        nonce = secrets.token_urlsafe(24)
        asked = {"scope": self.get_scope(), "auth_params": {**self.get_auth_params(), NONCE: nonce}}
        response: HttpResponse = super().redirect(request, process, *args, **{**kwargs, **asked, NONCE: nonce})
        return response


def bears_nonce(sociallogin: SocialLogin) -> bool:
    """Whether the signed answer bears the nonce of the question."""
    statement = sociallogin.account.extra_data.get("id_token")
    told = statement.get(NONCE) if isinstance(statement, dict) else None
    asked = sociallogin.state.get(NONCE)
    if not (isinstance(told, str) and isinstance(asked, str)):
        return False
    return hmac.compare_digest(told.encode(), asked.encode())
