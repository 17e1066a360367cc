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

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from profiles.identity.clustering import (
    LIMIT,
    MAX_CLUSTER,
    SIZE,
    Decision,
    Edge,
    Limits,
    Node,
    Pair,
    Solution,
    Turn,
    find,
    is_left_out,
    latest_decisions,
    must_classes,
    reason_left_out,
    solve,
    starting_states,
    turn_of,
    types_of,
)
from profiles.identity.contested import contested_beyond, still_disputed

_START = Turn(0, 0)  # before every link: ranks begin at 1


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

    def disputed(self, ids: Collection[int], within: Collection[int]) -> set[int]:
        """Those of `ids` at a link to an identifier outside `within` that is stored as refused, and usable now."""


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

    `contested` holds every cluster that was solved, by its new root, and those that lost a refused link; for all
    others the flag stays (a plain union of clusters that are not contested is not).
    """

    root_of: dict[int, int] = field(default_factory=dict)  # identifiers whose root changed
    refused: dict[Pair, str] = field(default_factory=dict)  # links whose reason changed; empty: accepted
    changed: set[int] = field(default_factory=set)  # roots of clusters that are new or have other members
    gone: set[int] = field(default_factory=set)  # roots that name a cluster no more
    contested: dict[int, bool] = field(default_factory=dict)
    contradictions: set[Pair] = field(default_factory=set)  # decisions that others overrule


def resolve(graph: Graph, changes: Changes, *, max_cluster: int = MAX_CLUSTER) -> Outcome:
    """The new partition where `changes` reach, exactly as solving everything would give it."""
    outcome = Outcome(changed=set(changes.born))
    links = set(changes.links)
    if changes.readmitted:
        links.update((edge.a, edge.b) for edge in graph.links_of(changes.readmitted))
    places = graph.places(_touched(changes, links))
    groups = _Groups(places)
    barred = groups.tie(links)
    groups.mark_knotty(changes)
    knot = groups.knotty()
    knot |= _unite_plainly(graph, groups.plain(), max_cluster, outcome)
    contested = {place.root for place in places.values() if place.contested}
    solved = _solve_knot(graph, knot, contested, changes, max_cluster, outcome)
    _bar_links(graph, changes.left_out, barred, solved, outcome)
    return outcome


def _touched(changes: Changes, links: set[Pair]) -> set[int]:
    touched = changes.left_out | changes.readmitted | changes.unsettled
    for pairs in (links, changes.decisions):
        for ends in pairs:
            touched.update(ends)
    return touched


class _Groups:
    """The touched clusters, grouped by the changes that tie them together."""

    def __init__(self, places: dict[int, Place]) -> None:
        self._places = places
        self._parent = {place.root: place.root for place in places.values()}
        self._knotty: set[int] = set()

    def tie(self, links: Iterable[Pair]) -> set[Pair]:
        """Tie the clusters that usable links join; the links returned are not usable."""
        barred = set()
        for ends in links:
            a, b = self._places[ends[0]], self._places[ends[1]]
            if a.left_out or b.left_out:
                barred.add(ends)
                continue
            self._knotty.update(place.root for place in (a, b) if place.contested)
            if a.root != b.root:
                self._parent[find(self._parent, a.root)] = find(self._parent, b.root)
        return barred

    def mark_knotty(self, changes: Changes) -> None:
        """Clusters whose change is more than a link cannot be united plainly."""
        for identifier in changes.left_out | changes.readmitted | changes.unsettled:
            self._knotty.add(self._places[identifier].root)
        for ends in changes.decisions:
            self._knotty.update(self._places[end].root for end in ends)

    def knotty(self) -> set[int]:
        """All clusters of the groups that must be solved."""
        groups = {find(self._parent, root) for root in self._knotty}
        return {root for root in self._parent if find(self._parent, root) in groups}

    def plain(self) -> list[list[int]]:
        """The other groups, where they are of more than one cluster."""
        knotty = {find(self._parent, root) for root in self._knotty}
        groups: dict[int, list[int]] = defaultdict(list)
        for root in self._parent:
            groups[find(self._parent, root)].append(root)
        return [roots for group, roots in groups.items() if len(roots) > 1 and group not in knotty]


def _unite_plainly(graph: Graph, groups: list[list[int]], max_cluster: int, outcome: Outcome) -> set[int]:
    """Unite each group that keeps all limits; the clusters returned belong to groups that do not."""
    if not groups:
        return set()
    members = graph.members([root for roots in groups for root in roots])
    limits = Limits(types_of(node for nodes in members.values() for node in nodes), max_cluster)
    beyond: set[int] = set()
    for roots in groups:
        nodes = [node for root in roots for node in members[root]]
        # Not contested, so without decisions: each identifier is a must-class of its own.
        if limits.reason_against(sum(limits.alone[node.type.id] for node in nodes)):
            beyond.update(roots)
            continue
        name = min(node.id for node in nodes)
        outcome.changed.add(name)
        outcome.changed.difference_update(root for root in roots if root != name)
        outcome.gone.update(root for root in roots if root != name)
        outcome.root_of.update((node.id, name) for root in roots if root != name for node in members[root])
    return beyond


@dataclass(slots=True)
class _Knot:
    """W of the module's docstring: old clusters, complete, with all that lies among them."""

    members: dict[int, list[Node]] = field(default_factory=dict)  # by old root
    nodes: dict[int, Node] = field(default_factory=dict)
    old_root: dict[int, int] = field(default_factory=dict)
    links: list[Edge] = field(default_factory=list)
    decided: set[int] = field(default_factory=set)  # identifiers in a decision, whoever the other end is
    same: set[Pair] = field(default_factory=set)
    different: set[Pair] = field(default_factory=set)
    solution: Solution = field(default_factory=Solution)

    def take_in(self, graph: Graph, roots: Collection[int]) -> None:
        """Add the clusters, and load what lies among all of them."""
        for root, nodes in graph.members(roots).items():
            self.members[root] = nodes
            for node in nodes:
                self.nodes[node.id] = node
                self.old_root[node.id] = root
        self.links = list(graph.links_within(self.nodes.keys()))
        decisions = list(graph.decisions_of(self.nodes.keys()))
        self.decided = {end for decision in decisions for end in (decision.a, decision.b)}
        self.same, self.different = latest_decisions(decisions)

    def fallen_apart(self) -> set[int]:
        """The old clusters that do not lie within one new one."""
        of = self.solution.cluster_of
        return {root for root, nodes in self.members.items() if len({of[node.id] for node in nodes}) > 1}


