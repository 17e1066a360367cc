"""Answers, what follows from them, and the second pair of eyes."""

import pytest
from django.core.management import call_command

from profiles.identity.decisions import record_decisions
from profiles.models import Decision, Identifier, ReviewCase, ReviewProposal, Source
from profiles.review.answering import CannotUndo, answer_case, undo_case
from profiles.review.cases import NotWaiting, Taken, claim_case, is_claimed, open_candidate, postpone_case
from profiles.review.deciding import (
    Decided,
    NeedsTwo,
    Proposed,
    decide_alone,
    decide_pairs,
    take_back_decisions,
)
from profiles.review.kinds.case_kind import Candidate
from profiles.review.proposing import (
    NoSuchProposal,
    NotYourOwn,
    OnlyYourOwn,
    approve_proposal,
    refuse_proposal,
    withdraw_proposal,
)
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell
from tests.integration.api.conftest import unseen_configuration
from tests.integration.review.worlds import ANN, BEN, cases, id_of, only_case, partition, root_of, two_accounts

__all__ = ["unseen_configuration"]  # services' tokens are held by its version
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Source:
    return make_source()


@pytest.fixture
def four_eyes(settings: object) -> None:
    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["merge"], 2  # type: ignore[attr-defined]


def answer(case: ReviewCase, name: str, actor: str = ANN) -> ReviewCase:
    return answer_case(id=case.id, answer=name, note="I looked", actor=actor)


def pair_of(shop: Source) -> tuple[int, int]:
    tell(shop, event(0, userId="u-1", anonymousId="a-1"), event(1, userId="u-2", anonymousId="a-2"))
    return id_of("user_id", "u-1"), id_of("user_id", "u-2")


def test_same_joins_the_two_whole_profiles_and_undo_restores_them_exactly(shop: Source) -> None:
    two_accounts(shop)
    case, before = only_case("refused_link"), partition()
    assert answer(case, "same").decision_ids
    assert len(set(partition().values())) == 1
    undo_case(id=case.id, actor=ANN)
    assert partition() == before
    call_command("rebuild_identity")
    assert partition() == before


def test_same_joins_profiles_that_break_several_limits_at_once(shop: Source) -> None:
    for account in ("u-1", "u-2"):
        for number in range(4):
            tell(shop, event(number, userId=account, context={"traits": {"email": f"{account}-{number}@example.org"}}))
    tell(
        shop,
        event(9, userId="u-1", context={"traits": {"phone": "+4930111111"}}),
        event(9, userId="u-2", context={"traits": {"phone": "+4930111111"}}),
    )
    answer(only_case("refused_link"), "same")
    assert len(set(partition().values())) == 1
    assert Identifier.objects.count() == 11


def test_different_keeps_them_apart_whatever_comes_later(shop: Source) -> None:
    two_accounts(shop)
    answer(only_case("refused_link"), "different")
    tell(shop, event(5, userId="u-0-1", context={"traits": {"phone": "+4930222222"}}))
    tell(shop, event(6, userId="u-0-2", context={"traits": {"phone": "+4930222222"}}))
    assert root_of("user_id", "u-0-1") != root_of("user_id", "u-0-2")
    assert cases("refused_link") == []


def test_an_answer_is_given_once(shop: Source) -> None:
    two_accounts(shop)
    case = only_case("refused_link")
    answer(case, "same")
    with pytest.raises(NotWaiting):
        answer(case, "different", BEN)
    assert Decision.objects.count() == 1


def test_only_who_answered_can_undo_and_only_once(shop: Source) -> None:
    two_accounts(shop)
    case = only_case("refused_link")
    answer(case, "same")
    with pytest.raises(CannotUndo):
        undo_case(id=case.id, actor=BEN)
    undo_case(id=case.id, actor=ANN)
    with pytest.raises(CannotUndo):
        undo_case(id=case.id, actor=ANN)


