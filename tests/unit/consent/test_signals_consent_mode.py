"""Google Consent Mode: the object of a page, and the two parameters of requests to Google."""

from typing import Any

import pytest

from consent.signals.bits import UnreadableSignal
from consent.signals.consent_mode import KINDS, read_consent_mode

# One letter per way to come to an answer, as published accounts of `gcd` agree: without an update by the person
# it is the site's default, which is nobody's decision.
LETTERS = {"q": "denied", "u": "denied", "m": "denied", "r": "granted", "v": "granted", "n": "granted"}


def test_an_object_says_each_of_its_kinds() -> None:
    found = read_consent_mode({kind: "granted" if at % 2 else "denied" for at, kind in enumerate(KINDS)})
    assert found.answers == {kind: "granted" if at % 2 else "denied" for at, kind in enumerate(KINDS)}
    assert found.unreadable == []


def test_an_object_says_nothing_about_kinds_that_it_does_not_hold() -> None:
    found = read_consent_mode({"analytics_storage": "granted", "wait_for_update": 500, "region": ["DE"]})
    assert found.answers == {"analytics_storage": "granted"}
    assert found.unreadable == []


def test_the_spelling_of_mobile_kits_is_read_and_of_two_answers_the_denial_counts() -> None:
    found = read_consent_mode({"AD_STORAGE": "GRANTED", "analytics_storage": "denied", "ANALYTICS_STORAGE": "GRANTED"})
    assert found.answers == {"ad_storage": "granted", "analytics_storage": "denied"}


@pytest.mark.parametrize("value", ["yes", "", "1", True, False, 1, 0, [], {}, ["granted"], " granted"])
def test_a_value_that_is_neither_is_no_answer(value: Any) -> None:
    found = read_consent_mode({"ad_storage": value, "ad_user_data": "denied"})
    assert found.answers == {"ad_user_data": "denied"}
    assert found.unreadable == ["ad_storage"]


def test_null_is_nothing_said() -> None:
    found = read_consent_mode({"ad_storage": None})
    assert found.answers == {}
    assert found.unreadable == []


@pytest.mark.parametrize(
    ("gcs", "answers"),
    [
        ("G111", {"ad_storage": "granted", "analytics_storage": "granted"}),
        ("G110", {"ad_storage": "granted", "analytics_storage": "denied"}),
        ("G101", {"ad_storage": "denied", "analytics_storage": "granted"}),
        ("G100", {"ad_storage": "denied", "analytics_storage": "denied"}),
        ("G1--", {}),
        ("G1-1", {"analytics_storage": "granted"}),
    ],
)
def test_gcs_tells_of_advertising_and_of_analytics(gcs: str, answers: dict[str, str]) -> None:
    assert read_consent_mode(gcs).answers == answers
    assert read_consent_mode({"gcs": gcs}).answers == answers
    assert read_consent_mode(f"https://example.com/g/collect?v=2&gcs={gcs}&tid=x").answers == answers


@pytest.mark.parametrize(("letter", "answer"), LETTERS.items())
def test_a_letter_of_gcd_is_the_answer_of_a_person(letter: str, answer: str) -> None:
    found = read_consent_mode(f"13{letter}3l3l3l5")
    assert found.answers == {"ad_storage": answer}
    assert found.defaults == {}


@pytest.mark.parametrize(("letter", "default"), [("p", "denied"), ("t", "granted")])
def test_a_default_that_nobody_changed_is_no_answer(letter: str, default: str) -> None:
    found = read_consent_mode(f"11l1l1{letter}1l5")
    assert found.answers == {}
    assert found.defaults == {"ad_user_data": default}


def test_gcd_tells_its_four_kinds_in_order() -> None:
    for gcd in ("13r3q3n3m5", "11r1q1n1m5", "13r3q3n3m2l1", "11r1q1n1m1l1l1"):
        assert read_consent_mode(gcd).answers == {
            "ad_storage": "granted",
            "analytics_storage": "denied",
            "ad_user_data": "granted",
            "ad_personalization": "denied",
        }


def test_a_letter_that_nobody_gave_out_is_no_answer() -> None:
    found = read_consent_mode("13z3r3r3r5")
    assert found.unreadable == ["ad_storage"]
    assert "ad_storage" not in found.answers


def test_of_parameters_that_differ_the_denial_counts() -> None:
    expected = {"ad_storage": "denied", "analytics_storage": "denied"}
    assert read_consent_mode("gcs=G100&gcs=G111").answers == expected
    assert read_consent_mode("gcs=G111&gcd=13q3q3l3l5").answers == expected
    assert (
        read_consent_mode({"ad_storage": "granted", "analytics_storage": "denied", "gcs": "G101"}).answers == expected
    )


def test_a_parameter_that_is_broken_does_not_hide_the_denials_beside_it() -> None:
    found = read_consent_mode({"analytics_storage": "denied", "gcd": "?"})
    assert found.answers == {"analytics_storage": "denied"}
    assert set(found.unreadable) == set(KINDS[:4])


@pytest.mark.parametrize(
    "value",
    [
        *(None, 1, True, [], ["granted"], 1.5),
        *("", "granted", "G", "G11", "G1111", "G211", "g111", "G112", "11", "13r3q3n3", "13R3Q3N3M5", "13rrrr"),
        *("gcs=", "gcs=G211", "gcd=x", "a=b", "=", "?=", "&" * 4096 + "gcs=G111", "a=b&" * 1000 + "gcs=G111"),
        *("13r3q3n3m5" * 1000, "G111\n1", "13r3q3n3m\u0665"),
    ],
)
def test_what_is_no_consent_mode_is_refused_with_a_sentence(value: Any) -> None:
    with pytest.raises(UnreadableSignal, match=r"^[A-Z`].*\.$"):
        read_consent_mode(value)
