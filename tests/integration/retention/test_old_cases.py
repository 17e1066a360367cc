"""Cases that ended: removed at their time, while what was decided stays and nothing is asked again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consent.retention import Rule
from consent.retention_rules import save_rule
from profiles.models import Decision, ReviewCase, ReviewProposal
from profiles.privacy.retention import apply_retention, preview_retention
from profiles.review.answering import answer_case
from profiles.review.cases import postpone_case, settle_case
from profiles.review.deciding import Proposed, decide_pairs
from profiles.review.proposing import approve_proposal
from tests.factories.channels import event, make_source, tell
from tests.integration.review.worlds import ANN, BEN, cases, crowd_on_a_mailbox, id_of, only_case, two_accounts

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=40)


def keep_for_a_month() -> None:
    save_rule(Rule("case", keep_for="P30D"))


def long_ago(case: ReviewCase) -> None:
    ReviewCase.objects.filter(id=case.id).update(last_at=LONG_AGO, checked_at=LONG_AGO)


def removed() -> int:
    expected = preview_retention(NOW).get("case", 0)
    done = apply_retention(NOW)
    assert done is not None
    assert done.get("case", 0) == expected
    return expected


def test_an_answered_case_goes_at_its_time_and_its_decision_stays() -> None:
    two_accounts(make_source(), people=2)
    one, other = cases("refused_link")
    for case in (one, other):
        answer_case(id=case.id, answer="different", note="I asked them", actor=ANN)
    long_ago(one)
    keep_for_a_month()
    assert removed() == 1
    assert list(ReviewCase.objects.values_list("id", flat=True)) == [other.id]
    assert list(Decision.objects.values_list("reason", flat=True)) == ["I asked them"] * 2
    assert removed() == 0
    assert cases("refused_link") == [], "what was decided is not asked again"


def test_an_answer_that_is_still_needed_loses_its_note_and_name_alone() -> None:
    crowd_on_a_mailbox(make_source(), 4)
    case = only_case("shared_identifier")
    answer_case(id=case.id, answer="right", note="Eva's office", actor=ANN)
    long_ago(case)
    keep_for_a_month()
    assert removed() == 1
    kept = ReviewCase.objects.get()
    assert (kept.state, kept.answer, kept.note, kept.answered_by) == ("answered", "right", "", "")
    assert cases("shared_identifier") == [], "it is not asked again"
    assert removed() == 0


def test_what_waits_stays_and_what_settled_itself_goes() -> None:
    two_accounts(make_source(), people=3)
    waiting, later, settled = cases("refused_link")
    postpone_case(id=later.id, note="who knows", actor=ANN)
    settle_case(case=settled)
    for case in (waiting, later, settled):
        long_ago(case)
    keep_for_a_month()
    assert removed() == 1
    assert set(ReviewCase.objects.values_list("id", flat=True)) == {waiting.id, later.id}


def test_a_proposal_goes_after_its_end_and_one_that_waits_stays(settings: Any) -> None:
    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["merge"], 1
    tell(make_source(), *(event(n, userId=f"u-{n}") for n in range(4)))
    pairs = [(id_of("user_id", f"u-{n}"), id_of("user_id", f"u-{n + 1}")) for n in (0, 2)]
    made = [decide_pairs(pairs=[pair], verdict="same", reason="r", actor=ANN) for pair in pairs]
    ended, waiting = (one for one in made if isinstance(one, Proposed))
    approve_proposal(id=ended.proposal_id, note="I looked", actor=BEN)
    ReviewProposal.objects.filter(id=ended.proposal_id).update(ended_at=LONG_AGO)
    keep_for_a_month()
    assert removed() == 1
    assert ReviewProposal.objects.get().id == waiting.proposal_id
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("at_once", [1, 2, 500])
def test_many_go_in_pieces(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiles.review.outlived.AT_ONCE", at_once)
    two_accounts(make_source(), people=5)
    for case in cases("refused_link"):
        settle_case(case=case)
        long_ago(case)
    keep_for_a_month()
    assert removed() == 5
