"""What is in force for one profile with all that was said: now, at an instant, and as it was believed then."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from consent.ledger_reading import read_latest, read_page, said_by_identifier
from consent.outcome import Holder
from consent.said import Said
from consent.standing import Standing, pack, read_standing
from consent.times import microseconds
from profiles.configuration import Configuration
from profiles.golden.folds import decode_fold
from profiles.history import read_profile_as_of
from profiles.models import Card, Fold, Identifier
from profiles.profile import find_root
from profiles.regions import region_of


@dataclass(frozen=True, slots=True)
class Consents:
    """What stands for a profile at an instant. `names`: identifier id to type and value. `profile_id` is today's."""

    profile_id: UUID
    holders: list[Holder]
    names: dict[int, tuple[str, str]]
    standing: Standing
    region: str
    at: datetime
    received_by: datetime | None = None

    @property
    def now(self) -> int:
        """The instant in microseconds since the epoch."""
        return microseconds(self.at)


def read_consents(
    profile_id: UUID, held: Configuration, *, at: datetime | None = None, as_of: datetime | None = None
) -> Consents | None:
    """What stands for the profile that an id leads to, None where there is none. Call it in one snapshot.

    `at`: what was in force then, by all that is known today. `as_of`: by what had been received then, for the
    identifiers that were believed to be one person then. Raises `TooMuchHistory`.
    """
    root = find_root(profile_id)
    card = None if root is None else Card.objects.filter(root_id=root).first()
    if root is None or card is None:
        return None
    region = region_of(bytes(card.traits))
    now = datetime.now(UTC)
    if as_of is None and at is None:
        rows = list(Identifier.objects.filter(root_id=root))
        holders = holders_of_folds(rows, held)
        return Consents(
            card.profile_id, holders, names_of(rows, held), read_standing(bytes(card.consents)), region, now
        )
    rows = list(Identifier.objects.filter(root_id=root)) if as_of is None else believed(profile_id, as_of, held)
    at = at or as_of or now
    if not rows:
        return None
    holders = holders_of_ledger(rows, held, at, as_of)
    standing = Standing(pack(holders, held.purposes.address_types))
    return Consents(card.profile_id, holders, names_of(rows, held), standing, region, at, as_of)


def believed(profile_id: UUID, as_of: datetime, held: Configuration) -> list[Identifier]:
    """The identifiers that were believed to be the same person as the one born with this id; none: not known yet."""
    profile = read_profile_as_of(profile_id, as_of, held)
    if profile is not None:
        return list(Identifier.objects.filter(id__in=[item.id for item in profile.identifiers]))
    # One that no interaction had carried can have been named to this service all the same.
    alone = list(Identifier.objects.filter(profile_id=profile_id))
    return alone if read_page([row.id for row in alone], limit=1, received_by=as_of).rows else []


def holders_of_folds(rows: Collection[Identifier], held: Configuration) -> list[Holder]:
    """Identifiers with what matters of what was said under them, now and from now on."""
    states = Fold.objects.filter(identifier_id__in=[row.id for row in rows]).values_list("identifier_id", "state")
    said = {id_: decode_fold(state).consents for id_, state in states}
    return [holder(row, held, said.get(row.id, {})) for row in rows]


def holders_of_ledger(
    rows: Collection[Identifier], held: Configuration, at: datetime, received_by: datetime | None
) -> list[Holder]:
    """Identifiers with what counted at an instant."""
    found = read_latest([row.id for row in rows], decided_by=at, received_by=received_by)
    said = said_by_identifier(found)
    return [holder(row, held, said.get(row.id, {})) for row in rows]


def holder(row: Identifier, held: Configuration, said: Mapping[str, Sequence[Said]]) -> Holder:
    """An identifier as consent looks at it."""
    rule = held.types_by_id[row.type_id]
    return Holder(row.id, rule.name, rule.person, rule.account, row.verified, said)


def names_of(rows: Iterable[Identifier], held: Configuration) -> dict[int, tuple[str, str]]:
    """Type and value of identifiers, the strongest first."""
    ranked = sorted(rows, key=lambda row: (held.types_by_id[row.type_id].rank, row.value))
    return {row.id: (held.types_by_id[row.type_id].name, row.value) for row in ranked}
