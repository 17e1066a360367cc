"""A privacy desk with something on it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import uuid_utils

from consent.models import PrivacyRequest
from consent.requests.clocks import clock_of
from profiles.models import Source
from profiles.privacy.requests import Shown, submit_request
from tests.factories.channels import event, tell
from tests.factories.requests import asked

ANN = ("email", "ann@example.org")


def tell_of_ann(source: Source) -> None:
    """Ann is known by an account, an address and a browser."""
    tell(source, event(0, userId="ann-1", anonymousId="browser", context={"traits": {"email": ANN[1]}}))


def request_of(
    type_name: str = "access", *, days_ago: int = 0, identifier: tuple[str, str] = ANN, **fields: Any
) -> Shown:
    """A request that was received some days ago, of Ann's unless said otherwise."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    return submit_request(asked=asked(type_name, identifier, received_at=at, **fields))


def stored_request(n: int, **fields: Any) -> PrivacyRequest:
    """The row of a request, as many of them are wanted; nothing stands behind it."""
    received = datetime.now(UTC) - timedelta(days=n % 45, minutes=n)
    clock = clock_of(regulation="gdpr", type="access", received_on=received)
    values: dict[str, Any] = {
        "id": UUID(bytes=uuid_utils.uuid7().bytes),
        "type": "access",
        "source": "api",
        "state": "awaiting_approval",
        "regulation": "gdpr",
        "requester": "token:shop",
        "received_at": received,
        "internal_due_on": clock.internal_due_on,
        "due_on": clock.due_on,
        "latest_on": clock.latest_on,
        "identity_needed": "verified",
        "identity_level": "verified",
        "policy_version": "2026.1",
    }
    return PrivacyRequest(**values | fields)
