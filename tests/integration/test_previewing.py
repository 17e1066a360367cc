"""Previews of decisions on a stored world, and which pairs splitting and joining are about."""

from typing import Any
from uuid import uuid4

import pytest

from profiles.configuration import configuration
from profiles.identity import previewing
from profiles.identity.decisions import (
    NoSuchDecision,
    NoSuchIdentifier,
    SameIdentifier,
    record_decisions,
    withdraw_decisions,
)
from profiles.identity.foreseeing import Surroundings
from profiles.identity.previewing import TooMuchToForesee, preview_decisions, survey
from profiles.identity.splitting import NothingToSplit, NotOfTheProfile, TooManyTies, pairs_to_join, pairs_to_split
from profiles.models import Decision, Identifier, Source
from tests.factories.channels import event, tell
from tests.integration.api.conftest import default_types, shop, unseen_configuration

__all__ = ["default_types", "shop", "unseen_configuration"]

pytestmark = pytest.mark.django_db


def number(value: str) -> int:
    return int(Identifier.objects.get(value=value).id)


def root(value: str) -> int:
    return int(Identifier.objects.get(value=value).root_id)


def around(*values: str) -> Surroundings:
    return survey([number(value) for value in values], configuration()).around


def tell_of_ann_and_bob(shop: Source) -> None:
    """Ann's address, which Bob typed too; each with a device."""
    tell(shop, event(1, userId="ann-1", context={"traits": {"email": "ann@example.org"}, "device": {"id": "d-ann"}}))
    tell(shop, event(2, userId="bob-1", context={"traits": {"email": "ann@example.org"}, "device": {"id": "d-bob"}}))


def test_what_a_split_frees_goes_where_it_was_refused_before(shop: Source) -> None:
    tell_of_ann_and_bob(shop)
    preview = preview_decisions([(number("ann-1"), number("ann@example.org"), "different")])
    assert [len(seen.identifier_ids) for seen in preview.before] == [3, 2]
    after = {frozenset(seen.identifier_ids) for seen in preview.after}
    assert frozenset({number("bob-1"), number("d-bob"), number("ann@example.org")}) in after
    assert preview.changes


def test_a_preview_takes_five_queries_and_writes_nothing(shop: Source, django_assert_max_num_queries: Any) -> None:
    tell_of_ann_and_bob(shop)
    [made] = record_decisions(
        pairs=[(number("d-ann"), number("ann-1"))], verdict="different", reason="No.", actor="staff:1"
    )
    configuration()
    stood = list(Identifier.objects.order_by("id").values_list("id", "root_id"))
    told = [(number("ann-1"), number("bob-1"), "same")]
    with django_assert_max_num_queries(6):
        preview_decisions(told, withdrawn=[made.id])
    assert list(Identifier.objects.order_by("id").values_list("id", "root_id")) == stood
    assert Decision.objects.filter(withdrawn_at=None).count() == 1


def test_what_a_decision_runs_against_is_named(shop: Source) -> None:
    tell_of_ann_and_bob(shop)
    pair = (number("ann-1"), number("bob-1"))
    [apart] = record_decisions(pairs=[pair], verdict="different", reason="Two.", actor="staff:1")
    joined = preview_decisions([(number("d-ann"), number("d-bob"), "same"), (number("d-ann"), pair[0], "same")])
    assert joined.contradicts == []
    both = [(number("d-ann"), number("d-bob"), "same"), (number("d-ann"), pair[0], "same")]
    assert preview_decisions([*both, (number("d-bob"), pair[1], "same")]).contradicts == [apart.id]


def test_nothing_is_foreseen_of_what_is_not_there(shop: Source) -> None:
    tell_of_ann_and_bob(shop)
    with pytest.raises(SameIdentifier):
        preview_decisions([(1, 1, "same")])
    with pytest.raises(NoSuchIdentifier):
        preview_decisions([(number("ann-1"), 10**15, "same")])
    with pytest.raises(NoSuchDecision):
        preview_decisions([], withdrawn=[uuid4()])


