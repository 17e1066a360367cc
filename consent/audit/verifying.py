"""Recomputing the whole audit log: the chain, the tree, and every head that was signed over it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from consent.audit.chain import NOTHING_BEFORE, Link, find_break, written
from consent.audit.checking import Head, read_head
from consent.audit.log import ENTER_LOG, store_nodes, stored_nodes
from consent.audit.merkle import Place, full_subtrees, grow, root
from consent.models import AuditEntry, AuditHead, AuditNode
from consent.signatures import BadReceipt

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the log is whole: `entries` and `heads` that were found good before it ended or broke.

    `first_bad`: the number of the first entry that is not as it was written, or missing; None: all is as it was.
    """

    entries: int
    heads: int
    first_bad: int | None = None
    problem: str = ""


class Broken(Exception):
    """The log is not as it was from an entry on."""

    def __init__(self, seq: int, problem: str) -> None:
        super().__init__(problem)
        self.seq = seq


def verify_log(keys: Mapping[str, Any], outside: Head | None = None) -> Verdict:
    """Whether the log is as it was written. Call it in one snapshot.

    `keys`: a JWK set for the heads. `outside`: a head that was kept elsewhere. Whoever holds the signing secret could
    write the whole log and its own heads anew, but not a head that somebody else has.
    """
    reading = Reading(keys, outside)
    try:
        for links in _chunks():
            reading.take(links)
        reading.end()
    except Broken as broken:
        return Verdict(reading.size, reading.heads, broken.seq, str(broken))
    return Verdict(reading.size, reading.heads)


def _chunks() -> Iterator[list[Link]]:
    chunk: list[Link] = []
    for row in AuditEntry.objects.order_by("seq").iterator(chunk_size=CHUNK):
        chunk.append(Link(row.seq, row.entry.encode(), bytes(row.digest), bytes(row.leaf)))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@transaction.atomic
def rebuild_tree() -> int:
    """Make the stored hashes of the tree anew from the leaves; over how many entries. Nothing is appended meanwhile.

    They are a cache: whether the entries are as they were is told by `verify_log` alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(ENTER_LOG)
    AuditNode.objects.all().delete()
    size, tips = 0, dict[Place, bytes]()
    for links in _chunks():
        made = grow(size, tips, [link.leaf for link in links])
        store_nodes(made)
        size += len(links)
        tips = {place: (tips | made)[place] for place in full_subtrees(0, size)}
    return size


class Reading:
    """What was read so far: how much, the last digest, and the full subtrees of the tree."""

    def __init__(self, keys: Mapping[str, Any], outside: Head | None) -> None:
        self.size = self.heads = self.stated = 0
        self._keys, self._outside = keys, outside
        self.prev, self.tips = NOTHING_BEFORE, dict[Place, bytes]()

    def resume(self, *, size: int, heads: int, stated: int, prev: bytes, tips: dict[Place, bytes]) -> None:
        """Go on where an earlier reading ended: `tips` are the full subtrees of what it read."""
        self.size, self.heads, self.stated, self.prev, self.tips = size, heads, stated, prev, tips

    def take(self, links: Sequence[Link]) -> None:
        """Check the next entries, the nodes that they complete, and the heads over them."""
        broken = find_break(links, self.prev, self.size + 1)
        if broken is not None:
            raise Broken(broken, f"Entry {broken} is not as it was written, or is missing.")
        made = grow(self.size, self.tips, [link.leaf for link in links])
        self._compare(made)
        known = self.tips | made
        for head in AuditHead.objects.filter(size__gt=self.size, size__lte=self.size + len(links)).order_by("size"):
            self._check_head(head, known)
        size = self.size + len(links)
        if self._outside is not None and self.size < self._outside.size <= size:
            self._fit(self._outside, known, "The head that was kept elsewhere")
        self.size, self.prev = size, links[-1].digest
        self.tips = {place: known[place] for place in full_subtrees(0, size)}

    def _compare(self, made: Mapping[Place, bytes]) -> None:
        held = stored_nodes(set(made))
        wrong = [place for place, digest in made.items() if held.get(place) != digest]
        if wrong:
            seq = min((position << level) + 1 for level, position in wrong)
            raise Broken(seq, f"The hashes that are stored of the tree do not fit the entries from {seq} on.")

    def _check_head(self, held: AuditHead, known: Mapping[Place, bytes]) -> None:
        name = f"The head over {held.size} entries"
        try:
            head = read_head(held.jws, self._keys)
        except BadReceipt as problem:
            raise Broken(self.stated + 1, f"{name} is not signed as it should be. {problem}") from None
        if head != Head(held.size, bytes(held.root), written(held.at)):
            raise Broken(self.stated + 1, f"{name} is stored otherwise than it was signed.")
        self._fit(head, known, name)
        self.stated, self.heads = head.size, self.heads + 1

    def _fit(self, head: Head, known: Mapping[Place, bytes], name: str) -> None:
        if root(head.size, known) != head.root:
            first = self.stated + 1
            raise Broken(first, f"{name} was signed over others: one of {first} to {head.size} was written anew.")

    def end(self) -> None:
        """Check that nothing is missing at the end."""
        last = AuditHead.objects.order_by("-size").values_list("size", flat=True).first() or 0
        last = max(last, self._outside.size if self._outside else 0)
        if last > self.size:
            first = self.size + 1
            raise Broken(first, f"Entries {first} to {last} are missing: a head was signed over them.")
        if AuditNode.objects.count() != 2 * self.size - self.size.bit_count():
            raise Broken(self.size + 1, "The tree holds hashes of entries that are not there.")