def _solve_knot(
    graph: Graph, roots: set[int], contested: set[int], changes: Changes, max_cluster: int, outcome: Outcome
) -> Collection[int]:
    """Solve the clusters, and as many neighbours as the result may depend on; the old roots of all of them."""
    knot = _Knot()
    while roots:
        knot.take_in(graph, roots)
        knot.solution = solve(knot.nodes.values(), knot.links, knot.same, knot.different, max_cluster=max_cluster)
        loosened = knot.fallen_apart() | _shaken(knot, changes)
        roots = _neighbours(graph, knot, loosened, changes.unsettled, max_cluster) - knot.members.keys()
        contested |= roots  # they hold a refused link
    _report(graph, knot, contested, outcome)
    # A fellow member may be gone, which the members that are left cannot show.
    outcome.changed.update(knot.solution.cluster_of[end] for end in changes.unsettled)
    return knot.members.keys()


def _shaken(knot: _Knot, changes: Changes) -> set[int]:
    """Old clusters that are loosened whatever the solution says of them."""
    shaken = {knot.old_root[end] for end in (changes.left_out | changes.unsettled) & knot.old_root.keys()}
    parent = {root: root for root in knot.members}
    twice = set()
    for a, b in changes.decisions - knot.different:
        first, second = knot.old_root[a], knot.old_root[b]
        if first == second:
            # Taken back, the cluster may have come together later; made, two must-classes became one.
            shaken.add(first)
        elif (a, b) in knot.same:
            # A second way between two clusters may make one must-class of two in the same cluster.
            first, second = find(parent, first), find(parent, second)
            if first == second:
                twice.add(first)
            parent[first] = second
    twice = {find(parent, root) for root in twice}
    return shaken | {root for root in parent if find(parent, root) in twice}


def _neighbours(
    graph: Graph, knot: _Knot, loosened: set[int], unsettled: AbstractSet[int], max_cluster: int
) -> set[int]:
    """The old clusters at the refused links of loosened clusters, but for links that are surely refused again."""
    linked = [node.id for root in loosened for node in knot.members[root] if not (node.shared or node.denied)]
    if not linked:
        return set()
    growth = _Growth(knot, max_cluster)
    settled: list[Settled] = []
    for root in loosened:
        members = knot.members[root]
        lost_some = any(node.id in unsettled for node in members)
        for reason, most in _most_ever(members, lost_some).items():
            since = ((node.id, growth.turn_of_reaching(node.id, reason, most)) for node in members)
            settled.extend(Settled(member, reason, *turn) for member, turn in since if turn)
    return graph.neighbours(linked, settled)


