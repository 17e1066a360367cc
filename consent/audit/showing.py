"""The audit log as staff go through it: pages of entries, where a day begins, and proofs that are checked at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from consent.audit.chain import read_entry as read_content
from consent.audit.checking import Head
from consent.audit.checking import read_head as read_signed
from consent.audit.log import read_size
from consent.audit.merkle import extends, includes, leaf_hash, node_hash
from consent.audit.proofs import prove_consistency, prove_inclusion
from consent.models import AuditEntry, AuditHead
from consent.models.audit import TYPE_OF_ENTRY
from consent.signatures import BadReceipt
from consent.signing import public_keys

# Entries stand in the order in which they were written, and have no gaps: a day is found by halving, a row a step.
FIND_FIRST = """
    WITH RECURSIVE halving(low, high) AS (
        SELECT 1::bigint, coalesce((SELECT seq FROM audit_entry ORDER BY seq DESC LIMIT 1), 0) + 1
        UNION ALL
        SELECT CASE WHEN later THEN low ELSE middle + 1 END, CASE WHEN later THEN middle ELSE high END
        FROM (
            SELECT low, high, (low + high) / 2 AS middle,
                coalesce((SELECT substring(entry FROM '"at":"([^"]+)"') COLLATE "C" >= %s
                    FROM audit_entry WHERE seq = (low + high) / 2), false) AS later
            FROM halving WHERE low < high
        ) AS step
    )
    SELECT max(low) FROM halving
"""


class EntryShown(NamedTuple):
    """One entry: its number, its content, and its text as it was hashed. `content` is empty where it is damaged."""

    seq: int
    content: dict[str, Any]
    text: str


class EntryPage(NamedTuple):
    """Some entries, the latest first. `before` None: this was the last page."""

    entries: list[EntryShown]
    before: int | None


class PathStep(NamedTuple):
    """One step of an audit path: the neighbour's hash, on which side it stands, and what both come to."""

    on_left: bool
    other: bytes
    comes_to: bytes


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Whether an entry is in the log that a head states. `problem`: why the head's signature is not good, or empty."""

    seq: int
    head: AuditHead
    leaf: bytes
    steps: list[PathStep]
    included: bool
    problem: str

    @property
    def good(self) -> bool:
        """Whether path and signature are both good."""
        return self.included and not self.problem


@dataclass(frozen=True, slots=True)
class Consistency:
    """Whether a later head's log begins with an earlier one's. `problems`: of the signatures."""

    first: AuditHead
    second: AuditHead
    proof: list[bytes]
    extends: bool
    problems: list[str]

    @property
    def good(self) -> bool:
        """Whether proof and both signatures are good."""
        return self.extends and not self.problems


def first_since(at: datetime) -> int:
    """The number of the first entry written at an instant or later; one past the last where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_FIRST, [f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"])
        return int(cursor.fetchone()[0])


def read_entries_before(
    *, before: int | None, limit: int, type_name: str = "", since: datetime | None = None, until: datetime | None = None
) -> EntryPage:
    """A page of entries, of one type (empty: of all), from one instant up to another, that one left out."""
    rows = AuditEntry.objects.order_by("-seq")
    if since is not None:
        rows = rows.filter(seq__gte=first_since(since))
    ends = [one for one in (before, None if until is None else first_since(until)) if one is not None]
    if ends:
        rows = rows.filter(seq__lt=min(ends))
    if type_name:
        rows = rows.alias(of_type=TYPE_OF_ENTRY).filter(of_type=type_name)
    found = [EntryShown(row.seq, read_content(row.entry.encode()) or {}, row.entry) for row in rows[: limit + 1]]
    return EntryPage(found[:limit], found[limit - 1].seq if len(found) > limit else None)


def read_entry(seq: int) -> EntryShown | None:
    """One entry, None where there is none of this number."""
    row = AuditEntry.objects.filter(seq=seq).first()
    return None if row is None else EntryShown(row.seq, read_content(row.entry.encode()) or {}, row.entry)


def head_over(seq: int) -> AuditHead | None:
    """The newest signed head if it is over this entry; None: none is yet."""
    head = AuditHead.objects.order_by("-size").first()
    return head if head is not None and head.size >= seq else None


def check_inclusion(entry: EntryShown, head: AuditHead) -> Inclusion:
    """Prove an entry from the stored tree and check the proof as anybody would: from the entry's own text, to the root
    that was signed. Raises `LogDamaged`."""
    path = prove_inclusion(seq=entry.seq, size=head.size)
    leaf, root = leaf_hash(entry.text.encode()), bytes(head.root)
    included = includes(leaf=leaf, index=entry.seq - 1, size=head.size, path=path, root=root)
    steps = path_steps(leaf, entry.seq - 1, head.size, path)
    return Inclusion(entry.seq, head, leaf, steps, included, signature_problem(head))


def path_steps(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> list[PathStep]:
    """An audit path as the steps from a leaf up to the root."""
    steps, position, last, digest = [], index, size - 1, leaf
    for other in path:
        on_left = bool(position & 1) or position == last
        digest = node_hash(other, digest) if on_left else node_hash(digest, other)
        steps.append(PathStep(on_left, other, digest))
        if on_left:
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        position, last = position >> 1, last >> 1
    return steps


def check_consistency(first: AuditHead, second: AuditHead) -> Consistency:
    """Prove that the later of two heads' logs begins with the earlier one's, and check the proof and the signatures."""
    first, second = sorted((first, second), key=lambda head: head.size)
    proof = prove_consistency(first=first.size, size=second.size) if second.size <= read_size() else []
    good = extends(
        first=first.size, first_root=bytes(first.root), size=second.size, root=bytes(second.root), proof=proof
    )
    return Consistency(first, second, proof, good, [one for one in map(signature_problem, (first, second)) if one])


def signature_problem(head: AuditHead) -> str:
    """Why a stored head is not as it was signed, in a sentence; empty: it is."""
    try:
        signed: Head = read_signed(head.jws, public_keys())
    except BadReceipt as problem:
        return str(problem)
    same = signed.size == head.size and signed.root == bytes(head.root)
    return "" if same else "This head is stored otherwise than it was signed."


def read_heads(*, before: int | None, limit: int) -> list[AuditHead]:
    """Signed heads, the latest first, those below a size only."""
    rows = AuditHead.objects.order_by("-size")
    return list((rows if before is None else rows.filter(size__lt=before))[:limit])


def find_heads(sizes: Sequence[int]) -> list[AuditHead]:
    """The heads of some sizes, as far as there are such, by size."""
    return list(AuditHead.objects.filter(size__in=sizes).order_by("size"))
