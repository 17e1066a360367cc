"""What people decide about purposes, told by a service: written to the ledger and in force at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import uuid_utils
from django.db import transaction

from consent.acts import BY_GUARDIAN, Asked, Circumstances, Planned, plan
from consent.confirmations import open_confirmation
from consent.guardians import AGE_UNKNOWN, Age
from consent.ledger import Decided
from consent.ledger_reading import latest_of, read_act, read_latest
from consent.purposes import UNIFICATION, Purpose, UnknownPurpose
from consent.receipt_issuing import NoSuchReceipt, find_issued
from consent.receipts import Principal
from consent.said import EVERYTHING
from consent.states import ANSWERS, GRANTS, REQUESTED, UnknownState, fits, says_plainly, state_named
from profiles.configuration import Configuration, configuration
from profiles.consents.ages import age_of
from profiles.consents.records import Act, Recorded, issue, recorded
from profiles.consents.spread import carried_rows, reached_rows
from profiles.consents.taking import take_decisions
from profiles.identity.identifiers import ensure_identifiers
from profiles.intake.explode import Canoniser, Named
from profiles.intake.observed import RawIdentifier
from profiles.pipeline import enter_lane, go_through_gate

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
FURTHEST_AHEAD = timedelta(days=5 * 365 + 1)
FURTHEST_END = timedelta(days=100 * 365)
SIGNAL = "api"


class ActRefused(ValueError):
    """Why an act of deciding cannot be recorded, in a sentence. `field` is where: a JSON pointer without its slash."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class ActExists(ValueError):
    """Another act was recorded under this id or Idempotency-Key already; take a new one for a new act."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class DecisionAsked:
    """What was decided about one purpose. `state`: a word or a name of the standard; `at` None: now."""

    purpose: str
    state: str
    at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActAsked:
    """One act of deciding, as a service tells it.

    `proof`: what was shown and done, as JSON. `age` and `country`: of the person, as far as the caller knows.
    `carry_from`: a device whose answers of the last day the person takes along. `reach_person`: what is said of being
    unified is said for all identifiers of the person. `id`: the act's, where the caller chose one, and `digest` tells
    its content, so that the same is not recorded twice. `carried_purposes`: which may be carried; None: all.
    """

    identifiers: Sequence[RawIdentifier]
    decisions: Sequence[DecisionAsked]
    proof: Mapping[str, Any] = field(default_factory=dict)
    age: Age = AGE_UNKNOWN
    country: str = ""
    carry_from: RawIdentifier | None = None
    reach_person: bool = False
    id: UUID | None = None
    digest: str = ""
    carried_purposes: frozenset[str] | None = None


def record_consents(*, act: ActAsked, actor: str) -> Recorded:
    """Record an act; what it says is in force when this returns. The same act again changes nothing.

    Raises `ActRefused` and `ActExists`.
    """
    with transaction.atomic():
        held = configuration()
        named = name_identifiers(act.identifiers, held)
        device = None if act.carry_from is None else name_device(act.carry_from, held)
        check(act, held)
        go_through_gate()
        stored = ensure_identifiers([*named, *([device] if device else [])]).ids
        enter_lane()
        held = configuration()
        ids = [stored[one.key] for one in named]
        before = recall(act, ids, actor)
        if before:
            return recorded(told(before[0].act_id, before[0].received_at, named, ids, act), before, held)
        taken_from = None if device is None else (device.rule.name, stored[device.key])
        return _record(act, actor, Presented(named, ids, taken_from), held)


@dataclass(frozen=True, slots=True)
class Presented:
    """The identifiers of an act as they are stored, and the device that it carries answers from: its type and id."""

    named: Sequence[Named]
    ids: Sequence[int]
    device: tuple[str, int] | None


def _record(act: ActAsked, actor: str, presented: Presented, held: Configuration) -> Recorded:
    """Write the act. Called in the lane."""
    now, ids = datetime.now(UTC), presented.ids
    asked = asked_of(act, held, now)
    planned = plan_all(asked, act, ids, held)
    writer = Writer(
        act.id or UUID(bytes=uuid_utils.uuid7().bytes), now, actor, any(one.rule.account for one in presented.named)
    )
    proof = dict(act.proof) | ({"request": act.digest} if act.digest else {})
    rows = [writer.row(id_, one, proof) for one in planned for id_ in ids]
    if act.reach_person:
        rows = reached_rows(rows, ids)
    if presented.device is not None:
        last = max(one.at for one in asked)
        carried = carried_rows(presented.device, ids, planned, last, act.carried_purposes)
        rows += [writer.again(id_, row, row_proof) for id_, row, row_proof in carried]
    take_decisions(rows, held)
    ask_to_confirm(writer, ids, planned, act.proof)
    of_first = [row for row in rows if row.identifier_id == ids[0]]
    whole = told(writer.act_id, now, presented.named, ids, act)
    issue(whole, of_first, held)
    return recorded(whole, of_first, held)


def told(act_id: UUID, at: datetime, named: Sequence[Named], ids: Sequence[int], act: ActAsked) -> Act:
    """Whose act it was, for its receipt and its answer."""
    principal = tuple(Principal(one.rule.name, one.value) for one in named)
    return Act(act_id, at, principal, ids, purposes_of(act))


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes the rows of one act."""

    act_id: UUID
    now: datetime
    actor: str
    with_account: bool
    signal: str = SIGNAL

    def row(self, identifier_id: int, planned: Planned, proof: Mapping[str, Any]) -> Decided:
        """A decision as a row for one identifier."""
        return Decided(
            identifier_id=identifier_id,
            purpose=planned.purpose,
            act_id=self.act_id,
            state=planned.state,
            decided_at=planned.decided_at,
            received_at=self.now,
            expires_at=planned.expires_at,
            ends_by_choice=planned.ends_by_choice,
            verified=True,
            with_account=self.with_account,
            guardian=planned.guardian,
            problem=planned.problem,
            signal=self.signal,
            source_id=None,
            actor=self.actor,
            proof=dict(proof),
        )

    def again(self, identifier_id: int, row: Decided, proof: Mapping[str, Any]) -> Decided:
        """What was said under one identifier, said by this act for another: with its own time, state and end."""
        return row._replace(
            identifier_id=identifier_id,
            act_id=self.act_id,
            received_at=self.now,
            verified=True,
            with_account=self.with_account,
            signal=self.signal,
            source_id=None,
            actor=self.actor,
            proof=dict(proof),
        )


