"""A record in words: what people read on the page that checks it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.receipt_summary import SPEAKERS, STATES, Line, duration, summarise
from consent.receipts import EXPRESSED_BY, Proof, Terms, json_ld
from consent.said import LETTERS
from tests.factories.receipts import AT, GIVEN, ID, RECORD, REFUSED, TERMS


def test_a_record_is_told_in_lines_and_facts() -> None:
    summary = summarise(json_ld(RECORD))
    assert (summary.id, summary.issued_at) == (str(ID), AT)
    assert summary.lines == [
        Line(
            "News by e-mail",
            "marketing.email",
            "Given",
            True,
            AT,
            "until 1 March 2027, 10:00 UTC",
            "consent",
            "contact",
        ),
        Line("ads.sale_share", "ads.sale_share", "Refused", False, AT, "", "consent", "behaviour, device"),
    ]
    assert summary.facts == [
        ("About", "email ann@example.org; user_id ann-1"),
        ("Controller", "Example Ltd, privacy@example.org, 1 High Street, Dublin, https://example.org"),
        ("Notice shown", "privacy, version 3, in en"),
        ("Address of the notice", "https://example.org/notice"),
        ("Fingerprint of its text (SHA-256)", "ab" * 32),
        ("Said by", "the person"),
        ("How", "checkbox, footer of the order form"),
        ("On", "https://example.org/order"),
        ("Region", "IE"),
        ("Collected by", "web shop"),
        ("Global Privacy Control", "off"),
        ("Passed on to", "Post Office, dpo@post.example"),
        ("Stored in", "IE, DE"),
        ("Kept for", "3 years"),
        ("Jurisdiction", "IE"),
        ("To withdraw", "https://example.org/privacy/"),
    ]


def test_a_name_is_told_in_the_language_that_is_asked_for_or_else_in_english_or_else_by_its_key() -> None:
    content = json_ld(replace(RECORD, decisions=(GIVEN, REFUSED)))
    assert [line.purpose for line in summarise(content, "de").lines] == ["Neuigkeiten per E-Mail", "ads.sale_share"]
    assert summarise(content, "id").lines[0].purpose == "News by e-mail"


def test_what_the_record_does_not_say_is_not_told() -> None:
    bare = json_ld(replace(RECORD, principal=(), decisions=(), terms=Terms(), proof=Proof()))
    labels = ["Notice shown", "Address of the notice", "Fingerprint of its text (SHA-256)"]
    assert [label for label, _ in summarise(bare).facts] == labels


def test_nobody_else_is_told_as_such() -> None:
    content = json_ld(replace(RECORD, terms=replace(TERMS, recipient_third_parties=())))
    assert ("Passed on to", "nobody") in summarise(content).facts


def test_all_data_is_told_as_such() -> None:
    content = json_ld(replace(RECORD, decisions=(replace(GIVEN, categories=("*",)),)))
    assert summarise(content).lines[0].data == "all data"


def test_there_are_words_for_every_state_and_speaker() -> None:
    assert STATES.keys() == LETTERS.keys()
    assert SPEAKERS.keys() == set(EXPRESSED_BY.values())


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("P13M", "13 months"),
        ("P1Y", "1 year"),
        ("P1Y6M", "1 year and 6 months"),
        ("P2W", "2 weeks"),
        ("P90D", "90 days"),
        ("PT1H", "PT1H"),
        ("P", "P"),
        ("as long as you are a member", "as long as you are a member"),
        ("", ""),
    ],
)
def test_spans_are_told_in_words(value: str, words: str) -> None:
    assert duration({"rdf:value": value}) == words


def test_a_grant_is_good_until_an_instant_or_for_a_span() -> None:
    endless = replace(RECORD, decisions=(replace(GIVEN, expires_at=None),))
    told = summarise(json_ld(replace(endless, terms=replace(TERMS, validity_duration="P13M"))))
    assert [line.validity for line in told.lines] == ["for 13 months"]
    assert [line.validity for line in summarise(json_ld(endless)).lines] == [""]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(json_ld(RECORD))), JSON)
def test_a_record_of_another_shape_is_told_as_far_as_it_can_be_read(name: str, value: Any) -> None:
    summarise({**json_ld(RECORD), name: value})
    process = {**json_ld(RECORD)["dpv:hasProcess"][0], name: value}
    summarise({"dpv:hasProcess": [process, value]})
