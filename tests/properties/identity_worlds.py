"""Random worlds for the property tests of identity: few types, few values, few instants, so that all of it collides."""

from hypothesis import strategies as st

from profiles.identity.types import TypeRule
from tests.unit.identity.memory_graph import Batch
from tests.unit.identity.oracle import Identifier, Interaction

INSTANTS = st.integers(0, 6)


@st.composite
def types(draw: st.DrawFn) -> list[TypeRule]:
    ranks = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
    return [
        TypeRule(
            id=number,
            name=f"t{number}",
            rank=rank,
            person=True,
            per_profile=draw(st.sampled_from([None, 1, 1, 2, 3])),
            ownership=draw(st.sampled_from(["first", "last"])),
            shared_above=draw(st.sampled_from([None, None, 1, 2, 3])),
        )
        for number, rank in enumerate(ranks, 1)
    ]


def identifiers(rules: list[TypeRule], values: str) -> st.SearchStrategy[Identifier]:
    return st.tuples(st.sampled_from([rule.name for rule in rules]), st.sampled_from(values))


def interactions(rules: list[TypeRule], values: str, *, most: int = 40) -> st.SearchStrategy[list[Interaction]]:
    """Events with ids of their own; some deny unification."""
    shape = st.tuples(
        INSTANTS, st.frozensets(identifiers(rules, values), max_size=3), st.sampled_from([False] * 9 + [True])
    )
    return st.lists(shape, max_size=most).map(
        lambda shapes: [Interaction(number, *one) for number, one in enumerate(shapes)]
    )


def pairs(rules: list[TypeRule], values: str) -> st.SearchStrategy[tuple[Identifier, Identifier]]:
    one = identifiers(rules, values)
    return st.tuples(one, one).filter(lambda ends: ends[0] != ends[1])


@st.composite
def histories(draw: st.DrawFn, events: list[Interaction]) -> list[Batch]:
    """The events in any order and any batches, some delivered twice."""
    again = draw(st.lists(st.sampled_from(events), max_size=4)) if events else []
    waiting = draw(st.permutations(events + again))
    history = []
    while waiting:
        size = draw(st.integers(1, 6))
        history.append(Batch(interactions=list(waiting[:size])))
        waiting = waiting[size:]
    return history


@st.composite
def batches(draw: st.DrawFn, rules: list[TypeRule], values: str) -> list[Batch]:
    """A history of events among decisions, withdrawals, consent, probable links and erasures."""
    history = draw(histories(draw(interactions(rules, values))))
    history += [Batch() for _ in range(draw(st.integers(1, 4)))]
    one, two = identifiers(rules, values), pairs(rules, values)
    decision = 0
    for batch in history:
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2, 3]))):
            batch.decide.append((decision, *draw(two), draw(st.booleans()), draw(INSTANTS)))
            decision += 1
        batch.take_back = draw(st.lists(st.integers(0, decision), max_size=2))
        match draw(st.integers(0, 11)):
            case 0:
                batch.deny = draw(st.lists(one, max_size=2))
            case 1:
                batch.allow = draw(st.lists(one, max_size=3))
            case 2:
                batch.probable = [(*ends, draw(INSTANTS)) for ends in draw(st.lists(two, max_size=2))]
            case 3:
                batch.erase = draw(st.lists(one, max_size=2))
            case _:
                pass
    return history
