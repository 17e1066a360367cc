"""Confirming by a link what was asked for (double opt-in): what the page shows, and what its button does."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import uuid_utils
from django.db import transaction

from consent.acts import Planned, ends_at
from consent.confirmations import ConfirmationOver, Pending, close_confirmation, find_confirmation
from consent.purpose_reading import read_purposes
from consent.receipts import Principal
from profiles.configuration import Configuration, configuration
from profiles.consents.acts import Writer
from profiles.consents.auditing import audit_act
from profiles.consents.records import Act, issue
from profiles.consents.taking import take_decisions
from profiles.models import Identifier
from profiles.pipeline import enter_lane, go_through_gate
from profiles.privacy.returning import let_back_now

BY_PERSON = "person"
BY_PAGE = "page"


@dataclass(frozen=True, slots=True)
class Question:
    """What a link asks about: each purpose's key, and its names and texts by language."""

    purposes: list["PurposeAsked"]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PurposeAsked:
    """One purpose as people read it."""

    key: str
    names: dict[str, str]
    texts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The receipt, as a JWS, and whether all that was confirmed can be relied on."""

    jws: str
    holds: bool


def read_question(token: str) -> Question:
    """What opening the link shows; it changes nothing. Raises `NoSuchConfirmation` and `ConfirmationOver`."""
    pending = find_confirmation(token, datetime.now(UTC))
    return _question(pending)


def confirm_consents(*, token: str) -> Confirmed:
    """Give the consent that the link asks for, now.

    Raises `NoSuchConfirmation` and `ConfirmationOver`.
    """
    find_confirmation(token, datetime.now(UTC))  # what is no link must not wait for, or hold, the lane
    with transaction.atomic():
        now = datetime.now(UTC)
        go_through_gate()
        enter_lane()
        pending = find_confirmation(token, now, to_confirm=True)
        close_confirmation(token, now)
        held = configuration()
        return _confirm(pending, held, datetime.now(UTC))


def _confirm(pending: Pending, held: Configuration, now: datetime) -> Confirmed:
    asked = pending.asked
    stored = list(Identifier.objects.filter(id__in=asked["identifier_ids"]).order_by("id"))
    if not stored:
        raise ConfirmationOver  # nothing is held of the person any more
    ids = [row.id for row in stored]
    identifiers = [(held.types_by_id[row.type_id], row.value) for row in stored]
    with_account = any(rule.account for rule, _ in identifiers)
    writer = Writer(UUID(bytes=uuid_utils.uuid7().bytes), now, BY_PERSON, with_account, BY_PAGE)
    proof = {
        **asked["proof"],
        "method": "double_opt_in",
        "requested_by": str(pending.act_id),
        "requested_at": pending.requested_at.isoformat(),
        "confirmed_at": now.isoformat(),
    }
    planned = [_planned(one, held, now) for one in asked["decisions"]]
    rows = [writer.row(id_, one, proof) for one in planned for id_ in ids]
    take_decisions(rows, held)
    if any(one.usable for one in planned):
        let_back_now([(rule.name, value) for rule, value in identifiers])
    ranked = sorted(identifiers, key=lambda one: (one[0].rank, one[1].encode()))
    principal = tuple(Principal(rule.name, value) for rule, value in ranked)
    act = Act(writer.act_id, now, principal, ids, [one.purpose for one in planned])
    jws = issue(act, [row for row in rows if row.identifier_id == ids[0]], held)
    audit_act(planned)
    return Confirmed(jws, holds=all(one.usable for one in planned))


def _planned(asked: dict[str, Any], held: Configuration, now: datetime) -> Planned:
    """One decision as it is made by confirming: from now on, with the end that was asked for or the purpose's."""
    chosen = datetime.fromisoformat(asked["expires_at"]) if asked["expires_at"] else None
    ends, by_choice = ends_at(held.purposes.get(asked["purpose"]), now, chosen)
    return Planned(
        purpose=asked["purpose"],
        state=asked["state"],
        decided_at=now,
        expires_at=ends,
        ends_by_choice=by_choice,
        guardian=asked["guardian"],
        problem=asked["problem"],
    )


def _question(pending: Pending) -> Question:
    described = read_purposes()
    asked = []
    for one in pending.asked["decisions"]:
        fields = described.get(one["purpose"])
        asked.append(
            PurposeAsked(one["purpose"], dict(fields.name) if fields else {}, dict(fields.text) if fields else {})
        )
    return Question(asked, pending.expires_at)
