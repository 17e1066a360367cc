"""The partition of some interactions and decisions, computed in memory and written nowhere.

What would be believed if only these facts were known, or if a type had other rules.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max, QuerySet

from consent.times import microseconds
from profiles.configuration import Configuration
from profiles.identity.clustering import (
    Decision,
    Edge,
    Node,
    Pair,
    Solution,
    latest_decisions,
    mark_shared,
    solve,
)
from profiles.identity.identifiers import find_identifiers
from profiles.identity.links import LinkSeen, decisions_of, links_of
from profiles.intake.explode import Key, Named, Prepared
from profiles.models import Decision as DecisionRow
from profiles.models import Identifier


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A partition with what it follows from. `solution.cluster_of` names each cluster by its least identifier id."""

    nodes: dict[int, Node]
    links: dict[Pair, LinkSeen]
    solution: Solution

    def cluster_with(self, identifier: int) -> list[int]:
        """The identifiers that are in one cluster with this one, itself among them; none where it is unknown."""
        name = self.solution.cluster_of.get(identifier)
        return [] if name is None else [id_ for id_, of in self.solution.cluster_of.items() if of == name]


def recompute(
    interactions: Collection[Prepared],
    ids: dict[Key, int],
    others: Iterable[Node],
    decisions: Iterable[Decision],
    withdrawn: Collection[UUID] = (),
) -> Recomputed:
    """Solve from scratch. `ids` gives every identifier of the interactions its id.

    `others` are identifiers that only decisions name; `decisions` are those of stewards, those of aliases
    follow from the interactions unless they are `withdrawn`.
    """
    nodes = {node.id: node for node in others}
    for interaction in interactions:
        for named in (*interaction.named, *interaction.same):
            nodes[ids[named.key]] = node_of(named, ids)
    links = links_of(interactions, ids)
    edges = [Edge(a, b, link.first[0], link.last[0]) for (a, b), link in links.items()]
    told = [item for item in decisions if item.a in nodes and item.b in nodes]
    told += [
        Decision(*item.pair, True, item.at) for item in decisions_of(interactions, ids) if item.id not in withdrawn
    ]
    same, different = latest_decisions(told)
    marked = mark_shared(nodes.values(), edges)
    return Recomputed(nodes, links, solve(marked, edges, same, different))


def steward_decisions(decisions: QuerySet[DecisionRow]) -> list[Decision]:
    """Decisions that do not follow from an interaction, as the solver takes them."""
    rows = decisions.filter(interaction_id=None).values_list("a_id", "b_id", "verdict", "decided_at")
    return [Decision(a, b, verdict == DecisionRow.Verdict.SAME, microseconds(at)) for a, b, verdict, at in rows]


def nodes_named(told: Iterable[Decision], held: Configuration) -> list[Node]:
    """The identifiers that decisions name, as the solver takes them."""
    named = {end for decision in told for end in (decision.a, decision.b)}
    rows = Identifier.objects.filter(id__in=named)
    return [Node(row.id, held.types_by_id[row.type_id], row.value) for row in rows]


def number_keys(keys: Iterable[Key]) -> dict[Key, int]:
    """The ids of identifiers; those that are not stored get numbers past all that are, in the order of their keys."""
    wanted = set(keys)
    ids = find_identifiers(list(wanted)).ids
    if wanted == ids.keys():
        return ids
    past = Identifier.objects.aggregate(greatest=Max("id"))["greatest"] or 0
    for number, key in enumerate(sorted(wanted - ids.keys()), start=1):
        ids[key] = past + number
    return ids


def node_of(named: Named, ids: Mapping[Key, int]) -> Node:
    """A canonical identifier as the solver takes it."""
    return Node(ids[named.key], named.rule, named.value)
