"""Verifying the audit log a piece at a time: each piece goes on where the one before ended.

What is carried from piece to piece is what a reader of the whole would have in mind at that place: how much was read,
the digest of the last entry, and the root of the tree so far. Who goes on checks that the stored tree still has it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from consent.audit.chain import NOTHING_BEFORE, Link
from consent.audit.log import LogDamaged, read_nodes
from consent.audit.merkle import full_subtrees, root
from consent.audit.verifying import Broken, Reading, Verdict
from consent.models import AuditEntry

A_PIECE = 1_000  # entries: about a tenth of a second


class Progress(NamedTuple):
    """How far the log was found whole. Digests in hexadecimal, so that it can be carried anywhere."""

    size: int = 0
    heads: int = 0
    stated: int = 0
    prev: str = NOTHING_BEFORE.hex()
    root: str = ""


def verify_piece(keys: Mapping[str, Any], begun: Progress, most: int = A_PIECE) -> Progress | Verdict:
    """Verify the next entries: how far it got, or the verdict where that was the end or a break. Call it in one
    snapshot."""
    try:
        reading = _go_on(keys, begun)
        links = _next_links(begun.size, most)
        if links:
            reading.take(links)
        if len(links) == most:
            return _progress(reading)
        reading.end()
    except Broken as broken:
        return Verdict(begun.size, begun.heads, broken.seq, str(broken))
    return Verdict(reading.size, reading.heads)


def _go_on(keys: Mapping[str, Any], begun: Progress) -> Reading:
    reading = Reading(keys, None)
    if not begun.size:
        return reading
    try:
        tips = read_nodes(set(full_subtrees(0, begun.size)))
    except LogDamaged as damaged:
        raise Broken(begun.size, str(damaged)) from None
    if root(begun.size, tips).hex() != begun.root:
        raise Broken(1, "What was found whole a moment ago has been changed since; begin again.")
    reading.resume(
        size=begun.size, heads=begun.heads, stated=begun.stated, prev=bytes.fromhex(begun.prev), tips=dict(tips)
    )
    return reading


def _next_links(after: int, most: int) -> list[Link]:
    rows = AuditEntry.objects.filter(seq__gt=after).order_by("seq")[:most]
    return [Link(row.seq, row.entry.encode(), bytes(row.digest), bytes(row.leaf)) for row in rows]


def _progress(reading: Reading) -> Progress:
    return Progress(
        reading.size, reading.heads, reading.stated, reading.prev.hex(), root(reading.size, reading.tips).hex()
    )
