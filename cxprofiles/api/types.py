"""Identifier types: the rules that say who is the same person."""

from typing import ClassVar, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import read_body
from cxprofiles.api.errors import FieldError, Problem, not_found
from cxprofiles.rebuilding import ask_for_rebuild
from profiles.identity.type_changes import Preview, TypeFields, change_type, fields_of, preview_type
from profiles.models import IdentifierType
from profiles.snapshot import one_snapshot

NO_TYPE = "There is no identifier type of this name; PUT it to create it."

Ownership = Literal["first", "last"]
Normaliser = Literal["exact", "trim", "lower", "upper", "email", "phone", "handle"]


class TypeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The rules of a type. What is left out takes its default, also where the type had another value before."""

    rank: int
    person: bool
    name: str | None = None
    per_profile: int | None = None
    ownership: Ownership = "first"
    shared_above: int | None = None
    normaliser: Normaliser = "trim"
    blocked: list[str] = []


class TypeShown(msgspec.Struct):
    """An identifier type (identity.md, "Identifier types")."""

    name: str
    rank: int
    person: bool
    per_profile: int | None
    ownership: str
    shared_above: int | None
    normaliser: str
    blocked: list[str]


class TypeChanged(TypeShown):
    """A type as it was just set. `rebuild` says whether what is stored is being recomputed under the new rules."""

    rebuild: str


class TypesListed(msgspec.Struct):
    """All identifier types, the strongest first."""

    items: list[TypeShown]


class SplitShown(msgspec.Struct):
    """A profile that would fall apart; null stands for a profile that is not known yet."""

    profile_id: UUID
    into: list[UUID | None]


class JoinShown(msgspec.Struct):
    """Profiles that would become one."""

    profile_ids: list[UUID]
    into: UUID | None


class PreviewShown(msgspec.Struct):
    """What a change would do, on the real data. `truncated`: the lists show fewer than the counts say."""

    profiles_before: int
    profiles_after: int
    split_count: int
    join_count: int
    splits: list[SplitShown]
    joins: list[JoinShown]
    truncated: bool


class TypesView(ApiView):
    """All identifier types."""

    scopes: ClassVar[Scopes] = {"GET": ("admin",)}

    @extend_schema(operation_id="list_types", responses=TypesListed)
    def get(self, request: Request) -> HttpResponse:
        """All identifier types, the strongest first."""
        return answer(TypesListed([shown(row) for row in IdentifierType.objects.order_by("rank")]))


class TypeView(ApiView):
    """One identifier type."""

    scopes: ClassVar[Scopes] = {"GET": ("admin",), "PUT": ("admin",)}

    @extend_schema(operation_id="read_type", responses=TypeShown)
    def get(self, request: Request, name: str) -> HttpResponse:
        """The rules of one type."""
        row = IdentifierType.objects.filter(name=name).first()
        if row is None:
            raise not_found(NO_TYPE)
        return answer(shown(row))

    @extend_schema(operation_id="change_type", request=TypeRequest, responses={200: TypeChanged, 201: TypeChanged})
    def put(self, request: Request, name: str) -> HttpResponse:
        """Create or replace a type. What is stored follows, in the background, where the rules concern it."""
        change = change_type(name=name, fields=fields_asked(request, name), actor=actor_of(request))
        rebuild = ask_for_rebuild(change.needs_rebuild)
        changed = TypeChanged(**msgspec.structs.asdict(shown(change.row)), rebuild=rebuild)
        return answer(changed, 201 if change.created else 200)


class PreviewView(ApiView):
    """What a change of a type would do."""

    scopes: ClassVar[Scopes] = {"POST": ("admin",)}

    @extend_schema(operation_id="preview_type", request=TypeRequest, responses=PreviewShown)
    def post(self, request: Request, name: str) -> HttpResponse:
        """Which profiles would split or join, on the real data, before anything changes. Changes nothing itself."""
        fields = fields_asked(request, name)
        with one_snapshot():
            preview = preview_type(name=name, fields=fields)
        return answer(preview_shown(preview))


def fields_asked(request: Request, name: str) -> TypeFields:
    """The body as the fields of a type; a name in it must be the one of the path."""
    body = read_body(request, TypeRequest)
    if body.name is not None and body.name != name:
        raise Problem(
            422, "The name in the body is not that of the path.", errors=[FieldError("/name", "Leave it out.")]
        )
    return TypeFields(
        rank=body.rank,
        person=body.person,
        per_profile=body.per_profile,
        ownership=body.ownership,
        shared_above=body.shared_above,
        normaliser=body.normaliser,
        blocked=tuple(body.blocked),
    )


def shown(row: IdentifierType) -> TypeShown:
    """A type as the answer has it."""
    return TypeShown(name=row.name, **fields_of(row).described())


def preview_shown(preview: Preview) -> PreviewShown:
    """A preview as the answer has it."""
    return PreviewShown(
        profiles_before=preview.profiles_before,
        profiles_after=preview.profiles_after,
        split_count=preview.split_count,
        join_count=preview.join_count,
        splits=[SplitShown(item.profile_id, item.into) for item in preview.splits],
        joins=[JoinShown(item.profile_ids, item.into) for item in preview.joins],
        truncated=preview.truncated,
    )
