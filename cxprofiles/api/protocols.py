"""What the protocols by which other organisations send requests have in common: who calls, and whole bodies."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from consent.callers import OPENDSR, KnownCaller, find_by_token
from consent.protocols.standing import Standing
from consent.requests.telling import PACKAGE_PATH
from cxprofiles.api.authentication import LONGEST_TOKEN, REALM, ApiView
from cxprofiles.api.links import public_url
from cxprofiles.tokens import find_token
from profiles.credentials import digest_of
from profiles.privacy.exchanging import Sender
from profiles.privacy.packaging import package_token

PRIVACY = "privacy"


class CallerToken(BaseAuthentication):
    """`Authorization: Bearer <token>` of a caller of the view's protocol; for OpenDSR a service's with the scope
    `privacy` too. The user of the request is the `Sender`, its `auth` the caller."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol

    def authenticate(self, request: Request) -> tuple[Sender, KnownCaller | None] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer":
            return None
        if not token or len(token) > LONGEST_TOKEN or not token.isascii():
            raise AuthenticationFailed("This token is not known, or was revoked.")
        digest = digest_of(token)
        caller = find_by_token(self.protocol, digest)
        if caller is not None:
            return Sender(caller.id, caller.name, caller.requester, caller.callback_hosts), caller
        service = find_token(digest) if self.protocol == OPENDSR else None
        if service is None or PRIVACY not in service.scopes:
            raise AuthenticationFailed("This token is not known, was revoked, or is not for this.")
        return Sender(None, service.name, f"{OPENDSR}:token:{service.name}"), None

    def authenticate_header(self, request: Request) -> str:
        """RFC 6750: without a token the challenge carries no error."""
        return f'{REALM}, error="invalid_token"' if request.META.get("HTTP_AUTHORIZATION") else REALM


class CallerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library has no types
    """How the document names callers' tokens."""

    target_class = "cxprofiles.api.protocols.CallerToken"
    name = "caller"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "The token of a controller or an agent."}


class IsCaller(BasePermission):
    """Somebody known calls, unless the view is open to all."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method in view.open_to_all or isinstance(request.user, Sender):
            return True
        raise NotAuthenticated("Send a token: Authorization: Bearer <token>.")


class ProtocolView(ApiView):
    """The base of the views of a protocol. `open_to_all`: the methods that need no token."""

    protocol: ClassVar[str]
    open_to_all: ClassVar[frozenset[str]] = frozenset()
    permission_classes = (IsCaller,)

    def get_authenticators(self) -> list[BaseAuthentication]:
        if self.request is not None and self.request.method in self.open_to_all:
            return []
        return [CallerToken(self.protocol)]


def sender_of(request: Request) -> Sender:
    """Who sent a request that a view of a protocol serves."""
    sender = request.user
    if not isinstance(sender, Sender):
        raise NotAuthenticated
    return sender


def results_url(request: Request, standing: Standing) -> str:
    """Where the package of a request is fetched, once; empty where none waits."""
    token = package_token(standing.id) if standing.has_package else ""
    return public_url(request._request, f"{PACKAGE_PATH}{token}") if token else ""


def host_of(request: HttpRequest | Request) -> str:
    """The name of the host that a request came to, without its port."""
    return (urlsplit(f"//{request.get_host()}").hostname or "").lower()
