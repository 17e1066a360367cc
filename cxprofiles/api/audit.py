"""The audit log for everybody: its signed head, its entries, and proofs. It holds no personal data."""

from datetime import datetime
from typing import Any, NoReturn

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.audit.heads import latest_head
from consent.audit.log import read_entries, read_size
from consent.audit.proofs import prove_consistency, prove_inclusion
from cxprofiles.api.authentication import answer
from cxprofiles.api.bodies import bad_parameter, read_count, read_text
from cxprofiles.api.well_known import PublicView
from profiles.snapshot import one_snapshot

MOST_ENTRIES, USUAL_ENTRIES = 1000, 100
HIGHEST = 999_999_999


class AuditHeadShown(msgspec.Struct):
    """The newest signed head: how many entries the log had, the root of its Merkle tree in hexadecimal, and when.

    `head` is the same as a JWS (Ed25519; keys at /.well-known/jwks.json). Keep it: later the log must extend it.
    """

    size: int
    root: str
    at: datetime
    head: str


class EntriesShown(msgspec.Struct):
    """Some entries, in their order. `size`: how many there are now; `next`: where the next page begins, or null.

    A leaf of the tree is the entry in canonical JSON (RFC 8785); `prev` in it is the SHA-256 of the one before.
    """

    entries: list[dict[str, Any]]
    size: int
    next: int | None


class InclusionShown(msgspec.Struct):
    """The audit path of entry `seq` in the tree over the first `size` entries (RFC 6962, 2.1.1), in hexadecimal.

    Its leaf has the index `seq` - 1.
    """

    seq: int
    size: int
    path: list[str]


class ConsistencyShown(msgspec.Struct, rename={"first": "from", "size": "to"}):
    """The proof that the tree over `to` entries begins with that over `from` (RFC 6962, 2.1.2), in hexadecimal."""

    first: int
    size: int
    proof: list[str]


class HeadView(PublicView):
    """The state of the log."""

    @extend_schema(operation_id="read_audit_head", auth=[], responses=AuditHeadShown)
    def get(self, request: Request) -> HttpResponse:
        """The newest signed head. One is made within a minute after the log has grown."""
        head = latest_head()
        return public(AuditHeadShown(head.size, bytes(head.root).hex(), head.at, head.jws))


class EntriesView(PublicView):
    """The entries of the log."""

    @extend_schema(
        operation_id="list_audit_entries",
        auth=[],
        parameters=[
            OpenApiParameter("from", int, description="Number of the first entry; 1 if left out."),
            OpenApiParameter("limit", int, description=f"1 to {MOST_ENTRIES}, {USUAL_ENTRIES} if left out."),
        ],
        responses=EntriesShown,
    )
    def get(self, request: Request) -> HttpResponse:
        """What was done, without saying to whom."""
        first = read_count(request, "from", default=1, most=HIGHEST)
        limit = read_count(request, "limit", default=USUAL_ENTRIES, most=MOST_ENTRIES)
        with one_snapshot():
            entries, size = read_entries(first, limit), read_size()
        after = first + len(entries)
        return public(EntriesShown(entries, size, after if entries and after <= size else None))


class InclusionView(PublicView):
    """Proofs that an entry is in the log."""

    @extend_schema(
        operation_id="prove_audit_inclusion",
        auth=[],
        parameters=[
            OpenApiParameter("seq", int, required=True, description="Number of the entry, from 1."),
            OpenApiParameter("size", int, description="Of the tree; that of the newest signed head if left out."),
        ],
        responses=InclusionShown,
    )
    def get(self, request: Request) -> HttpResponse:
        """The audit path of an entry."""
        seq = read_needed(request, "seq")
        with one_snapshot():
            size = read_size_asked(request, "size")
            path = prove_inclusion(seq=seq, size=size)
        return public(InclusionShown(seq, size, [one.hex() for one in path]))


class ConsistencyView(PublicView):
    """Proofs that the log only grew."""

    @extend_schema(
        operation_id="prove_audit_consistency",
        auth=[],
        parameters=[
            OpenApiParameter("from", int, required=True, description="The earlier size, from 1."),
            OpenApiParameter("to", int, description="The later one; that of the newest signed head if left out."),
        ],
        responses=ConsistencyShown,
    )
    def get(self, request: Request) -> HttpResponse:
        """The proof between two sizes."""
        first = read_needed(request, "from")
        with one_snapshot():
            size = read_size_asked(request, "to")
            proof = prove_consistency(first=first, size=size)
        return public(ConsistencyShown(first, size, [one.hex() for one in proof]))


def read_needed(request: Request, name: str) -> int:
    """A query parameter that must be there: a whole number from 1."""
    if read_text(request, name) is None:
        refuse_missing(name)
    return read_count(request, name, default=1, most=HIGHEST)


def refuse_missing(name: str) -> NoReturn:
    """Raise a 400 about a parameter that is not there."""
    raise bad_parameter(name, "This parameter is required.")


def read_size_asked(request: Request, name: str) -> int:
    """The size of the tree that is asked about; that of the newest head where none is. Raises `NoHeadYet`."""
    if read_text(request, name) is None:
        return latest_head().size
    return read_count(request, name, default=1, most=HIGHEST)


def public(content: msgspec.Struct) -> HttpResponse:
    """An answer that pages of any origin may read."""
    response = answer(content)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