def plan_all(asked: Sequence[Asked], act: ActAsked, ids: Sequence[int], held: Configuration) -> list[Planned]:
    """What each decision comes to, given how it was made and what was answered before."""
    age, country = age_of(act.age, act.country, ids)
    circumstances = Circumstances(
        method=str(act.proof.get("method", "")),
        proven=bool(act.proof.get("notice_version") and act.proof.get("language")),
        by_guardian=act.proof.get("expressed_by") == BY_GUARDIAN,
        age=age,
        threshold=held.purposes.age_in(country),
    )
    granted = granted_before(asked, ids)
    return [plan(one, circumstances, renews=one.key in granted) for one in asked]


def granted_before(asked: Sequence[Asked], ids: Sequence[int]) -> set[str]:
    """The purposes to which the latest answer under some of the identifiers was a grant."""
    rows = read_latest(ids, decided_by=max(one.at for one in asked))
    return {row.purpose for row in latest_of(rows, ANSWERS).values() if row.state in GRANTS}


def recall(act: ActAsked, ids: Sequence[int], actor: str) -> list[Decided] | None:
    """What the same act wrote when it was told before, None where it is new; raises `ActExists` where it differs."""
    if act.id is None:
        return None
    try:
        issued = find_issued(act.id)
    except NoSuchReceipt:
        if read_act(act.id, ids):
            raise ActExists from None  # an interaction has this id
        return None
    rows = read_act(act.id, ids[:1])
    first = next((row for row in rows if (row.proof or {}).get("request")), None)
    same = first is not None and (first.proof or {})["request"] == act.digest and first.actor == actor
    if not same or not set(ids) <= set(issued.identifier_ids):
        raise ActExists
    return rows


