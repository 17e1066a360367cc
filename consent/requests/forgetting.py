"""Forgetting somebody in all that requests and the pages keep: after an erasure no row of these names them."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from consent.models import (
    IdentifierProof,
    Message,
    Package,
    PrivacyRequest,
    ProtocolReceipt,
    RequestAppeal,
    RequestSubject,
)
from consent.requests import machine
from consent.requests.journal import Journal
from consent.requests.kinds import PARTIALLY_COMPLETED
from consent.requests.records import lock_request

ERASED = "erased"


def forget_subjects(digests: Collection[bytes], *, journal: Journal, keep: UUID) -> None:
    """Empty what names somebody in their requests and in what the pages keep of them. The requests stay, with their
    dates and outcome; those that are open are closed.

    `digests`: the keyed hashes of their identifiers. `keep`: the erasure that calls this, whose own subject and last
    message stay until it is done. Makes transactions of its own; again it changes nothing.
    """
    found = RequestSubject.objects.filter(digest__in=digests).exclude(request=keep)
    ids = sorted(set(found.values_list("request_id", flat=True)))
    for id_ in ids:
        close_overtaken(id_, journal)
    with transaction.atomic():
        empty_words(ids)
        IdentifierProof.objects.filter(subject__in=digests).delete()
        Message.objects.filter(address__in=digests).exclude(request=keep).delete()


def subject_digests(id: UUID) -> set[bytes]:  # noqa: A002
    """The keyed hashes of all identifiers of the one whom a request is about."""
    return {bytes(one) for one in RequestSubject.objects.filter(request=id).values_list("digest", flat=True)}


@transaction.atomic
def close_overtaken(id: UUID, journal: Journal) -> None:  # noqa: A002
    """Close a request about somebody who is erased: what was not begun is cancelled, what was left is settled."""
    row = lock_request(id)
    if row.state in machine.WAITING:
        journal.advance(row, machine.OVERTAKEN, reason=ERASED)
    elif row.state == PARTIALLY_COMPLETED:
        journal.advance(row, machine.OVERTAKEN, reason=ERASED, result={**row.result, "gaps": []})
    journal.write_audit()


def empty_words(ids: Collection[UUID]) -> None:
    """Empty what people wrote, and what was written to them, in requests that are over."""
    PrivacyRequest.objects.filter(id__in=ids).update(explanation="", scope={})
    RequestAppeal.objects.filter(request__in=ids).update(reason=None, outcome="")
    ProtocolReceipt.objects.filter(request__in=ids).update(sealed=None)
    Package.objects.filter(request__in=ids).delete()
