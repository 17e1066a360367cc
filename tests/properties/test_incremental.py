"""Resolving batch by batch gives what solving everything gives, and what the naive oracle gives."""

from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from profiles.identity.clustering import is_left_out, latest_decisions, solve
from profiles.identity.incremental import Outcome
from profiles.identity.types import TypeRule
from tests.properties import identity_worlds
from tests.properties.identity_worlds import Happening
from tests.unit.identity import oracle
from tests.unit.identity.memory_graph import Batch, World


@given(identity_worlds.types(), identity_worlds.happenings(), st.sampled_from([2, 3, 5, 500]))
def test_every_batch_leaves_what_solving_everything_gives(
    rules: list[TypeRule], happened: list[Happening], max_cluster: int
) -> None:
    world = World(rules, max_cluster=max_cluster)
    cards: dict[int, set[int]] = {}
    for batch in identity_worlds.history(rules, happened):
        outcome = world.apply(batch)
        erase_cards(world, cards)
        check_partition(world)
        check_contested(world)
        check_cards(world, outcome, cards)


@given(identity_worlds.types(), identity_worlds.happenings(most=30), st.randoms(use_true_random=False))
def test_order_batches_and_duplicates_do_not_matter(
    rules: list[TypeRule], happened: list[Happening], chance: Random
) -> None:
    events = identity_worlds.interactions(rules, happened)
    delivered = events + (chance.choices(events, k=4) if events else [])
    chance.shuffle(delivered)
    world = World(rules)
    while delivered:
        size = chance.randint(1, 6)
        world.apply(Batch(interactions=delivered[:size]))
        delivered = delivered[size:]
    identifiers = {identifier for event in events for identifier in event.identifiers}
    expected = oracle.answer(world.types, identifiers, oracle.links_from(world.types, events), [])
    assert world.graph.clusters() == expected.clusters
    assert world.graph.refused().keys() == expected.refused.keys()


@given(identity_worlds.types(), identity_worlds.happenings(), st.integers(0, 19), st.integers(0, 19))
def test_a_decision_taken_back_leaves_no_trace(
    rules: list[TypeRule], happened: list[Happening], one: int, two: int
) -> None:
    world = World(rules)
    for batch in identity_worlds.history(rules, happened):
        world.apply(batch)
    known = sorted(world.ids)
    assume(len(known) > 1)
    a = known[one % len(known)]
    b = known[(one + 1 + two % (len(known) - 1)) % len(known)]
    before, refused = dict(world.graph.root_of), world.graph.refused().keys()
    contested = set(world.graph.contested)
    for same in (True, False):
        world.apply(Batch(decide=[(-1, a, b, same, 100)]))
        world.apply(Batch(take_back=[-1]))
        assert world.graph.root_of == before
        assert world.graph.refused().keys() == refused
        assert world.graph.contested == contested


def check_partition(world: World) -> None:
    """Incremental, from scratch and the oracle agree; each stored reason was in force at its link's turn."""
    graph = world.graph
    expected = oracle.answer(
        world.types,
        world.ids.keys(),
        graph.oracle_links(),
        graph.verdicts(),
        denied=graph.denied(),
        most=world.max_cluster,
    )
    scratch = solve(
        graph.node_by_id.values(),
        graph.links.values(),
        *latest_decisions(graph.decisions.values()),
        max_cluster=world.max_cluster,
    )
    assert graph.clusters() == expected.clusters
    assert graph.root_of == scratch.cluster_of
    stored = graph.refused()
    assert stored.keys() == expected.refused.keys()
    for ends, reasons in expected.refused.items():
        assert stored[ends] in reasons[: 1 if is_left_out(reasons[0]) else None]
    first = {ends: reasons[0] for ends, reasons in expected.refused.items()}
    assert {graph.ends(ends): reason for ends, reason in scratch.refused.items()} == first


def check_contested(world: World) -> None:
    """A cluster with a refused usable link or a decision is flagged, and no other."""
    graph = world.graph
    crossing = {
        graph.root_of[end] for edge in graph.links.values() for end in (edge.a, edge.b) if _competes(edge.refused)
    }
    decided = {graph.root_of[end] for decision in graph.decisions.values() for end in (decision.a, decision.b)}
    assert graph.contested == crossing | decided


def _competes(reason: str) -> bool:
    return bool(reason) and not is_left_out(reason)


def erase_cards(world: World, cards: dict[int, set[int]]) -> None:
    """What erasure does by itself: a cluster of which nobody is left has no card."""
    for root, members in list(cards.items()):
        if members.isdisjoint(world.graph.root_of):
            del cards[root]


def check_cards(world: World, outcome: Outcome, cards: dict[int, set[int]]) -> None:
    """Who recomputes the cards named, and drops those gone, has a card for each cluster as it is."""
    clusters: dict[int, set[int]] = {}
    for identifier, root in world.graph.root_of.items():
        clusters.setdefault(root, set()).add(identifier)
    for root in outcome.gone:
        cards.pop(root, None)
    for root in outcome.changed:
        cards[root] = clusters[root]
    assert cards == clusters
