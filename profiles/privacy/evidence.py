"""How the identifiers of a cluster are tied to those that were verified: by which evidence. Pure (ADR 0021)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from consent.requests.kinds import DETERMINISTIC, DEVICE_ONLY, ITSELF, PROBABLE


class Tie(NamedTuple):
    """What joins two identifiers. `sure`: a deterministic link that is no mere claim, or a *same person* decision."""

    a: int
    b: int
    sure: bool


def group_by_evidence(
    persons: Mapping[int, bool], ties: Iterable[Tie], presented: Collection[int]
) -> dict[str, set[int]]:
    """Each identifier in one group: the strongest by which it is tied to any of those presented.

    `persons`: every identifier of the clusters to whether its type names a person. `ties`: those in force among them.
    `deterministic`: over sure ties whose middle nodes all name a person; `device_only`: over sure ties, some of them
    through a device; `probable`: all else.
    """
    neighbours: dict[int, set[int]] = defaultdict(set)
    for tie in ties:
        if tie.sure:
            neighbours[tie.a].add(tie.b)
            neighbours[tie.b].add(tie.a)
    itself = set(presented) & persons.keys()
    through_people = _reached(itself, neighbours, lambda node: persons[node])
    through_anything = _reached(itself, neighbours, lambda _: True)
    return {
        ITSELF: itself,
        DETERMINISTIC: through_people - itself,
        DEVICE_ONLY: through_anything - through_people - itself,
        PROBABLE: persons.keys() - through_anything - itself,
    }


def _reached(start: set[int], neighbours: Mapping[int, set[int]], goes_on: Callable[[int], bool]) -> set[int]:
    """What is reached from the start, itself among it; only from nodes that lead on does the way go on."""
    reached, waiting = set(start), list(start)
    while waiting:
        node = waiting.pop()
        for other in neighbours.get(node, ()):
            if other not in reached:
                reached.add(other)
                if goes_on(other):
                    waiting.append(other)
    return reached
