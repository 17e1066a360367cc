"""Checking signed heads and certificates of erasure: what anybody can do who has the published keys. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from consent.audit.canonical import NotCanonical, canonical_json
from consent.audit.commitments import commitment_of
from consent.audit.merkle import includes, leaf_hash
from consent.signatures import BadReceipt, Kind, verify

HEAD = Kind("audit-head+jwt", "head", "signed head of the audit log", "statement of a log's state")
CERTIFICATE = Kind(
    "erasure-certificate+jwt", "certificate", "certificate of an erasure", "certificate", longest=1024 * 1024
)
VERSION = 1


@dataclass(frozen=True, slots=True)
class Head:
    """The whole log at one size: the root of its tree (32 bytes), and when that was stated."""

    size: int
    root: bytes
    at: str


class Stated(msgspec.Struct, frozen=True):
    """What a certificate says: the entry, its audit path in the tree of the head, and the commitment's opening.

    Hashes and the salt in hexadecimal; `identifiers` are (type, canonical value).
    """

    version: int
    issued_at: str
    entry: dict[str, Any]
    path: list[str]
    head: str
    salt: str
    identifiers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate whose signatures are good, and what was found of the rest.

    `opens`: the identifiers and the salt give the commitment of the entry. `included`: the entry is in the log that
    the head states.
    """

    stated: Stated
    head: Head
    opens: bool
    included: bool

    @property
    def seq(self) -> int:
        """The number of the entry in the log; 0 where it has none."""
        seq = self.stated.entry.get("seq")
        return seq if isinstance(seq, int) and not isinstance(seq, bool) else 0


def head_content(head: Head) -> dict[str, Any]:
    """A head as it is signed."""
    return {"size": head.size, "root": head.root.hex(), "at": head.at}


def read_head(signed: str, keys: Mapping[str, Any]) -> Head:
    """A signed head, once its signature is found good; else `BadReceipt`."""
    content = verify(signed, keys, HEAD)
    size, root, at = content.get("size"), hashes([content.get("root")]), content.get("at")
    if not isinstance(size, int) or isinstance(size, bool) or size < 1 or root is None or not isinstance(at, str):
        raise BadReceipt("This head does not state a size and a root.")
    return Head(size, root[0], at)


def check_certificate(signed: str, keys: Mapping[str, Any]) -> Certified:
    """What a certificate says and what of it is true; raises `BadReceipt` where a signature is not good."""
    try:
        stated = msgspec.convert(verify(signed, keys, CERTIFICATE), Stated)
    except msgspec.ValidationError:
        raise BadReceipt("This certificate does not hold what a certificate holds.") from None
    head = read_head(stated.head, keys)
    return Certified(stated, head, opens(stated), included(stated, head))


def opens(stated: Stated) -> bool:
    """Whether salt and identifiers give the commitment that stands in the entry."""
    salt = hashes([stated.salt])
    return salt is not None and commitment_of(salt[0], stated.identifiers).hex() == stated.entry.get("commitment")


def included(stated: Stated, head: Head) -> bool:
    """Whether the path leads from the entry to the root of the head."""
    path, seq = hashes(stated.path), stated.entry.get("seq")
    if path is None or not isinstance(seq, int) or isinstance(seq, bool):
        return False
    try:
        leaf = leaf_hash(canonical_json(stated.entry))
    except NotCanonical:
        return False
    return includes(leaf=leaf, index=seq - 1, size=head.size, path=path, root=head.root)


def hashes(written: Sequence[Any]) -> list[bytes] | None:
    """Hashes of 32 bytes out of hexadecimal; None where one is none."""
    try:
        found = [bytes.fromhex(one) for one in written]
    except (TypeError, ValueError):
        return None
    return found if all(len(one) == 32 for one in found) else None
