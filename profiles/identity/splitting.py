"""Which pairs of identifiers a decision must be about, so that some of a profile's leave it or two profiles join."""

from collections.abc import Collection, Sequence

from django.db.models import Q, QuerySet

from profiles.configuration import Configuration
from profiles.identity.clustering import Pair, latest_decisions
from profiles.identity.decisions import NoSuchIdentifier
from profiles.identity.previewing import read_standing_decisions
from profiles.models import Identifier, Link

MOST_PAIRS = 1_000


class NothingToSplit(ValueError):
    """Choose some of the profile's identifiers, but not all of them: the others stay."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class TooManyTies(ValueError):
    """More than 1,000 links tie these identifiers to the others; split fewer off at once."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def pairs_to_split(root_id: int, chosen_ids: Collection[int]) -> list[Pair]:
    """The pairs that tie chosen identifiers of a cluster to its others: by a link in force, or decided to be the same.

    Once all of them are decided to be *different people*, nothing that was seen so far holds the two sides together.
    None: nothing does so now. Three queries. Raises `NothingToSplit`, `NoSuchIdentifier` where a chosen identifier is
    not of the cluster, and `TooManyTies`.
    """
    members = set(Identifier.objects.filter(root_id=root_id).values_list("id", flat=True))
    chosen = set(chosen_ids)
    if not chosen <= members:
        raise NoSuchIdentifier
    others = members - chosen
    if not chosen or not others:
        raise NothingToSplit
    linked = crossing_links(chosen, others).filter(refused="").values_list("a_id", "b_id")
    same, _ = latest_decisions(item.decision for item in read_standing_decisions(members))
    pairs = {*linked[: MOST_PAIRS + 1], *(ends for ends in same if (ends[0] in chosen) != (ends[1] in chosen))}
    if len(pairs) > MOST_PAIRS:
        raise TooManyTies
    return sorted(pairs)


def crossing_links(ones: Collection[int], others: Collection[int]) -> QuerySet[Link]:
    """The links with one end on each of two sides."""
    return Link.objects.filter(Q(a_id__in=ones, b_id__in=others) | Q(a_id__in=others, b_id__in=ones))


def pair_to_join(root_id: int, other_root_id: int, held: Configuration) -> Pair:
    """The strongest identifier of each of two clusters; raises `NoSuchIdentifier` where one is empty. One query.

    One *same person* decision about them joins the two whole: the rest of each hangs on its own links.
    """
    rows = Identifier.objects.filter(root_id__in=(root_id, other_root_id)).defer("digest")
    one = strongest([row for row in rows if row.root_id == root_id], held)
    other = strongest([row for row in rows if row.root_id == other_root_id], held)
    return (one.id, other.id) if one.id < other.id else (other.id, one.id)


def strongest(rows: Sequence[Identifier], held: Configuration) -> Identifier:
    """The one that anchors the others (identity.md): the least by rank, then by value; a shared one last."""
    if not rows:
        raise NoSuchIdentifier
    return min(rows, key=lambda row: (row.shared, held.types_by_id[row.type_id].rank, row.value))
