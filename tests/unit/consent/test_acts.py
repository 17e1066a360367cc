"""What an act of deciding comes to."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from consent.acts import Asked, Circumstances, Planned, plan
from consent.guardians import Age
from consent.purposes import Purpose

AT = datetime(2026, 1, 31, tzinfo=UTC)
END = datetime(2026, 7, 1, tzinfo=UTC)
NEWS = Purpose("news")
GRANT = Asked("news", NEWS, "ConsentGiven", AT)
SHOWN = Circumstances(method="checkbox", proven=True)
CHILD = replace(SHOWN, age=Age(born=date(2012, 5, 1)), threshold=16)
BY_GUARDIAN = replace(CHILD, by_guardian=True)


@pytest.mark.parametrize("state", ["ConsentGiven", "RenewedConsentGiven"])
def test_a_grant_is_usable_with_its_proof_and_a_renewal_where_it_is_called_one(state: str) -> None:
    planned = plan(replace(GRANT, state=state), SHOWN)
    assert (planned, planned.usable) == (Planned("news", state, AT), True)


def test_an_end_is_the_callers_or_the_purposes() -> None:
    limited = replace(GRANT, purpose=replace(NEWS, expires_after="P1M"))
    planned = plan(limited, SHOWN)
    assert (planned.expires_at, planned.ends_by_choice) == (datetime(2026, 2, 28, tzinfo=UTC), False)
    planned = plan(replace(limited, expires_at=END), SHOWN)
    assert (planned.expires_at, planned.ends_by_choice) == (END, True)


def test_only_grants_have_ends_and_problems() -> None:
    refusal = replace(GRANT, state="ConsentRefused", purpose=replace(NEWS, expires_after="P1M"))
    assert plan(refusal, Circumstances()) == Planned("news", "ConsentRefused", AT)


@pytest.mark.parametrize(
    ("circumstances", "problem"),
    [
        (SHOWN, ""),
        (Circumstances(), "unproven"),
        (CHILD, "awaiting_guardian"),
        (replace(CHILD, proven=False), "awaiting_guardian"),
        (BY_GUARDIAN, ""),
        (replace(BY_GUARDIAN, proven=False), "unproven"),
        (replace(CHILD, threshold=13), ""),
    ],
)
def test_what_keeps_a_grant_from_being_used(circumstances: Circumstances, problem: str) -> None:
    planned = plan(GRANT, circumstances)
    assert (planned.problem, planned.usable) == (problem, not problem)


def test_what_does_not_rest_on_consent_needs_no_proof_and_no_guardian() -> None:
    lifted = replace(GRANT, purpose=replace(NEWS, legal_basis="legitimate_interest"))
    assert plan(lifted, replace(CHILD, proven=False)) == Planned("news", "ConsentGiven", AT)


def test_a_guardians_grant_ends_when_the_child_comes_of_age_or_before() -> None:
    of_age = datetime(2028, 5, 1, tzinfo=UTC)
    planned = plan(GRANT, BY_GUARDIAN)
    assert (planned.expires_at, planned.ends_by_choice, planned.guardian) == (of_age, True, True)
    assert plan(replace(GRANT, expires_at=END), BY_GUARDIAN).expires_at == END
    later = datetime(2030, 1, 1, tzinfo=UTC)
    assert plan(replace(GRANT, expires_at=later), BY_GUARDIAN).expires_at == of_age


@pytest.mark.parametrize("method", ["double_opt_in", "double-opt-in", "Double opt-in "])
def test_a_second_yes_is_waited_for(method: str) -> None:
    planned = plan(GRANT, replace(SHOWN, method=method))
    assert (planned.state, planned.confirmed_as, planned.usable) == ("ConsentRequested", "ConsentGiven", False)


def test_a_purpose_can_want_a_second_yes_of_grants_alone() -> None:
    twice = replace(GRANT, purpose=replace(NEWS, double_opt_in=True))
    assert plan(twice, SHOWN).confirmed_as == "ConsentGiven"
    for state in ("ConsentWithdrawn", "ConsentRequested"):
        assert plan(replace(twice, state=state), SHOWN).confirmed_as == ""
