"""Resolving batch by batch gives what solving everything gives, and what the naive oracle gives."""

from hypothesis import given
from hypothesis import strategies as st

from profiles.identity.clustering import is_left_out, latest_decisions, solve
from profiles.identity.incremental import Outcome
from tests.properties import identity_worlds
from tests.unit.identity import oracle
from tests.unit.identity.memory_graph import World

VALUES = "abcde"


@given(st.data(), st.sampled_from([2, 3, 5, 500]))
def test_every_batch_leaves_what_solving_everything_gives(data: st.DataObject, max_cluster: int) -> None:
    rules = data.draw(identity_worlds.types())
    world = World(rules, max_cluster=max_cluster)
    cards: dict[int, set[int]] = {}
    for batch in data.draw(identity_worlds.batches(rules, VALUES)):
        outcome = world.apply(batch)
        erase_cards(world, cards)
        check_partition(world)
        check_contested(world)
        check_cards(world, outcome, cards)


@given(st.data())
def test_order_batches_and_duplicates_do_not_matter(data: st.DataObject) -> None:
    rules = data.draw(identity_worlds.types())
    events = data.draw(identity_worlds.interactions(rules, VALUES))
    history = data.draw(identity_worlds.histories(events))
    world = World(rules)
    for batch in history:
        world.apply(batch)
    expected = oracle.answer(
        world.types,
        {identifier for event in events for identifier in event.identifiers},
        oracle.links_from(world.types, events),
        [],
    )
    assert world.graph.clusters() == expected.clusters
    assert world.graph.refused().keys() == expected.refused.keys()


def check_partition(world: World) -> None:
    """Incremental, from scratch and the oracle agree; each stored reason was in force at its link's turn."""
    graph = world.graph
    expected = oracle.answer(
        world.types, world.ids.keys(), graph.oracle_links(), graph.verdicts(), denied=graph.denied(), most=world.max_cluster
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
    """A cluster with a refused usable link or a decision is flagged, and every flag names a cluster."""
    graph = world.graph
    crossing = {graph.root_of[end] for edge in graph.links.values() for end in (edge.a, edge.b) if _competes(edge.refused)}
    decided = {graph.root_of[end] for decision in graph.decisions.values() for end in (decision.a, decision.b)}
    assert crossing | decided <= graph.contested <= set(graph.root_of.values())


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
