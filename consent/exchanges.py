"""What was answered to a protocol's request, and how that request stands now."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction

from consent.models import PrivacyRequest, ProtocolReceipt, RequestEvent
from consent.protocols.standing import Standing
from consent.requests.kinds import PARTIALLY_COMPLETED

_JOINED = ("duplicate_of", "extension", "package", "protocol_receipt")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that came by a protocol, as its sender sees it. `digest`: of what was sent, keyed."""

    standing: Standing
    requester: str
    digest: bytes
    callback_urls: Sequence[str]


def digest_of(content: Mapping[str, Any], without: Sequence[str] = ()) -> bytes:
    """What tells the content of a message from any other's, and nothing to who has it alone. 32 bytes."""
    kept = {name: value for name, value in content.items() if name not in without}
    text = b"cxprofiles protocol message" + msgspec.json.encode(kept, order="sorted")
    return hmac.digest(settings.SEALING_SECRET, text, "sha256")


def find_exchange(requester: str, external_id: str) -> Exchange | None:
    """The request that a sender sent under a number of its own."""
    rows = PrivacyRequest.objects.filter(requester=requester, external_id=external_id)
    return _exchange(rows.select_related(*_JOINED).first())


def read_exchange(id: UUID) -> Exchange | None:  # noqa: A002
    """A request that came by a protocol, by our own number."""
    return _exchange(PrivacyRequest.objects.filter(id=id).select_related(*_JOINED).first())


def note_exchange(
    *,
    request_id: UUID,
    caller_id: int | None,
    digest: bytes,
    answer: Mapping[str, Any],
    callback_urls: Sequence[str],
    told: str,
) -> None:
    """Keep what was answered; what was kept before stays. `told`: the status that the answer itself tells."""
    with transaction.atomic():
        ProtocolReceipt.objects.get_or_create(
            request_id=request_id,
            defaults={
                "caller_id": caller_id,
                "body_digest": digest,
                "answer": dict(answer),
                "callback_urls": list(callback_urls),
                "told": told,
                "watched": bool(callback_urls),
            },
        )


def note_told(request_id: UUID, told: str) -> None:
    """Put down what the answer to a request told of it, of which no callback is owed."""
    ProtocolReceipt.objects.filter(request_id=request_id, told="").update(told=told)


def note_callback(*, id: UUID, actor: str, status: str) -> bool:  # noqa: A002
    """Put down, in the life of a request, what a processor says of its part; False where there is no such request."""
    with transaction.atomic():
        row = PrivacyRequest.objects.filter(id=id).first()
        if row is None:
            return False
        RequestEvent.objects.create(
            request=row, actor=actor, name="callback", from_state=row.state, to_state=row.state, detail={"told": status}
        )
    return True


def _exchange(row: PrivacyRequest | None) -> Exchange | None:
    receipt = None if row is None else getattr(row, "protocol_receipt", None)
    if row is None or receipt is None:
        return None
    return Exchange(standing_of(row, receipt), row.requester, bytes(receipt.body_digest), receipt.callback_urls)


def standing_of(row: PrivacyRequest, receipt: ProtocolReceipt) -> Standing:
    """How a request stands; of a duplicate, how the one stands that is carried out."""
    done = row.duplicate_of or row
    extension, package = getattr(row, "extension", None), getattr(row, "package", None)
    return Standing(
        id=row.id,
        type=row.type,
        state=done.state,
        received_at=row.received_at,
        due_on=row.due_on,
        external_id=row.external_id,
        reason=done.reason,
        explanation=done.explanation if done is row else "",
        extended_because=extension.reason if extension else "",
        closed_at=done.closed_at,
        gaps=done.state == PARTIALLY_COMPLETED,
        rows=rows_of(done.result),
        package_until=package.expires_at if package else None,
        fetched=bool(package and package.fetched_at),
        answer=receipt.answer,
    )


def rows_of(result: Mapping[str, Any]) -> int:
    """How many rows an execution came to."""
    rows = result.get("rows") or {}
    return sum(count for count in rows.values() if isinstance(count, int))
