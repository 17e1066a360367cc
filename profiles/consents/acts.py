"""What people decide about purposes, told by a service: written to the ledger and in force at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import uuid_utils
from django.db import transaction

from consent.acts import BY_GUARDIAN, Asked, Circumstances, Planned, plan
from consent.confirmations import open_confirmation
from consent.ledger import Decided
from consent.ledger_reading import read_act
from consent.receipt_issuing import NoSuchReceipt, find_issued
from consent.receipts import Principal
from profiles.configuration import Configuration, configuration
from profiles.consents.ages import age_of
from profiles.consents.auditing import audit_act
from profiles.consents.records import Act, Recorded, issue, recorded
from profiles.consents.spread import carried_rows, reached_rows
from profiles.consents.taking import take_decisions
from profiles.consents.telling import tell_of_act
from profiles.consents.told import ActAsked, asked_of, check, name_device, name_identifiers, purposes_of
from profiles.identity.identifiers import ensure_identifiers, find_identifiers
from profiles.intake.explode import Named
from profiles.pipeline import enter_lane, go_through_gate
from profiles.privacy.returning import let_back, who_returns
from profiles.privacy.suppressing import name_of

SIGNAL = "api"


class ActExists(ValueError):
    """Another act was recorded under this id or Idempotency-Key already; take a new one for a new act."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def record_consents(*, act: ActAsked, actor: str, signal: str = SIGNAL) -> Recorded:
    """Record an act; what it says is in force when this returns. The same act again changes nothing.

    `signal`: what carried it, as its rows tell.

    Raises `ActRefused`, `ActExists`, and `ErasedPerson` for who was erased and does not come back by the act.
    """
    with transaction.atomic():
        held = configuration()
        named = name_identifiers(act.identifiers, held)
        device = None if act.carry_from is None else name_device(act.carry_from, held)
        check(act, held)
        go_through_gate()
        returning = who_returns(
            [name_of(one) for one in named], plan_all(asked_of(act, held, datetime.now(UTC)), act, [], held)
        )
        stored = ensure_identifiers(named).ids
        enter_lane()
        held = configuration()
        ids = [stored[one.key] for one in named]
        before = recall(act, ids, actor)
        if before:
            return recorded(told(before[0].act_id, before[0].received_at, named, ids, act), before, held)
        made = _record(act, actor, signal, Presented(named, ids, find_device(device)), held)
        let_back(returning)
        return made


@dataclass(frozen=True, slots=True)
class Presented:
    """The identifiers of an act as they are stored, and the device that it carries answers from: its type and id; None
    where it never said anything, so that there is nothing to carry and nobody to store."""

    named: Sequence[Named]
    ids: Sequence[int]
    device: tuple[str, int] | None


def find_device(device: Named | None) -> tuple[str, int] | None:
    """The type and the id of a device that is stored; None where there is none."""
    if device is None:
        return None
    id_ = find_identifiers([device.key]).ids.get(device.key)
    return None if id_ is None else (device.rule.name, id_)


def _record(act: ActAsked, actor: str, signal: str, presented: Presented, held: Configuration) -> Recorded:
    """Write the act. Called in the lane."""
    now, ids = datetime.now(UTC), presented.ids
    asked = asked_of(act, held, now)
    planned = plan_all(asked, act, ids, held)
    with_account = any(one.rule.account for one in presented.named)
    writer = Writer(act.id or UUID(bytes=uuid_utils.uuid7().bytes), now, actor, with_account, signal)
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
    tell_of_act(
        act_id=writer.act_id, named=presented.named, ids={row.identifier_id for row in rows}, planned=planned, held=held
    )
    audit_act(planned)
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
    """What each decision comes to, given how it was made."""
    age, country = age_of(act.age, act.country, ids)
    circumstances = Circumstances(
        method=str(act.proof.get("method", "")),
        proven=bool(act.proof.get("notice_version") and act.proof.get("language")),
        by_guardian=act.proof.get("expressed_by") == BY_GUARDIAN,
        age=age,
        threshold=held.purposes.age_in(country),
    )
    return [plan(one, circumstances) for one in asked]


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
