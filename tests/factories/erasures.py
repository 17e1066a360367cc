"""Erasures as the engine orders them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from consent.models import PrivacyRequest
from consent.requests.kinds import AUTOMATIC
from profiles.privacy.execution import Execution
from profiles.privacy.planning import evidence

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def erasure_of(*identifiers: tuple[str, str], groups: Sequence[str] = (), **fields: Any) -> Execution:
    """An erasure for these identifiers, as it was planned just now; `groups` beside the automatic ones."""
    return Execution(
        request_id=stored_request(),
        type="erasure",
        identifiers=identifiers,
        scope=evidence(identifiers),
        groups=AUTOMATIC | set(groups),
        **{
            "details": {},
            "received_at": NOW,
            "source": "api",
            "requester": "token:test",
            "language": "en",
            "regulation": "gdpr",
            "region": "DE",
            **fields,
        },
    )


def stored_request() -> UUID:
    """A request that is being executed, for the steps to stand under."""
    row = PrivacyRequest.objects.create(
        id=uuid4(),
        type="erasure",
        source="api",
        state="executing",
        regulation="gdpr",
        requester="token:test",
        received_at=NOW,
        internal_due_on=NOW.date(),
        due_on=NOW.date(),
        latest_on=NOW.date(),
        identity_needed="verified",
        identity_level="verified",
        policy_version="2026.1",
    )
    return row.id
