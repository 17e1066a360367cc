"""What the audit log says of one request, each entry proven to be in the log that the newest signed head states."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from consent.audit.chain import read_entry
from consent.audit.checking import Head, read_head
from consent.audit.heads import NoHeadYet, latest_head
from consent.audit.log import read_nodes
from consent.audit.merkle import full_subtrees, includes, inclusion_ranges, leaf_hash, prove
from consent.models import AuditEntry, AuditHead
from consent.models.audit import NAMES_A_REQUEST, REQUEST_OF_ENTRY
from consent.signatures import BadReceipt
from consent.signing import public_keys


@dataclass(frozen=True, slots=True)
class Logged:
    """One entry. `included`: whether the path leads from it to the head's root; None: it is newer than the head."""

    seq: int
    type: str
    at: datetime
    digest: str
    path: Sequence[str]
    included: bool | None


@dataclass(frozen=True, slots=True)
class LoggedOfRequest:
    """The entries of a request, in their order. `head` None: none is signed yet, or its signature is not good."""

    entries: Sequence[Logged]
    head: Head | None


def entries_of_request(id: UUID) -> LoggedOfRequest:  # noqa: A002
    """What the log says of a request, checked now: the head's signature, and every path to its root."""
    named = AuditEntry.objects.filter(entry__contains=NAMES_A_REQUEST).annotate(request=REQUEST_OF_ENTRY)
    # Few: as many as the request has steps. Ordered here, so that no other index is worth reading.
    rows = sorted(named.filter(request=str(id)).order_by(), key=lambda row: row.seq)
    head = _good_head()
    paths = _paths([row.seq for row in rows if head is not None and row.seq <= head.size], head)
    return LoggedOfRequest([_logged(row, head, paths.get(row.seq)) for row in rows], head)


def _good_head() -> Head | None:
    try:
        held: AuditHead = latest_head()
        return read_head(held.jws, public_keys())
    except (NoHeadYet, BadReceipt):
        return None


def _paths(seqs: Sequence[int], head: Head | None) -> dict[int, list[bytes]]:
    """The audit path of each entry, all of them read at once."""
    if head is None or not seqs:
        return {}
    ranges = {seq: inclusion_ranges(seq - 1, head.size) for seq in seqs}
    places = {place for found in ranges.values() for start, end in found for place in full_subtrees(start, end)}
    nodes = read_nodes(places) if places else {}
    return {seq: prove(found, lambda _: nodes) for seq, found in ranges.items()}


def _logged(row: AuditEntry, head: Head | None, path: Sequence[bytes] | None) -> Logged:
    content: dict[str, Any] = read_entry(row.entry.encode()) or {}
    included = None
    if head is not None and path is not None:
        included = includes(
            leaf=leaf_hash(row.entry.encode()), index=row.seq - 1, size=head.size, path=path, root=head.root
        )
    return Logged(
        row.seq,
        str(content.get("type", "")),
        datetime.fromisoformat(str(content.get("at"))),
        bytes(row.digest).hex(),
        [one.hex() for one in path or ()],
        included,
    )
