"""Service tokens."""

from datetime import datetime
from typing import ClassVar, Literal

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import Instant, read_body
from cxprofiles.api.sources import Channel
from cxprofiles.models import ApiToken
from cxprofiles.tokens import create_token, revoke_token

Scope = Literal["recognise", "profiles:read", "profiles:write", "consent:write", "privacy", "admin"]


class TokenRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A new token. Without purposes or channels it is tied to none."""

    name: str
    scopes: list[Scope]
    purposes: list[str] = []
    channels: list[Channel] = []
    expires_at: Instant | None = None


class TokenShown(msgspec.Struct):
    """A token, of which only the hint is kept readable. Null purposes or channels: any."""

    name: str
    hint: str
    scopes: list[str]
    purposes: list[str] | None
    channels: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class TokenCreated(msgspec.Struct):
    """A token just made, shown this once."""

    name: str
    token: str


class TokensListed(msgspec.Struct):
    """All tokens, the latest first, revoked ones too."""

    items: list[TokenShown]


class TokensView(ApiView):
    """All tokens."""

    scopes: ClassVar[Scopes] = {"GET": ("admin",), "POST": ("admin",)}

    @extend_schema(operation_id="list_tokens", responses=TokensListed)
    def get(self, request: Request) -> HttpResponse:
        """All tokens, the latest first, revoked ones too."""
        return answer(TokensListed([shown(row) for row in ApiToken.objects.order_by("-id")]))

    @extend_schema(operation_id="create_token", request=TokenRequest, responses={201: TokenCreated})
    def post(self, request: Request) -> HttpResponse:
        """Make a token."""
        body = read_body(request, TokenRequest)
        token = create_token(
            name=body.name,
            scopes=body.scopes,
            purposes=body.purposes,
            channels=body.channels,
            expires_at=body.expires_at,
            actor=actor_of(request),
        )
        return answer(TokenCreated(body.name, token), 201)


class RevokeView(ApiView):
    """The end of a token."""

    scopes: ClassVar[Scopes] = {"POST": ("admin",)}

    @extend_schema(operation_id="revoke_token", request=None, responses={204: None})
    def post(self, request: Request, name: str) -> HttpResponse:
        """End a token at once."""
        revoke_token(name=name, actor=actor_of(request))
        return HttpResponse(status=204)


def shown(row: ApiToken) -> TokenShown:
    """A token as the answer has it."""
    return TokenShown(
        name=row.name,
        hint=row.hint,
        scopes=row.scopes,
        purposes=row.purposes,
        channels=row.channels,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
