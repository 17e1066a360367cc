"""Proofs about the log as it is stored: each reads a few rows, however long the log is."""

from consent.audit.log import read_nodes, read_size
from consent.audit.merkle import (
    NoSuchTree,
    consistency_ranges,
    extends,
    full_subtrees,
    inclusion_ranges,
    prove,
    root,
)


def prove_inclusion(*, seq: int, size: int) -> list[bytes]:
    """The audit path of an entry in the log of a size (RFC 6962, 2.1.1); raises `NoSuchTree`."""
    check_size(size)
    return prove(inclusion_ranges(seq - 1, size), read_nodes)


def prove_consistency(*, first: int, size: int) -> list[bytes]:
    """The proof that the log of `size` begins with that of `first` (RFC 6962, 2.1.2); raises `NoSuchTree`."""
    check_size(size)
    return prove(consistency_ranges(first, size), read_nodes)


def root_at(size: int) -> bytes:
    """The root of the tree over the first entries; raises `NoSuchTree`."""
    check_size(size)
    return root(size, read_nodes(set(full_subtrees(0, size))))


def still_begins_with(*, size: int, root: bytes) -> bool:
    """Whether the log of now begins with the one of this size and root, shown by a proof like anybody's."""
    now = read_size()
    if not 1 <= size <= now:
        return False
    proof = prove_consistency(first=size, size=now)
    return extends(first=size, first_root=root, size=now, root=root_at(now), proof=proof)


def check_size(size: int) -> None:
    """Raise `NoSuchTree` unless the log has had this size."""
    if not 1 <= size <= read_size():
        raise NoSuchTree
