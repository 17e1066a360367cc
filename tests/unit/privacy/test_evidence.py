"""By which evidence identifiers are tied to those that were verified."""

from hypothesis import given
from hypothesis import strategies as st

from profiles.privacy.evidence import Tie, group_by_evidence

ANN, MAIL, PHONE, LAPTOP, OTHER = 1, 2, 3, 4, 5
PEOPLE = {ANN: True, MAIL: True, PHONE: True, LAPTOP: False, OTHER: True}


def groups(*ties: Tie, presented: tuple[int, ...] = (MAIL,)) -> dict[str, set[int]]:
    found = group_by_evidence(PEOPLE, ties, presented)
    return {group: ids for group, ids in found.items() if ids}


def test_a_chain_of_person_identifiers_is_deterministic_and_may_end_at_a_device() -> None:
    told = groups(Tie(MAIL, ANN, True), Tie(ANN, PHONE, True), Tie(ANN, LAPTOP, True), Tie(PHONE, OTHER, True))
    assert told == {"itself": {MAIL}, "deterministic": {ANN, PHONE, LAPTOP, OTHER}}


def test_whoever_is_met_only_on_a_device_is_told_apart() -> None:
    told = groups(Tie(MAIL, ANN, True), Tie(ANN, LAPTOP, True), Tie(LAPTOP, OTHER, True), Tie(OTHER, PHONE, True))
    assert told == {"itself": {MAIL}, "deterministic": {ANN, LAPTOP}, "device_only": {OTHER, PHONE}}


def test_a_presented_device_is_no_mere_middle() -> None:
    told = groups(Tie(LAPTOP, ANN, True), Tie(ANN, MAIL, True), presented=(LAPTOP,))
    assert told == {"itself": {LAPTOP}, "deterministic": {ANN, MAIL}, "probable": {PHONE, OTHER}}


def test_a_claim_or_a_probable_link_on_the_way_makes_what_is_behind_it_probable() -> None:
    told = groups(Tie(MAIL, ANN, False), Tie(ANN, PHONE, True), Tie(MAIL, LAPTOP, True))
    assert told == {"itself": {MAIL}, "deterministic": {LAPTOP}, "probable": {ANN, PHONE, OTHER}}


def test_the_stronger_of_two_ways_counts() -> None:
    told = groups(Tie(MAIL, LAPTOP, True), Tie(LAPTOP, ANN, True), Tie(MAIL, PHONE, True), Tie(PHONE, ANN, True))
    assert told == {"itself": {MAIL}, "deterministic": {LAPTOP, ANN, PHONE}, "probable": {OTHER}}


nodes = st.integers(0, 6)
graphs = st.lists(st.tuples(nodes, nodes, st.booleans()).filter(lambda tie: tie[0] != tie[1]), max_size=12)


@given(persons=st.lists(st.booleans(), min_size=7, max_size=7), ties=graphs, presented=st.sets(nodes, min_size=1))
def test_it_is_what_trying_every_path_says(
    persons: list[bool], ties: list[tuple[int, int, bool]], presented: set[int]
) -> None:
    found = group_by_evidence(dict(enumerate(persons)), [Tie(*tie) for tie in ties], presented)
    for node in range(7):
        assert [group for group, ids in found.items() if node in ids] == [naive(node, persons, ties, presented)]


def naive(node: int, persons: list[bool], ties: list[tuple[int, int, bool]], presented: set[int]) -> str:
    """Every simple path over sure ties from what was presented to the node, looked at one by one."""
    if node in presented:
        return "itself"
    paths = [path for start in presented for path in walk([start], node, ties)]
    if any(all(persons[middle] for middle in path[1:-1] if middle not in presented) for path in paths):
        return "deterministic"
    return "device_only" if paths else "probable"


def walk(path: list[int], goal: int, ties: list[tuple[int, int, bool]]) -> list[list[int]]:
    if path[-1] == goal:
        return [path]
    onward = {b if a == path[-1] else a for a, b, sure in ties if sure and path[-1] in (a, b)}
    return [found for node in onward - set(path) for found in walk([*path, node], goal, ties)]
