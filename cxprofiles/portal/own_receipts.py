"""The receipts of what people chose, to read and to keep."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from consent.ledger_reading import receipts_of
from consent.purpose_fields import PurposeFields
from consent.purpose_reading import read_purposes
from consent.receipt_issuing import IssuedReceipt, NoSuchReceipt, find_issued
from consent.receipt_summary import summarise
from cxprofiles.portal.pages import HEADERS, NoSuchPage
from cxprofiles.portal.visits import Visitor, log_view, own_page, visitor_page
from cxprofiles.portal.words import in_language
from profiles.configuration import configuration
from profiles.privacy.own import Own, find_own
from profiles.snapshot import one_snapshot

MOST = 100


@visitor_page("GET")
def receipts_page(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The receipts, the latest first."""
    with one_snapshot():
        own = find_own(visitor.identifiers, configuration())
        latest = receipts_of(own.ids)[:MOST]
        mine = [one for id_ in latest if (one := find_own_receipt(id_, own)) is not None]
        described = read_purposes()
    log_view(own, "receipts", "consents")
    shown = [receipt_shown(one, described, visitor.language) for one in mine]
    return own_page(request, visitor, "receipts", {"own": own, "receipts": shown})


def receipt_shown(issued: IssuedReceipt, described: Mapping[str, PurposeFields], language: str) -> dict[str, Any]:
    """A receipt as the page shows it: when it was issued, and what was said of which purpose."""
    lines = [
        {
            "purpose": in_language(described[line.key].name, language) if line.key in described else line.purpose,
            "yes": line.said_yes,
            "state": line.state,
        }
        for line in summarise(issued.record).lines
    ]
    return {"id": issued.id, "at": issued.issued_at, "lines": lines}


@visitor_page("GET")
def receipt_file(request: HttpRequest, visitor: Visitor, receipt_id: UUID) -> HttpResponse:
    """One receipt as a file, as it was signed."""
    with one_snapshot():
        own = find_own(visitor.identifiers, configuration())
        found = find_own_receipt(receipt_id, own)
    if found is None:
        raise NoSuchPage
    log_view(own, "saved_receipt", "consents")
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="receipt-{receipt_id}.jws"'}
    return HttpResponse(found.jws, content_type="application/jose", headers=headers)


def find_own_receipt(receipt_id: UUID, own: Own) -> IssuedReceipt | None:
    """A receipt that names no identifier but the person's; None for any other."""
    try:
        found = find_issued(receipt_id)
    except NoSuchReceipt:
        return None
    return found if found.identifier_ids and set(found.identifier_ids) <= set(own.ids) else None
