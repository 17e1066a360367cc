"""The Merkle tree of RFC 6962: its root, and proofs that anybody can check. Pure.

A node over 2^level leaves that begins at leaf position * 2^level is named (level, position). Leaves are numbered from
0. Nodes over full subtrees never change once they are there, so a tree that grows keeps them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256

Place = tuple[int, int]
Nodes = Mapping[Place, bytes]
EMPTY_ROOT = sha256(b"").digest()


class NoSuchTree(ValueError):
    """The log never had this size, or has no such entry at it; sizes and numbers start with 1."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two others."""
    return sha256(b"\x01" + left + right).digest()


def full_subtrees(start: int, end: int) -> list[Place]:
    """The fewest full subtrees that cover the leaves from `start` up to, not including, `end`, from left to right.

    `start` is a multiple of the largest power of two that is below the number of leaves, as in the trees of RFC 6962.
    """
    places = []
    while start < end:
        level = (end - start).bit_length() - 1
        places.append((level, start >> level))
        start += 1 << level
    return places


def range_hash(start: int, end: int, nodes: Nodes) -> bytes:
    """The hash over the leaves of a range, as the tree has it; `nodes` holds its full subtrees."""
    *left, last = [nodes[place] for place in full_subtrees(start, end)]
    for digest in reversed(left):
        last = node_hash(digest, last)
    return last


def root(size: int, nodes: Nodes) -> bytes:
    """The root of the tree over the first `size` leaves."""
    return range_hash(0, size, nodes) if size else EMPTY_ROOT


def grow(size: int, nodes: Nodes, leaves: Sequence[bytes]) -> dict[Place, bytes]:
    """The nodes that come into being when leaves are added to a tree of `size`, the leaves themselves among them.

    `nodes` holds at least the full subtrees of the tree so far.
    """
    made: dict[Place, bytes] = {}
    for index, leaf in enumerate(leaves, start=size):
        level, position, digest = 0, index, leaf
        made[level, position] = digest
        while position & 1:
            before = (level, position - 1)
            digest = node_hash(made[before] if before in made else nodes[before], digest)
            level, position = level + 1, position >> 1
            made[level, position] = digest
    return made


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges whose hashes prove that leaf `index` is in the tree of `size`, in the order of RFC 6962, 2.1.1."""
    if not 0 <= index < size:
        raise NoSuchTree
    ranges = []
    start, end = 0, size
    while end - start > 1:
        split = start + (1 << (end - start - 1).bit_length() - 1)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    return ranges[::-1]


def consistency_ranges(first: int, size: int) -> list[tuple[int, int]]:
    """The ranges whose hashes prove that the tree of `size` begins with that of `first` (RFC 6962, 2.1.2)."""
    if not 0 < first <= size:
        raise NoSuchTree
    ranges = []
    start, end, whole = 0, size, True
    while first != end:
        split = start + (1 << (end - start - 1).bit_length() - 1)
        if first <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start, whole = split, False
    if not whole:
        ranges.append((start, end))
    return ranges[::-1]


def prove(ranges: Sequence[tuple[int, int]], read: Callable[[set[Place]], Nodes]) -> list[bytes]:
    """The hashes of some ranges. `read` is asked once, for all nodes that they need."""
    nodes = read({place for start, end in ranges for place in full_subtrees(start, end)})
    return [range_hash(start, end, nodes) for start, end in ranges]


def includes(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path proves that a leaf is at `index` in the tree of this size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, digest = index, size - 1, leaf
    for other in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            digest = node_hash(other, digest)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            digest = node_hash(digest, other)
        position, last = position >> 1, last >> 1
    return last == 0 and digest == root


def extends(*, first: int, first_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `size` begins with that of `first` (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= size:
        return False
    if first == size:
        return not proof and first_root == root
    hashes = iter(proof if first & (first - 1) else [first_root, *proof])
    return _climb(first - 1, size - 1, hashes) == (first_root, root)


def _climb(position: int, last: int, hashes: Iterator[bytes]) -> tuple[bytes, bytes] | None:
    """The two roots that a consistency proof leads to; None where it is too short or too long."""
    while position & 1:
        position, last = position >> 1, last >> 1
    first = old = new = next(hashes, None)
    if first is None or old is None or new is None:
        return None
    for other in hashes:
        if last == 0:
            return None
        if position & 1 or position == last:
            old, new = node_hash(other, old), node_hash(other, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, other)
        position, last = position >> 1, last >> 1
    return (old, new) if last == 0 else None
