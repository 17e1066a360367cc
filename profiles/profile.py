"""One profile, as its card and its identifiers show it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.conf import settings

from consent.standing import Standing, read_standing
from consent.times import moment
from profiles.configuration import Configuration
from profiles.golden.folds import Fold as FoldState
from profiles.golden.folds import decode_fold
from profiles.identity.canonical import canonical, identifier_digest
from profiles.models import Card, Fold, Identifier
from profiles.regions import region_of


class UnknownType(LookupError):
    """There is no identifier type of this name."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class ProfileIdentifier:
    """An identifier of a profile. Times are None for one that was only ever mentioned."""

    id: int
    type: str
    value: str
    profile_id: UUID  # the one that it was born with
    first_seen: datetime | None
    last_seen: datetime | None
    source: str | None
    person: bool
    shared: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class TraitValue:
    """A trait's value and where it is from."""

    value: Any
    source: str | None
    interaction_id: UUID | None
    at: datetime | None


class Subject(NamedTuple):
    """A person whose data is read: the profile's id of today, what stands for it, and where they live (`region_of`)."""

    profile_id: UUID
    standing: Standing
    region: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A cluster's card with its identifiers. `profile_id` is today's. A profile of the past lacks the last four."""

    profile_id: UUID
    root_id: int
    known: bool
    identifiers: list[ProfileIdentifier]
    traits: dict[str, TraitValue]
    counters: dict[str, Any]
    standing: Standing
    region: str
    first_seen: datetime | None
    last_seen: datetime | None
    bridged: bool = False
    claimed: bool = False
    contested: bool = False
    recent: Sequence[Mapping[str, Any]] = ()

    @property
    def subject(self) -> Subject:
        """Whose data it is."""
        return Subject(self.profile_id, self.standing, self.region)


def find_root(profile_id: UUID) -> int | None:
    """The cluster that the identifier born with this profile id is in today."""
    return Identifier.objects.filter(profile_id=profile_id).values_list("root_id", flat=True).first()


def find_identifier(type_name: str, value: str, held: Configuration) -> Identifier | None:
    """The identifier of this type and raw value, or None. Raises `UnknownType`, or `Dropped` where it can be none."""
    rule = held.types.get(type_name)
    if rule is None:
        raise UnknownType
    digest = identifier_digest(settings.IDENTIFIER_KEY, canonical(rule, value, region=""))
    return Identifier.objects.filter(type_id=rule.id, digest=digest).first()


def find_subject(root_id: int) -> Subject | None:
    """The person of a cluster, or None where there is no profile."""
    return find_subjects([root_id]).get(root_id)


def read_people(identifier_ids: Iterable[int]) -> dict[int, Subject]:
    """The people of today who hold these identifiers, by root."""
    roots = Identifier.objects.filter(id__in=list(identifier_ids)).values_list("root_id", flat=True).distinct()
    return find_subjects(roots)


def find_subjects(roots: Iterable[int]) -> dict[int, Subject]:
    """The people of some clusters, by root; those that have no profile are left out."""
    rows = Card.objects.filter(root_id__in=list(roots)).values_list("root_id", "profile_id", "consents", "traits")
    return {
        root: Subject(profile_id, read_standing(bytes(consents)), region_of(bytes(traits)))
        for root, profile_id, consents, traits in rows
    }


def read_profile(root_id: int, held: Configuration, *, sightings: bool = True) -> Profile | None:
    """The profile of a cluster, or None. Call it in one snapshot.

    `sightings` false: without when and where its identifiers were seen, which is a read less.
    """
    card = Card.objects.filter(root_id=root_id).first()
    if card is None:
        return None
    return Profile(
        profile_id=card.profile_id,
        root_id=root_id,
        known=card.known,
        identifiers=read_identifiers(root_id, held, sightings=sightings),
        traits=trait_values(msgspec.json.decode(card.traits), msgspec.json.decode(card.provenance), held),
        counters=msgspec.json.decode(card.counters),
        standing=read_standing(bytes(card.consents)),
        region=region_of(bytes(card.traits)),
        first_seen=card.first_seen,
        last_seen=card.last_seen,
        bridged=card.bridged,
        claimed=card.claimed,
        contested=card.contested,
        recent=msgspec.json.decode(card.recent),
    )


def read_identifiers(root_id: int, held: Configuration, *, sightings: bool = True) -> list[ProfileIdentifier]:
    """The identifiers of a cluster, the strongest first."""
    rows = list(Identifier.objects.filter(root_id=root_id))
    ids = [row.id for row in rows] if sightings else []
    folds = dict(Fold.objects.filter(identifier_id__in=ids).values_list("identifier_id", "state")) if ids else {}
    shown = [profile_identifier(row, decode_fold(folds[row.id]) if row.id in folds else None, held) for row in rows]
    return sorted(shown, key=lambda item: (held.types[item.type].rank, item.value))


def profile_identifier(row: Identifier, fold: FoldState | None, held: Configuration) -> ProfileIdentifier:
    """An identifier with what its fold says of when and where it was seen."""
    rule = held.types_by_id[row.type_id]
    source = held.sources.get(fold.first_source) if fold and fold.first_source is not None else None
    return ProfileIdentifier(
        id=row.id,
        type=rule.name,
        value=row.value,
        profile_id=row.profile_id,
        first_seen=moment(fold.first_seen) if fold and fold.first_seen is not None else None,
        last_seen=moment(fold.last_seen) if fold and fold.last_seen is not None else None,
        source=source.name if source else None,
        person=rule.person,
        shared=row.shared,
        verified=row.verified,
    )


def trait_values(values: dict[str, Any], origins: dict[str, Any], held: Configuration) -> dict[str, TraitValue]:
    """Traits with their provenance, as a card holds both."""
    return {name: trait_value(value, origins.get(name), held) for name, value in sorted(values.items())}


def trait_value(value: Any, origin: list[Any] | None, held: Configuration) -> TraitValue:
    """A value with its origin: [source id, interaction id in hexadecimal, time in microseconds]."""
    if origin is None:
        return TraitValue(value, None, None, None)
    source = held.sources.get(origin[0])
    return TraitValue(value, source.name if source else None, UUID(hex=origin[1]), moment(origin[2]))
