"""Solving everything gives what the naive oracle gives, whatever the order of the input."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from profiles.identity.clustering import (
    Decision,
    Edge,
    Node,
    Solution,
    latest_decisions,
    mark_shared,
    must_classes,
    pair,
    shared_identifiers,
    solve,
)
from profiles.identity.types import TypeRule
from tests.properties import identity_worlds
from tests.properties.identity_worlds import Happening
from tests.unit.identity import oracle
from tests.unit.identity.oracle import Identifier, OracleLink, Verdict

MAX_CLUSTERS = st.sampled_from([2, 3, 5, 500])


class Graph:
    """The happenings as a graph in both forms: the oracle's and the solver's."""

    def __init__(self, rules: list[TypeRule], happened: list[Happening]) -> None:
        self.types = {rule.name: rule for rule in rules}
        links: dict[frozenset[Identifier], OracleLink] = {}
        self.verdicts: list[Verdict] = []
        self.denied: set[Identifier] = set()
        for what, one, two, three, at in happened:
            a, b = identity_worlds.identifier(rules, one), identity_worlds.identifier(rules, two)
            ends = frozenset({a, b})
            if what == 0:
                self.denied.add(a)
            elif a != b and what < 10:
                self.verdicts.append(Verdict(ends, what % 2 == 0, at))
            elif a != b:
                links[ends] = OracleLink(ends, at, at + three, probabilistic=what < 14)
        self.links = list(links.values())
        seen = self.denied.union(*links, *(verdict.ends for verdict in self.verdicts))
        self.identifiers = sorted(seen)
        self.ids = {identifier: number for number, identifier in enumerate(self.identifiers, 1)}
        self.nodes = [Node(self.ids[i], self.types[i[0]], i[1], denied=i in self.denied) for i in self.identifiers]
        self.edges = [
            Edge(*self.pair(link.ends), link.first_at, link.last_at, link.probabilistic) for link in self.links
        ]
        self.decisions = [Decision(*self.pair(made.ends), made.same, made.at) for made in self.verdicts]

    def pair(self, ends: frozenset[Identifier]) -> tuple[int, int]:
        a, b = (self.ids[identifier] for identifier in ends)
        return pair(a, b)

    def solve(self, max_cluster: int) -> Solution:
        same, different = latest_decisions(self.decisions)
        return solve(mark_shared(self.nodes, self.edges), self.edges, same, different, max_cluster=max_cluster)

    def named(self, solution: Solution) -> frozenset[frozenset[Identifier]]:
        return frozenset(
            frozenset(self.identifiers[member - 1] for member in members) for members in solution.clusters().values()
        )


@given(identity_worlds.types(), identity_worlds.happenings(), MAX_CLUSTERS)
def test_solving_gives_the_oracles_clusters_and_reasons(
    rules: list[TypeRule], happened: list[Happening], max_cluster: int
) -> None:
    graph = Graph(rules, happened)
    expected = oracle.answer(
        graph.types, graph.identifiers, graph.links, graph.verdicts, denied=graph.denied, most=max_cluster
    )
    solution = graph.solve(max_cluster)
    assert graph.named(solution) == expected.clusters
    assert solution.refused == {graph.pair(ends): reasons[0] for ends, reasons in expected.refused.items()}


@given(identity_worlds.types(), identity_worlds.happenings(), MAX_CLUSTERS, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(
    rules: list[TypeRule], happened: list[Happening], max_cluster: int, chance: Random
) -> None:
    graph = Graph(rules, happened)
    before = graph.solve(max_cluster)
    for items in (graph.nodes, graph.edges, graph.decisions):
        chance.shuffle(items)
    after = graph.solve(max_cluster)
    assert (after.cluster_of, after.refused) == (before.cluster_of, before.refused)
    assert (after.joins, after.contradictions) == (before.joins, before.contradictions)


@given(identity_worlds.types(), identity_worlds.happenings(), MAX_CLUSTERS)
def test_a_link_joins_nobody_exactly_when_its_ends_are_apart_or_it_is_left_out(
    rules: list[TypeRule], happened: list[Happening], max_cluster: int
) -> None:
    graph = Graph(rules, happened)
    solution = graph.solve(max_cluster)
    for edge in graph.edges:
        reason = solution.refused.get((edge.a, edge.b), "")
        apart = solution.cluster_of[edge.a] != solution.cluster_of[edge.b]
        assert apart == bool(reason) or reason.startswith(("shared:", "unification"))


@given(identity_worlds.types(), identity_worlds.happenings(), MAX_CLUSTERS)
def test_no_cluster_breaks_a_rule_but_by_decision(
    rules: list[TypeRule], happened: list[Happening], max_cluster: int
) -> None:
    graph = Graph(rules, happened)
    solution = graph.solve(max_cluster)
    same, different = latest_decisions(graph.decisions)
    class_of = must_classes([node.id for node in graph.nodes], same)
    by_id = {node.id: node for node in graph.nodes}
    for name, members in solution.clusters().items():
        assert name == min(members)
        classes = {class_of[member] for member in members}
        assert len(classes) == 1 or len(members) <= max_cluster
        for rule in rules:
            held = {class_of[member] for member in members if by_id[member].type is rule}
            assert rule.per_profile is None or len(held) <= rule.per_profile
    together = {ends for ends in different if solution.cluster_of[ends[0]] == solution.cluster_of[ends[1]]}
    assert together == solution.contradictions


@given(identity_worlds.types(), identity_worlds.happenings())
def test_shared_identifiers_are_the_oracles(rules: list[TypeRule], happened: list[Happening]) -> None:
    graph = Graph(rules, happened)
    expected = {graph.ids[i] for i in graph.identifiers if oracle.is_shared(graph.types, i, graph.links)}
    assert shared_identifiers(graph.nodes, graph.edges) == expected


@given(identity_worlds.types(), identity_worlds.happenings())
def test_solving_apart_what_no_usable_link_or_decision_ties_gives_the_same(
    rules: list[TypeRule], happened: list[Happening]
) -> None:
    graph = Graph(rules, happened)
    whole = graph.solve(500)
    nodes = mark_shared(graph.nodes, graph.edges)
    same, different = latest_decisions(graph.decisions)
    ties = {(edge.a, edge.b) for edge in graph.edges} | same | different
    component = must_classes([node.id for node in nodes], ties)
    parts: dict[int, int] = {}
    for name in set(component.values()):
        mine = [node for node in nodes if component[node.id] == name]
        links = [edge for edge in graph.edges if component[edge.a] == name]
        parts |= solve(mine, links, same, different).cluster_of
    assert parts == whole.cluster_of
