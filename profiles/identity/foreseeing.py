"""What decisions would make of the profiles that they concern. Pure: no Django, no database.

Given must be everything that a usable link ties to the identifiers concerned, whole clusters of it: then no link leads
out of it that could join anybody, and solving it alone gives what solving everything would give.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from profiles.identity.clustering import (
    MAX_CLUSTER,
    Decision,
    Edge,
    Node,
    Pair,
    latest_decisions,
    must_classes,
    pair,
    solve,
)
from profiles.identity.reasons import shortest_path

Told = tuple[int, int, str]  # two identifier ids, and "same" or "different"

SAME = "same"


class Standing(NamedTuple):
    """A decision in force, with its id."""

    id: UUID
    decision: Decision


@dataclass(frozen=True, slots=True)
class ProfileSeen:
    """A profile as it is or would be: its id, the ids of its identifiers, and whether one of them names a person."""

    profile_id: UUID
    identifier_ids: tuple[int, ...]
    known: bool


@dataclass(frozen=True, slots=True)
class DecisionPreview:
    """The profiles concerned as they are and as they would be, each in the order of their roots.

    `contradicts`: decisions in force that what is told would run against, and that would not give way.
    `refused`: of the links among these identifiers those that would join nobody, with the reason's code.
    """

    before: list[ProfileSeen]
    after: list[ProfileSeen]
    contradicts: list[UUID] = field(default_factory=list)
    refused: dict[Pair, str] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether any profile would hold other identifiers than now."""
        return [seen.identifier_ids for seen in self.before] != [seen.identifier_ids for seen in self.after]


@dataclass(slots=True)
class Surroundings:
    """Whole clusters with all that lies among them. `born` is the profile id that each identifier was born with."""

    nodes: dict[int, Node]
    root_of: dict[int, int]
    born: dict[int, UUID]
    edges: list[Edge]
    standing: list[Standing]


def foresee(
    around: Surroundings,
    told: Sequence[Told],
    withdrawn: Collection[UUID],
    now: int,
    *,
    max_cluster: int = MAX_CLUSTER,
) -> DecisionPreview:
    """What becomes of the profiles if all of `told` is decided at `now` (microseconds) and `withdrawn` taken back."""
    kept = [item for item in around.standing if item.id not in withdrawn]
    added = [Decision(*pair(a, b), verdict == SAME, now) for a, b, verdict in told]
    same, different = latest_decisions([*(item.decision for item in kept), *added])
    solution = solve(around.nodes.values(), around.edges, same, different, max_cluster=max_cluster)
    concerned = {end for item in added for end in (item.a, item.b)}
    concerned |= {end for item in around.standing if item.id in withdrawn for end in item.decision[:2]}
    within = reach_of(concerned, around.root_of, solution.cluster_of)
    return DecisionPreview(
        before=profiles_of(within, around.root_of, around),
        after=profiles_of(within, solution.cluster_of, around),
        contradicts=contradicted(around, kept, added, same, different),
        refused={ends: reason for ends, reason in solution.refused.items() if within.issuperset(ends)},
    )


def without(around: Surroundings, gone: int) -> Surroundings:
    """The same if an identifier named nobody any more: neither it nor what hangs on it by it alone."""
    return Surroundings(
        nodes={id_: node for id_, node in around.nodes.items() if id_ != gone},
        root_of={id_: root for id_, root in around.root_of.items() if id_ != gone},
        born={id_: born for id_, born in around.born.items() if id_ != gone},
        edges=[edge for edge in around.edges if gone not in (edge.a, edge.b)],
        standing=[item for item in around.standing if gone not in item.decision[:2]],
    )


def reach_of(concerned: Iterable[int], before: Mapping[int, int], after: Mapping[int, int]) -> set[int]:
    """The identifiers whose cluster, as it is or would be, is concerned, or is another one than it was."""
    held, would_hold = members_of(before), members_of(after)
    moved = {id_ for id_ in before if held[before[id_]] != would_hold[after[id_]]}
    reached = {end for end in concerned if end in before}
    return moved | {member for end in reached for member in (*held[before[end]], *would_hold[after[end]])}


def members_of(cluster_of: Mapping[int, int]) -> dict[int, set[int]]:
    """The identifiers of each cluster, by its name."""
    members: dict[int, set[int]] = defaultdict(set)
    for id_, name in cluster_of.items():
        members[name].add(id_)
    return members


def profiles_of(within: Collection[int], cluster_of: Mapping[int, int], around: Surroundings) -> list[ProfileSeen]:
    """The clusters of some identifiers; each has the profile id of its least."""
    members = members_of({id_: cluster_of[id_] for id_ in within})
    return [
        ProfileSeen(around.born[min(ids)], tuple(sorted(ids)), any(around.nodes[member].type.person for member in ids))
        for _, ids in sorted(members.items())
    ]


def contradicted(
    around: Surroundings,
    kept: Sequence[Standing],
    added: Sequence[Decision],
    same: Collection[Pair],
    different: Collection[Pair],
) -> list[UUID]:
    """The decisions in force that `added` runs against: *different* within what it joins, *same* around its parting."""
    classes = must_classes(around.nodes, same)
    as_it_was, _ = latest_decisions(item.decision for item in around.standing)
    before = must_classes(around.nodes, as_it_was)
    told = {(item.a, item.b) for item in added}
    against: set[Pair] = set()
    for ends in different:
        a, b = ends
        if a not in classes or b not in classes or classes[a] != classes[b]:
            continue
        if ends in told:
            against.update(pair(*step) for step in shortest_path(same, a, b) or [])
        elif before[a] != before[b]:
            against.add(ends)
    return newest_about(against - told, kept)


def newest_about(pairs: Collection[Pair], kept: Iterable[Standing]) -> list[UUID]:
    """Of each of the pairs the latest decision, a tie being settled as the clusters do: *different* wins."""
    newest: dict[Pair, Standing] = {}
    for item in kept:
        ends = (item.decision.a, item.decision.b)
        if ends in pairs and (ends not in newest or _weight(item) > _weight(newest[ends])):
            newest[ends] = item
    return [newest[ends].id for ends in sorted(newest)]


def _weight(item: Standing) -> tuple[int, bool]:
    return item.decision.at, not item.decision.same
