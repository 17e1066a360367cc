"""Letters hold what the law wants of them, in each language."""

from datetime import date
from string import Formatter
from uuid import UUID

import pytest

from consent.requests import letters
from consent.requests.gap_texts import KINDS, WORDS
from consent.requests.kinds import DENIALS, TYPES
from consent.requests.letter_texts import LANGUAGES, REASONS, SENTENCES
from consent.requests.letter_texts import TYPES as TYPE_NAMES
from consent.requests.letters import About, Letter
from tests.factories.cases import privacy_case

ID = UUID(int=7)


def about(language: str = "en", type_name: str = "erasure") -> About:
    return About(ID, type_name, date(2026, 3, 1), language)


def refusal(language: str = "en", explanation: str = "Tax records.", authority: str = "") -> Letter:
    return letters.refusal(about(language), "legal_obligation", explanation, authority)


@pytest.mark.parametrize("language", LANGUAGES)
def test_req_19_a_refusal_names_the_reason_the_authority_and_the_court(language: str) -> None:
    expected = privacy_case("REQ-19")["expected"]["letter_fields"]
    fields = refusal(language).fields
    assert [name for name in fields if name in expected] == expected
    assert all(fields.values())
    assert REASONS[language]["legal_obligation"] in fields["reason"]


def test_the_authority_of_the_deployment_is_named() -> None:
    assert "BlnBDI" in refusal(authority="BlnBDI, Berlin").fields["supervisory_authority"]
    assert "data protection authority" in refusal().fields["supervisory_authority"]


def test_each_language_has_every_sentence_type_and_reason_with_the_same_blanks() -> None:
    for language in LANGUAGES:
        assert TYPE_NAMES[language].keys() == set(TYPES)
        assert REASONS[language].keys() == set(DENIALS)
        assert SENTENCES[language].keys() == SENTENCES["en"].keys()
        for name, sentence in SENTENCES[language].items():
            assert blanks(sentence) == blanks(SENTENCES["en"][name]), (language, name)


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize(("tag", "language"), [("de-AT", "de"), ("ID", "id"), ("fr", "en"), ("", "en")])
def test_a_language_that_letters_do_not_have_is_written_to_in_english(tag: str, language: str) -> None:
    assert letters.acknowledgement(about(tag), date(2026, 4, 1)).language == language


def test_what_the_officer_writes_is_not_taken_for_a_blank() -> None:
    assert refusal(explanation="{reason} {0}").fields["explanation"] == "{reason} {0}"


def test_a_completion_with_gaps_says_so() -> None:
    assert letters.completion(about(), []).kind == "completion"
    partial = letters.completion(about(), [("profiles.Interaction", 3)])
    assert (partial.kind, "things you did with us (3)" in partial.fields["gaps"]) == ("partial", True)
    assert "done" not in partial.fields


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_names_kinds_of_records_and_never_tables(language: str) -> None:
    assert WORDS[language].keys() == {*KINDS.values(), "others"}
    gaps = [("profiles.Inbox", 1), ("profiles.Interaction", 3), ("no.Such", 2), ("*", 0)]
    said = letters.completion(about(language), gaps).fields["gaps"]
    assert f"{WORDS[language]['interactions']} (4), {WORDS[language]['others']} (2), {WORDS[language]['all']}." in said
    assert not any(store in said for store, _rows in gaps if store != "*")


def test_an_extension_gives_its_reason_and_the_new_day() -> None:
    text = letters.extension(about(), date(2026, 6, 1), "Many systems.").text
    assert "2026-06-01" in text
    assert "Many systems." in text


def test_the_decision_of_an_appeal_that_is_rejected_says_where_else_to_go() -> None:
    rejected = letters.appeal_decision(about(), upheld=False, outcome="We hold no more.", authority="")
    assert {"supervisory_authority", "judicial_remedy"} <= rejected.fields.keys()
    upheld = letters.appeal_decision(about(), upheld=True, outcome="You are right.", authority="")
    assert "judicial_remedy" not in upheld.fields


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_asked_whether_to_opt_out_instead_is_told_where(language: str) -> None:
    told = letters.refusal(about(language), "legal_claims", "", "", "https://shop.example/privacy/opt-out")
    assert told.fields["opt_out_offer"].endswith("https://shop.example/privacy/opt-out")
    assert "opt_out_offer" not in refusal(language).fields
