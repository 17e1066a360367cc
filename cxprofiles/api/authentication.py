"""Who calls: bearer tokens, their scopes, and the base of every view of the API."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, NotAuthenticated
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from cxprofiles.api.errors import Problem, answer_exception
from cxprofiles.tokens import TokenSettings, find_token
from profiles.credentials import digest_of

Scopes = Mapping[str, tuple[str, ...]]  # method to the scopes of which one is enough

REALM = 'Bearer realm="cxprofiles"'
LONGEST_TOKEN = 512


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <token>`; the user of the request is the token's settings."""

    def authenticate(self, request: Request) -> tuple[TokenSettings, None] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token.strip()
        found = None
        if token and len(token) <= LONGEST_TOKEN and token.isascii():
            found = find_token(digest_of(token))
        if found is None:
            raise AuthenticationFailed("This token is not known, has expired or was revoked; use one that is valid.")
        return found, None

    def authenticate_header(self, request: Request) -> str:
        """RFC 6750: without a token the challenge carries no error."""
        return f'{REALM}, error="invalid_token"' if request.META.get("HTTP_AUTHORIZATION") else REALM


class HasScope(BasePermission):
    """The token has one of the scopes that the view names for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        # Django answers HEAD with the view's GET.
        scopes: tuple[str, ...] | None = view.scopes.get("GET" if request.method == "HEAD" else request.method)
        if scopes is None:
            raise MethodNotAllowed(str(request.method))
        if not isinstance(request.user, TokenSettings):
            raise NotAuthenticated("Send a token: Authorization: Bearer <token>; manage.py create_token makes one.")
        if not request.user.scopes.intersection(scopes):
            raise Problem(
                403,
                f"This token lacks the scope that this needs: {' or '.join(scopes)}.",
                headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{" ".join(scopes)}"'},
            )
        return True


class JsonAlways(BaseContentNegotiation):
    """The API speaks JSON, whatever the Accept header says."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """The base of every view: a token with a scope, JSON, problems as RFC 9457 has them.

    `scopes` names for each method the scopes of which one is enough.
    """

    scopes: ClassVar[Scopes] = {}
    authentication_classes: Sequence[type[BaseAuthentication]] = (BearerToken,)
    permission_classes: Sequence[type[BasePermission]] = (HasScope,)
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = JsonAlways
    metadata_class = None
    http_method_names = ["get", "head", "post", "put", "delete"]  # noqa: RUF012 - Django's own form

    def get_exception_handler(self) -> Any:
        return answer_exception

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response.headers.setdefault("Cache-Control", "no-store")
        return super().finalize_response(request, response, *args, **kwargs)


def token_of(request: Request) -> TokenSettings:
    """The token of a request that a view with scopes serves."""
    token = request.user
    if not isinstance(token, TokenSettings):
        raise NotAuthenticated
    return token


def actor_of(request: Request) -> str:
    """Who acts, as audit rows and access logs name it."""
    return f"token:{token_of(request).name}"


def answer(content: Any, status: int = 200) -> HttpResponse:
    """An answer in JSON; times in UTC with `Z`."""
    return HttpResponse(msgspec.json.encode(content), status=status, content_type="application/json")
