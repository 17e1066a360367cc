"""The Merkle tree against RFC 6962 read literally, and against vectors that others published."""

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.audit.merkle import (
    EMPTY_ROOT,
    NoSuchTree,
    Place,
    consistency_ranges,
    extends,
    full_subtrees,
    grow,
    includes,
    inclusion_ranges,
    leaf_hash,
    prove,
    root,
)

LARGEST = 70
# The leaves and roots with which implementations of Certificate Transparency test themselves.
KNOWN_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
KNOWN_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word by word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    split = naive_split(len(entries))
    return sha256(b"\x01" + naive_root(entries[:split]) + naive_root(entries[split:])).digest()


def naive_split(count: int) -> int:
    """The largest power of two that is smaller than the count."""
    split = 1
    while split * 2 < count:
        split *= 2
    return split


def naive_path(index: int, entries: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1."""
    if len(entries) == 1:
        return []
    split = naive_split(len(entries))
    if index < split:
        return [*naive_path(index, entries[:split]), naive_root(entries[split:])]
    return [*naive_path(index - split, entries[split:]), naive_root(entries[:split])]


def naive_subproof(first: int, entries: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2."""
    if first == len(entries):
        return [] if whole else [naive_root(entries)]
    split = naive_split(len(entries))
    if first <= split:
        return [*naive_subproof(first, entries[:split], whole), naive_root(entries[split:])]
    return [*naive_subproof(first - split, entries[split:], False), naive_root(entries[:split])]


ENTRIES = [b"entry %d" % number for number in range(LARGEST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NODES = grow(0, {}, LEAVES)
ROOTS = [naive_root(ENTRIES[:size]) for size in range(LARGEST + 1)]


def read(places: set[Place]) -> dict[Place, bytes]:
    return {place: NODES[place] for place in places}


def path_of(index: int, size: int) -> list[bytes]:
    return prove(inclusion_ranges(index, size), read)


def proof_between(first: int, size: int) -> list[bytes]:
    return prove(consistency_ranges(first, size), read)


def test_known_trees_have_their_published_roots() -> None:
    entries = [bytes.fromhex(leaf) for leaf in KNOWN_LEAVES]
    nodes = grow(0, {}, [leaf_hash(entry) for entry in entries])
    assert [root(size, nodes).hex() for size in range(len(entries) + 1)] == KNOWN_ROOTS
    assert EMPTY_ROOT.hex() == KNOWN_ROOTS[0]


def test_known_proofs_are_the_published_ones() -> None:
    nodes = grow(0, {}, [leaf_hash(bytes.fromhex(leaf)) for leaf in KNOWN_LEAVES])
    path = prove(inclusion_ranges(0, 8), lambda places: {place: nodes[place] for place in places})
    assert [one.hex()[:8] for one in path] == ["96a296d2", "5f083f0a", "6b47aaf2"]
    proof = prove(consistency_ranges(6, 8), lambda places: {place: nodes[place] for place in places})
    assert [one.hex()[:8] for one in proof] == ["0ebc5d34", "ca854ea1", "d37ee418"]


def test_roots_are_those_of_the_definition() -> None:
    assert [root(size, NODES) for size in range(LARGEST + 1)] == ROOTS


def test_a_tree_grows_in_steps_as_at_once() -> None:
    for step in (1, 2, 3, 7, 64):
        nodes: dict[Place, bytes] = {}
        for start in range(0, LARGEST, step):
            tips = {place: nodes[place] for place in full_subtrees(0, start)}
            nodes |= grow(start, tips, LEAVES[start : start + step])
        assert nodes == NODES


def test_audit_paths_are_those_of_the_definition_and_prove() -> None:
    for size in range(1, LARGEST + 1):
        for index in range(size):
            path = path_of(index, size)
            assert path == naive_path(index, ENTRIES[:size])
            assert includes(leaf=LEAVES[index], index=index, size=size, path=path, root=ROOTS[size])


def test_consistency_proofs_are_those_of_the_definition_and_prove() -> None:
    for size in range(1, LARGEST + 1):
        for first in range(1, size + 1):
            proof = proof_between(first, size)
            assert proof == naive_subproof(first, ENTRIES[:size], True)
            assert extends(first=first, first_root=ROOTS[first], size=size, root=ROOTS[size], proof=proof)


def test_a_path_proves_nothing_else() -> None:
    for size in range(1, 20):
        for index in range(size):
            path = path_of(index, size)
            leaf, true_root = LEAVES[index], ROOTS[size]
            for other in range(size):
                assert includes(leaf=leaf, index=other, size=size, path=path, root=true_root) == (other == index)
            assert not includes(leaf=LEAVES[-1], index=index, size=size, path=path, root=true_root)
            assert not includes(leaf=leaf, index=index, size=size, path=path, root=ROOTS[size + 1])
            assert not includes(leaf=leaf, index=index, size=size, path=[*path, leaf], root=true_root)
            assert not path or not includes(leaf=leaf, index=index, size=size, path=path[:-1], root=true_root)


def test_a_consistency_proof_proves_nothing_else() -> None:
    for size in range(2, 20):
        for first in range(1, size):
            proof = proof_between(first, size)
            roots = {"first_root": ROOTS[first], "root": ROOTS[size]}
            assert not extends(first=first, size=size, proof=[*proof, proof[0]], **roots)
            assert not extends(first=first, size=size, proof=proof[:-1], **roots)
            assert not extends(first=first, size=size, proof=[], **roots)
            assert not extends(first=first, size=size, proof=proof, first_root=ROOTS[first - 1], root=ROOTS[size])
            assert not extends(first=first, size=size, proof=proof, first_root=ROOTS[first], root=ROOTS[size + 1])
            if len(proof) > 1:
                assert not extends(first=first, size=size, proof=proof[::-1], **roots)


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0), (5, 3)])
def test_there_is_no_path_to_what_is_not_in_the_tree(index: int, size: int) -> None:
    assert not includes(leaf=LEAVES[0], index=index, size=size, path=[], root=LEAVES[0])
    with pytest.raises(NoSuchTree):
        inclusion_ranges(index, size)


