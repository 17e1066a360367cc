"""Single sign-on by OpenID Connect: whoever was invited gets in; others only where OIDC_ROLE gives newcomers a role.

The provider is trusted to know whose address is whose, and only where it says that it has verified the address.
"""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from cxprofiles.signing_in.address import address_of
from cxprofiles.signing_in.openid import StaffProvider, bears_nonce
from cxprofiles.signing_in.pages import not_invited_page
from cxprofiles.staff.accounts import find_by_email, welcome_newcomer
from cxprofiles.staff.sign_ins import SignInEvent, note_sign_in

PROVIDER, PROVIDER_ID = "openid_connect", "staff"


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """What is asked of us while somebody comes from the provider."""

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """The one provider of the settings; none where there is none, and never one of the database."""
        if not settings.OIDC_ISSUER or provider not in (None, PROVIDER, PROVIDER_ID):
            return []
        app = SocialApp(
            provider=PROVIDER,
            provider_id=PROVIDER_ID,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={"server_url": settings.OIDC_ISSUER},
        )
        return [app]

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> StaffProvider:
        """That provider, asked with a nonce; raises `SocialApp.DoesNotExist`."""
        return StaffProvider(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Newcomers are made in `pre_social_login` or not at all."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find who it is, or turn them away."""
        if sociallogin.state.get("process") != AuthProcess.LOGIN or not told_alike(sociallogin.account.extra_data):
            raise ImmediateHttpResponse(not_invited_page(request))
        if not bears_nonce(sociallogin):
            raise PermissionDenied
        if sociallogin.is_existing:
            return
        user = known_or_new(sociallogin)
        if user is None:
            note_sign_in(user_id=None, event=SignInEvent.NOT_INVITED, method=PROVIDER, address=address_of(request))
            raise ImmediateHttpResponse(not_invited_page(request))
        sociallogin.connect(request, user)


def told_alike(data: dict[str, Any]) -> bool:
    """Whether both of the provider's statements are about the same person (OpenID Connect Core 1.0, 5.3.2)."""
    subjects = {data[part].get("sub") for part in ("userinfo", "id_token") if isinstance(data.get(part), dict)}
    return len(subjects) == 1 and None not in subjects


def known_or_new(sociallogin: SocialLogin) -> User | None:
    """The person who was invited under the verified address, or a newcomer; None: neither."""
    address = next((one.email for one in sociallogin.email_addresses if one.verified is True), "")
    if not address:
        return None
    user = find_by_email(address)
    if user is not None or not settings.OIDC_ROLE:
        return user
    return welcome_newcomer(email=address, role=settings.OIDC_ROLE, actor="single sign-on")
