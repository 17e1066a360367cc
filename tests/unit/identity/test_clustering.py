"""The order in which links are taken, the limits, and the decisions: each rule of identity.md by itself."""

from dataclasses import replace

import pytest

from profiles.identity.clustering import (
    MAX_CLUSTER,
    Decision,
    Edge,
    Limits,
    Node,
    Solution,
    in_order,
    latest_decisions,
    mark_shared,
    pair,
    reason_left_out,
    shared_identifiers,
    solve,
)
from profiles.identity.types import TypeRule

USER = TypeRule(1, "user_id", 1, True, 1, "first", None)
EMAIL = TypeRule(2, "email", 4, True, 2, "first", 2)
DEVICE = TypeRule(3, "device_id", 7, False, None, "last", 2)

U1, U2, U3 = Node(1, USER, "u1"), Node(2, USER, "u2"), Node(3, USER, "u3")
E1, E2, E3 = Node(4, EMAIL, "a@x"), Node(5, EMAIL, "b@x"), Node(6, EMAIL, "c@x")
D1, D2 = Node(7, DEVICE, "d1"), Node(8, DEVICE, "d2")
NODES = [U1, U2, U3, E1, E2, E3, D1, D2]


def link(a: Node, b: Node, first_at: int = 0, last_at: int | None = None, *, probable: bool = False) -> Edge:
    return Edge(*pair(a.id, b.id), first_at, first_at if last_at is None else last_at, probable)


def taken(*edges: Edge) -> list[Edge]:
    return in_order({node.id: node for node in NODES}, edges)


def solved(
    *edges: Edge, same: set[tuple[int, int]] | None = None, different: set[tuple[int, int]] | None = None
) -> Solution:
    return solve(NODES, edges, same or set(), different or set())


def together(solution: Solution, *nodes: Node) -> bool:
    return len({solution.cluster_of[node.id] for node in nodes}) == 1


def test_the_stronger_weak_end_goes_first_whatever_the_time() -> None:
    assert taken(link(U1, D1, 0), link(U1, E1, 9)) == [link(U1, E1, 9), link(U1, D1, 0)]


def test_where_the_first_owns_the_earliest_link_goes_first() -> None:
    assert taken(link(U1, E1, 5, 90), link(U2, E1, 4, 99)) == [link(U2, E1, 4, 99), link(U1, E1, 5, 90)]


def test_where_the_last_owns_the_latest_link_goes_first() -> None:
    assert taken(link(U1, D1, 0, 8), link(U2, D1, 1, 9)) == [link(U2, D1, 1, 9), link(U1, D1, 0, 8)]


def test_at_one_time_the_stronger_of_the_strong_ends_goes_first() -> None:
    assert taken(link(E1, D1, 3), link(U2, D1, 3)) == [link(U2, D1, 3), link(E1, D1, 3)]


def test_what_was_seen_goes_before_what_is_probable() -> None:
    assert taken(link(U1, E1, 3, probable=True), link(U2, E1, 3)) == [link(U2, E1, 3), link(U1, E1, 3, probable=True)]


def test_what_is_left_is_settled_by_the_bytes_of_the_ends() -> None:
    # Both orders of ids: the text alone decides, and by bytes an upper-case Z comes before a lower-case a.
    upper, lower = Node(9, USER, "Z"), Node(10, USER, "a")
    nodes = {node.id: node for node in (*NODES, upper, lower)}
    edges = [link(lower, E1, 3), link(upper, E2, 3), link(upper, E1, 3)]
    assert in_order(nodes, edges) == [link(upper, E1, 3), link(lower, E1, 3), link(upper, E2, 3)]


def test_text_beyond_the_basic_plane_keeps_its_byte_order() -> None:
    high, private = Node(9, USER, "\U0001f600"), Node(10, USER, "\uffee")
    nodes = {node.id: node for node in (*NODES, high, private)}
    assert in_order(nodes, [link(high, E1), link(private, E1)]) == [link(private, E1), link(high, E1)]


def test_times_before_1970_and_far_ahead_are_in_order() -> None:
    ends = 10**18
    assert taken(link(U1, E1, ends), link(U2, E1, 0), link(U3, E1, -ends)) == [
        link(U3, E1, -ends),
        link(U2, E1, 0),
        link(U1, E1, ends),
    ]


def test_a_second_user_id_is_refused() -> None:
    solution = solved(link(U1, E1, 1), link(U2, E1, 2))
    assert together(solution, U1, E1)
    assert not together(solution, U2, E1)
    assert solution.refused == {(2, 4): "limit:user_id"}


def test_a_limit_counts_identifiers_decided_to_be_one_as_one() -> None:
    solution = solved(link(U1, E1, 1), link(U2, E1, 2), link(U3, E1, 3), same={(1, 2)})
    assert together(solution, U1, U2, E1)
    assert solution.refused == {(3, 4): "limit:user_id"}


def test_decisions_join_whatever_the_limits() -> None:
    assert together(solved(same={(1, 2), (2, 3)}), U1, U2, U3)


def test_a_decision_keeps_two_people_apart_however_they_are_linked() -> None:
    solution = solved(link(U1, E1, 1), link(E1, D1, 2), different={(1, 7)})
    assert solution.refused == {(4, 7): "different"}


