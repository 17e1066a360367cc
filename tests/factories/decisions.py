"""Decisions about purposes, taken as the service takes them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from consent.ledger import Decided
from profiles.configuration import configuration
from profiles.consents.taking import take_decisions
from profiles.pipeline import enter_lane


def decision(identifier_id: int, purpose: str, state: str, at: datetime, **fields: Any) -> Decided:
    """A row of the ledger, recorded by a service unless said otherwise."""
    usual: dict[str, Any] = {
        "act_id": uuid4(),
        "received_at": datetime.now(UTC),
        "expires_at": None,
        "ends_by_choice": False,
        "verified": True,
        "with_account": False,
        "guardian": False,
        "problem": "",
        "signal": "api",
        "source_id": None,
        "actor": "token:t",
        "proof": None,
    }
    named = {"identifier_id": identifier_id, "purpose": purpose, "state": state, "decided_at": at}
    return Decided(**{**usual, **named, **fields})


def decide(*rows: Decided) -> UUID:
    """Take some decisions at once; the id of the act of the first."""
    with transaction.atomic():
        enter_lane()
        take_decisions(rows, configuration())
    return rows[0].act_id
