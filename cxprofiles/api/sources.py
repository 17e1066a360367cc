"""Sources and their write keys."""

from datetime import datetime, timedelta
from typing import ClassVar, Literal

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import read_body
from cxprofiles.api.errors import not_found
from cxprofiles.rebuilding import ask_for_rebuild
from profiles.credentials import new_secret
from profiles.models import Source, SourceKey
from profiles.sources import (
    DEFAULT_OVERLAP,
    SourceFields,
    change_source,
    create_source,
    fields_of,
    revoke_key,
    revoke_source,
    rotate_key,
)

NO_SOURCE = "There is no source of this name."

CollectionRule = Literal["keep", "drop_fields", "drop_event"]
Channel = Literal["web", "app", "store", "callcentre", "email", "social", "crm"]


class SourceSettings(msgspec.Struct, forbid_unknown_fields=True):
    """What staff may set on a source. What is left out takes its default.

    `signing_secret` verifies `context.identityHash`: a secret, true to have one made, false for none, null to keep
    the one that is set. `consent_categories` leads each category that clients name to a purpose or several;
    `consent_rules` says for a purpose what is done with an event where it is denied.
    """

    channel: Channel
    trust: Literal["server", "public"]
    region: str = ""
    rank: int = 100
    rate_limit: int | None = None
    mappings: dict[str, str] = {}
    consent_categories: dict[str, str | list[str]] = {}
    consent_rules: dict[str, CollectionRule] = {}
    signing_secret: str | bool | None = None


class SourceRequest(SourceSettings, kw_only=True, forbid_unknown_fields=True):
    """A new source."""

    name: str


class KeyShown(msgspec.Struct):
    """A write key, of which only the hint is kept readable."""

    id: int
    hint: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class SourceShown(msgspec.Struct, kw_only=True):
    """A source. Of the signing secret only whether there is one is shown."""

    name: str
    channel: str
    trust: str
    region: str
    rank: int
    rate_limit: int | None
    mappings: dict[str, str]
    consent_categories: dict[str, str | list[str]]
    consent_rules: dict[str, str]
    signing_secret: bool
    created_at: datetime
    disabled_at: datetime | None
    keys: list[KeyShown]


class SourceCreated(SourceShown, kw_only=True):
    """A source just made. The key and the secret are shown this once."""

    write_key: str
    new_signing_secret: str | None


class SourceChanged(SourceShown, kw_only=True):
    """A source as it was just set. `rebuild` says whether what is stored is being recomputed."""

    new_signing_secret: str | None
    rebuild: str


class SourcesListed(msgspec.Struct):
    """All sources, by name."""

    items: list[SourceShown]


class RotateRequest(msgspec.Struct, forbid_unknown_fields=True):
    """How long the old keys stay good beside the new one."""

    overlap_seconds: int = int(DEFAULT_OVERLAP.total_seconds())


class KeyRotated(msgspec.Struct):
    """The new key, shown this once."""

    source: str
    write_key: str


class RevokeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Which key ends; null: all of them, and the source is disabled."""

    key_id: int | None = None


class SourcesView(ApiView):
    """All sources."""

    scopes: ClassVar[Scopes] = {"GET": ("admin",), "POST": ("admin",)}

    @extend_schema(operation_id="list_sources", responses=SourcesListed)
    def get(self, request: Request) -> HttpResponse:
        """All sources with the hints of their keys."""
        rows = Source.objects.order_by("name").prefetch_related("keys")
        return answer(SourcesListed([shown(row) for row in rows]))

    @extend_schema(operation_id="create_source", request=SourceRequest, responses={201: SourceCreated})
    def post(self, request: Request) -> HttpResponse:
        """Make a source with one write key."""
        body = read_body(request, SourceRequest)
        secret = secret_asked(body, "")
        key = create_source(name=body.name, fields=fields_asked(body, secret), actor=actor_of(request))
        made = msgspec.structs.asdict(shown(find(body.name)))
        return answer(
            SourceCreated(**made, write_key=key, new_signing_secret=secret if body.signing_secret is True else None),
            201,
        )


class SourceView(ApiView):
    """One source."""

    scopes: ClassVar[Scopes] = {"GET": ("admin",), "PUT": ("admin",)}

    @extend_schema(operation_id="read_source", responses=SourceShown)
    def get(self, request: Request, name: str) -> HttpResponse:
        """One source with the hints of its keys."""
        return answer(shown(find(name)))

    @extend_schema(operation_id="change_source", request=SourceSettings, responses=SourceChanged)
    def put(self, request: Request, name: str) -> HttpResponse:
        """Replace what staff may set on a source; its keys stay."""
        body = read_body(request, SourceSettings)
        secret = secret_asked(body, find(name).signing_secret)
        change = change_source(name=name, fields=fields_asked(body, secret), actor=actor_of(request))
        now = msgspec.structs.asdict(shown(find(name)))
        rebuild = ask_for_rebuild(change.needs_rebuild)
        new = secret if body.signing_secret is True else None
        return answer(SourceChanged(**now, new_signing_secret=new, rebuild=rebuild))


class RotateView(ApiView):
    """A new write key for a source."""

    scopes: ClassVar[Scopes] = {"POST": ("admin",)}

    @extend_schema(operation_id="rotate_key", request=RotateRequest, responses={201: KeyRotated})
    def post(self, request: Request, name: str) -> HttpResponse:
        """Make a new write key; the old ones end after the overlap."""
        body = read_body(request, RotateRequest)
        overlap = timedelta(seconds=max(-1, min(body.overlap_seconds, 10**9)))
        return answer(KeyRotated(name, rotate_key(name=name, actor=actor_of(request), overlap=overlap)), 201)


class RevokeView(ApiView):
    """The end of write keys."""

    scopes: ClassVar[Scopes] = {"POST": ("admin",)}

    @extend_schema(operation_id="revoke_key", request=RevokeRequest, responses=SourceShown)
    def post(self, request: Request, name: str) -> HttpResponse:
        """End one key at once, or all of them and disable the source; what it has sent stays."""
        body = read_body(request, RevokeRequest)
        if body.key_id is None:
            revoke_source(name=name, actor=actor_of(request))
        else:
            revoke_key(name=name, key_id=body.key_id, actor=actor_of(request))
        return answer(shown(find(name)))


def find(name: str) -> Source:
    """The source of this name; raises a 404."""
    row = Source.objects.filter(name=name).prefetch_related("keys").first()
    if row is None:
        raise not_found(NO_SOURCE)
    return row


def secret_asked(body: SourceSettings, held: str) -> str:
    """The signing secret that the source is to have."""
    if body.signing_secret is None:
        return held
    if isinstance(body.signing_secret, str):
        return body.signing_secret
    return new_secret() if body.signing_secret else ""


def fields_asked(body: SourceSettings, secret: str) -> SourceFields:
    """The body as the fields of a source."""
    return SourceFields(
        channel=body.channel,
        trust=body.trust,
        region=body.region,
        rank=body.rank,
        rate_limit=body.rate_limit,
        signing_secret=secret,
        mappings=body.mappings,
        consent_categories=body.consent_categories,
        consent_rules=body.consent_rules,
    )


def shown(row: Source) -> SourceShown:
    """A source as the answer has it."""
    return SourceShown(
        name=row.name,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        keys=[key_shown(key) for key in sorted(row.keys.all(), key=lambda key: key.pk)],
        **fields_of(row).described(),
    )


def key_shown(key: SourceKey) -> KeyShown:
    """A write key as the answer has it."""
    return KeyShown(key.pk, key.hint, key.created_at, key.expires_at, key.revoked_at)