def test_a_decision_of_one_that_contradicts_stands_and_is_shown() -> None:
    solution = solved(same={(1, 4), (4, 7)}, different={(1, 7)})
    assert together(solution, U1, E1, D1)
    assert solution.contradictions == {(1, 7)}


def test_of_several_reasons_the_first_of_the_procedure_is_named() -> None:
    assert solved(link(U1, E1, 1), link(U2, E1, 2), different={(1, 2)}).refused == {(2, 4): "different"}
    user, email = replace(USER, per_profile=1), replace(EMAIL, per_profile=1)
    nodes = [Node(1, user, "u1"), Node(2, user, "u2"), Node(3, email, "a"), Node(4, email, "b"), Node(5, DEVICE, "d")]
    edges = [Edge(1, 3, 0, 0), Edge(2, 4, 0, 0), Edge(1, 5, 0, 1), Edge(2, 5, 0, 0)]
    assert solve(nodes, edges, set(), set(), max_cluster=3).refused == {(2, 5): "limit:user_id"}


def test_the_500th_identifier_is_taken_and_the_501st_is_not() -> None:
    devices = [Node(10 + n, DEVICE, f"d{n}") for n in range(MAX_CLUSTER)]
    edges = [Edge(1, device.id, n, n) for n, device in enumerate(devices)]
    solution = solve([U1, *devices], edges, set(), set())
    assert len(solution.clusters()[1]) == MAX_CLUSTER
    assert solution.refused == {(1, devices[0].id): "size"}


def test_a_must_class_larger_than_the_limit_stands_and_takes_no_more() -> None:
    devices = [Node(10 + n, DEVICE, f"d{n}") for n in range(4)]
    same = {(10, 11), (11, 12), (12, 13)}
    solution = solve([U1, *devices], [Edge(1, 10, 0, 0)], same, set(), max_cluster=3)
    assert solution.clusters() == {1: [1], 10: [10, 11, 12, 13]}
    assert solution.refused == {(1, 10): "size"}


def test_an_identifier_is_shared_when_one_stronger_type_alone_exceeds_the_limit() -> None:
    mixed = [link(U1, D1), link(U2, D1), link(E1, D1), link(E2, D1)]
    assert shared_identifiers(NODES, mixed) == set()
    assert shared_identifiers(NODES, [*mixed, link(U3, D1)]) == {D1.id}


def test_weaker_and_equal_neighbours_share_nothing() -> None:
    nodes = [E1, *(Node(10 + n, rule, f"v{n}") for n, rule in enumerate([EMAIL] * 4 + [DEVICE] * 4))]
    assert shared_identifiers(nodes, [Edge(4, node.id, 0, 0) for node in nodes[1:]]) == set()


def test_a_shared_identifier_links_nobody_but_may_be_decided_upon() -> None:
    edges = [link(U1, D1), link(U2, D1), link(U3, D1), link(D1, D2)]
    nodes = mark_shared(NODES, edges)
    solution = solve(nodes, edges, {(1, 7)}, set())
    assert set(solution.refused.values()) == {"shared:device_id"}
    assert len(solution.refused) == 4
    assert together(solution, U1, D1)


def test_marking_takes_a_mark_away_too() -> None:
    assert [node.shared for node in mark_shared([D1._replace(shared=True), U1], [link(U1, D1)])] == [False, False]


def test_who_denies_unification_stands_alone() -> None:
    nodes = [U1, E1._replace(denied=True), D1]
    solution = solve(nodes, [link(U1, E1), link(U1, D1), link(E1, D1)], set(), set())
    assert solution.clusters() == {1: [1, 7], 4: [4]}
    assert solution.refused == {(1, 4): "unification", (4, 7): "unification"}


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        (U1, E1, ""),
        (U1, E1._replace(shared=True), "shared:email"),
        (E1._replace(shared=True), D1._replace(shared=True), "shared:device_id"),
        (U1._replace(denied=True), E1._replace(shared=True), "shared:email"),
        (U1._replace(denied=True), E1, "unification"),
    ],
)
def test_why_a_link_is_left_out(a: Node, b: Node, reason: str) -> None:
    assert reason_left_out(a, b) == reason_left_out(b, a) == reason


def test_the_latest_decision_counts_and_a_tie_parts() -> None:
    told = [
        Decision(1, 2, True, 5),
        Decision(2, 1, False, 4),
        Decision(3, 4, True, 5),
        Decision(3, 4, False, 5),
        Decision(5, 6, False, 1),
    ]
    assert latest_decisions(told) == latest_decisions(told[::-1]) == ({(1, 2)}, {(3, 4), (5, 6)})


def test_decisions_about_strangers_are_ignored() -> None:
    assert solved(same={(1, 99)}, different={(2, 98)}).clusters() == {node.id: [node.id] for node in NODES}


def test_limits_find_the_strongest_type_exceeded_among_huge_counts() -> None:
    limits = Limits([DEVICE, EMAIL, USER], 10**9)
    state = limits.state_of_class({1, 2, 3}, 10**6)
    assert limits.reason_against(state) == ""
    assert limits.reason_against(state * 3) == "limit:user_id"
    assert limits.reason_against(limits.alone[2] * 3) == "limit:email"
    assert limits.reason_against(limits.alone[3] * 10**9) == ""
    assert limits.reason_against(limits.alone[3] * (10**9 + 1)) == "size"
    assert limits.count(limits.alone[2] * 3, "limit:email") == limits.count(limits.alone[3] * 3, "size") == 3