def _most_ever(members: list[Node], lost_some: bool) -> dict[str, int]:
    """By reason, no less than the old cluster counted at any turn; `lost_some`: it may have held others too."""
    held = Counter(node.type.id for node in members)
    most = {} if lost_some else {SIZE: len(members)}
    for rule in types_of(members):
        if rule.per_profile is not None:
            most[LIMIT + rule.name] = rule.per_profile if lost_some else min(rule.per_profile, held[rule.id])
    return most


class _Growth:
    """How the clusters of a solution grew: the tree of its joins, with the state and the turn of each."""

    def __init__(self, knot: _Knot, max_cluster: int) -> None:
        self._limits = Limits(types_of(knot.nodes.values()), max_cluster)
        self._class_of = must_classes(knot.nodes, knot.same)
        self._state = starting_states(knot.nodes, self._class_of, self._limits)
        self._turn = dict.fromkeys(self._state, _START)
        self._above: dict[int, int] = {}
        self._known: dict[tuple[str, int], dict[int, Turn | None]] = defaultdict(dict)
        parent = {name: name for name in self._state}
        for place, edge in enumerate(knot.solution.joins):
            join = -1 - place  # no identifier has a negative id
            first, second = (find(parent, self._class_of[end]) for end in (edge.a, edge.b))
            self._state[join] = self._state[first] + self._state[second]
            self._turn[join] = turn_of(edge, knot.nodes[edge.a], knot.nodes[edge.b])
            self._above[first] = self._above[second] = parent[first] = parent[second] = parent[join] = join

    def turn_of_reaching(self, identifier: int, reason: str, count: int) -> Turn | None:
        """From when on the identifier's cluster counts at least `count` for the reason; None: it never does."""
        known = self._known[reason, count]
        at: int | None = self._class_of[identifier]
        below = []
        while at is not None and at not in known and self._limits.count(self._state[at], reason) < count:
            below.append(at)
            at = self._above.get(at)
        turn = None if at is None else known.get(at, self._turn[at])
        known.update(dict.fromkeys(below, turn))
        return turn


def _report(graph: Graph, knot: _Knot, contested: set[int], outcome: Outcome) -> None:
    """Say how the solution differs from the store."""
    solution = knot.solution
    crossing = (ends for ends, reason in solution.refused.items() if not is_left_out(reason))
    doubtful = {end for ends in crossing for end in ends} | knot.decided
    before = {node.id for root in contested for node in knot.members.get(root, ())}
    clusters = solution.clusters()
    doubtful |= still_disputed(graph, clusters.values(), doubtful, before)
    outcome.contradictions |= solution.contradictions
    for name, members in clusters.items():
        outcome.contested[name] = not doubtful.isdisjoint(members)
        if {node.id for node in knot.members.get(name, ())} != set(members):
            outcome.changed.add(name)
    gone = knot.members.keys() - clusters.keys()
    outcome.gone |= gone
    outcome.changed -= gone
    outcome.root_of.update((end, name) for end, name in solution.cluster_of.items() if name != knot.old_root[end])
    for edge in knot.links:
        reason = solution.refused.get((edge.a, edge.b), "")
        if reason != edge.refused:
            outcome.refused[edge.a, edge.b] = reason


def _bar_links(graph: Graph, left_out: set[int], barred: set[Pair], solved: Collection[int], outcome: Outcome) -> None:
    """Mark the links that are not usable: new ones, and all those of identifiers just left out."""
    edges = list(graph.links_of(left_out)) if left_out else []
    links = {(edge.a, edge.b) for edge in edges} | barred
    nodes = {node.id: node for node in graph.nodes({end for ends in links for end in ends})} if links else {}
    for ends in links:
        outcome.refused[ends] = reason_left_out(nodes[ends[0]], nodes[ends[1]])
    lost = {end for edge in edges if edge.refused and not is_left_out(edge.refused) for end in (edge.a, edge.b)}
    roots = {place.root for place in graph.places(lost).values()} if lost else set()
    outcome.contested |= contested_beyond(graph, roots.difference(solved))
