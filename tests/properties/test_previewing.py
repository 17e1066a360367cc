"""What a preview of decisions says is what becomes of the profiles once they are made, on random worlds."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.configuration import configuration
from profiles.identity.decisions import record_decisions, withdraw_decisions
from profiles.identity.foreseeing import DecisionPreview, ProfileSeen
from profiles.identity.previewing import preview_decisions, preview_within, read_pairs_to_join, survey
from profiles.identity.splitting import pairs_to_join
from profiles.models import Decision, Identifier, Link
from tests.properties.test_pipeline import streams, worlds
from tests.properties.world import Event, Types, empty_world, play

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

Partition = dict[int, int]


@SLOW
@given(types=worlds(), events=streams(), earlier=streams(), data=st.data())
def test_a_preview_is_what_happens(
    types: Types, events: list[Event], earlier: list[Event], data: st.DataObject
) -> None:
    empty_world(types)
    play([[*events, *(replace(event, message_id=f"e{event.message_id}") for event in earlier)]])
    for _ in range(data.draw(st.integers(0, 2))):
        decide(data)
    check_withdrawing(data)
    pairs, verdict = draw_pairs(data), data.draw(st.sampled_from(["same", "different"]))
    if not pairs:
        return
    before = partition()
    preview = preview_decisions([(a, b, verdict) for a, b in pairs])
    assert partition() == before
    record_decisions(pairs=pairs, verdict=verdict, reason="Told so.", actor="staff:1")
    check(preview, before)


@SLOW
@given(types=worlds(), events=streams(), data=st.data())
def test_two_profiles_are_one_once_what_joins_them_is_decided(
    types: Types, events: list[Event], data: st.DataObject
) -> None:
    empty_world(types)
    play([events])
    for _ in range(data.draw(st.integers(0, 2))):
        decide(data)
    before, held = partition(), configuration()
    roots = sorted(set(before.values()))
    if len(roots) < 2:
        return
    one, other = data.draw(st.lists(st.sampled_from(roots), min_size=2, max_size=2, unique=True))
    found = survey([one, other], held)
    pairs = pairs_to_join(found.around, one, other)
    assert read_pairs_to_join(one, other, held) == pairs
    foreseen = preview_within(found, [(a, b, "same") for a, b in pairs])
    record_decisions(pairs=pairs, verdict="same", reason="One.", actor="staff:1")
    after, both = partition(), mates(one, before) | mates(other, before)
    assert after[pairs[0][0]] == after[pairs[0][1]], "the strongest of each are one person in any case"
    as_one = any(both <= set(seen.identifier_ids) for seen in foreseen.after)
    assert as_one is (len({after[id_] for id_ in both}) == 1)
    if len(roots) == 2 and not Decision.objects.filter(verdict="different").exists():
        assert as_one, "nobody else is there to take a place, and no decision stands between them"


def check_withdrawing(data: st.DataObject) -> None:
    """Taking decisions back comes out as foreseen, too."""
    standing = sorted(Decision.objects.filter(withdrawn_at=None).values_list("id", flat=True))
    if not standing:
        return
    chosen = data.draw(st.lists(st.sampled_from(standing), min_size=1, unique=True))
    before = partition()
    preview = preview_decisions([], withdrawn=chosen)
    assert partition() == before
    withdraw_decisions(ids=chosen, actor="staff:1")
    check(preview, before)


def decide(data: st.DataObject) -> None:
    if pairs := draw_pairs(data):
        verdict = data.draw(st.sampled_from(["same", "different"]))
        record_decisions(pairs=pairs, verdict=verdict, reason="Earlier.", actor="staff:2")


def draw_pairs(data: st.DataObject) -> list[tuple[int, int]]:
    """Some pairs of identifiers, of linked ones rather than of others."""
    ids = sorted(partition())
    if len(ids) < 2:
        return []
    linked = sorted(Link.objects.values_list("a_id", "b_id"))
    some = st.lists(st.sampled_from(ids), min_size=2, max_size=2, unique=True).map(lambda ends: (ends[0], ends[1]))
    pairs = st.one_of(st.sampled_from(linked), some) if linked else some
    return data.draw(st.lists(pairs, min_size=1, max_size=4))


def check(preview: DecisionPreview, before: Partition) -> None:
    """Before and after are as the store had and has them, and whatever moved is in them."""
    after = partition()
    assert clusters(preview.before) == clusters_of(before, within(preview.before))
    assert clusters(preview.after) == clusters_of(after, within(preview.after))
    assert within(preview.before) == within(preview.after)
    moved = {id_ for id_ in before if mates(id_, before) != mates(id_, after)}
    assert moved <= within(preview.before)
    assert preview.changes is (before != after)
    born = dict(Identifier.objects.values_list("id", "profile_id"))
    for seen in (*preview.before, *preview.after):
        assert seen.profile_id == born[min(seen.identifier_ids)]
    links = Link.objects.filter(a_id__in=within(preview.after), b_id__in=within(preview.after))
    assert preview.refused.keys() == set(links.exclude(refused="").values_list("a_id", "b_id"))


def partition() -> Partition:
    return dict(Identifier.objects.values_list("id", "root_id"))


def mates(id_: int, found: Partition) -> set[int]:
    return {other for other, root in found.items() if root == found[id_]}


def within(profiles: Iterable[ProfileSeen]) -> set[int]:
    return {id_ for seen in profiles for id_ in seen.identifier_ids}


def clusters(profiles: Iterable[ProfileSeen]) -> set[frozenset[int]]:
    return {frozenset(seen.identifier_ids) for seen in profiles}


def clusters_of(found: Partition, ids: set[int]) -> set[frozenset[int]]:
    return {frozenset(mates(id_, found)) for id_ in ids}
