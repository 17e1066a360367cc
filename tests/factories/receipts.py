"""Consent records, complete and not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from consent.receipts import ConsentRecord, NoticeShown, Party, Principal, Proof, RecordedDecision, Terms

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
ID = UUID("018f2b3c-0000-7000-8000-000000000001")
NAMES = {"en": "News by e-mail", "de": "Neuigkeiten per E-Mail"}
TERMS = Terms(
    pii_controllers=(Party("Example Ltd", "privacy@example.org", "1 High Street, Dublin", "https://example.org"),),
    retention_period="P3Y",
    withdrawal_method="https://example.org/privacy/",
    jurisdiction="IE",
    storage_locations=("IE", "DE"),
    recipient_third_parties=(Party("Post Office", "dpo@post.example"),),
)
GIVEN = RecordedDecision(
    "marketing.email", "ConsentGiven", AT, AT.replace(year=2027), purpose_names=NAMES, categories=("contact",)
)
REFUSED = RecordedDecision("ads.sale_share", "ConsentRefused", AT, categories=("behaviour", "device"))
RECORD = ConsentRecord(
    id=ID,
    issued_at=AT,
    principal=(Principal("email", "ann@example.org"), Principal("user_id", "ann-1")),
    decisions=(GIVEN, REFUSED),
    notice=NoticeShown("privacy", "3", "en", "ab" * 32, "https://example.org/notice"),
    proof=Proof("checkbox", "footer of the order form", "https://example.org/order", "IE", "web shop", gpc=False),
    terms=TERMS,
)


def make_record(**changes: Any) -> ConsentRecord:
    """A complete record with an id of its own."""
    return replace(RECORD, id=uuid4(), **changes)
