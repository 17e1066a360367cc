"""What a batch costs: only what may have changed is looked at. That it is exact is held in tests/properties."""

from profiles.identity.clustering import Decision, Edge, Node, pair
from profiles.identity.incremental import Changes, resolve
from profiles.identity.types import TypeRule
from tests.unit.identity.memory_graph import Batch, MemoryGraph, World
from tests.unit.identity.oracle import Identifier, Interaction

USER = TypeRule(1, "user_id", 1, True, 1, "first", None)
EMAIL = TypeRule(2, "email", 4, True, 2, "first", 3)
DEVICE = TypeRule(3, "device_id", 7, False, None, "last", 3)

MOST = 10
clock = iter(range(1_000_000))


def world() -> World:
    return World([USER, EMAIL, DEVICE], max_cluster=MOST)


def seen(*identifiers: Identifier, at: int | None = None) -> Interaction:
    number = next(clock)
    return Interaction(number, number if at is None else at, frozenset(identifiers))


def play(stage: World, *interactions: Interaction) -> dict[str, int]:
    """Resolve the interactions as one batch, and say what was asked of the store for it."""
    stage.graph.asked.clear()
    stage.apply(Batch(interactions=list(interactions)))
    return dict(stage.graph.asked)


def user(name: object) -> Identifier:
    return "user_id", f"u{name}"


def device(name: object) -> Identifier:
    return "device_id", f"d{name}"


def email(name: object) -> Identifier:
    return "email", f"e{name}"


def test_a_known_pair_costs_one_look_at_where_it_stands() -> None:
    stage = world()
    play(stage, seen(user(1), device(1)))
    assert play(stage, seen(user(1), device(1))) == {"places": 2}


def test_a_plain_union_loads_members_but_no_links() -> None:
    stage = world()
    play(stage, seen(user(1), device(1)), seen(email(1), device(2)))
    assert play(stage, seen(user(1), email(1))) == {"places": 2, "members": 4}


def test_a_union_beyond_a_limit_is_solved() -> None:
    stage = world()
    play(stage, seen(user(1), device(1)))
    play(stage, seen(user(2), device(1)))
    assert stage.graph.refused() == {frozenset({user(1), device(1)}): "limit:user_id"}
    assert stage.graph.contested == set(stage.graph.root_of.values())


def test_the_rest_of_a_batch_stays_cheap_beside_a_conflict() -> None:
    stage = world()
    conflict = [seen(user(1), device(1)), seen(user(2), device(1))]
    asked = play(stage, *conflict, *[seen(user(n), device(n)) for n in range(10, 60)])
    assert asked["links_within"] == 2
    assert len(stage.graph.contested) == 2


def test_a_cluster_that_only_grows_does_not_wake_its_neighbours() -> None:
    stage = world()
    play(stage, *[seen(user(n), device(1)) for n in (1, 2)])
    play(stage, *[seen(user(n), device(2)) for n in (2, 3)])
    asked = play(stage, seen(user(1), email(1)))
    assert "neighbours" not in asked
    assert asked["members"] == 2


def test_one_more_device_of_a_full_cluster_wakes_none_of_those_refused_before() -> None:
    stage = world()
    play(stage, *[seen(user("bot"), device(n)) for n in range(100)])
    assert len(stage.graph.refused()) == 100 - MOST + 1
    asked = play(stage, seen(user("bot"), device("new")))
    root_of, ids = stage.graph.root_of, stage.ids
    assert root_of[ids[device("new")]] == root_of[ids[user("bot")]]
    assert root_of[ids[device(100 - MOST + 1)]] == ids[device(100 - MOST + 1)]
    assert (asked["neighbours"], asked["members"]) == (0, MOST + 1)