def test_a_claim_keeps_others_out_until_it_ends(shop: Source) -> None:
    two_accounts(shop)
    case = only_case("refused_link")
    assert claim_case(case=case, actor=ANN)
    assert not claim_case(case=ReviewCase.objects.get(id=case.id), actor=BEN)
    assert is_claimed(case, BEN)
    assert not is_claimed(case, ANN)
    with pytest.raises(Taken):
        postpone_case(id=case.id, note="", actor=BEN)
    ReviewCase.objects.filter(id=case.id).update(claimed_until="2026-01-01T00:00Z")
    assert claim_case(case=ReviewCase.objects.get(id=case.id), actor=BEN)


def test_without_four_eyes_a_large_merge_is_decided_at_once(shop: Source) -> None:
    assert isinstance(decide_pairs(pairs=[pair_of(shop)], verdict="same", reason="r", actor=ANN), Decided)


@pytest.mark.usefixtures("four_eyes")
def test_a_merge_above_the_size_waits_for_another_and_is_recorded_under_both_names(shop: Source) -> None:
    before, pair = None, pair_of(shop)
    before = partition()
    made = decide_pairs(pairs=[pair], verdict="same", reason="one person", actor=ANN)
    assert isinstance(made, Proposed)
    assert (made.size, partition(), Decision.objects.count()) == (4, before, 0)
    case = only_case("proposed_merge")
    assert case.id == made.case_id
    with pytest.raises(NotYourOwn):
        approve_proposal(id=made.proposal_id, note="", actor=ANN)
    answer(case, "approve", BEN)
    [decision] = Decision.objects.all()
    assert decision.actor == ANN
    assert f"approved by {BEN}" in decision.reason
    assert len(set(partition().values())) == 1
    undo_case(id=case.id, actor=BEN)
    assert partition() == before
    assert ReviewProposal.objects.get().state == "waiting"


@pytest.mark.usefixtures("four_eyes")
def test_a_refused_proposal_changes_nothing_and_asks_the_question_again(shop: Source) -> None:
    two_accounts(shop)
    case = only_case("refused_link")
    assert answer(case, "same").answer == "proposed"
    proposal = ReviewProposal.objects.get()
    answer(only_case("proposed_merge"), "refuse", BEN)
    assert only_case("refused_link").id == case.id
    assert Decision.objects.count() == 0
    with pytest.raises(NoSuchProposal):
        approve_proposal(id=proposal.id, note="", actor=BEN)


@pytest.mark.usefixtures("four_eyes")
def test_the_proposer_alone_can_withdraw_and_undo_does_so(shop: Source) -> None:
    two_accounts(shop)
    case = only_case("refused_link")
    answer(case, "same")
    proposal = ReviewProposal.objects.get()
    with pytest.raises(OnlyYourOwn):
        withdraw_proposal(id=proposal.id, note="", actor=BEN)
    with pytest.raises(NotYourOwn):
        refuse_proposal(id=proposal.id, note="", actor=ANN)
    undo_case(id=case.id, actor=ANN)
    assert ReviewProposal.objects.get().state == "withdrawn"
    assert cases("proposed_merge") == []
    assert only_case("refused_link").id == case.id


@pytest.mark.usefixtures("four_eyes")
def test_nobody_gets_round_the_second_pair_of_eyes(shop: Source) -> None:
    pair = pair_of(shop)
    for _again in range(2):
        assert isinstance(decide_pairs(pairs=[pair[::-1]], verdict="same", reason="", actor=ANN), Proposed)
    assert ReviewProposal.objects.count() == 1, "proposed again it is the same proposal"
    a, b = ("user_id", "u-1"), ("user_id", "u-2")
    with pytest.raises(NeedsTwo):
        decide_alone(a=a, b=b, verdict="same", reason="r", actor="token:shop")
    mail = ("email", "new@example.org")
    decide_alone(a=mail, b=b, verdict="different", reason="r", actor="token:shop")
    with pytest.raises(NeedsTwo):
        decide_alone(a=a, b=mail, verdict="same", reason="r", actor="token:shop")
    assert not Identifier.objects.filter(type__name="email").exclude(value="new@example.org").exists()
    assert Decision.objects.filter(verdict="same").count() == 0


