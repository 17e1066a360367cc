"""What anybody may ask of this service by a well-known path (RFC 8615): its keys, and how it takes privacy signals."""

from datetime import date
from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from consent.signing import public_keys
from cxprofiles.api.authentication import ApiView, Scopes, answer

HEADERS = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
# When what this service does with Global Privacy Control last changed.
GPC_SINCE = date(2026, 11, 22)


class KeySet(msgspec.Struct):
    """A JWK set (RFC 7517) of Ed25519 keys."""

    keys: list[dict[str, Any]]


class GpcSupport(msgspec.Struct, rename="camel"):
    """Whether Global Privacy Control is honoured, and since when as it is now."""

    gpc: bool
    last_update: date


class PublicView(ApiView):
    """Open to all, from pages of any origin, and cacheable."""

    scopes: ClassVar[Scopes] = {}
    authentication_classes = ()
    permission_classes = ()


class KeysView(PublicView):
    """The keys that sign receipts."""

    @extend_schema(operation_id="read_keys", auth=[], responses=KeySet)
    def get(self, request: Request) -> HttpResponse:
        """Every key that has ever signed a receipt, and the one that comes next."""
        return published(KeySet(public_keys()["keys"]))


class GpcView(PublicView):
    """How Global Privacy Control is taken."""

    @extend_schema(operation_id="read_gpc", auth=[], responses=GpcSupport)
    def get(self, request: Request) -> HttpResponse:
        """It is honoured; in the form that its specification asks for."""
        return published(GpcSupport(gpc=True, last_update=GPC_SINCE))


def published(content: msgspec.Struct) -> HttpResponse:
    """An answer that anybody may keep for some minutes."""
    response = answer(content)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
