"""Exact local re-solving: what a batch changes in the partition, without looking at the rest of the world.

`resolve` gives the same partition as solving everything from scratch. The argument:

Let W be a union of old clusters that holds both ends of every change. All links between W and the rest were
refused in the old run (or they would lie within one cluster). Solve W alone. If no link between W and the
rest is accepted in the new run over everything, then by induction over the ordered links that run falls into
the run over W and the old run over the rest, so the local result stands. When can such a link (w, x) be
accepted? At its turn x's cluster is what it was. A rule refused it in the old run; all rules are monotone;
so it is refused again unless w's cluster is, at that turn, less than it was. Now let K be w's old cluster:

1. K is *whole*: it lies within one new cluster, no link inside it became unusable or was put off, no *same*
   decision inside it was taken back, and no two of its must-classes became one. Then every old join of K is
   made no later than before, so at every turn w's cluster contains what it did. The link stays refused.
2. K is *loosened* (not whole), but the link was refused for a count (a type's limit, or the size) and from
   some turn before the link's on, w's new cluster counts at least as many as all of K ever did. The link
   stays refused; `Settled` says so to the store, which then need not even return it.
3. Otherwise x's cluster joins W, and W is solved again. W only grows, so this ends.

For 2 to be sound the stored reason of a refused link must name a rule that was broken at the link's own turn.
Solving writes such reasons, and 1 and 2 keep them true for the links that they do not touch.

The cheap case needs no links at all: no cluster of a group is *contested* (can have a refused link or a
decision) and the union of the group keeps every limit. Then nothing can be refused inside it.

Changes to the rules of types are not handled here: they need a rebuild.
"""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from profiles.identity.clustering import MAX_CLUSTER, Decision, Edge, Node, Pair


class Place(NamedTuple):
    """Where an identifier stands before the batch.

    `contested` is its cluster's flag; it may say so wrongly, but never wrongly deny it. `left_out`: the
    identifier is shared or denied, as of after the batch.
    """

    root: int
    contested: bool
    left_out: bool


class Settled(NamedTuple):
    """Links of `member` refused for exactly `reason` are surely refused again if taken after (`rank`, `at`).

    The turn of a link: the rank of its weaker end's type, then first_at where that type's ownership is
    `first`, else minus last_at (microseconds). "After" is strict: (rank, at) of the link > (rank, at) here.
    """

    member: int
    reason: str
    rank: int
    at: int


class Graph(Protocol):
    """The store as resolving needs it: partition and reasons as before the batch, all else as after it."""

    def places(self, ids: Collection[int]) -> dict[int, Place]:
        """Where each of the identifiers stands; one just born is its own root and not contested."""

    def members(self, roots: Collection[int]) -> dict[int, list[Node]]:
        """The identifiers of each of the clusters, with their flags as of after the batch."""

    def nodes(self, ids: Collection[int]) -> list[Node]:
        """The identifiers themselves, with their flags as of after the batch."""

    def links_within(self, ids: Collection[int]) -> Iterable[Edge]:
        """All links with both ends among `ids`."""

    def links_of(self, ids: Collection[int]) -> Iterable[Edge]:
        """All links with an end among `ids`, each once."""

    def decisions_of(self, ids: Collection[int]) -> Iterable[Decision]:
        """All decisions in force (not withdrawn) with an end among `ids`, each once."""

    def neighbours(self, ids: Collection[int], settled: Collection[Settled]) -> set[int]:
        """The roots of the other ends of the refused but usable links of `ids`.

        Refused but usable: the stored reason is neither empty nor `shared:…` nor `unification`. Links that
        `settled` covers should be left out; returning them costs time only.
        """


@dataclass(slots=True)
class Changes:
    """What a batch changed, already in the store. Naming too much costs time, never correctness.

    `links` are new, or were moved in the order (never to a later place: times only widen, and a link only
    becomes deterministic). A link that was removed or put off needs its ends in `unsettled`.
    """

    links: set[Pair] = field(default_factory=set)
    decisions: set[Pair] = field(default_factory=set)  # made or taken back
    born: set[int] = field(default_factory=set)  # stored for the first time
    left_out: set[int] = field(default_factory=set)  # became shared, or now deny unification
    readmitted: set[int] = field(default_factory=set)  # no longer shared, or now allow unification
    unsettled: set[int] = field(default_factory=set)  # lost a link or a fellow member (erasure)


@dataclass(slots=True)
class Outcome:
    """What must be written so that the store holds the new partition.

    `contested` holds every cluster that was solved, by its new root; for all others the flag stays (a plain
    union of clusters that are not contested is not).
    """

    root_of: dict[int, int] = field(default_factory=dict)  # identifiers whose root changed
    refused: dict[Pair, str] = field(default_factory=dict)  # links whose reason changed; empty: accepted
    changed: set[int] = field(default_factory=set)  # roots of clusters that are new or have other members
    gone: set[int] = field(default_factory=set)  # roots that name a cluster no more
    contested: dict[int, bool] = field(default_factory=dict)


def resolve(graph: Graph, changes: Changes, *, max_cluster: int = MAX_CLUSTER) -> Outcome:
    """The new partition where `changes` reach, exactly as solving everything would give it."""
    raise NotImplementedError


__all__ = ["AbstractSet", "Changes", "Graph", "Outcome", "Place", "Settled", "resolve"]
