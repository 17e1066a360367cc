"""Whose or what an id is that somebody pasted: of a read, a request or a receipt."""

from uuid import UUID

from consent.models import AccessLog, PrivacyRequest, Receipt


def find_accessed(decision_id: UUID) -> UUID | None:
    """The profile whose data the answer with this decision id showed; None: there is no such answer, or of nobody."""
    return AccessLog.objects.filter(id=decision_id).values_list("profile_id", flat=True).first()


def is_request(id_: UUID) -> bool:
    """Whether there is a privacy request of this id."""
    return PrivacyRequest.objects.filter(id=id_).exists()


def find_receipted(receipt_id: UUID) -> list[int]:
    """The identifiers whose decisions a receipt is about; none: there is no such receipt."""
    held = Receipt.objects.filter(id=receipt_id).values_list("identifier_ids", flat=True).first()
    return list(held or [])
