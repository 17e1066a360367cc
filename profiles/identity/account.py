"""The account of why two identifiers are, or are not, held to be one person: the evidence, and the same in words.

Pure: plain data in, plain data out; no Django, no database. Times are microseconds since the epoch, dates in words
UTC. Unlike explanation.py it reads no store: the caller brings the evidence.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from profiles.identity.clustering import (
    DIFFERENT,
    LIMIT,
    MAX_CLUSTER,
    SHARED,
    SIZE,
    UNIFICATION,
    Decision,
    Node,
    Pair,
    latest_decisions,
    must_classes,
    pair,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_VALUES_NAMED = 5


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """A link with what is known of it. `weight` is a probabilistic link's; `refused` empty: it was accepted."""

    a: int
    b: int
    first_at: int
    last_at: int
    count: int = 1
    first_source: str = ""
    last_source: str = ""
    probabilistic: bool = False
    verified: bool = True
    weight: float | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """A decision in force. `actor` is `system:alias`, `token:NAME` or `staff:ID`."""

    a: int
    b: int
    same: bool
    at: int
    actor: str
    reason: str = ""
    id: str = ""


Step = LinkFacts | DecisionFacts


@dataclass(frozen=True, slots=True)
class Explanation:
    """`path` leads from one identifier to the other by what joins them; it is empty where they are apart.

    `refused` are the links that would have joined them; `decisions` are the latest about them that count.
    `in_words` is one sentence per item, in the order in which to read them.
    """

    same: bool
    path: list[Step] = field(default_factory=list)
    refused: list[LinkFacts] = field(default_factory=list)
    decisions: list[DecisionFacts] = field(default_factory=list)
    in_words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an explanation draws upon.

    `nodes` holds every member of the clusters of both identifiers, and both ends of every link and decision;
    `cluster_of` tells the cluster of each of them. A chain through third clusters is found as far as it is given.
    """

    nodes: Mapping[int, Node]
    cluster_of: Mapping[int, int]
    links: Collection[LinkFacts]
    decisions: Collection[DecisionFacts]
    max_cluster: int = MAX_CLUSTER


def explain(a: int, b: int, evidence: Evidence) -> Explanation:
    """Why identifiers `a` and `b` are, or are not, held to be one person."""
    account = _Account(evidence)
    if a == b:
        return Explanation(same=True, in_words=[f"This is one identifier: {account.name(a)}."])
    if evidence.cluster_of[a] == evidence.cluster_of[b]:
        return _explain_together(a, b, account)
    return _explain_apart(a, b, account)


def _explain_together(a: int, b: int, account: "_Account") -> Explanation:
    accepted = [link for link in account.evidence.links if not link.refused]
    path = [hop.step for hop in _shortest(a, b, [*accepted, *account.standing(same=True)])]
    contradicted = [made for made in account.standing(same=False) if {made.a, made.b} == {a, b}]
    words = [f"{account.name(a)} and {account.name(b)} are held to be the same person."]
    words += [account.step_in_words(step) for step in path]
    words += [
        f"This contradicts another decision, and a steward should settle it: {account.decision_in_words(made)}"
        for made in contradicted
    ]
    decisions = [step for step in path if isinstance(step, DecisionFacts)] + contradicted
    return Explanation(same=True, path=path, decisions=decisions, in_words=[_sentence(text) for text in words])


def _explain_apart(a: int, b: int, account: "_Account") -> Explanation:
    clusters = {account.evidence.cluster_of[a], account.evidence.cluster_of[b]}
    refused = [link for link in account.evidence.links if link.refused and account.clusters_of(link) == clusters]
    decisions = [made for made in account.standing(same=False) if account.clusters_of(made) == clusters]
    words = [f"{account.name(a)} and {account.name(b)} are not held to be the same person."]
    words += [account.decision_in_words(made) for made in decisions]
    if not refused:
        chain = [hop.step for hop in _shortest(a, b, [*account.evidence.links, *account.standing(same=True)])]
        refused = [step for step in chain if isinstance(step, LinkFacts) and step.refused]
        words.append(_tell_chain(len(refused)))
    refused.sort(key=lambda link: (link.first_at, link.a, link.b))
    words += [account.link_in_words(link) for link in refused]
    return Explanation(same=False, refused=refused, decisions=decisions, in_words=[_sentence(text) for text in words])


def _tell_chain(refusals: int) -> str:
    if not refusals:
        return "They were never seen together, and no chain of links leads from one to the other."
    what = "a link that was" if refusals == 1 else f"{refusals} links that were"
    return f"No link leads from the one profile to the other; the shortest chain between the two needs {what} refused."


class _Hop(NamedTuple):
    to: int
    step: Step


def _shortest(start: int, goal: int, steps: Iterable[Step]) -> list[_Hop]:
    """The way with the fewest refused links, and of these the one with the fewest steps; empty: there is none."""
    ways: dict[int, list[_Hop]] = defaultdict(list)
    for step in steps:
        ways[step.a].append(_Hop(step.b, step))
        ways[step.b].append(_Hop(step.a, step))
    came_by: dict[int, tuple[int, _Hop]] = {}
    waiting: list[tuple[int, int, int]] = [(0, 0, start)]
    best = {start: (0, 0)}
    while waiting:
        refusals, length, at = heapq.heappop(waiting)
        if at == goal:
            return _retrace(start, goal, came_by)
        for hop in ways[at]:
            cost = (refusals + _is_refused(hop.step), length + 1)
            if hop.to not in best or cost < best[hop.to]:
                best[hop.to] = cost
                came_by[hop.to] = (at, hop)
                heapq.heappush(waiting, (*cost, hop.to))
    return []


def _retrace(start: int, goal: int, came_by: Mapping[int, tuple[int, _Hop]]) -> list[_Hop]:
    hops = []
    while goal != start:
        goal, hop = came_by[goal]
        hops.append(hop)
    return hops[::-1]


def _is_refused(step: Step) -> bool:
    return isinstance(step, LinkFacts) and bool(step.refused)


class _Account:
    """The evidence, and the words for it."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        made = [Decision(made.a, made.b, made.same, made.at) for made in evidence.decisions]
        self._same, self._different = latest_decisions(made)

    def name(self, identifier: int) -> str:
        node = self.evidence.nodes[identifier]
        return f"{node.type.name} {node.value}"

    def clusters_of(self, step: Step) -> set[int]:
        return {self.evidence.cluster_of[step.a], self.evidence.cluster_of[step.b]}

    def standing(self, *, same: bool) -> list[DecisionFacts]:
        """Of each pair the latest decision, where it says so."""
        latest: dict[Pair, DecisionFacts] = {}
        for made in sorted(self.evidence.decisions, key=lambda made: (made.at, made.id)):
            ends = pair(made.a, made.b)
            if made.same is same and ends in (self._same if same else self._different):
                latest[ends] = made
        return [latest[ends] for ends in sorted(latest)]

    def step_in_words(self, step: Step) -> str:
        return self.decision_in_words(step) if isinstance(step, DecisionFacts) else self.link_in_words(step)

    def decision_in_words(self, made: DecisionFacts) -> str:
        verdict = "the same person" if made.same else "different people"
        who, _, name = made.actor.partition(":")
        by = {"staff": f"staff member {name}", "token": f"the system {name}"}.get(who, f"an {name or who}")
        said = "said" if who == "system" else "decided"
        why = f" (“{made.reason}”)" if made.reason else ""
        return f"{by} {said} on {_date(made.at)} that {self.name(made.a)} and {self.name(made.b)} are {verdict}{why}."

    def link_in_words(self, link: LinkFacts) -> str:
        ends = f"{self.name(link.a)} and {self.name(link.b)}"
        if link.probabilistic:
            weight = "" if link.weight is None else f" with a weight of {link.weight:.1f}"
            seen = f"{ends} were found to be probably the same person on {_date(link.first_at)}{weight}"
        else:
            seen = f"{ends} were seen together {_occasions(link)}"
        claimed = "" if link.verified else ", though only public sources have claimed it"
        return f"{seen}{claimed}{self._refusal(link)}."

    def _refusal(self, link: LinkFacts) -> str:
        reason = link.refused
        if not reason:
            return ""
        if reason.startswith(SHARED):
            return self._refusal_of_shared(link, reason.removeprefix(SHARED))
        if reason == UNIFICATION:
            denied = [self.name(end) for end in (link.a, link.b) if self.evidence.nodes[end].denied]
            return (
                f", but the link is left out: consent to join {_listed(denied) or 'one of them'} with others is refused"
            )
        return f", but the link was refused: {self._rule_broken(link)}"

    def _refusal_of_shared(self, link: LinkFacts, type_name: str) -> str:
        ends = (self.evidence.nodes[link.a], self.evidence.nodes[link.b])
        shared = next((node for node in ends if node.type.name == type_name), ends[0])
        most = shared.type.shared_above
        return (
            f", but {shared.type.name} {shared.value} is shared, so it links nobody:"
            f" it was seen with more than {most} different {'identifier' if most == 1 else 'identifiers'}"
            " of one stronger type"
        )

    def _rule_broken(self, link: LinkFacts) -> str:
        members = [node for node in self.evidence.nodes.values() if self._is_of(node, link)]
        if link.refused == SIZE:
            most = self.evidence.max_cluster
            return f"a profile may hold {most} identifiers, and these two together hold {len(members)}"
        if link.refused.startswith(LIMIT):
            name = link.refused.removeprefix(LIMIT)
            return self._limit_broken([node for node in members if node.type.name == name], members)
        made = [made for made in self.standing(same=False) if self.clusters_of(made) == self.clusters_of(link)]
        if link.refused == DIFFERENT and made:
            return self.decision_in_words(made[0]).rstrip(".")
        return "it is decided that the two profiles are different people"

    def _is_of(self, node: Node, link: LinkFacts) -> bool:
        return self.evidence.cluster_of[node.id] in self.clusters_of(link)

    def _limit_broken(self, held: list[Node], members: list[Node]) -> str:
        """Held are the members of the type that is limited."""
        rule = held[0].type
        most = f"1 {rule.name}" if rule.per_profile == 1 else f"{rule.per_profile} identifiers of type {rule.name}"
        values = sorted(node.value for node in held)
        named = [*values[:MOST_VALUES_NAMED], *([f"{len(values) - MOST_VALUES_NAMED} more"] * (len(values) > 5))]
        class_of = must_classes([node.id for node in members], self._same)
        people = len({class_of[node.id] for node in held})
        once = "" if people == len(held) else f", which count as {people} by decision"
        return f"a profile may hold {most}, and these two together hold {len(held)} ({', '.join(named)}){once}"


def _occasions(link: LinkFacts) -> str:
    first, last = _date(link.first_at), _date(link.last_at)
    first_place = f" ({link.first_source})" if link.first_source else ""
    last_place = f" ({link.last_source})" if link.last_source else ""
    if link.count == 1:
        return f"once, on {first}{first_place}"
    times = "twice" if link.count == 2 else f"{link.count} times"
    if (first, first_place) == (last, last_place):
        return f"{times}, on {first}{first_place}"
    return f"{times}, first on {first}{first_place}, last on {last}{last_place}"


def _date(at: int) -> str:
    return (EPOCH + timedelta(microseconds=at)).date().isoformat()


def _listed(items: list[str]) -> str:
    return " and ".join(items)


def _sentence(text: str) -> str:
    # Only a word of ours gets a capital; the name of a type stands as it is written.
    return text[0].upper() + text[1:] if text.startswith(("an ", "the ", "staff ")) else text
