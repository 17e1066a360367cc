"""Checking a receipt of our own there and then: its signature, and what became of the key that signed it."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from consent.models import Notice, SigningKey
from consent.receipt_issuing import find_issued
from consent.signatures import BadReceipt, read_header, verify_receipt

SIGNS_NOW, RETIRED, NO_KEY = "signs_now", "retired", "no_key"


@dataclass(frozen=True, slots=True)
class ReceiptChecked:
    """A receipt and what was found. `problem` empty: the signature is good. `key`: what became of the key that the
    receipt names; `digest`: SHA-256 of the receipt as it was signed, in hexadecimal."""

    id: UUID
    issued_at: datetime
    jws: str
    record: dict[str, Any]
    kid: str
    key: str
    problem: str
    digest: str
    identifier_ids: tuple[int, ...]

    @property
    def good(self) -> bool:
        """Whether it is as it was signed, by a key of this service."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What people were told, as it stands here. `whole`: the text still has the hash that it was published with."""

    key: str
    version: str
    language: str
    text: str
    sha256: str
    published_at: datetime
    whole: bool


def check_issued(receipt_id: UUID) -> ReceiptChecked:
    """Check the receipt of an act with the keys that are stored; raises `NoSuchReceipt`."""
    issued = find_issued(receipt_id)
    stored = list(SigningKey.objects.order_by("id").values_list("kid", "jwk", "active"))
    kid, problem = "", ""
    try:
        kid = str(read_header(issued.jws).get("kid") or "")
        verify_receipt(issued.jws, {"keys": [jwk for _, jwk, _ in stored]})
    except BadReceipt as error:
        problem = str(error)
    active = next((active for name, _, active in stored if name == kid), None)
    return ReceiptChecked(
        id=issued.id,
        issued_at=issued.issued_at,
        jws=issued.jws,
        record=issued.record,
        kid=kid,
        key=NO_KEY if active is None else SIGNS_NOW if active else RETIRED,
        problem=problem,
        digest=sha256(issued.jws.encode()).hexdigest(),
        identifier_ids=tuple(issued.identifier_ids),
    )


def read_notice(key: str, version: str, language: str) -> NoticeText | None:
    """The text of a notice in a language, None where it is not held here."""
    row = Notice.objects.filter(key=key, version=version, language=language).first()
    if row is None:
        return None
    whole = sha256(row.text.encode()).hexdigest() == row.sha256
    return NoticeText(row.key, row.version, row.language, row.text, row.sha256, row.published_at, whole)
