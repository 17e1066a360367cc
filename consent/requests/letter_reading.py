"""The letter that a request calls for now, for callers who tell the person themselves."""

from uuid import UUID

from django.conf import settings

from consent.models import PrivacyRequest
from consent.requests import letters
from consent.requests.kinds import COMPLETED, DENIED, PARTIALLY_COMPLETED
from consent.requests.letters import ACKNOWLEDGEMENT, APPEAL_DECISION, COMPLETION, EXTENSION, REFUSAL, Letter
from consent.requests.refusals import NoSuchRequest, NotNow
from consent.requests.telling import about, refusal_of

KINDS = (ACKNOWLEDGEMENT, EXTENSION, REFUSAL, COMPLETION, APPEAL_DECISION)
RECEIVED = "received"


def read_letter(id: UUID, kind: str = "") -> Letter:  # noqa: A002 - the product's word
    """The letter of a kind; empty: the one that the state of the request calls for.

    Raises `NoSuchRequest`, and `NotNow` where the request gives no such letter.
    """
    row = PrivacyRequest.objects.filter(id=id).first()
    if row is None:
        raise NoSuchRequest
    possible = letters_of(row)
    letter = possible.get(kind) if kind else list(possible.values())[-1]
    if letter is None:
        raise NotNow(f"This request has no such letter now; it has {' and '.join(possible)}.")
    return letter


def letters_of(row: PrivacyRequest) -> dict[str, Letter]:
    """All letters that a request has by now, the latest last."""
    found = {ACKNOWLEDGEMENT: letters.acknowledgement(about(row), row.due_on)}
    extension = getattr(row, "extension", None)
    if extension is not None:
        found[EXTENSION] = letters.extension(about(row), extension.due_on, extension.reason)
    if row.state == DENIED:
        found[REFUSAL] = refusal_of(row)
    if row.state in (COMPLETED, PARTIALLY_COMPLETED):
        gaps = [(gap["store"], gap["rows"]) for gap in row.result.get("gaps", ())]
        found[COMPLETION] = letters.completion(about(row), gaps)
    decided = [one for one in row.appeals.all() if one.state != RECEIVED and one.decided_at is not None]
    if decided:
        appeal = max(decided, key=lambda one: one.decided_at or one.received_at)
        upheld = appeal.state == "upheld"
        found[APPEAL_DECISION] = letters.appeal_decision(
            about(row), upheld=upheld, outcome=appeal.outcome, authority=settings.PRIVACY_AUTHORITY
        )
    return found
