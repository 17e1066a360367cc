"""Which clusters are contested: one of their identifiers is in a decision, or at a usable link that a rule refused.

A cluster that was not contested becomes it only by what a batch solves. One that was may be so for the sake of links
that lead out of what was solved; only the store knows whether these are still there. So the flag is as much a function
of what was observed and decided as the partition is, and a decision taken back leaves nothing of it.
"""

from collections.abc import Collection, Iterable
from typing import Protocol

from profiles.identity.clustering import Decision, Node


class Store(Protocol):
    """What of the store is asked; see `Graph` in profiles/identity/incremental.py."""

    def members(self, roots: Collection[int]) -> dict[int, list[Node]]: ...

    def decisions_of(self, ids: Collection[int]) -> Iterable[Decision]: ...

    def disputed(self, ids: Collection[int], within: Collection[int]) -> set[int]: ...


def still_disputed(
    store: Store, clusters: Collection[list[int]], known: Collection[int], before: Collection[int]
) -> set[int]:
    """The identifiers at refused links that lead out of `clusters`, as far as these are not `known` to be contested.

    `before`: the identifiers of clusters that were contested; no others are at such links.
    """
    open_ones = [members for members in clusters if not any(member in known for member in members)]
    asked = {member for members in open_ones for member in members if member in before}
    return store.disputed(asked, {member for members in clusters for member in members}) if asked else set()


def contested_beyond(store: Store, roots: Collection[int]) -> dict[int, bool]:
    """Whether clusters that were not solved, but lost a refused link, are contested for the sake of something else."""
    if not roots:
        return {}
    members = {root: {node.id for node in nodes} for root, nodes in store.members(roots).items()}
    ids = {id_ for some in members.values() for id_ in some}
    touched = {end for decision in store.decisions_of(ids) for end in (decision.a, decision.b)}
    touched |= store.disputed(ids, ())
    return {root: not touched.isdisjoint(some) for root, some in members.items()}
