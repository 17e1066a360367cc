"""The organisations that may send privacy requests by a protocol: OpenDSR controllers and processors, DRP agents."""

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from consent.callers import KnownCaller, list_callers, read_caller
from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import read_body
from profiles.privacy.callers import end_caller, give_token, put_caller


class CallerTold(msgspec.Struct, forbid_unknown_fields=True):
    """What a caller is to be.

    `verify_key`: an agent's Ed25519 key, in base64. `certificate`: X.509 in PEM, of a processor that sends callbacks.
    `callback_hosts`: where callbacks may go, and from which domains they may come; empty: to any public host.
    """

    display_name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    verify_key: Annotated[str, msgspec.Meta(max_length=200)] = ""
    certificate: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    callback_hosts: list[str] = []


class CallerShown(msgspec.Struct):
    """A caller. Its token cannot be read again."""

    protocol: str
    name: str
    display_name: str
    verify_key: str
    certificate: str
    callback_hosts: list[str]
    has_token: bool
    created_at: datetime
    key_set_at: datetime | None
    revoked_at: datetime | None


class CallersListed(msgspec.Struct):
    """All callers, by protocol and name, revoked ones too."""

    items: list[CallerShown]


class CallerTokenMade(msgspec.Struct):
    """The token of a caller, shown this once."""

    protocol: str
    name: str
    token: str


class CallersView(ApiView):
    """All callers."""

    scopes: ClassVar[Scopes] = {"GET": ("admin",)}

    @extend_schema(operation_id="list_privacy_callers", responses=CallersListed)
    def get(self, request: Request) -> HttpResponse:
        """All callers, revoked ones too."""
        return answer(CallersListed([shown(one) for one in list_callers()]))


class CallerView(ApiView):
    """One caller."""

    scopes: ClassVar[Scopes] = {"GET": ("admin",), "PUT": ("admin",)}

    @extend_schema(operation_id="read_privacy_caller", responses=CallerShown)
    def get(self, request: Request, protocol: str, name: str) -> HttpResponse:
        """One caller."""
        return answer(shown(read_caller(protocol, name)))

    @extend_schema(operation_id="put_privacy_caller", request=CallerTold, responses=CallerShown)
    def put(self, request: Request, protocol: str, name: str) -> HttpResponse:
        """Make or change a caller; one that was revoked is let in again."""
        body = read_body(request, CallerTold)
        told = {field: getattr(body, field) for field in CallerTold.__struct_fields__}
        return answer(shown(put_caller(protocol=protocol, name=name, actor=actor_of(request), **told)))


class CallerRotateView(ApiView):
    """The token of a caller."""

    scopes: ClassVar[Scopes] = {"POST": ("admin",)}

    @extend_schema(operation_id="rotate_privacy_caller", request=None, responses={201: CallerTokenMade})
    def post(self, request: Request, protocol: str, name: str) -> HttpResponse:
        """Give an OpenDSR controller a token; its earlier one ends at once. Agents get theirs by key setup."""
        token = give_token(protocol=protocol, name=name, actor=actor_of(request))
        return answer(CallerTokenMade(protocol, name, token), 201)


class CallerRevokeView(ApiView):
    """The end of a caller."""

    scopes: ClassVar[Scopes] = {"POST": ("admin",)}

    @extend_schema(operation_id="revoke_privacy_caller", request=None, responses=CallerShown)
    def post(self, request: Request, protocol: str, name: str) -> HttpResponse:
        """Let a caller in no more, at once. Its requests go on."""
        return answer(shown(end_caller(protocol=protocol, name=name, actor=actor_of(request))))


def shown(caller: KnownCaller) -> CallerShown:
    """A caller as the answer has it."""
    return CallerShown(
        protocol=caller.protocol,
        name=caller.name,
        display_name=caller.display_name,
        verify_key=caller.verify_key,
        certificate=caller.certificate,
        callback_hosts=list(caller.callback_hosts),
        has_token=caller.has_token,
        created_at=caller.created_at,
        key_set_at=caller.key_set_at,
        revoked_at=caller.revoked_at,
    )
