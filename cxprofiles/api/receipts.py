"""Receipts by id, for the services that serve the people whom they are about."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from consent.receipt_issuing import find_issued
from cxprofiles.api.authentication import ApiView, Scopes, answer, token_of
from cxprofiles.api.disclosure import DEFAULT_PURPOSE, disclosure
from profiles.profile import read_people
from profiles.recognition import Decision
from profiles.snapshot import one_snapshot

PRIVACY = "privacy"


class ReceiptShown(msgspec.Struct):
    """A receipt: `receipt` is the signed one, in the JWS compact serialisation, and `record` what it says."""

    id: UUID
    issued_at: datetime
    receipt: str
    record: dict[str, Any]
    decision: Decision


class ReceiptView(ApiView):
    """One receipt."""

    scopes: ClassVar[Scopes] = {"GET": ("consent:write", "profiles:read", "privacy")}

    @extend_schema(operation_id="read_receipt", responses=ReceiptShown)
    def get(self, request: Request, receipt_id: UUID) -> HttpResponse:
        """The receipt of one act of deciding. Its signature is checked with the keys of /.well-known/jwks.json.

        A token with the scope `privacy` reads it while processing is restricted too, as it does consents.
        """
        asked = disclosure(request, "receipt", None, default=DEFAULT_PURPOSE)
        with one_snapshot():
            issued = find_issued(receipt_id)
            people = read_people(issued.identifier_ids).values()
        for_rights = bool(people) and PRIVACY in token_of(request).scopes
        decision = (asked.allow_always if for_rights else asked.allow)(people, ["receipt"])
        return answer(ReceiptShown(issued.id, issued.issued_at, issued.jws, issued.record, decision))
