"""A second implementation of identity.md, as plain and slow as its words, to hold the fast ones against.

It shares nothing with profiles/identity but the form of a type's rules. An identifier is (type name, value).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from profiles.identity.types import TypeRule

Identifier = tuple[str, str]
Ends = frozenset[Identifier]
Types = Mapping[str, TypeRule]


class Interaction(NamedTuple):
    """An event, its identifiers canonical; `id` tells one delivered twice."""

    id: int
    at: int
    identifiers: frozenset[Identifier]
    denies_unification: bool = False


@dataclass(frozen=True)
class Verdict:
    """A decision that was not taken back."""

    ends: Ends
    same: bool
    at: int


@dataclass(frozen=True)
class OracleLink:
    """A link; one that no interaction showed is probabilistic."""

    ends: Ends
    first_at: int
    last_at: int
    probabilistic: bool = False


@dataclass(frozen=True)
class Answer:
    """The clusters, and for each link that joins nobody every rule against it at its turn, the first to name first."""

    clusters: frozenset[frozenset[Identifier]]
    refused: dict[Ends, list[str]]


def anchor(types: Types, identifiers: Iterable[Identifier]) -> Identifier:
    return min(identifiers, key=lambda i: (types[i[0]].rank, i[1].encode()))


def links_from(types: Types, interactions: Iterable[Interaction]) -> list[OracleLink]:
    """Section "From an interaction to links"."""
    times: dict[Ends, list[int]] = {}
    for interaction in {interaction.id: interaction for interaction in interactions}.values():
        if interaction.denies_unification or not interaction.identifiers:
            continue
        strongest = anchor(types, interaction.identifiers)
        for other in interaction.identifiers - {strongest}:
            times.setdefault(frozenset({strongest, other}), []).append(interaction.at)
    return [OracleLink(ends, min(seen), max(seen)) for ends, seen in times.items()]


def is_shared(types: Types, identifier: Identifier, links: Iterable[OracleLink]) -> bool:
    rule = types[identifier[0]]
    if rule.shared_above is None:
        return False
    met = {other for link in links if identifier in link.ends for other in link.ends - {identifier}}
    stronger = [name for name, other in types.items() if other.rank < rule.rank]
    return any(sum(1 for other in met if other[0] == name) > rule.shared_above for name in stronger)


def answer(
    types: Types,
    identifiers: Collection[Identifier],
    links: Collection[OracleLink],
    verdicts: Collection[Verdict],
    *,
    denied: Collection[Identifier] = (),
    most: int = 500,
) -> Answer:
    """Section "From links to clusters"."""
    shared = {identifier for identifier in identifiers if is_shared(types, identifier, links)}
    refused: dict[Ends, list[str]] = {}
    taken = []
    for link in links:
        barred = [f"shared:{name}" for name, _ in sorted(link.ends & shared, key=lambda i: -types[i[0]].rank)]
        barred += ["unification"] * bool(link.ends & set(denied))
        if barred:
            refused[link.ends] = barred
        else:
            taken.append(link)
    apart = {verdict.ends for verdict in verdicts if not is_same(verdict.ends, verdicts)}
    classes = {frozenset({identifier}) for identifier in identifiers}
    for ends in {verdict.ends for verdict in verdicts} - apart:
        classes = union(classes, ends)
    clusters = set(classes)
    for link in sorted(taken, key=lambda link: order(types, link)):
        touched = holding(clusters, link.ends)
        if len(touched) == 1:
            continue
        against = rules_against(types, touched[0], touched[1], classes, apart, most)
        if against:
            refused[link.ends] = against
        else:
            clusters = union(clusters, link.ends)
    return Answer(frozenset(clusters), refused)


def is_same(ends: Ends, verdicts: Collection[Verdict]) -> bool:
    latest = max(verdict.at for verdict in verdicts if verdict.ends == ends)
    return all(verdict.same for verdict in verdicts if verdict.ends == ends and verdict.at == latest)


def holding(clusters: Iterable[frozenset[Identifier]], ends: Ends) -> list[frozenset[Identifier]]:
    return [cluster for cluster in clusters if cluster & ends]


def union(clusters: set[frozenset[Identifier]], ends: Ends) -> set[frozenset[Identifier]]:
    touched = holding(clusters, ends)
    return (clusters - set(touched)) | {frozenset().union(*touched)}


def order(types: Types, link: OracleLink) -> tuple[object, ...]:
    stronger, weaker = sorted((types[name] for name, _ in link.ends), key=lambda rule: rule.rank)
    when = link.first_at if weaker.ownership == "first" else -link.last_at
    text = sorted(f"{name}:{value}".encode() for name, value in link.ends)
    return weaker.rank, when, stronger.rank, link.probabilistic, text


def rules_against(
    types: Types,
    one: frozenset[Identifier],
    other: frozenset[Identifier],
    classes: Collection[frozenset[Identifier]],
    apart: Collection[Ends],
    most: int,
) -> list[str]:
    both = one | other
    against = []
    if any(ends & one and ends & other for ends in apart):
        against.append("different")
    for rule in sorted(types.values(), key=lambda rule: rule.rank):
        of_type = {identifier for identifier in both if identifier[0] == rule.name}
        held = [members for members in classes if members & of_type]
        if rule.per_profile is not None and len(held) > rule.per_profile:
            against.append(f"limit:{rule.name}")
    if len(both) > most:
        against.append("size")
    return against
