"""Purposes: what data may be used for; and from which age on people consent alone."""

from typing import Any, ClassVar, Literal

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from consent.purpose_fields import PurposeFields, default_of
from consent.purpose_reading import read_ages, read_purpose, read_purposes
from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import is_clean, read_body
from cxprofiles.api.errors import FieldError, Problem, not_found
from cxprofiles.rebuilding import ask_for_rebuild
from profiles.purpose_changes import change_purpose, set_consent_age

NO_PURPOSE = "There is no purpose of this key; PUT it to create it."
NO_AGE = "This country has no age of its own; the one of * holds."
# Whoever asks people, or uses data for a purpose, may know what the purposes say.
READERS = ("admin", "profiles:read", "consent:write", "recognise")

Basis = Literal["consent", "contract", "legal_obligation", "vital_interest", "public_task", "legitimate_interest"]
Default = Literal["allowed", "denied"]


class RegionRule(msgspec.Struct, forbid_unknown_fields=True):
    """What differs in a region."""

    default: Default


class PurposeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A purpose. What is left out takes its default, also where it had another value before.

    `name` and `text` are by language (BCP 47), `regions` by ISO 3166 code, durations as ISO 8601 has them, empty for
    none. `default`, what holds when nobody was asked, is `denied` for consent and else `allowed` if it is left out.
    """

    legal_basis: Basis
    default: Default | None = None
    key: str | None = None
    name: dict[str, str] = {}
    text: dict[str, str] = {}
    categories: list[str] = []
    channels: list[str] = []
    address_type: str = ""
    least_assurance: Literal["identified", "device"] = "device"
    expires_after: str = ""
    reask_after: str = "P12M"
    remind_after: str = "P13M"
    regions: dict[str, RegionRule] = {}
    double_opt_in: bool = False
    notice: str = ""


class PurposeShown(msgspec.Struct):
    """A purpose (consent.md, "Purposes"). Its parent is the part of the key before the last dot."""

    key: str
    name: dict[str, str]
    text: dict[str, str]
    legal_basis: str
    default: str
    categories: list[str]
    channels: list[str]
    address_type: str
    least_assurance: str
    expires_after: str
    reask_after: str
    remind_after: str
    regions: dict[str, RegionRule]
    double_opt_in: bool
    notice: str


class PurposeChanged(PurposeShown):
    """A purpose as it was just set. `rebuild` says whether what is stored is being recomputed."""

    rebuild: str


class PurposesListed(msgspec.Struct):
    """All purposes, by key."""

    items: list[PurposeShown]


class AgeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """From which age on people of a country consent alone."""

    years: int
    country: str | None = None


class AgeShown(msgspec.Struct):
    """From which age on people of a country consent alone; `*`: of all others."""

    country: str
    years: int


class AgesListed(msgspec.Struct):
    """The countries that have an age of their own, and `*` for all others."""

    items: list[AgeShown]


class PurposesView(ApiView):
    """All purposes."""

    scopes: ClassVar[Scopes] = {"GET": READERS}

    @extend_schema(operation_id="list_purposes", responses=PurposesListed)
    def get(self, request: Request) -> HttpResponse:
        """All purposes, by key."""
        return answer(PurposesListed([shown(key, fields) for key, fields in read_purposes().items()]))


class PurposeView(ApiView):
    """One purpose."""

    scopes: ClassVar[Scopes] = {"GET": READERS, "PUT": ("admin",)}

    @extend_schema(operation_id="read_purpose", responses=PurposeShown)
    def get(self, request: Request, key: str) -> HttpResponse:
        """One purpose in all its languages."""
        fields = read_purpose(key) if is_clean(key) else None
        if fields is None:
            raise not_found(NO_PURPOSE)
        return answer(shown(key, fields))

    @extend_schema(
        operation_id="change_purpose", request=PurposeRequest, responses={200: PurposeChanged, 201: PurposeChanged}
    )
    def put(self, request: Request, key: str) -> HttpResponse:
        """Create or replace a purpose, in force at once. A purpose is never deleted: decisions refer to it."""
        change = change_purpose(key=key, fields=fields_asked(request, key), actor=actor_of(request))
        rebuild = ask_for_rebuild(change.needs_rebuild)
        changed = PurposeChanged(**msgspec.structs.asdict(shown(key, change.fields)), rebuild=rebuild)
        return answer(changed, 201 if change.created else 200)


class AgesView(ApiView):
    """All consent ages."""

    scopes: ClassVar[Scopes] = {"GET": READERS}

    @extend_schema(operation_id="list_consent_ages", responses=AgesListed)
    def get(self, request: Request) -> HttpResponse:
        """The countries that have an age of their own, and `*` for all others."""
        return answer(AgesListed([AgeShown(country, years) for country, years in read_ages().items()]))


class AgeView(ApiView):
    """The consent age of one country."""

    scopes: ClassVar[Scopes] = {"GET": READERS, "PUT": ("admin",)}

    @extend_schema(operation_id="read_consent_age", responses=AgeShown)
    def get(self, request: Request, country: str) -> HttpResponse:
        """From which age on people of a country consent alone."""
        years = read_ages().get(country.upper())
        if years is None:
            raise not_found(NO_AGE)
        return answer(AgeShown(country.upper(), years))

    @extend_schema(operation_id="change_consent_age", request=AgeRequest, responses={200: AgeShown, 201: AgeShown})
    def put(self, request: Request, country: str) -> HttpResponse:
        """Set it."""
        body = read_body(request, AgeRequest)
        country = country.upper()
        check_same("country", body.country, country)
        created = set_consent_age(country=country, years=body.years, actor=actor_of(request))
        return answer(AgeShown(country, body.years), 201 if created else 200)


def fields_asked(request: Request, key: str) -> PurposeFields:
    """The body as the fields of a purpose; a key in it must be the one of the path."""
    body = read_body(request, PurposeRequest)
    check_same("key", body.key, key)
    values: dict[str, Any] = msgspec.to_builtins(body)
    del values["key"]
    values["default"] = body.default or default_of(body.legal_basis)
    return PurposeFields(**{**values, "categories": tuple(body.categories), "channels": tuple(body.channels)})


def check_same(name: str, said: str | None, path: str) -> None:
    """Raise a 422 where the body names another thing than the path."""
    if said is not None and said != path:
        raise Problem(
            422, f"The {name} in the body is not that of the path.", errors=[FieldError(f"/{name}", "Leave it out.")]
        )


def shown(key: str, fields: PurposeFields) -> PurposeShown:
    """A purpose as the answer has it."""
    return msgspec.convert({"key": key, **fields.described()}, PurposeShown)
