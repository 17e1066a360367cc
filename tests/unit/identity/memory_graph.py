"""A store in memory: what incremental resolution reads and writes, without a database."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from profiles.identity.clustering import Decision, Edge, Node, Pair, is_left_out, pair, shared_identifiers, turn_of
from profiles.identity.incremental import Changes, Outcome, Place, Settled, resolve
from profiles.identity.types import TypeRule
from tests.unit.identity.oracle import Identifier, Interaction, OracleLink, Types, Verdict, anchor


@dataclass
class MemoryGraph:
    """The tables. `asked` counts what was handed out, by method."""

    types: Types
    node_by_id: dict[int, Node] = field(default_factory=dict)
    root_of: dict[int, int] = field(default_factory=dict)
    contested: set[int] = field(default_factory=set)  # roots
    links: dict[Pair, Edge] = field(default_factory=dict)
    decisions: dict[int, Decision] = field(default_factory=dict)  # those in force, by their id
    asked: dict[str, int] = field(default_factory=dict)

    def _count(self, method: str, number: int) -> None:
        self.asked[method] = self.asked.get(method, 0) + number

    def places(self, ids: Collection[int]) -> dict[int, Place]:
        self._count("places", len(ids))
        return {i: Place(self.root_of[i], self.root_of[i] in self.contested, self._left_out(i)) for i in ids}

    def _left_out(self, identifier: int) -> bool:
        node = self.node_by_id[identifier]
        return node.shared or node.denied

    def members(self, roots: Collection[int]) -> dict[int, list[Node]]:
        found: dict[int, list[Node]] = {root: [] for root in roots}
        for identifier, root in self.root_of.items():
            if root in found:
                found[root].append(self.node_by_id[identifier])
        self._count("members", sum(map(len, found.values())))
        return found

    def nodes(self, ids: Collection[int]) -> list[Node]:
        return [self.node_by_id[identifier] for identifier in ids]

    def links_within(self, ids: Collection[int]) -> list[Edge]:
        found = [edge for edge in self.links.values() if edge.a in ids and edge.b in ids]
        self._count("links_within", len(found))
        return found

    def links_of(self, ids: Collection[int]) -> list[Edge]:
        found = [edge for edge in self.links.values() if edge.a in ids or edge.b in ids]
        self._count("links_of", len(found))
        return found

    def decisions_of(self, ids: Collection[int]) -> list[Decision]:
        return [decision for decision in self.decisions.values() if decision.a in ids or decision.b in ids]

    def neighbours(self, ids: Collection[int], settled: Collection[Settled]) -> set[int]:
        since = {(item.member, item.reason): (item.rank, item.at) for item in settled}
        found = set()
        for edge in self.links.values():
            if not edge.refused or is_left_out(edge.refused):
                continue
            turn = turn_of(edge, self.node_by_id[edge.a], self.node_by_id[edge.b])
            for member, other in ((edge.a, edge.b), (edge.b, edge.a)):
                after = since.get((member, edge.refused))
                if member in ids and (after is None or not turn > after):
                    found.add(self.root_of[other])
        self._count("neighbours", len(found))
        return found

    def disputed(self, ids: Collection[int], within: Collection[int]) -> set[int]:
        crossing = [edge[:2] for edge in self.links.values() if edge.refused and not is_left_out(edge.refused)]
        usable = [ends for ends in crossing if not any(map(self._left_out, ends))]
        found = {one for a, b in usable for one, other in ((a, b), (b, a)) if one in ids and other not in within}
        self._count("disputed", len(ids))
        return found

    def write(self, outcome: Outcome) -> None:
        self.root_of.update(outcome.root_of)
        for ends, reason in outcome.refused.items():
            self.links[ends] = self.links[ends]._replace(refused=reason)
        self.contested -= outcome.gone
        for root, flag in outcome.contested.items():
            (self.contested.add if flag else self.contested.discard)(root)

    def clusters(self) -> frozenset[frozenset[Identifier]]:
        """The partition as the store holds it."""
        found: dict[int, set[Identifier]] = {}
        for identifier, root in self.root_of.items():
            found.setdefault(root, set()).add(self.identifier(identifier))
        return frozenset(frozenset(members) for members in found.values())

    def identifier(self, identifier: int) -> Identifier:
        node = self.node_by_id[identifier]
        return node.type.name, node.value

    def refused(self) -> dict[frozenset[Identifier], str]:
        """The links that join nobody, with the stored reason."""
        return {self.ends(ends): edge.refused for ends, edge in self.links.items() if edge.refused}

    def ends(self, ids: Pair) -> frozenset[Identifier]:
        return frozenset(map(self.identifier, ids))

    def oracle_links(self) -> list[OracleLink]:
        return [OracleLink(self.ends(ends), *edge[2:5]) for ends, edge in self.links.items()]

    def verdicts(self) -> list[Verdict]:
        return [Verdict(self.ends((made.a, made.b)), made.same, made.at) for made in self.decisions.values()]

    def denied(self) -> list[Identifier]:
        return [self.identifier(node.id) for node in self.node_by_id.values() if node.denied]


@dataclass
class Batch:
    """What is written to the store before `World.settle` resolves it."""

    interactions: list[Interaction] = field(default_factory=list)
    probable: list[tuple[Identifier, Identifier, int]] = field(default_factory=list)  # a link by a matcher, and when
    decide: list[tuple[int, Identifier, Identifier, bool, int]] = field(default_factory=list)  # id, ends, same, at
    take_back: list[int] = field(default_factory=list)  # ids of decisions
    deny: list[Identifier] = field(default_factory=list)
    allow: list[Identifier] = field(default_factory=list)
    erase: list[Identifier] = field(default_factory=list)


class World:
    """A pipeline in memory: batches in, the partition kept up to date by incremental resolution."""

    def __init__(self, types: Iterable[TypeRule], *, max_cluster: int = 500) -> None:
        self.types = {rule.name: rule for rule in types}
        self.max_cluster = max_cluster
        self.graph = MemoryGraph(self.types)
        self.ids: dict[Identifier, int] = {}
        self._next = 1
        self._seen: set[int] = set()

    def apply(self, batch: Batch) -> Outcome:
        """Store the batch, resolve what it changed, and write that."""
        changes = Changes()
        for interaction in batch.interactions:
            if interaction.id not in self._seen:
                self._seen.add(interaction.id)
                self._observe(interaction, changes)
        for a, b, at in batch.probable:
            self._link(self._store(a, changes), self._store(b, changes), at, True, changes)
        for decision, a, b, same, at in batch.decide:
            ends = pair(self._store(a, changes), self._store(b, changes))
            self.graph.decisions[decision] = Decision(*ends, same, at)
            changes.decisions.add(ends)
        for decision in batch.take_back:
            if taken := self.graph.decisions.pop(decision, None):
                changes.decisions.add((taken.a, taken.b))
        self._consent(batch, changes)
        self._erase([self.ids[i] for i in batch.erase if i in self.ids], changes)
        self._mark_shared(changes)
        outcome = resolve(self.graph, changes, max_cluster=self.max_cluster)
        self.graph.write(outcome)
        return outcome

    def _store(self, identifier: Identifier, changes: Changes) -> int:
        if identifier not in self.ids:
            new = self.ids[identifier] = self._next
            self._next += 1
            self.graph.node_by_id[new] = Node(new, self.types[identifier[0]], identifier[1])
            self.graph.root_of[new] = new
            changes.born.add(new)
        return self.ids[identifier]

    def _observe(self, interaction: Interaction, changes: Changes) -> None:
        for identifier in sorted(interaction.identifiers):
            self._store(identifier, changes)
        if interaction.denies_unification or not interaction.identifiers:
            return
        strongest = anchor(self.types, interaction.identifiers)
        for other in interaction.identifiers - {strongest}:
            self._link(self.ids[strongest], self.ids[other], interaction.at, False, changes)

    def _link(self, a: int, b: int, at: int, probabilistic: bool, changes: Changes) -> None:
        ends = pair(a, b)
        new = Edge(*ends, at, at, probabilistic)
        old = self.graph.links.get(ends)
        if old is not None and old.probabilistic and not probabilistic:
            new = new._replace(refused=old.refused)
            if self._turn(new) > self._turn(old):
                changes.unsettled.update(ends)
        elif old is not None:
            if probabilistic and not old.probabilistic:
                return
            times = (min(old.first_at, at), max(old.last_at, at))
            new = Edge(*ends, *times, probabilistic, old.refused)
        self.graph.links[ends] = new
        if old is None or old != new:
            changes.links.add(ends)

    def _turn(self, edge: Edge) -> tuple[int, int]:
        return turn_of(edge, self.graph.node_by_id[edge.a], self.graph.node_by_id[edge.b])

    def _consent(self, batch: Batch, changes: Changes) -> None:
        for identifiers, denied in ((batch.deny, True), (batch.allow, False)):
            for identifier in identifiers:
                node = self.graph.node_by_id[self._store(identifier, changes)]
                if node.denied is not denied:
                    self.graph.node_by_id[node.id] = node._replace(denied=denied)
                    flipped, back = (
                        (changes.left_out, changes.readmitted) if denied else (changes.readmitted, changes.left_out)
                    )
                    back.discard(node.id)
                    flipped.add(node.id)

    def _erase(self, gone: list[int], changes: Changes) -> None:
        """As privacy requests do: the identifiers, and all links and decisions about them."""
        graph = self.graph
        mates = {root: [i for i, of in graph.root_of.items() if of == root] for root in graph.root_of.values()}
        for identifier in gone:
            changes.unsettled.update(mates[graph.root_of[identifier]])
        # What a removed link or decision stood against may be beyond doubt now.
        tied = [*graph.links, *((made.a, made.b) for made in graph.decisions.values())]
        changes.unsettled.update(end for ends in tied if not set(gone).isdisjoint(ends) for end in ends)
        for identifier in set(gone):
            del self.ids[graph.identifier(identifier)], graph.node_by_id[identifier], graph.root_of[identifier]
        graph.links = {ends: edge for ends, edge in graph.links.items() if not set(ends) & set(gone)}
        graph.decisions = {n: d for n, d in graph.decisions.items() if not {d.a, d.b} & set(gone)}
        # A cluster erased whole leaves nothing to resolve: whoever erases drops its card.
        graph.contested &= set(graph.root_of.values())
        for known in (changes.born, changes.left_out, changes.readmitted, changes.unsettled):
            known.difference_update(gone)
        for pairs in (changes.links, changes.decisions):
            pairs.difference_update([ends for ends in pairs if set(ends) & set(gone)])

    def _mark_shared(self, changes: Changes) -> None:
        shared = shared_identifiers(self.graph.node_by_id.values(), self.graph.links.values())
        for node in list(self.graph.node_by_id.values()):
            if node.shared is not (node.id in shared):
                self.graph.node_by_id[node.id] = node._replace(shared=not node.shared)
                (changes.readmitted if node.shared else changes.left_out).add(node.id)
