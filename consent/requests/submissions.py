"""A new request: stored once under its external id, acknowledged, and brought as far as its identity check allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from consent.models import PrivacyRequest, RequestEvent
from consent.proofs import open_proof
from consent.requests import machine
from consent.requests.journal import RECEIVED, Journal
from consent.requests.moves import enter_contest, go_on, note_acknowledged
from consent.requests.records import Identifier, Subject, reaches
from consent.requests.refusals import ExternalIdTaken
from consent.requests.telling import tell_received

# Who asked through these has our answer at once; a person is written to.
ANSWERED_AT_ONCE = frozenset({"api", "opendsr", "drp", "gpc"})
PROVABLE = ("email", "phone")
PROVED_BY_MESSAGE = frozenset({"api", "pages", "staff"})


@dataclass(frozen=True, slots=True)
class New:
    """A new request, checked. `columns`: those of its row; `content`: keyed hashes of what is asked, by key version."""

    subject: Subject
    columns: Mapping[str, Any]
    content: Mapping[int, str]


def submit(*, new: New, person: Sequence[Identifier], actor: str, now: datetime) -> UUID:
    """Store a request, or find the one that was made of the same before; its id. Call it in a transaction.

    `person`: the identifiers of the one whom it is about. Raises `ExternalIdTaken`.
    """
    before = find_told(new)
    if before is not None:
        return before
    journal = Journal(actor, now)
    try:
        with transaction.atomic():
            row = journal.open(new.subject, new.columns, {"content": {str(k): v for k, v in new.content.items()}})
    except IntegrityError:
        return find_again(new)
    acknowledge_receipt(journal, row, new.subject)
    if reaches(row.identity_level, row.identity_needed):
        go_on(journal, enter_contest(row.id, person), at=row.received_at)
    else:
        ask_identity(journal, row, new.subject)
    journal.write_audit()
    return row.id


def find_told(new: New) -> UUID | None:
    """The request that was made under this external id; None: there is none. Raises `ExternalIdTaken`."""
    external_id = new.columns["external_id"]
    if not external_id:
        return None
    row = PrivacyRequest.objects.filter(requester=new.columns["requester"], external_id=external_id).first()
    if row is None:
        return None
    told = RequestEvent.objects.filter(request=row, name=RECEIVED).values_list("detail", flat=True).first() or {}
    content = told.get("content", {})
    if not any(content.get(str(version)) == digest for version, digest in new.content.items()):
        raise ExternalIdTaken
    return row.id


def find_again(new: New) -> UUID:
    """What somebody else made under the external id at the same moment. Raises `ExternalIdTaken`."""
    id_ = find_told(new)
    if id_ is None:
        raise ExternalIdTaken
    return id_


def acknowledge_receipt(journal: Journal, row: PrivacyRequest, subject: Subject) -> None:
    """Confirm receipt to the person where that is ours to do, and note that it was confirmed."""
    if tell_received(row, subject) or row.source in ANSWERED_AT_ONCE:
        note_acknowledged(journal, row)


def ask_identity(journal: Journal, row: PrivacyRequest, subject: Subject) -> None:
    """Have the person prove who they are: by a message to each address that was presented."""
    sent = 0
    if row.source in PROVED_BY_MESSAGE:
        for identifier in subject.identifiers:
            if identifier[0] in PROVABLE:
                open_proof(identifier=identifier, language=row.language, request_id=row.id)
                sent += 1
    journal.advance(row, machine.IDENTITY_ASKED, detail={"needed": row.identity_needed, "messages": sent})
