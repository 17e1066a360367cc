"""Which pairs decisions must be about, so that some identifiers leave a profile, or two profiles become one."""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet

from profiles.configuration import Configuration
from profiles.identity.clustering import Node, Pair, latest_decisions, must_classes, pair, types_of
from profiles.identity.foreseeing import Surroundings
from profiles.identity.types import TypeRule
from profiles.models import Identifier

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
    """The pairs that must be the *same person* so that two clusters become one; raises `NotOfTheProfile`.

    First the strongest identifier of each. Where both together hold more of a type than a profile may, so many are
    tied to the strongest that they count as few enough: else what hangs on them would still be refused.
    """
    ids = [members_of(around, root) for root in (root_id, other_root_id)]
    if not all(ids):
        raise NotOfTheProfile
    head, other = (min((around.nodes[id_] for id_ in side), key=strength) for side in ids)
    members = [around.nodes[id_] for side in ids for id_ in side]
    same, _ = latest_decisions(item.decision for item in around.standing)
    pairs = [pair(head.id, other.id)]
    for rule in types_of(members):
        while rule.per_profile is not None and (extra := one_too_many(members, head, {*same, *pairs}, rule)):
            pairs.append(pair(head.id, extra))
    return pairs


def one_too_many(members: Sequence[Node], head: Node, same: AbstractSet[Pair], rule: TypeRule) -> int | None:
    """An identifier of a type to be tied to the strongest, where so many must-classes hold the type; None: no need."""
    classes = must_classes((node.id for node in members), same)
    holders = {classes[node.id] for node in members if node.type.id == rule.id}
    if rule.per_profile is None or len(holders) <= rule.per_profile:
        return None
    apart = [node for node in members if node.type.id == rule.id and classes[node.id] != classes[head.id]]
    return max(apart, key=strength).id


def members_of(around: Surroundings, root_id: int) -> list[int]:
    """The identifiers of a cluster."""
    return [id_ for id_, root in around.root_of.items() if root == root_id]


def strength(node: Node) -> tuple[bool, int, str]:
    """The least anchors the others (identity.md): by rank, then by value; shared ones come last."""
    return node.shared, node.type.rank, node.value


def strongest(rows: Sequence[Identifier], held: Configuration) -> Identifier:
    """The same of stored identifiers, of which there must be one."""
    return min(rows, key=lambda row: (row.shared, held.types_by_id[row.type_id].rank, row.value))
