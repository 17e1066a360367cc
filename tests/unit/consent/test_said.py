"""What is kept of what was said: all that can still matter, whatever the order in which it came."""

from itertools import permutations

import pytest

from consent.said import (
    LETTERS,
    MOST_AHEAD,
    STATE_NAMES,
    Said,
    add_said,
    keep,
    latest_by_kind,
    letter_of,
    merge_said,
)
from tests.unit.consent.voices import day, said

OLD, NEW = said("Given", "2026-01-01"), said("Withdrawn", "2026-02-01")


def kept(*arrivals: Said) -> list[Said]:
    """What is kept of statements that came in this order."""
    held: list[Said] | None = None
    for one in arrivals:
        held = add_said(held, one)
    return held or []


def test_the_latest_answer_is_all_that_is_kept_of_the_answers() -> None:
    assert kept(OLD, NEW) == kept(NEW, OLD) == kept(OLD, NEW, OLD, NEW) == [NEW]


def test_a_refusal_stays_beside_the_grant_that_came_after_it() -> None:
    again = said("Given", "2026-03-01")
    assert kept(OLD, NEW, again) == kept(again, NEW, OLD) == kept(NEW, OLD, again) == [NEW, again]


def test_opposite_answers_of_the_same_instant_are_both_kept() -> None:
    both = [said("Given", "2026-02-01"), said("Refused", "2026-02-01")]
    assert kept(*both) == kept(*reversed(both)) == both


def test_what_is_held_is_not_changed_by_one_more() -> None:
    held = [OLD]
    assert add_said(held, NEW) == [NEW]
    assert add_said(held, said("Requested", "2026-02-01")) != held
    assert held == [OLD]


@pytest.mark.parametrize("question", ["Requested", "RequestDeferred", "Unknown"])
def test_a_question_does_not_displace_an_answer(question: str) -> None:
    asked = said(question, "2026-03-01")
    assert kept(NEW, asked) == kept(asked, NEW) == [NEW, asked]


@pytest.mark.parametrize("problem", ["unproven", "awaiting_guardian"])
def test_a_grant_that_cannot_be_used_does_not_displace_a_refusal(problem: str) -> None:
    unusable = said("Given", "2026-03-01", problem=problem)
    assert kept(NEW, unusable) == [NEW, unusable]


def test_a_problem_keeps_grants_from_counting_and_nothing_else() -> None:
    grants = {name: letter_of(name, "unproven") for name in ("ConsentGiven", "RenewedConsentGiven")}
    assert grants == {"ConsentGiven": "p", "RenewedConsentGiven": "p"}
    others = LETTERS.keys() - grants
    assert {name: letter_of(name, "unproven") for name in others} == {name: LETTERS[name] for name in others}


def test_a_claim_and_what_is_known_stand_side_by_side() -> None:
    claim = said("Given", "2026-03-01", verified=False)
    assert kept(NEW, claim) == kept(claim, NEW) == [NEW, claim]
    assert (NEW.verified, claim.verified) == (True, False)


def test_objections_restrictions_and_answers_do_not_displace_one_another() -> None:
    told = [NEW, said("ObjectionRaised", "2026-03-01"), said("ProcessingRestricted", "2026-04-01")]
    assert all(kept(*order) == told for order in permutations(told))


def test_lifting_an_objection_does_not_lift_a_restriction() -> None:
    restricted, lifted = said("ProcessingRestricted", "2026-01-01"), said("ObjectionLifted", "2026-02-01")
    assert kept(restricted, lifted) == [restricted, lifted]


def test_what_is_dated_ahead_is_kept_beside_what_holds_until_then() -> None:
    ahead = [said("Given", f"2026-0{month}-01", ahead=True) for month in (5, 6)]
    assert all(kept(*order) == [NEW, *ahead] for order in permutations([NEW, *ahead]))


def test_what_was_dated_ahead_is_displaced_by_what_came_later() -> None:
    ahead, since = said("Given", "2026-05-01", ahead=True), said("Withdrawn", "2026-05-02")
    assert kept(ahead, since) == kept(since, ahead) == [since]


def test_a_refusal_dated_ahead_is_not_displaced_by_a_grant_of_its_very_instant() -> None:
    ahead, same = said("Refused", "2026-05-01", ahead=True), said("Given", "2026-05-01")
    assert kept(ahead, same) == kept(same, ahead)
    assert {one.letter for one in kept(ahead, same)} == {"R", "G"}


def test_only_so_much_that_is_dated_ahead_is_kept_and_grants_push_out_no_refusal() -> None:
    grants = [Said(at, "G", 17) for at in range(1, 3 * MOST_AHEAD)]
    refusal = Said(2, "R", 17)
    assert keep([*grants, refusal]) == keep([refusal, *reversed(grants)]) == [refusal, *grants[-MOST_AHEAD:]]


def test_the_latest_of_each_kind_by_an_instant() -> None:
    told = [OLD, NEW, said("Requested", "2026-01-15"), said("Given", "2026-01-15", verified=False)]
    assert latest_by_kind(told, day("2026-01-20")) == [[OLD], [told[2]], [told[3]]]
    assert latest_by_kind(told, day("2026-02-01")) == [[OLD], [NEW], [told[2]], [told[3]]]
    assert latest_by_kind(told, day("2025-12-31")) == []


def test_what_two_accounts_of_one_identifier_say_is_joined_by_purpose() -> None:
    one, other = {"ads": [OLD], "analytics": [OLD]}, {"ads": [NEW], "marketing": [NEW]}
    joined = {"ads": [NEW], "analytics": [OLD], "marketing": [NEW]}
    assert merge_said(one, other) == merge_said(other, one) == joined
    assert merge_said(one, {}) == merge_said({}, one) == one


def test_each_state_has_a_letter_of_its_own() -> None:
    assert {STATE_NAMES[letter] for letter in LETTERS.values()} == set(LETTERS)