def test_a_hub_that_loses_a_device_wakes_none_that_belong_to_others() -> None:
    stage = world()
    play(stage, *[seen(user("clerk"), device(n)) for n in range(50)], seen(user("clerk"), device("own")))
    play(stage, *[seen(user(n), device(n)) for n in range(50)])
    play(stage, seen(user("clerk"), device(7)))
    assert stage.graph.root_of[stage.ids[device(7)]] == stage.graph.root_of[stage.ids[user("clerk")]]
    asked = play(stage, seen(user(7), device(7)))
    assert stage.graph.root_of[stage.ids[device(7)]] == stage.graph.root_of[stage.ids[user(7)]]
    assert asked["members"] == 4  # the clerk and their own device, and user 7 with the device that changed hands


def test_what_a_cluster_lets_go_a_neighbour_takes() -> None:
    stage = world()
    play(stage, seen(user(1), device(1)))
    play(stage, seen(user(2), device(1)))
    play(stage, seen(user(1), device(1)))
    assert frozenset({user(1), device(1)}) in stage.graph.clusters()
    stage.apply(Batch(decide=[(1, user(1), device(1), False, 0)]))
    assert stage.graph.clusters() == {frozenset({user(1)}), frozenset({user(2), device(1)})}
    assert stage.graph.refused() == {frozenset({user(1), device(1)}): "different"}
    stage.apply(Batch(take_back=[1]))
    assert stage.graph.clusters() == {frozenset({user(1), device(1)}), frozenset({user(2)})}


def test_a_link_of_a_shared_identifier_is_marked_and_changes_nothing_else() -> None:
    stage = world()
    play(stage, *[seen(user(n), device(1)) for n in range(4)])
    asked = play(stage, seen(user(4), device(1)))
    assert stage.graph.refused()[frozenset({user(4), device(1)})] == "shared:device_id"
    assert asked == {"places": 2}


def test_an_identifier_that_becomes_shared_lets_go_of_everybody() -> None:
    stage = world()
    play(stage, *[seen(user(n), device(1)) for n in range(3)])
    outcome = stage.apply(Batch(interactions=[seen(user(3), device(1))]))
    assert set(stage.graph.refused().values()) == {"shared:device_id"}
    assert len(stage.graph.clusters()) == 5
    assert stage.ids[device(1)] in outcome.changed


def test_a_merge_and_its_taking_back_restore_roots_and_name_the_cards() -> None:
    stage = world()
    play(stage, seen(user(1), device(1)), seen(user(2), device(2)))
    before = dict(stage.graph.root_of)
    one, two = (stage.graph.root_of[stage.ids[user(n)]] for n in (1, 2))
    merged = stage.apply(Batch(decide=[(1, user(1), user(2), True, 0)]))
    assert (merged.changed, merged.gone) == ({min(one, two)}, {max(one, two)})
    split = stage.apply(Batch(take_back=[1]))
    assert (split.changed, split.gone) == ({one, two}, set())
    assert stage.graph.root_of == before


def test_the_least_id_left_names_a_cluster_whose_first_identifier_was_erased() -> None:
    nodes = {2: Node(2, USER, "u1"), 3: Node(3, DEVICE, "d1")}
    graph = MemoryGraph({}, nodes, {2: 1, 3: 1}, links={(2, 3): Edge(2, 3, 0, 0)})
    outcome = resolve(graph, Changes(unsettled={2, 3}))
    assert (outcome.root_of, outcome.changed, outcome.gone) == ({2: 2, 3: 2}, {2}, {1})


def test_decisions_of_one_pair_are_read_from_either_end() -> None:
    nodes = {1: Node(1, USER, "u1"), 2: Node(2, USER, "u2")}
    graph = MemoryGraph({}, nodes, {1: 1, 2: 2}, decisions={1: Decision(*pair(2, 1), True, 0)})
    outcome = resolve(graph, Changes(decisions={(1, 2)}))
    assert (outcome.root_of, outcome.contested) == ({2: 1}, {1: True})


def test_born_identifiers_have_cards_to_compute() -> None:
    stage = world()
    outcome = stage.apply(Batch(interactions=[seen(user(1)), seen(user(2), device(2))]))
    assert outcome.changed == {stage.ids[user(1)], min(stage.ids[user(2)], stage.ids[device(2)])}
    assert outcome.gone == {max(stage.ids[user(2)], stage.ids[device(2)])}