@pytest.mark.parametrize(("first", "size"), [(0, 1), (-1, 1), (2, 1), (0, 0)])
def test_there_is_no_proof_between_trees_that_cannot_be(first: int, size: int) -> None:
    assert not extends(first=first, first_root=EMPTY_ROOT, size=size, root=LEAVES[0], proof=[])
    with pytest.raises(NoSuchTree):
        consistency_ranges(first, size)


def test_trees_of_one_size_agree_when_their_roots_do() -> None:
    assert extends(first=3, first_root=ROOTS[3], size=3, root=ROOTS[3], proof=[])
    assert not extends(first=3, first_root=ROOTS[3], size=3, root=ROOTS[4], proof=[])


@given(st.integers(1, 2**40), st.data())
def test_proofs_read_few_nodes_however_long_the_log_is(size: int, data: st.DataObject) -> None:
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    for ranges in (inclusion_ranges(index, size), consistency_ranges(first, size)):
        places = [place for start, end in ranges for place in full_subtrees(start, end)]
        assert len(ranges) <= 42
        assert len(places) <= 84
        assert all((position + 1) << level <= size for level, position in places)


@given(st.integers(0, 2**40), st.integers(0, 1000))
def test_full_subtrees_cover_a_tree_once_from_left_to_right(size: int, more: int) -> None:
    ends = [((position << level), (position + 1) << level) for level, position in full_subtrees(0, size + more)]
    assert all(one[1] == other[0] for one, other in pairwise(ends))
    assert not ends or (ends[0][0], ends[-1][1]) == (0, size + more)
    assert list(full_subtrees(0, size)) == sorted(full_subtrees(0, size), reverse=True)
