"""From links to clusters: the one place where it is settled who is the same person.

Pure functions: no Django, no database. The partition is a function of the identifiers, links, decisions and
types alone; neither the order of the input nor that of arrival matters. Two facts carry the incremental path
(incremental.py) and are held by property tests:

* every rule that refuses a union is *monotone*: what two clusters may not become, larger ones may not either;
* so the ends of a refused link never come together later in the run: a usable link is refused exactly when
  its ends lie in different clusters of the result.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from profiles.identity.types import TypeRule

MAX_CLUSTER = 500

# Why a link joins nobody. A limit and a shared end name the type after the colon.
DIFFERENT = "different"
LIMIT = "limit:"
SIZE = "size"
SHARED = "shared:"
UNIFICATION = "unification"

Pair = tuple[int, int]  # two identifier ids, the lesser first


class Node(NamedTuple):
    """An identifier. `shared`: it links nobody; `denied`: its latest consent decision denies unification."""

    id: int
    type: TypeRule
    value: str
    shared: bool = False
    denied: bool = False


class Edge(NamedTuple):
    """A link; times in microseconds since the epoch. `refused` is what the store says of it; solving ignores it."""

    a: int
    b: int
    first_at: int
    last_at: int
    probabilistic: bool = False
    refused: str = ""


class Decision(NamedTuple):
    """*Same person* or *different people*, in force (not withdrawn); `at` in microseconds since the epoch."""

    a: int
    b: int
    same: bool
    at: int


class Turn(NamedTuple):
    """The coarse place of a link in the order of taking. Where two are equal, finer rules order the links."""

    rank: int  # of the weaker end
    at: int  # first_at, or minus last_at where the weaker end's type belongs to the last claimant


@dataclass(slots=True)
class Solution:
    """The partition and what became of each link.

    `cluster_of` names each identifier's cluster by its least id. `refused` holds every link that joins nobody
    with its reason; a link that is not in it has both ends in one cluster. `joins` are the links that united
    two clusters, in the order taken. `contradictions` are *different people* decisions within one must-class.
    """

    cluster_of: dict[int, int] = field(default_factory=dict)
    refused: dict[Pair, str] = field(default_factory=dict)
    joins: list[Edge] = field(default_factory=list)
    contradictions: set[Pair] = field(default_factory=set)

    def clusters(self) -> dict[int, list[int]]:
        """The members of each cluster, by its name."""
        members: dict[int, list[int]] = defaultdict(list)
        for identifier, name in self.cluster_of.items():
            members[name].append(identifier)
        return dict(members)


def pair(a: int, b: int) -> Pair:
    """The unordered pair, the lesser id first."""
    return (a, b) if a < b else (b, a)


def latest_decisions(decisions: Iterable[Decision]) -> tuple[set[Pair], set[Pair]]:
    """The pairs whose latest decision says *same*, and those where it says *different*; a tie is *different*."""
    latest: dict[Pair, tuple[int, bool]] = {}
    for decision in decisions:
        key = pair(decision.a, decision.b)
        told = (decision.at, not decision.same)
        if key not in latest or told > latest[key]:
            latest[key] = told
    different = {key for key, (_, apart) in latest.items() if apart}
    return latest.keys() - different, different


def shared_identifiers(nodes: Iterable[Node], edges: Iterable[Edge]) -> set[int]:
    """Identifiers linked to more than `shared_above` distinct ones of any one stronger type.

    `edges` must be all links, whatever became of them, each pair once.
    """
    by_id = {node.id: node for node in nodes}
    counts: dict[tuple[int, int], int] = defaultdict(int)
    shared: set[int] = set()
    for edge in edges:
        a, b = by_id[edge.a], by_id[edge.b]
        if a.type.rank == b.type.rank:
            continue
        weaker, stronger = (a, b) if a.type.rank > b.type.rank else (b, a)
        if weaker.type.shared_above is None:
            continue
        counts[weaker.id, stronger.type.id] += 1
        if counts[weaker.id, stronger.type.id] > weaker.type.shared_above:
            shared.add(weaker.id)
    return shared


def mark_shared(nodes: Iterable[Node], edges: Iterable[Edge]) -> list[Node]:
    """The nodes with `shared` set as all links say: what a rebuild passes to `solve`."""
    known = list(nodes)
    shared = shared_identifiers(known, edges)
    return [node if node.shared is (node.id in shared) else node._replace(shared=node.id in shared) for node in known]


def reason_left_out(a: Node, b: Node) -> str:
    """Why a link between the two is not considered at all; empty: it is. Of two shared ends the weaker is named."""
    if a.shared or b.shared:
        named = max((node for node in (a, b) if node.shared), key=lambda node: node.type.rank)
        return SHARED + named.type.name
    return UNIFICATION if a.denied or b.denied else ""


def is_left_out(reason: str) -> bool:
    """Whether the reason is that an end of the link may not link at all, rather than that a rule refused it."""
    return reason == UNIFICATION or reason.startswith(SHARED)


def turn_of(edge: Edge, a: Node, b: Node) -> Turn:
    """When the link `edge` between `a` and `b` is taken."""
    weaker = a.type if a.type.rank >= b.type.rank else b.type
    return Turn(weaker.rank, edge.first_at if weaker.ownership == "first" else -edge.last_at)


def in_order(nodes: Mapping[int, Node], edges: Iterable[Edge]) -> list[Edge]:
    """The links in the order in which they are taken."""
    known = list(edges)
    prefixes: dict[tuple[int, int], tuple[int, bool]] = {}
    keys = []
    for a, b, first_at, last_at, probabilistic, _ in known:
        a_type, b_type = nodes[a].type, nodes[b].type
        types = (a_type.id, b_type.id)
        prefix, first = prefixes.get(types) or prefixes.setdefault(types, _prefix(a_type, b_type))
        at = first_at if first else -last_at
        keys.append(prefix + (at << _BELOW_TIME) + probabilistic)
    places = sorted(range(len(known)), key=keys.__getitem__)
    _settle_ties(places, keys, known, nodes)
    return [known[place] for place in places]


# The order as one integer: rank of the weaker end | time, 80 bits and signed | rank of the stronger end | kind.
# Comparing integers is several times as fast as comparing tuples, and no garbage collector looks into them.
_BELOW_TIME = 40
_BELOW_RANK = _BELOW_TIME + 80


def _prefix(a_type: TypeRule, b_type: TypeRule) -> tuple[int, bool]:
    """What the two types contribute to the order, and whether the earliest link comes first."""
    weaker, stronger = (a_type, b_type) if a_type.rank >= b_type.rank else (b_type, a_type)
    return (weaker.rank << _BELOW_RANK) + (stronger.rank << 1), weaker.ownership == "first"


def _settle_ties(places: list[int], keys: list[int], edges: list[Edge], nodes: Mapping[int, Node]) -> None:
    """Put links of equal keys in byte order of their ends; ties are rare, so only they pay for the text."""
    start = 0
    for stop in range(1, len(places) + 1):
        if stop < len(places) and keys[places[stop]] == keys[places[start]]:
            continue
        if stop - start > 1:
            tied = sorted(places[start:stop], key=lambda place: _labels(edges[place], nodes))
            places[start:stop] = tied
        start = stop


def _labels(edge: Edge, nodes: Mapping[int, Node]) -> list[str]:
    # Strings compare by code point, and UTF-8 keeps that order: this is the byte order of `type:value`.
    return sorted(f"{node.type.name}:{node.value}" for node in (nodes[edge.a], nodes[edge.b]))


class Limits:
    """What a cluster may hold, so that one addition and one mask answer whether two may become one.

    The state of a cluster is one integer of fields: for each limited type, strongest first, the number of
    must-classes that contain an identifier of it, and last the number of identifiers. States of disjoint
    clusters add up. Adding `_slack` carries a field's count into its top bit exactly when it exceeds its limit.
    """

    __slots__ = ("_codes", "_one", "_over", "_size", "_slack", "alone")

    WIDTH = 40
    MOST = (1 << (WIDTH - 2)) - 1

    def __init__(self, types: Iterable[TypeRule], max_cluster: int) -> None:
        rules = sorted(types, key=lambda rule: rule.rank)
        limited = [rule for rule in rules if rule.per_profile is not None]
        limits = [rule.per_profile or 0 for rule in limited] + [max_cluster]
        self._codes = [LIMIT + rule.name for rule in limited] + [SIZE]
        self._one = {rule.id: 1 << (self.WIDTH * place) for place, rule in enumerate(limited)}
        self._size = 1 << (self.WIDTH * len(limited))
        self._over = sum(1 << (self.WIDTH * place + self.WIDTH - 1) for place in range(len(limits)))
        top = (1 << (self.WIDTH - 1)) - 1
        self._slack = sum((top - min(limit, self.MOST)) << (self.WIDTH * i) for i, limit in enumerate(limits))
        # The state of an identifier that is in no decision, by its type's id.
        self.alone = {rule.id: self._size + self._one.get(rule.id, 0) for rule in rules}

    def state_of_class(self, types: AbstractSet[int], size: int) -> int:
        """The state of one must-class that holds `size` identifiers of these types."""
        return sum(self._one.get(type_id, 0) for type_id in types) + self._size * size

    def reason_against(self, state: int) -> str:
        """Why no cluster may have this state, the strongest type first; empty: one may."""
        over = (state + self._slack) & self._over
        return self._codes[((over & -over).bit_length() - 1) // self.WIDTH] if over else ""

    def count(self, state: int, reason: str) -> int:
        """The count in the state that the reason, a type's limit or the size, looks at."""
        return (state >> (self.WIDTH * self._codes.index(reason))) & ((1 << self.WIDTH) - 1)


