"""What acts of deciding leave in the audit log: which purpose was answered how, and nothing of whose answer it was."""

from collections.abc import Iterable
from typing import Any

from consent.acts import Planned
from consent.audit.contents import CONSENT_TYPES
from consent.audit.log import append_all


def audit_act(planned: Iterable[Planned]) -> None:
    """Log what an act decided, an entry for each purpose. The last thing in its transaction that waits for a lock."""
    append_all([(CONSENT_TYPES[one.state], told(one)) for one in planned])


def told(one: Planned) -> dict[str, Any]:
    """One decision as its entry tells it. `problem`: why it cannot be relied on."""
    return {"purpose": one.purpose} | ({"problem": one.problem} if one.problem else {})