def test_a_neighbourhood_that_is_too_large_is_not_foreseen(shop: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    tell_of_ann_and_bob(shop)
    monkeypatch.setattr(previewing, "MOST_FORESEEN", 4)
    with pytest.raises(TooMuchToForesee):
        preview_decisions([(number("ann-1"), number("d-ann"), "different")])


def test_splitting_is_about_each_link_and_decision_that_crosses(shop: Source) -> None:
    tell_of_ann_and_bob(shop)
    record_decisions(pairs=[(number("d-bob"), number("d-ann"))], verdict="same", reason="One.", actor="staff:1")
    both = {number("d-ann"), number("d-bob")}
    pairs = pairs_to_split(around("d-ann"), root("d-ann"), both)
    assert all(len(both & set(ends)) == 1 for ends in pairs)
    assert (number("d-bob") in both) and root("d-bob") == root("bob-1")
    foreseen = preview_decisions([(*ends, "different") for ends in pairs])
    record_decisions(pairs=pairs, verdict="different", reason="Not theirs.", actor="staff:1")
    assert root("d-bob") == root("d-ann") != root("bob-1")
    mates = Identifier.objects.filter(root_id=root("d-ann")).order_by("id").values_list("id", flat=True)
    assert tuple(mates) in {seen.identifier_ids for seen in foreseen.after}


def test_splitting_needs_some_to_leave_and_some_to_stay(shop: Source) -> None:
    tell_of_ann_and_bob(shop)
    mates = list(Identifier.objects.filter(root_id=root("ann-1")).values_list("id", flat=True))
    for chosen in ([], mates):
        with pytest.raises(NothingToSplit):
            pairs_to_split(around("ann-1"), root("ann-1"), chosen)
    with pytest.raises(NotOfTheProfile):
        pairs_to_split(around("ann-1"), root("ann-1"), [number("bob-1")])


def test_too_many_ties_are_not_split_at_once(shop: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    from profiles.identity import splitting

    tell_of_ann_and_bob(shop)
    monkeypatch.setattr(splitting, "MOST_PAIRS", 1)
    with pytest.raises(TooManyTies):
        pairs_to_split(around("ann-1"), root("ann-1"), [number("ann-1")])


def test_joining_is_about_the_strongest_of_each_and_what_a_limit_would_refuse(shop: Source) -> None:
    tell_of_ann_and_bob(shop)
    tell(shop, event(3, userId="ann-1", context={"externalIds": [{"type": "loyalty_id", "id": "CARD-1"}]}))
    tell(shop, event(4, userId="bob-1", context={"externalIds": [{"type": "loyalty_id", "id": "CARD-2"}]}))
    pairs = pairs_to_join(around("ann-1", "bob-1"), root("ann-1"), root("bob-1"))
    assert set(pairs[0]) == {number("ann-1"), number("bob-1")}
    record_decisions(pairs=pairs, verdict="same", reason="One.", actor="staff:1")
    assert len(set(Identifier.objects.values_list("root_id", flat=True))) == 1
    with pytest.raises(NotOfTheProfile):
        pairs_to_join(around("ann-1"), root("ann-1"), 10**15)


def test_several_decisions_are_one_act(shop: Source) -> None:
    tell_of_ann_and_bob(shop)
    pairs = [(number("ann-1"), number("bob-1")), (number("d-ann"), 10**15)]
    with pytest.raises(NoSuchIdentifier):
        record_decisions(pairs=pairs, verdict="same", reason="One.", actor="staff:1")
    assert not Decision.objects.exists()
    made = record_decisions(pairs=[pairs[0], pairs[0][::-1]], verdict="same", reason="One.", actor="staff:1")
    assert len(made) == 1
    with pytest.raises(NoSuchDecision):
        withdraw_decisions(ids=[made[0].id, uuid4()], actor="staff:1")
    assert Decision.objects.filter(withdrawn_at=None).count() == 1
    withdraw_decisions(ids=[made[0].id], actor="staff:1")
    assert root("ann-1") != root("bob-1")
