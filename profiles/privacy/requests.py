"""The request engine: what can be done with a privacy request, and how one is read.

Each function is one transaction (an execution is several), takes the actor, and returns the request as it may be shown.
Functions that move a request raise `NoSuchRequest`, and `NotNow` where its state does not allow it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from consent.requests.refusals import BadRequestCursor, NoSuchRequest, NotNow
from consent.requests.shown import (
    Shown,
    ShownAppeal,
    ShownDelivery,
    ShownEvent,
    ShownExtension,
    ShownGap,
    ShownPackage,
    ShownStep,
)
from profiles.privacy.asking import Asked, ExternalIdTaken, RequestRefused

__all__ = [
    "Asked",
    "BadRequestCursor",
    "ExternalIdTaken",
    "NoSuchRequest",
    "NotNow",
    "RequestRefused",
    "Shown",
    "ShownAppeal",
    "ShownDelivery",
    "ShownEvent",
    "ShownExtension",
    "ShownGap",
    "ShownPackage",
    "ShownStep",
    "acknowledge_request",
    "appeal_request",
    "approve_request",
    "cancel_request",
    "decide_appeal",
    "deny_request",
    "execute_request",
    "extend_request",
    "list_requests",
    "read_request",
    "request_events",
    "requests_of",
    "retry_request",
    "review_request",
    "submit_request",
    "verify_request",
]


def submit_request(*, asked: Asked) -> Shown:
    """Take a request; under an external id that was used for the same content, return the request that it made.

    Raises `RequestRefused` and `ExternalIdTaken`.
    """
    raise NotImplementedError


def verify_request(*, id: UUID, level: str, method: str, actor: str) -> Shown:  # noqa: A002 - the product's word
    """Record how well the person's identity was checked; the request goes on where that is enough for its type."""
    raise NotImplementedError


def approve_request(*, id: UUID, actor: str) -> Shown:  # noqa: A002
    """Let a request that awaits approval be executed."""
    raise NotImplementedError


def deny_request(*, id: UUID, reason: str, explanation: str, actor: str) -> Shown:  # noqa: A002
    """Refuse a request, with a reason of `kinds.DENIALS` and a sentence for the letter."""
    raise NotImplementedError


def extend_request(*, id: UUID, reason: str, actor: str) -> Shown:  # noqa: A002
    """Take the longer period, once, while the first is not over."""
    raise NotImplementedError


def cancel_request(*, id: UUID, actor: str) -> Shown:  # noqa: A002
    """Cancel a request that is not being executed and whose cooling-off is not over."""
    raise NotImplementedError


def acknowledge_request(*, id: UUID, actor: str) -> Shown:  # noqa: A002
    """Note that receipt was confirmed to the person; again it changes nothing."""
    raise NotImplementedError


def review_request(*, id: UUID, groups: Mapping[str, str], actor: str) -> Shown:  # noqa: A002
    """Answer the evidence groups that await review: each `include` or `leave`."""
    raise NotImplementedError


def retry_request(*, id: UUID, actor: str) -> Shown:  # noqa: A002
    """Execute again what failed."""
    raise NotImplementedError


def appeal_request(*, id: UUID, words: str, actor: str) -> Shown:  # noqa: A002
    """Take the person's appeal against how a closed request ended; one is open at a time."""
    raise NotImplementedError


def decide_appeal(*, id: UUID, upheld: bool, outcome: str, actor: str) -> Shown:  # noqa: A002
    """Decide the open appeal of the request `id`, with the answer in words."""
    raise NotImplementedError


def execute_request(id: UUID) -> Shown:  # noqa: A002
    """Do what is asked, or go on where it stopped; nothing where it is not to be executed now."""
    raise NotImplementedError


def read_request(id: UUID) -> Shown:  # noqa: A002
    """One request. Raises `NoSuchRequest`."""
    raise NotImplementedError


def list_requests(
    *,
    state: str = "",
    type: str = "",  # noqa: A002
    source: str = "",
    overdue: bool = False,
    due_before: date | None = None,
    cursor: str = "",
    limit: int = 50,
) -> tuple[list[Shown], str]:
    """The latest first, and the cursor of the next page ("" at the end). Raises `BadRequestCursor`."""
    raise NotImplementedError


def requests_of(identifiers: Sequence[tuple[str, Any]]) -> list[Shown]:
    """The requests that are about one of these canonical (type, value), the latest first."""
    raise NotImplementedError


def request_events(id: UUID) -> list[ShownEvent]:  # noqa: A002
    """The life of a request, from its beginning. Raises `NoSuchRequest`."""
    raise NotImplementedError