def ask_to_confirm(writer: Writer, ids: Sequence[int], planned: Iterable[Planned], proof: Mapping[str, Any]) -> None:
    """Make the link of those decisions that wait to be confirmed."""
    waiting = [
        {
            "purpose": one.purpose,
            "state": one.confirmed_as,
            "expires_at": one.expires_at.isoformat() if one.expires_at and one.ends_by_choice else None,
            "guardian": one.guardian,
            "problem": one.problem,
        }
        for one in planned
        if one.confirmed_as
    ]
    if waiting:
        asked = {"identifier_ids": list(ids), "decisions": waiting, "proof": dict(proof)}
        open_confirmation(act_id=writer.act_id, asked=asked, at=writer.now)


def name_identifiers(raw: Sequence[RawIdentifier], held: Configuration) -> list[Named]:
    """The identifiers in canonical form, each once, the strongest first. Raises `ActRefused`."""
    found = {named.key: named for n, one in enumerate(raw) for named in [name(one, f"identifiers/{n}", held)]}
    return sorted(found.values(), key=lambda one: (one.rule.rank, one.value.encode()))


def name_device(raw: RawIdentifier, held: Configuration) -> Named:
    """The device that answers are carried from. Raises `ActRefused`."""
    named = name(raw, "carry_from", held)
    if named.rule.person:
        raise ActRefused("carry_from/type", "Answers are carried from a device; what one person said is not another's.")
    return named


def name(raw: RawIdentifier, pointer: str, held: Configuration) -> Named:
    """An identifier in canonical form. Raises `ActRefused`."""
    if raw[0] not in held.types:
        raise ActRefused(f"{pointer}/type", "There is no identifier type of this name.")
    named = Canoniser(held).named(raw, "")
    if isinstance(named, str):
        raise ActRefused(f"{pointer}/value", f"This cannot be an identifier of its type: {named}.")
    return named


def purposes_of(act: ActAsked) -> list[str]:
    """The keys that the act decides about, in its order."""
    return [one.purpose for one in act.decisions]


def check(act: ActAsked, held: Configuration) -> None:
    """Raise `ActRefused` for what cannot be recorded, before anything is stored."""
    keys = purposes_of(act)
    for n, key in enumerate(keys):
        if key in keys[:n]:
            raise ActRefused(f"decisions/{n}/purpose", "One act decides about a purpose once.")
    if act.reach_person and UNIFICATION not in keys:
        raise ActRefused("reach", f"Only `{UNIFICATION}` can be decided for all identifiers of a person at once.")
    asked_of(act, held, datetime.now(UTC))


def asked_of(act: ActAsked, held: Configuration, now: datetime) -> list[Asked]:
    """The decisions with their purposes and instants. Raises `ActRefused`."""
    return [_asked(one, f"decisions/{n}", held, now) for n, one in enumerate(act.decisions)]


def _asked(one: DecisionAsked, pointer: str, held: Configuration, now: datetime) -> Asked:
    purpose = _purpose(one.purpose, f"{pointer}/purpose", held)
    try:
        state = state_named(one.state)
    except UnknownState as error:
        raise ActRefused(f"{pointer}/state", str(error)) from None
    if not fits(state, one.purpose):
        raise ActRefused(
            f"{pointer}/state", f"Restrictions are of all processing, purpose `{EVERYTHING}`; no other is."
        )
    at = now if one.at is None else _instant(one.at, f"{pointer}/at", EARLIEST, now + FURTHEST_AHEAD)
    ends = one.expires_at
    if ends is not None:
        if state not in GRANTS and state != REQUESTED:
            raise ActRefused(f"{pointer}/expires_at", "Only a grant ends by itself.")
        ends = _instant(ends, f"{pointer}/expires_at", at + timedelta(microseconds=1), now + FURTHEST_END)
    return Asked(one.purpose, purpose, state, says_plainly(one.state), at, ends)


def _purpose(key: str, pointer: str, held: Configuration) -> Purpose | None:
    if key == EVERYTHING:
        return None
    if key == UNIFICATION:
        return held.purposes.unification
    try:
        return held.purposes.find(key)
    except UnknownPurpose as error:
        raise ActRefused(pointer, str(error)) from None


def _instant(at: datetime, pointer: str, first: datetime, last: datetime) -> datetime:
    if not first <= at <= last:
        raise ActRefused(pointer, f"This must lie between {first:%Y-%m-%d} and {last:%Y-%m-%d}.")
    return at.astimezone(UTC)
