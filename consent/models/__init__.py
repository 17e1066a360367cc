"""The tables of consent."""

from consent.models.access import AccessLog
from consent.models.ledger import Confirmation, ConsentDecision, UnificationDue
from consent.models.purposes import ConsentAge, Notice, Purpose
from consent.models.receipts import Receipt, SigningKey

__all__ = [
    "AccessLog",
    "Confirmation",
    "ConsentAge",
    "ConsentDecision",
    "Notice",
    "Purpose",
    "Receipt",
    "SigningKey",
    "UnificationDue",
]
