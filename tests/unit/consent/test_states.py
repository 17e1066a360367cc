"""The states by the words of callers and by the names of the standard."""

import pytest

from consent.said import LETTERS
from consent.states import WORDS, UnknownState, fits, state_named


def test_every_state_has_a_word_and_its_own_name_means_it() -> None:
    assert WORDS.keys() == LETTERS.keys()
    assert {state_named(name) for name in LETTERS} == set(LETTERS)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("granted", "ConsentGiven"),
        ("denied", "ConsentRefused"),
        ("refused", "ConsentRefused"),
        ("withdrawn", "ConsentWithdrawn"),
        ("requested", "ConsentRequested"),
        ("deferred", "ConsentRequestDeferred"),
        ("unknown", "ConsentUnknown"),
        ("objected", "ObjectionRaised"),
        ("objection_lifted", "ObjectionLifted"),
        ("restricted", "ProcessingRestricted"),
        ("restriction_lifted", "RestrictionLifted"),
        ("renewed_consent_given", "RenewedConsentGiven"),
        ("dpv:ConsentExpired", "ConsentExpired"),
        ("Consent Given", "ConsentGiven"),
    ],
)
def test_a_word_in_any_spelling_names_a_state(word: str, state: str) -> None:
    assert state_named(word) == state


@pytest.mark.parametrize("word", ["", "yes", "true", "grantedly", "ConsentGiven2", "*"])
def test_no_other_word_does(word: str) -> None:
    with pytest.raises(UnknownState):
        state_named(word)


def test_restrictions_are_of_all_processing_and_nothing_else_is() -> None:
    assert [name for name in LETTERS if fits(name, "*")] == ["ProcessingRestricted", "RestrictionLifted"]
    assert not any(fits(name, "news") and fits(name, "*") for name in LETTERS)
