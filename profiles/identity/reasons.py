"""Why two identifiers are, or are not, the same person: paths and words. Pure: no Django, no database."""

from collections import deque
from collections.abc import Iterable, Mapping

from profiles.identity.clustering import DIFFERENT, LIMIT, MAX_CLUSTER, SHARED, SIZE, UNIFICATION, Pair
from profiles.identity.types import TypeRule


def shortest_path(ties: Iterable[Pair], start: int, goal: int) -> list[Pair] | None:
    """The fewest ties that lead from one identifier to the other, each as (from, to); None: none do."""
    neighbours: dict[int, list[int]] = {}
    for a, b in ties:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    came_from = {start: start}
    waiting = deque([start])
    while waiting and goal not in came_from:
        here = waiting.popleft()
        for there in sorted(neighbours.get(here, ())):
            if there not in came_from:
                came_from[there] = here
                waiting.append(there)
    if goal not in came_from:
        return None
    path: list[Pair] = []
    while goal != start:
        path.append((came_from[goal], goal))
        goal = came_from[goal]
    return path[::-1]


def refusal_in_words(code: str, types: Mapping[str, TypeRule]) -> str:
    """The reason why a link joins nobody, as a sentence; empty for a link that is accepted."""
    kind, _, name = code.partition(":")
    rule = types.get(name)
    if code == DIFFERENT:
        return "A decision says that identifiers on its two sides are different people."
    if kind == LIMIT.rstrip(":"):
        most = rule.per_profile if rule and rule.per_profile is not None else "so many"
        return f"One profile holds at most {most} of the type {name}; the two together would hold more."
    if code == SIZE:
        return f"One profile holds at most {MAX_CLUSTER} identifiers; the two together would hold more."
    if kind == SHARED.rstrip(":"):
        most = f"more than {rule.shared_above}" if rule and rule.shared_above is not None else "too many"
        return f"Its {name} is shared: linked to {most} identifiers of one stronger type, it names nobody."
    if code == UNIFICATION:
        return "The person does not want their data to be brought together."
    return f"Refused by the rule {code}." if code else ""


def times_in_words(count: int) -> str:
    """How often, in words."""
    return "once" if count == 1 else f"{count} times"
