"""What people allow and refuse on the privacy pages: how it stands, purpose by purpose, and changing it.

A change is an act of deciding like any other: rows of the ledger with their proof, one receipt, in force at once. A
refusal is written for all identifiers that are surely the person's; a permission for those alone that were proven.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import uuid_utils
from django.db import transaction

from consent.acts import Asked, Circumstances, Planned, plan
from consent.guardians import AGE_UNKNOWN
from consent.in_force import InForce, in_force, nothing_in_force
from consent.ledger import Decided
from consent.purposes import CONSENT, SALE_SHARE, UNIFICATION, UNREFUSABLE, Purpose, Purposes, ancestors
from consent.receipts import Principal
from consent.requests.gpc import note_opt_outs
from consent.standing import Standing, read_standing
from consent.times import now_microseconds
from profiles.configuration import Configuration, configuration
from profiles.consents.acts import Writer
from profiles.consents.ages import age_of
from profiles.consents.auditing import audit_act
from profiles.consents.records import Act, issue
from profiles.consents.spread import reached_rows
from profiles.consents.taking import take_decisions
from profiles.consents.telling import tell_of_act
from profiles.identity.identifiers import ensure_identifiers
from profiles.intake.explode import Canoniser, Named
from profiles.models import Card
from profiles.pipeline import enter_lane, go_through_gate
from profiles.privacy.beginning import ErasedPerson, erased_among
from profiles.privacy.own import Own, find_own
from profiles.privacy.returning import let_back_now
from profiles.privacy.suppressing import name_of
from profiles.regions import region_of
from profiles.snapshot import one_snapshot

BY_PERSON = "person"
BY_PAGE, BY_GPC = "page", "gpc"
METHOD = "privacy_page"
OBJECTED = "objected"
RESTRICTED = "restricted"


class Place(NamedTuple):
    """What a choice is about: a purpose, and where that is about addresses the identifier (0: the person)."""

    purpose: str
    address: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """One purpose as it stands for the person. `address`: the value of the address that it is about; empty: the
    person. `fixed`: it cannot be refused. `barred_by`: the wider purpose whose refusal refuses it; `can_allow`: False
    for an address that was not proven."""

    place: Place
    purpose: Purpose
    address: str
    ruling: InForce
    fixed: bool
    barred_by: str
    can_allow: bool

    @property
    def changeable(self) -> bool:
        """Whether the person can switch it over now."""
        if self.fixed or self.ruling.state == RESTRICTED:
            return False
        return self.ruling.allowed or (self.can_allow and not self.barred_by)


class Standings(NamedTuple):
    """What stands for the profiles that hold a person's identifiers; `of`: identifier id to its profile's."""

    all: list[tuple[Standing, str]]
    of: Mapping[int, tuple[Standing, str]]


def read_choices(own: Own, held: Configuration) -> list[Choice]:
    """Each purpose as it stands now. Call it in one snapshot."""
    standings = _standings(own)
    return [choice for purpose in held.purposes for choice in _choices(purpose, own, held, standings)]


def record_choices(
    proven: Sequence[tuple[str, str]], wanted: Mapping[Place, bool], *, proof: Mapping[str, Any], signal: str = BY_PAGE
) -> UUID | None:
    """Allow and refuse, in force when this returns; the id of the receipt, None where nothing was changed.

    `proven`: canonical (type, value). `wanted`: what is to hold; what cannot be changed is left as it is. `proof`:
    what was shown and done, with the notice, its version and its language. Raises `ErasedPerson` for who was erased
    and allows nothing: of them nothing is kept, a permission brings them back.
    """
    with one_snapshot():
        held = configuration()
        if not any(_changes(one, wanted) for one in read_choices(find_own(proven, held), held)):
            return None  # nobody is stored for having looked
    with transaction.atomic():
        named = _named(proven, configuration())
        go_through_gate()
        erased = erased_among(named)
        if erased and not _grants_anything(proven, wanted):
            raise ErasedPerson
        ensure_identifiers(named)
        enter_lane()
        held = configuration()
        own = find_own(proven, held)
        changes = [one for one in read_choices(own, held) if _changes(one, wanted)]
        if not changes or not own.proven_ids:
            return None
        receipt = _Deciding(own, named, held, proof, signal).write(changes)
        let_back_now([name_of(one) for one in erased])
        return receipt


def refuse_by_browser(proven: Sequence[tuple[str, str]], *, proof: Mapping[str, Any]) -> bool:
    """Refuse sale and sharing for a person whose browser says so (Global Privacy Control); whether that was new."""
    done = record_choices(proven, {Place(SALE_SHARE): False}, proof={**proof, "gpc": True}, signal=BY_GPC)
    return done is not None


def _grants_anything(proven: Sequence[tuple[str, str]], wanted: Mapping[Place, bool]) -> bool:
    """Whether somebody of whom nothing is stored allows what is not allowed anyway: they come back by it."""
    held = configuration()
    choices = read_choices(find_own(proven, held), held)
    return any(_changes(one, wanted) and wanted[one.place] for one in choices)


def _changes(choice: Choice, wanted: Mapping[Place, bool]) -> bool:
    return choice.changeable and wanted.get(choice.place, choice.ruling.allowed) != choice.ruling.allowed


def _named(proven: Iterable[tuple[str, str]], held: Configuration) -> list[Named]:
    canoniser = Canoniser(held)
    return [one for pair in proven if isinstance(one := canoniser.named(pair, ""), Named)]


def _standings(own: Own) -> Standings:
    roots = {row.root_id for row in own.rows}
    cards = Card.objects.filter(root_id__in=roots).values_list("root_id", "consents", "traits")
    found = {root: (read_standing(bytes(consents)), region_of(bytes(traits))) for root, consents, traits in cards}
    return Standings(list(found.values()), {row.id: found[row.root_id] for row in own.rows if row.root_id in found})


def _choices(purpose: Purpose, own: Own, held: Configuration, standings: Standings) -> list[Choice]:
    addresses = [row for row in own.rows if held.types_by_id[row.type_id].name == purpose.address_type]
    if not addresses:
        ruling = _of_person(purpose, standings)
        return [_choice(Place(purpose.key), purpose, "", ruling, held.purposes, standings, bool(own.proven))]
    return [
        _choice(
            Place(purpose.key, row.id),
            purpose,
            row.value,
            _of_address(purpose, row.id, standings),
            held.purposes,
            standings,
            row.id in own.proven_ids,
        )
        for row in addresses
    ]


def _choice(
    place: Place,
    purpose: Purpose,
    address: str,
    ruling: InForce,
    purposes: Purposes,
    standings: Standings,
    proven: bool,
) -> Choice:
    barred_by = "" if ruling.allowed else _barred_by(purpose, purposes, standings)
    fixed = purpose.legal_basis in UNREFUSABLE
    # What is about an address that nobody presented cannot be allowed: there is nothing to write it down under.
    can_allow = proven and (not purpose.address_type or place.address != 0)
    return Choice(place, purpose, address, ruling, fixed, barred_by, can_allow)


def _barred_by(purpose: Purpose, purposes: Purposes, standings: Standings) -> str:
    """The nearest wider purpose that was refused or objected to, which lets no narrower one hold."""
    above = [found for key in ancestors(purpose.key) if (found := purposes.get(key)) is not None]
    refusing = ("denied", "withdrawn", "terminated", "invalidated", "conflict", OBJECTED)
    return next((one.key for one in above if _of_person(one, standings).state in refusing), "")


def _of_person(purpose: Purpose, standings: Standings) -> InForce:
    """What holds where each profile that has an identifier of the person has its say: the first refusal counts."""
    now = now_microseconds()
    rulings = [in_force(purpose, standing, now, region=region) for standing, region in standings.all]
    return next((one for one in rulings if not one.allowed), rulings[0] if rulings else nothing_in_force(purpose))


def _of_address(purpose: Purpose, address: int, standings: Standings) -> InForce:
    if address not in standings.of:
        return nothing_in_force(purpose)
    standing, region = standings.of[address]
    return in_force(purpose, standing, now_microseconds(), address=address, region=region)


@dataclass(frozen=True, slots=True)
class _Deciding:
    """Writes one act of a person. Called in the lane."""

    own: Own
    named: Sequence[Named]
    held: Configuration
    proof: Mapping[str, Any]
    signal: str

    def write(self, changes: Sequence[Choice]) -> UUID:
        """Write the act, take it into force and sign its receipt; its id."""
        writer = Writer(UUID(bytes=uuid_utils.uuid7().bytes), datetime.now(UTC), BY_PERSON, False, self.signal)
        planned = self.planned(changes, writer.now)
        rows = [row for one in changes for row in self._rows(one, planned[one.place], writer)]
        rows = reached_rows(rows, sorted(self.own.proven_ids))
        take_decisions(rows, self.held)
        self._hand_over(writer, changes, rows)
        if self.signal == BY_GPC:
            note_opt_outs(self.own.proven_ids)  # for the record of opt-outs
        ids = {row.identifier_id for row in rows}
        said = list(planned.values())
        tell_of_act(act_id=writer.act_id, named=self.named, ids=ids, planned=said, held=self.held)
        audit_act(said)
        return writer.act_id

    def planned(self, changes: Sequence[Choice], now: datetime) -> dict[Place, Planned]:
        """What each change comes to."""
        circumstances = self._circumstances()
        return {one.place: plan(self._asked(one, now), circumstances) for one in changes}

    def _circumstances(self) -> Circumstances:
        age, country = age_of(AGE_UNKNOWN, "", self.own.ids)
        return Circumstances(
            method=METHOD, proven=True, age=age, threshold=self.held.purposes.age_in(country), by_guardian=False
        )

    def _asked(self, choice: Choice, now: datetime) -> Asked:
        # Whoever proved an address in this visit has done what a double opt-in is for.
        return Asked(choice.purpose.key, replace(choice.purpose, double_opt_in=False), _state(choice), now)

    def _rows(self, choice: Choice, planned: Planned, writer: Writer) -> list[Decided]:
        return [writer.row(id_, planned, self.proof) for id_ in self._ids(choice, planned)]

    def _ids(self, choice: Choice, planned: Planned) -> list[int]:
        if choice.place.address:
            return [choice.place.address]
        # What is said of being unified reaches the person's other identifiers by itself, and finds them again.
        proven_alone = planned.state == "ConsentGiven" or choice.place.purpose == UNIFICATION
        return sorted(self.own.proven_ids) if proven_alone else self.own.ids

    def _hand_over(self, writer: Writer, changes: Sequence[Choice], rows: Sequence[Decided]) -> None:
        """Sign the receipt: under the identifiers that were proven, one line for each thing decided."""
        purposes = list(dict.fromkeys(one.purpose.key for one in changes))
        lines = [next(row for row in rows if row.purpose == key) for key in purposes]
        principal = tuple(Principal(type_name, value) for type_name, value in self.own.proven)
        ids = sorted({row.identifier_id for row in rows} & set(self.own.ids))
        issue(Act(writer.act_id, writer.now, principal, ids, purposes), lines, self.held)


def _state(choice: Choice) -> str:
    """What switching a choice over says, in the standard's words."""
    needs_consent = choice.purpose.legal_basis == CONSENT
    if not choice.ruling.allowed:
        return "ObjectionLifted" if choice.ruling.state == OBJECTED else "ConsentGiven"
    if not needs_consent:
        return "ObjectionRaised"
    return "ConsentWithdrawn" if choice.ruling.state == "granted" else "ConsentRefused"
