"""Random worlds for the property tests of identity: few types, few values, few instants, so that all of it collides."""

from hypothesis import strategies as st

from profiles.identity.types import TypeRule
from tests.unit.identity.memory_graph import Batch
from tests.unit.identity.oracle import Identifier, Interaction

VALUES = "abcde"

# One thing that happens: what, about which identifiers, when. Numbers rather than objects, for they are quick to draw.
Happening = tuple[int, int, int, int, int]


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


def happenings(*, most: int = 50) -> st.SearchStrategy[list[Happening]]:
    who = st.integers(0, 19)
    return st.lists(st.tuples(st.integers(0, 39), who, who, who, st.integers(0, 6)), max_size=most)


def identifier(rules: list[TypeRule], number: int) -> Identifier:
    return rules[number % len(rules)].name, VALUES[number // len(rules) % len(VALUES)]


def interactions(rules: list[TypeRule], happened: list[Happening]) -> list[Interaction]:
    """Each happening as an event of up to three identifiers; a few deny unification."""
    events = []
    for number, (what, one, two, three, at) in enumerate(happened):
        who = (one, two, three)[: 3 - what % 3] if what else ()
        identifiers = frozenset(identifier(rules, each) for each in who)
        events.append(Interaction(number, at, identifiers, denies_unification=what == 1))
    return events


def history(rules: list[TypeRule], happened: list[Happening]) -> list[Batch]:
    """Events in batches, among decisions, withdrawals, consent, probable links and erasures."""
    batches = [Batch()]
    for number, (what, one, two, three, at) in enumerate(happened):
        batch = batches[-1]
        a, b = identifier(rules, one), identifier(rules, two)
        match what:
            case 0 | 1 | 2 | 3 | 4 | 5 if a != b:
                batch.decide.append((number, a, b, what % 2 == 0, at))
            case 6 | 7:
                batch.take_back.append(one + two)
            case 8:
                batch.deny.append(a)
            case 9:
                batch.allow += [a, b]
            case 10 if a != b:
                batch.probable.append((a, b, at))
            case 11:
                batch.erase.append(a)
            case _:
                batch.interactions += [
                    e._replace(id=number) for e in interactions(rules, [(what, one, two, three, at)])
                ]
        if (what + three) % 3 == 0:
            batches.append(Batch())
    return batches
