"""Whether purposes are allowed for whoever holds some identifiers: asked before data leaves for a recipient."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from consent.in_force import InForce, in_force
from consent.narrowing import narrowed, of_unknown
from consent.purposes import Purpose
from consent.signals.reading import Signals
from consent.standing import Standing, pack, read_standing
from profiles.configuration import Configuration
from profiles.consents.reading import holders_of_ledger
from profiles.identity.identifiers import find_identifiers
from profiles.intake.explode import Canoniser, Named
from profiles.intake.observed import RawIdentifier
from profiles.models import Card, Identifier
from profiles.regions import region_of


@dataclass(frozen=True, slots=True)
class Person:
    """A profile that some identifiers lead to. `addresses`: identifier type to the presented ones of it, by id."""

    profile_id: UUID
    standing: Standing
    region: str
    addresses: Mapping[str, list[int]] = field(default_factory=dict)


def find_people(
    groups: Sequence[Sequence[Named]], held: Configuration, at: datetime | None = None
) -> list[list[Person]]:
    """The profiles that each group of identifiers leads to; none for one that nobody knows.

    `at`: with what was in force then; None: now. Call it in one snapshot.
    """
    stored = find_identifiers(list({one.key for group in groups for one in group}))
    cards = _cards(set(stored.roots.values()))
    standings = {} if at is None else _standings_at(cards.keys(), held, at)
    people = []
    for group in groups:
        presented: dict[int, dict[str, list[int]]] = {}
        for one in group:
            id_ = stored.ids.get(one.key)
            root = None if id_ is None else stored.roots[id_]
            if id_ is not None and root in cards:
                presented.setdefault(root, {}).setdefault(one.rule.name, []).append(id_)
        people.append([_person(cards[root], standings.get(root), addresses) for root, addresses in presented.items()])
    return people


def usable(raw: Iterable[RawIdentifier], canoniser: Canoniser) -> list[Named]:
    """Those of some raw identifiers that can be identifiers, in canonical form."""
    return [named for one in raw if isinstance(named := canoniser.named(one, ""), Named)]


def rule_on(purpose: Purpose, people: Sequence[Person], signals: Signals, now: int) -> InForce:
    """Whether a purpose is allowed for all of some people, at an instant and for an event that says `signals`."""
    if not people:
        return of_unknown(purpose, signals)
    return narrowed(purpose, rule_on_people(purpose, people, now), signals)


def rule_on_people(purpose: Purpose, people: Sequence[Person], now: int) -> InForce:
    """The first refusal, or what allows it; a purpose about addresses is asked for each presented one."""
    rulings = [
        in_force(purpose, person.standing, now, address=address, region=person.region)
        for person in people
        for address in addresses_of(person, purpose)
    ]
    return next((ruling for ruling in rulings if not ruling.allowed), rulings[0])


def addresses_of(person: Person, purpose: Purpose) -> Sequence[int | None]:
    """The presented addresses that a purpose is asked for; None alone: it is asked for the person."""
    return person.addresses.get(purpose.address_type) or [None]


def _cards(roots: Collection[int]) -> dict[int, tuple[UUID, bytes, bytes]]:
    rows = Card.objects.filter(root_id__in=list(roots)).values_list("root_id", "profile_id", "consents", "traits")
    return {root: (profile_id, bytes(consents), bytes(traits)) for root, profile_id, consents, traits in rows}


def _person(card: tuple[UUID, bytes, bytes], then: Standing | None, addresses: dict[str, list[int]]) -> Person:
    profile_id, consents, traits = card
    return Person(profile_id, read_standing(consents) if then is None else then, region_of(traits), addresses)


def _standings_at(roots: Collection[int], held: Configuration, at: datetime) -> dict[int, Standing]:
    """What stood for some profiles of today at an instant."""
    members: dict[int, list[Identifier]] = {}
    for row in Identifier.objects.filter(root_id__in=list(roots)):
        members.setdefault(row.root_id, []).append(row)
    types = held.purposes.address_types
    return {root: Standing(pack(holders_of_ledger(rows, held, at, None), types)) for root, rows in members.items()}
