"""Whether a purpose is in force: the latest word counts, and a tie is a refusal."""

import pytest

from consent.in_force import UnknownPurpose, in_force, purpose, states


def allowed(key: str, said: tuple[int | None, int | None] | None) -> bool:
    return in_force(purpose(key), {} if said is None else {key: said}).allowed


@pytest.mark.parametrize("key", ["personalisation", "analytics"])
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, False),
        ((None, None), False),
        ((5, None), True),
        ((None, 5), False),
        ((6, 5), True),
        ((5, 6), False),
        ((5, 5), False),
        ((0, None), True),
        ((0, 0), False),
        ((-5, -6), True),
    ],
)
def test_a_grant_counts_until_a_refusal_of_the_same_instant_or_later(
    key: str, said: tuple[int | None, int | None] | None, expected: bool
) -> None:
    assert allowed(key, said) is expected


@pytest.mark.parametrize("said", [None, (None, 5), (5, None), (5, 6)])
def test_the_contract_does_not_ask(said: tuple[int | None, int | None] | None) -> None:
    assert allowed("service", said)
    assert in_force(purpose("service"), {}).basis == "contract"


def test_a_grant_for_another_purpose_is_none_for_this_one() -> None:
    assert not in_force(purpose("analytics"), {"personalisation": (9, None), "marketing.email": (9, None)}).allowed


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "There is no consent on record"),
        ({"analytics": (None, None)}, "There is no consent on record"),
        ({"analytics": (None, 5)}, "Consent was refused or withdrawn"),
        ({"analytics": (4, 5)}, "Consent was refused or withdrawn"),
        ({"analytics": (6, 5)}, "Consent was given"),
    ],
)
def test_the_reason_is_a_sentence(said: dict[str, tuple[int | None, int | None]], reason: str) -> None:
    assert in_force(purpose("analytics"), said).reason.startswith(reason)


@pytest.mark.parametrize("key", ["", "Service", "service ", "marketing", "unification", "x" * 1000])
def test_a_purpose_that_does_not_exist_is_refused_by_a_sentence_that_names_those_that_do(key: str) -> None:
    with pytest.raises(UnknownPurpose, match="This purpose does not exist; use one of: service, personalisation, an"):
        purpose(key)


def test_states_say_what_was_said_of_any_purpose() -> None:
    said = {"analytics": (6, 5), "personalisation": (5, 5), "marketing.email": (None, 1), "ads": (None, None)}
    assert states(said) == {
        "analytics": "granted",
        "personalisation": "denied",
        "marketing.email": "denied",
    }
