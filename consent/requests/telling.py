"""Telling the person how their request goes, where they asked through the pages or staff and left an address."""

from uuid import UUID

from django.conf import settings

from consent.audit.certificate import reserve_certificate
from consent.messages import queue_message
from consent.models import Message, PrivacyRequest
from consent.requests import letters
from consent.requests.clocks import CCPA, day_of
from consent.requests.kinds import ACCESS, ERASURE, PORTABILITY
from consent.requests.letters import About, Letter
from consent.requests.records import Identifier, Subject

# Callers of the API and of the protocols tell the person themselves.
TOLD_BY_US = frozenset({"pages", "staff"})
EMAIL = "email"
# Where the pages are behind PUBLIC_URL; this layer knows no URLs of the edge, and a test there holds both together.
CERTIFICATE_PATH = "/privacy/certificate/"
PACKAGE_PATH = "/privacy/package/"
OPT_OUT_PATH = "/privacy/opt-out"


def address_of(row: PrivacyRequest, subject: Subject | None) -> Identifier | None:
    """Where the person is told; None where they are not, or not by us."""
    if subject is None or row.source not in TOLD_BY_US:
        return None
    return next(((type_, value) for type_, value in subject.identifiers if type_ == EMAIL), None)


def tell_received(row: PrivacyRequest, subject: Subject) -> bool:
    """Confirm receipt; whether there was an address for it."""
    return _tell(row, subject, letters.acknowledgement(about(row), row.due_on))


def tell_extended(row: PrivacyRequest, subject: Subject | None, reason: str) -> None:
    """Say that more time is taken, and why."""
    _tell(row, subject, letters.extension(about(row), row.due_on, reason))


def tell_denied(row: PrivacyRequest, subject: Subject | None) -> None:
    """Say why it was denied and what can be done about it."""
    _tell(row, subject, refusal_of(row))


def tell_erasure_begun(row: PrivacyRequest, subject: Subject) -> None:
    """Say, while there is an address yet, where the certificate will be."""
    link = f"{settings.PUBLIC_URL}{CERTIFICATE_PATH}{reserve_certificate(row.id)}" if settings.PUBLIC_URL else ""
    _tell(row, subject, letters.erasure_begun(about(row), link))


def tell_finished(row: PrivacyRequest, subject: Subject | None, token: str = "") -> None:
    """Say that it is done, with what is left. `token`: of the link to a package."""
    link = f"{settings.PUBLIC_URL}{PACKAGE_PATH}{token}" if settings.PUBLIC_URL and token else ""
    gaps = [(gap["store"], gap["rows"]) for gap in row.result.get("gaps", ())]
    _tell(row, subject, letters.completion(about(row), gaps, link if row.type in (ACCESS, PORTABILITY) else ""))


def refusal_of(row: PrivacyRequest) -> Letter:
    """The letter of refusal of a request that was denied. Whom California's law lets nothing be erased for, we ask
    whether they would rather opt out (11 CCR 7022(g))."""
    asked = row.type == ERASURE and row.regulation == CCPA
    offer = f"{settings.PUBLIC_URL}{OPT_OUT_PATH}" if asked else ""
    return letters.refusal(about(row), row.reason, row.explanation, settings.PRIVACY_AUTHORITY, offer)


def message_waits(id: UUID) -> bool:  # noqa: A002
    """Whether a message about a request is still to be sent."""
    return Message.objects.filter(request=id).exists()


def about(row: PrivacyRequest) -> About:
    """A request as letters name it."""
    return About(row.id, row.type, day_of(row.received_at), row.language)


def _tell(row: PrivacyRequest, subject: Subject | None, letter: Letter) -> bool:
    address = address_of(row, subject)
    if address is None:
        return False
    queue_message(address=address, subject=letter.title, text=letter.text, request_id=row.id)
    return True
