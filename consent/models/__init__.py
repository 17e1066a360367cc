"""The tables of consent."""

from consent.models.access import AccessLog
from consent.models.audit import AuditEntry, AuditHead, AuditNode, Certificate
from consent.models.ledger import Confirmation, ConsentDecision, UnificationDue
from consent.models.proofs import IdentifierProof, Message, Visit
from consent.models.purposes import ConsentAge, Notice, Purpose
from consent.models.receipts import Receipt, SigningKey
from consent.models.recipients import Delivery, Recipient
from consent.models.requests import (
    Callback,
    Caller,
    GpcOptOut,
    Package,
    PackagePart,
    PrivacyRequest,
    PrivacyTask,
    ProtocolReceipt,
    RequestAppeal,
    RequestClaim,
    RequestEvent,
    RequestExtension,
    RequestStep,
    RequestSubject,
)
from consent.models.retention import HeldRecord, LegalHold, ReconfirmationAsked, RetentionRule, RetentionRun
from consent.models.suppression import ErasureLogPosition, SuppressedCount, SuppressionEntry

__all__ = [
    "AccessLog",
    "AuditEntry",
    "AuditHead",
    "AuditNode",
    "Callback",
    "Caller",
    "Certificate",
    "Confirmation",
    "ConsentAge",
    "ConsentDecision",
    "Delivery",
    "ErasureLogPosition",
    "GpcOptOut",
    "HeldRecord",
    "IdentifierProof",
    "LegalHold",
    "Message",
    "Notice",
    "Package",
    "PackagePart",
    "PrivacyRequest",
    "PrivacyTask",
    "ProtocolReceipt",
    "Purpose",
    "Receipt",
    "Recipient",
    "ReconfirmationAsked",
    "RequestAppeal",
    "RequestClaim",
    "RequestEvent",
    "RequestExtension",
    "RequestStep",
    "RequestSubject",
    "RetentionRule",
    "RetentionRun",
    "SigningKey",
    "SuppressedCount",
    "SuppressionEntry",
    "UnificationDue",
    "Visit",
]
