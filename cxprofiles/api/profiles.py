"""Profiles: by id, by identifier, as of an instant."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.in_force import states
from consent.purposes import Purpose
from consent.times import now_microseconds
from cxprofiles.api.authentication import ApiView, Scopes, answer
from cxprofiles.api.bodies import Instant, bad_parameter, read_body, read_instant, read_text
from cxprofiles.api.disclosure import Disclosure, disclosure
from cxprofiles.api.errors import FieldError, Problem, not_found
from profiles.configuration import Configuration, configuration
from profiles.history import read_profile_as_of
from profiles.identity.canonical import Dropped
from profiles.models import Identifier
from profiles.profile import Profile, Subject, UnknownType, find_identifier, find_root, read_people, read_profile
from profiles.recognition import BEHAVIOUR, Decision, is_limited, may_see
from profiles.snapshot import one_snapshot

FIELDS = ("identifiers", "traits", "counters", "segments", "consents")
NO_PROFILE = "There is no profile here. An id that was once given out stays good; check that it was copied whole."
NOT_HELD = "No profile holds this identifier."


class IdentifierNamed(msgspec.Struct):
    """An identifier as a caller names it; it is brought into its canonical form."""

    type: str
    value: str


class LookupRequest(msgspec.Struct):
    """Whose profile, and what for. `as_of`: as it was believed then."""

    identifier: IdentifierNamed
    purpose: str | None = None
    as_of: Instant | None = None


class IdentifierShown(msgspec.Struct):
    """An identifier of a profile, with when it was seen and which source showed it first."""

    type: str
    value: str
    first_seen: datetime | None
    last_seen: datetime | None
    source: str | None
    verified: bool


class TraitShown(msgspec.Struct):
    """A trait's value and where it is from."""

    value: Any
    source: str | None
    interaction_id: UUID | None
    at: datetime | None


class ProfileShown(msgspec.Struct):
    """A profile. `profile_id` is the id that was asked for, `canonical_id` the profile's id of today."""

    profile_id: UUID
    canonical_id: UUID
    kind: str
    identifiers: list[IdentifierShown]
    traits: dict[str, TraitShown]
    counters: dict[str, Any]
    segments: list[str]
    consents: dict[str, str]
    first_seen: datetime | None
    last_seen: datetime | None
    as_of: datetime | None
    decision: Decision


PURPOSE = OpenApiParameter("purpose", str, required=True, description="What the data is for.")
AS_OF = OpenApiParameter("as_of", datetime, description="As believed then: of what had been received by that instant.")


class ProfileView(ApiView):
    """One profile by id."""

    scopes: ClassVar[Scopes] = {"GET": ("profiles:read",)}

    @extend_schema(operation_id="read_profile", parameters=[PURPOSE, AS_OF], responses=ProfileShown)
    def get(self, request: Request, profile_id: UUID) -> HttpResponse:
        """The profile that this id leads to today: any id that was ever given out leads somewhere."""
        asked = disclosure(request, "profile", read_text(request, "purpose"))
        as_of = read_past(request)
        with one_snapshot():
            root = find_root(profile_id)
            seen = None if root is None else read_then(root, profile_id, as_of)
        if seen is None:
            raise not_found(NO_PROFILE)
        return answer(disclose_profile(asked, seen, profile_id, as_of))


class LookupView(ApiView):
    """One profile by identifier."""

    scopes: ClassVar[Scopes] = {"POST": ("profiles:read",)}

    @extend_schema(operation_id="look_up_profile", request=LookupRequest, responses=ProfileShown)
    def post(self, request: Request) -> HttpResponse:
        """The profile that holds an identifier. An identifier never stands in a URL: URLs end in logs."""
        body = read_body(request, LookupRequest)
        asked = disclosure(request, "lookup", body.purpose)
        as_of = past(body.as_of)
        with one_snapshot():
            found = find_named(body.identifier, "/identifier", configuration())
            seen = None if found is None else read_then(found.root_id, found.profile_id, as_of)
        if seen is None:
            raise not_found(NOT_HELD)
        return answer(disclose_profile(asked, seen, seen.profile.profile_id, as_of))


class Seen(NamedTuple):
    """A profile, and the people of today whom it is about: what they say now decides whether it is shown."""

    profile: Profile
    subjects: Collection[Subject]


def read_then(root: int, profile_id: UUID, as_of: datetime | None) -> Seen | None:
    """The profile of a cluster, as it is or as it was believed to be for the identifier born with `profile_id`."""
    held = configuration()
    if as_of is None:
        profile = read_profile(root, held)
        return None if profile is None else Seen(profile, [profile.subject])
    profile = read_profile_as_of(profile_id, as_of, held)
    if profile is None:
        return None
    people = read_people(item.id for item in profile.identifiers)
    return Seen(profile, people.values())


def find_named(named: IdentifierNamed, pointer: str, held: Configuration) -> Identifier | None:
    """An identifier as it is stored, None: never seen; raises a 422 where it can be no identifier."""
    try:
        return find_identifier(named.type, named.value, held)
    except UnknownType as error:
        raise Problem(422, str(error), errors=[FieldError(f"{pointer}/type", str(error))]) from None
    except Dropped as dropped:
        sentence = f"This cannot be an identifier of its type: {dropped.reason}."
        raise Problem(422, sentence, errors=[FieldError(f"{pointer}/value", sentence)]) from None


def disclose_profile(asked: Disclosure, seen: Seen, profile_id: UUID, as_of: datetime | None) -> ProfileShown:
    """The answer, once the purpose is found in force and the access logged."""
    held, profile = configuration(), seen.profile
    decision = asked.allow(seen.subjects, FIELDS)
    visible = visible_names(asked.purpose, profile, seen.subjects, held)
    decision = msgspec.structs.replace(decision, withheld=[name for name in profile.traits if name not in visible])
    return ProfileShown(
        profile_id=profile_id,
        canonical_id=profile.profile_id,
        kind="known" if profile.known else "anonymous",
        identifiers=[
            IdentifierShown(item.type, item.value, item.first_seen, item.last_seen, item.source, item.verified)
            for item in profile.identifiers
            if item.first_seen is not None
        ],
        traits={
            name: TraitShown(trait.value, trait.source, trait.interaction_id, trait.at)
            for name, trait in profile.traits.items()
            if name in visible
        },
        counters=profile.counters if asked.purpose.sees(BEHAVIOUR) else {},
        segments=[],
        consents=states(profile.standing, held.purposes, now_microseconds()),
        first_seen=profile.first_seen,
        last_seen=profile.last_seen,
        as_of=as_of,
        decision=decision,
    )


def visible_names(purpose: Purpose, profile: Profile, subjects: Collection[Subject], held: Configuration) -> set[str]:
    """The traits that a purpose may see: by their category, and by what any of the people has limited."""
    now = now_microseconds()
    limited = any(is_limited(purpose, held.purposes, one.standing, now, one.region) for one in subjects)
    return {name for name in profile.traits if may_see(purpose, held.trait_categories.get(name, ""), limited=limited)}


def read_past(request: Request) -> datetime | None:
    """`as_of` of the query, an instant that is not in the future."""
    return past(read_instant(request, "as_of"))


def past(as_of: datetime | None) -> datetime | None:
    """An instant in UTC that is not in the future; raises a 400."""
    if as_of is None:
        return None
    if as_of > datetime.now(UTC):
        raise bad_parameter("as_of", "This instant is in the future; what will be believed then is not known.")
    return as_of.astimezone(UTC)
