"""Those whom personal data is passed on to are told what they have to act on (GDPR article 19)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import uuid_utils

from consent.models import Delivery, Recipient
from consent.purposes import ancestors
from consent.said import EVERYTHING
from consent.sealing import seal

TEST = "test"
SEALED_FOR = "delivery"

Identifiers = Sequence[tuple[str, str]]


def tell_recipients(
    *,
    kind: str,
    identifiers: Identifiers,
    content: Mapping[str, Any],
    request_id: UUID | None = None,
    act_id: UUID | None = None,
    purposes: Collection[str] = (),
    also: Identifiers = (),
    at: datetime | None = None,
) -> list[str]:
    """Put down what each recipient that it concerns is to be told, in the caller's transaction; their names.

    Each is told once of a request or an act, however often this is called. `identifiers`: canonical, as the person
    presented them; `also`: the person's others, told to those alone that say they know people by such. `purposes`:
    what is decided about, none: everything. `content` is told beside `request_id`, `act_id`, `kind` and `identifiers`;
    where it has `lift`, the message is of what ends a restriction or an objection.
    """
    moment = at or datetime.now(UTC)
    told = f"{kind}_lifted" if content.get("lift") is True else kind
    rows = []
    for recipient in concerned(kind, purposes):
        known = known_by(recipient, identifiers, also)
        if known:
            message = message_of(told, known, content, request_id, act_id, moment)
            rows.append(delivery_of(recipient, told, message, request_id, act_id))
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    return [row.recipient.name for row in rows]


def is_anyone_told() -> bool:
    """Whether there is any recipient at all: what they are told need not be worked out for none."""
    return Recipient.objects.filter(disabled_at__isnull=True).exists()


def concerned(kind: str, purposes: Collection[str]) -> list[Recipient]:
    """The recipients that are told of a kind about some purposes, by name."""
    enabled = Recipient.objects.filter(disabled_at__isnull=True).order_by("name")
    return [one for one in enabled if (not one.kinds or kind in one.kinds) and is_about(one.purposes, purposes)]


def is_about(held: Iterable[str], decided: Collection[str]) -> bool:
    """Whether what is decided about some purposes concerns who has data for others: one is the other, or above it."""
    held = list(held)
    if not held or not decided or EVERYTHING in decided:
        return True
    return any(a == b or a in ancestors(b) or b in ancestors(a) for a in held for b in decided)


def known_by(recipient: Recipient, identifiers: Identifiers, also: Identifiers) -> list[tuple[str, str]]:
    """The identifiers that a recipient is told."""
    if not recipient.identifier_types:
        return list(dict.fromkeys(identifiers))
    return list(dict.fromkeys(one for one in (*identifiers, *also) if one[0] in recipient.identifier_types))


def message_of(
    kind: str,
    identifiers: Identifiers,
    content: Mapping[str, Any],
    request_id: UUID | None,
    act_id: UUID | None,
    at: datetime,
) -> dict[str, Any]:
    """What is told, in the form of Standard Webhooks."""
    data = {
        **content,
        "request_id": request_id,
        "act_id": act_id,
        "kind": kind,
        "identifiers": [{"type": type_, "value": value} for type_, value in identifiers],
    }
    return {"type": f"privacy.{kind}", "timestamp": at, "data": data}


def delivery_of(
    recipient: Recipient, kind: str, message: Mapping[str, Any], request_id: UUID | None, act_id: UUID | None
) -> Delivery:
    """A message to a recipient, sealed, due at once."""
    return Delivery(
        id=UUID(bytes=uuid_utils.uuid7().bytes),
        recipient=recipient,
        request_id=request_id,
        act_id=act_id,
        kind=kind,
        content=seal(message, SEALED_FOR),
    )