@pytest.mark.usefixtures("four_eyes")
def test_what_is_one_profile_already_needs_nobody_else(shop: Source) -> None:
    tell(shop, event(0, userId="u-1", anonymousId="a-1", context={"traits": {"email": "p@example.org"}}))
    pair = (id_of("user_id", "u-1"), id_of("email", "p@example.org"))
    assert isinstance(decide_pairs(pairs=[pair], verdict="same", reason="", actor=ANN), Decided)
    assert isinstance(decide_pairs(pairs=[pair], verdict="different", reason="", actor=ANN), Decided)


def parted(shop: Source) -> Decision:
    """Two identifiers that were seen together, on two profiles by a decision."""
    tell(
        shop,
        event(0, userId="u-1", anonymousId="a-1"),
        event(1, userId="u-1", context={"device": {"id": "d-1"}}),
    )
    pair = (id_of("user_id", "u-1"), id_of("device_id", "d-1"))
    [made] = record_decisions(pairs=[pair], verdict="different", reason="", actor=BEN)
    assert len(set(partition().values())) == 2
    return made


@pytest.mark.usefixtures("four_eyes")
def test_nobody_takes_a_decision_back_alone_where_that_makes_a_large_profile(shop: Source) -> None:
    made = parted(shop)
    before = partition()
    with pytest.raises(NeedsTwo):
        take_back_decisions(ids=[made.id], actor=ANN)
    answered = Caller().delete(f"/v1/identity/decisions/{made.id}")
    assert answered.status == 409
    assert "two members of staff have to agree" in answered.content["detail"]
    assert partition() == before
    assert Decision.objects.get().withdrawn_at is None


@pytest.mark.usefixtures("four_eyes")
def test_the_way_round_is_a_same_person_that_two_agree_to(shop: Source) -> None:
    made = parted(shop)
    proposed = decide_pairs(pairs=[(made.a_id, made.b_id)], verdict="same", reason="One.", actor=ANN)
    assert isinstance(proposed, Proposed)
    approve_proposal(id=proposed.proposal_id, note="", actor=BEN)
    assert len(set(partition().values())) == 1
    take_back_decisions(ids=[made.id], actor=ANN)
    assert len(set(partition().values())) == 1, "it joined nobody any more"


def test_without_four_eyes_a_decision_is_taken_back_at_once(shop: Source) -> None:
    take_back_decisions(ids=[parted(shop).id], actor=ANN)
    assert len(set(partition().values())) == 1


@pytest.mark.usefixtures("four_eyes")
def test_what_takes_a_large_profile_apart_needs_nobody_else(shop: Source) -> None:
    pair = pair_of(shop)
    tell(shop, event(2, userId="u-1", context={"device": {"id": "d-1"}}))
    [made] = record_decisions(pairs=[pair], verdict="same", reason="", actor=BEN)
    take_back_decisions(ids=[made.id], actor=ANN)
    assert root_of("user_id", "u-1") != root_of("user_id", "u-2"), "what is left of it is still above the size"


def test_a_case_is_opened_once(shop: Source) -> None:
    first = open_candidate("refused_link", Candidate("1-2", (1, 2), 3, {"a": 1, "b": 2}))
    again = open_candidate("refused_link", Candidate("1-2", (1, 2), 4, {"a": 1, "b": 2}))
    assert (first.id, again.stake) == (again.id, 4)


def test_two_decisions_made_in_a_row_by_two_people_both_stand(shop: Source) -> None:
    pair = pair_of(shop)
    record_decisions(pairs=[pair], verdict="same", reason="", actor=ANN)
    assert isinstance(decide_pairs(pairs=[pair], verdict="different", reason="", actor=BEN), Decided)
    assert Decision.objects.count() == 2


@pytest.mark.usefixtures("four_eyes")
def test_a_service_is_told_why_its_decision_is_refused(shop: Source) -> None:
    pair_of(shop)
    told = {
        "a": {"type": "user_id", "value": "u-1"},
        "b": {"type": "user_id", "value": "u-2"},
        "verdict": "same",
        "reason": "They are one.",
    }
    answered = Caller().post("/v1/identity/decisions", told)
    assert answered.status == 409
    assert "two members of staff have to agree" in answered.content["detail"]
    assert Decision.objects.count() == 0