def types_of(nodes: Iterable[Node]) -> list[TypeRule]:
    """The types that occur, each once."""
    # By id: hashing a whole rule for each identifier would cost more than solving.
    return list({node.type.id: node.type for node in nodes}.values())


def must_classes(nodes: Iterable[int], same: Iterable[Pair]) -> dict[int, int]:
    """Each identifier's must-class, by the least id in it."""
    parent = {identifier: identifier for identifier in nodes}
    for a, b in same:
        if a in parent and b in parent:
            first, second = find(parent, a), find(parent, b)
            parent[max(first, second)] = min(first, second)
    return {identifier: find(parent, identifier) for identifier in parent}


def find(parent: dict[int, int], item: int) -> int:
    """The representative of the set that holds `item`; halves the path on its way."""
    while (above := parent[item]) != item:
        parent[item] = item = parent[above]
    return item


def starting_states(nodes: Mapping[int, Node], class_of: Mapping[int, int], limits: Limits) -> dict[int, int]:
    """The state of each must-class before any link is taken, by its name."""
    state = {node.id: limits.alone[node.type.id] for node in nodes.values()}
    classes: dict[int, list[int]] = {}
    for identifier, name in class_of.items():
        if identifier != name:
            classes.setdefault(name, [name]).append(identifier)
    for name, members in classes.items():
        state[name] = limits.state_of_class({nodes[member].type.id for member in members}, len(members))
    return state


