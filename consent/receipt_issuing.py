"""Issuing receipts and finding them again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from consent.models import Notice, Receipt
from consent.receipts import ConsentRecord, NoticeShown, Terms, json_ld, readable_terms
from consent.signatures import read_content, sign_receipt
from consent.signing import active_key


class NoSuchReceipt(LookupError):
    """There is no receipt here. Its id is that of the record that POST /v1/consents answered with."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    """A receipt as it was issued: signed, and what it says. `identifier_ids`: whose decisions it is about."""

    id: UUID
    issued_at: datetime
    identifier_ids: list[int]
    jws: str
    record: dict[str, Any]


def issue_receipt(record: ConsentRecord, identifier_ids: Iterable[int]) -> str:
    """Sign the record, keep it, and return it as a JWS. Call it in the transaction that records the decisions.

    Raises IntegrityError where the act has a receipt already.
    """
    jws = sign_receipt(json_ld(record), active_key())
    Receipt.objects.create(
        id=record.id, identifier_ids=sorted(set(identifier_ids)), jws=jws, issued_at=record.issued_at
    )
    return jws


def find_issued(receipt_id: UUID) -> IssuedReceipt:
    """The receipt of an act; raises `NoSuchReceipt`."""
    row = Receipt.objects.filter(id=receipt_id).first()
    if row is None:
        raise NoSuchReceipt
    return IssuedReceipt(row.id, row.issued_at, row.identifier_ids, row.jws, read_content(row.jws))


def find_notice(key: str, version: str, language: str, url: str = "") -> tuple[NoticeShown, Terms]:
    """A notice as it was shown, and the terms that hold with it: its own, else the deployment's.

    A version that is not held here has no hash and no terms of its own. One accepts a version, not a translation:
    where this language is not held, the terms are those of the version.
    """
    shown = {one.language: one for one in Notice.objects.filter(key=key, version=version)}
    exact = shown.get(language)
    nearest = exact or next((shown[other] for other in sorted(shown)), None)
    terms = readable_terms(nearest.terms) if nearest is not None else Terms()
    sha256 = exact.sha256 if exact is not None else ""
    return NoticeShown(key, version, language, sha256, url), terms.over(settings.CONSENT_CONTROLLER)
