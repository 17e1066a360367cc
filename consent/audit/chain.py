"""Entries of the audit log as a chain: each names the hash of the one before it. Pure.

An entry is an object with `seq` (from 1), `prev` (the previous entry's digest in hexadecimal, zeros in the first),
`type`, `at` (UTC, in whole seconds) and what else it tells.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from consent.audit.canonical import NotCanonical, canonical_json
from consent.audit.merkle import leaf_hash

NOTHING_BEFORE = bytes(32)
OWN_MEMBERS = frozenset({"seq", "prev", "type", "at"})


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is stored: its canonical JSON, the digest of that, and its leaf hash in the tree."""

    seq: int
    entry: bytes
    digest: bytes
    leaf: bytes


def make_link(*, seq: int, prev: bytes, type: str, at: datetime, content: Mapping[str, Any]) -> Link:  # noqa: A002
    """The entry that follows on one whose digest is `prev`."""
    told = {**content, "seq": seq, "prev": prev.hex(), "type": type, "at": written(at)}
    return linked(seq, canonical_json(told))


def linked(seq: int, entry: bytes) -> Link:
    """A canonical entry with its hashes."""
    return Link(seq, entry, sha256(entry).digest(), leaf_hash(entry))


def written(at: datetime) -> str:
    """An instant as entries have it. Whole seconds: finer ones would tie an entry to rows that name people."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def find_break(links: Iterable[Link], prev: bytes = NOTHING_BEFORE, seq: int = 1) -> int | None:
    """The number of the first entry that is not as it was written, or that is missing; None: the chain is whole.

    `prev` and `seq`: the digest before the first of `links`, and that one's number. Where an entry and the hash that
    the next one has of it disagree, and both fit their own digests, the earlier is named: it is what was hashed.
    """
    for link in links:
        if link.seq != seq or not fits(link):
            return seq
        if named_before(link) != prev:
            return max(seq - 1, 1)
        prev, seq = link.digest, seq + 1
    return None


def fits(link: Link) -> bool:
    """Whether an entry is canonical JSON, has its own number, and is what its digest and its leaf were taken of."""
    content = read_entry(link.entry)
    try:
        canonical = content is not None and canonical_json(content) == link.entry
    except NotCanonical:
        return False
    return canonical and content is not None and content.get("seq") == link.seq and linked(link.seq, link.entry) == link


def named_before(link: Link) -> bytes | None:
    """The digest that an entry has of the one before it; None where it has none."""
    prev = (read_entry(link.entry) or {}).get("prev")
    try:
        return bytes.fromhex(prev) if isinstance(prev, str) and len(prev) == 64 else None
    except ValueError:
        return None


def read_entry(entry: bytes) -> dict[str, Any] | None:
    """An entry as an object; None where it is none."""
    try:
        content = msgspec.json.decode(entry)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