def solve(
    nodes: Iterable[Node],
    edges: Iterable[Edge],
    same: AbstractSet[Pair],
    different: AbstractSet[Pair],
    *,
    max_cluster: int = MAX_CLUSTER,
) -> Solution:
    """The partition that identity.md, "From links to clusters", gives.

    The ends of every link must be among `nodes`; decisions about others are ignored.
    """
    by_id = {node.id: node for node in nodes}
    solution = Solution(cluster_of=must_classes(by_id, same))
    enemies = _enemies(different, solution)
    usable = []
    barred = {node.id for node in by_id.values() if node.shared or node.denied}
    for edge in edges:
        if barred and (edge.a in barred or edge.b in barred):
            solution.refused[edge.a, edge.b] = reason_left_out(by_id[edge.a], by_id[edge.b])
        else:
            usable.append(edge)
    _take(in_order(by_id, usable), by_id, enemies, solution, max_cluster)
    return solution


def _enemies(different: AbstractSet[Pair], solution: Solution) -> dict[int, set[int]]:
    """For each must-class those that it is decided to differ from; contradictions go to the solution."""
    class_of = solution.cluster_of
    enemies: dict[int, set[int]] = {}
    for a, b in different:
        if a not in class_of or b not in class_of:
            continue
        first, second = class_of[a], class_of[b]
        if first == second:
            solution.contradictions.add((a, b))
        else:
            enemies.setdefault(first, set()).add(second)
            enemies.setdefault(second, set()).add(first)
    return enemies


def _take(
    ordered: list[Edge],
    by_id: Mapping[int, Node],
    enemies: dict[int, set[int]],
    solution: Solution,
    max_cluster: int,
) -> None:
    limits = Limits(types_of(by_id.values()), max_cluster)
    parent = solution.cluster_of
    state = starting_states(by_id, parent, limits)
    reason_against = limits.reason_against
    for edge in ordered:
        first, second = find(parent, edge.a), find(parent, edge.b)
        if first == second:
            continue
        total = state[first] + state[second]
        reason = (enemies and _parted(first, second, enemies, parent)) or reason_against(total)
        if reason:
            solution.refused[edge.a, edge.b] = reason
            continue
        # The least id stays the representative, so that it is the cluster's name in the end.
        kept, merged = (first, second) if first < second else (second, first)
        parent[merged] = kept
        state[kept] = total
        if merged in enemies:
            enemies[kept] = _merged(enemies.get(kept, set()), enemies.pop(merged))
        solution.joins.append(edge)
    for identifier in parent:
        parent[identifier] = find(parent, identifier)


def _parted(first: int, second: int, enemies: dict[int, set[int]], parent: dict[int, int]) -> str:
    """`different` where a decision stands between the two clusters, else empty."""
    of_first, of_second = enemies.get(first), enemies.get(second)
    if not of_first or not of_second:
        return ""
    few, other = (of_first, second) if len(of_first) < len(of_second) else (of_second, first)
    return DIFFERENT if any(find(parent, enemy) == other for enemy in few) else ""


def _merged(one: set[int], other: set[int]) -> set[int]:
    few, many = (one, other) if len(one) < len(other) else (other, one)
    many |= few
    return many
