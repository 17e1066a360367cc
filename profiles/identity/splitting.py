"""Which pairs decisions must be about, so that some identifiers leave a profile, or two profiles become one. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from profiles.identity.clustering import Node, Pair, latest_decisions, must_classes, pair, types_of
from profiles.identity.foreseeing import Surroundings

MOST_PAIRS = 1_000


class NothingToSplit(ValueError):
    """Choose some of the profile's identifiers, but not all of them: the others stay."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotOfTheProfile(ValueError):
    """One of the chosen identifiers is not of this profile, or no longer."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class TooManyTies(ValueError):
    """More than 1,000 links tie these identifiers to the others; split fewer off at once."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def pairs_to_split(around: Surroundings, root_id: int, chosen_ids: Collection[int]) -> list[Pair]:
    """The pairs that tie chosen identifiers of a cluster to its others: by a link in force, or decided to be the same.

    Once all of them are decided to be *different people*, nothing that was seen so far holds the two sides together.
    Raises `NotOfTheProfile`, `NothingToSplit` and `TooManyTies`.
    """
    members = set(members_of(around, root_id))
    chosen = set(chosen_ids)
    if not chosen <= members:
        raise NotOfTheProfile
    if not chosen or chosen == members:
        raise NothingToSplit
    same, _ = latest_decisions(item.decision for item in around.standing)
    ties = {*same, *((edge.a, edge.b) for edge in around.edges if not edge.refused)}
    pairs = sorted(ends for ends in ties if members.issuperset(ends) and len(chosen.intersection(ends)) == 1)
    if len(pairs) > MOST_PAIRS:
        raise TooManyTies
    return pairs


def pairs_to_join(around: Surroundings, root_id: int, other_root_id: int) -> list[Pair]:
    """The pairs that must be the *same person* so that two clusters become one; raises `NotOfTheProfile`."""
    one, other = ([around.nodes[id_] for id_ in members_of(around, root)] for root in (root_id, other_root_id))
    if not one or not other:
        raise NotOfTheProfile
    same, _ = latest_decisions(item.decision for item in around.standing)
    return joining_pairs(one, other, same)


def joining_pairs(one: Sequence[Node], other: Sequence[Node], same: AbstractSet[Pair]) -> list[Pair]:
    """The same of two clusters, neither empty, with the pairs that are decided to be the same so far.

    First the strongest identifier of each. Where both together hold more of a type than a profile may, so many are
    tied to the strongest that they count as few enough: else what hangs on them would still be refused.
    """
    head, end = (min(side, key=strength) for side in (one, other))
    members = [*one, *other]
    classes = must_classes((node.id for node in members), {*same, pair(head.id, end.id)})
    ends, tied = [end], {classes[head.id]}
    for rule in types_of(members):
        if rule.per_profile is not None:
            of_type = [node for node in members if node.type.id == rule.id]
            extra = too_many(of_type, classes, tied, rule.per_profile)
            ends += extra
            tied.update(classes[node.id] for node in extra)
    return [pair(head.id, node.id) for node in ends]


def too_many(of_type: Iterable[Node], classes: Mapping[int, int], tied: AbstractSet[int], most: int) -> Sequence[Node]:
    """So many identifiers of one type, the weakest of their must-classes, that once they are tied as well (`tied`:
    the must-classes that are one already) no more than `most` must-classes hold the type."""
    weakest = {classes[node.id]: node for node in sorted(of_type, key=strength)}
    apart = [node for name, node in weakest.items() if name not in tied]
    as_one = int(len(apart) < len(weakest))
    over = len(apart) + as_one - most
    return sorted(apart, key=strength, reverse=True)[: over + 1 - as_one] if over > 0 else []


def members_of(around: Surroundings, root_id: int) -> list[int]:
    """The identifiers of a cluster."""
    return [id_ for id_, root in around.root_of.items() if root == root_id]


def strength(node: Node) -> tuple[bool, int, str]:
    """The least anchors the others (identity.md): by rank, then by value; shared ones come last."""
    return node.shared, node.type.rank, node.value
