"""Other people in what is given to one: never in it, wherever and however they stand."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.privacy.masking import Masker, is_phone, masked

ANN = [("email", "ann@example.org"), ("phone", "+493012345678"), ("user_id", "ann-1")]
BEN = ["ben@example.net", "ben-77", "+491712345678"]
KNOWN = {"ben-77", "+491712345678", "BEN-77"}


def masker() -> Masker:
    return Masker(ANN, lambda texts: {text for text in texts if text in KNOWN})


def mask(value: Any, also: tuple[str, ...] = ()) -> Any:
    whose = masker()
    whose.learn([value])
    return whose.mask(value, also)


words = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="@+0123456789%", exclude_categories=["Cs"]))
spellings = st.sampled_from(
    [
        *("ben@example.net", "BEN@Example.NET", "ben%40example.net", "<ben@example.net>", "mailto:ben@example.net"),
        *("+49 171 2345678", "+49-171-2345678", "0049 171 2345678", "(0171) 2345678", "0171 / 2345678"),
        *("ben-77", "BEN-77"),
    ]
)


@st.composite
def conversations(draw: st.DrawFn) -> Any:
    """Something that names Ben somewhere, and says where Ann is to be reached."""
    text = f"{draw(words)} {draw(spellings)} {draw(words)}"
    inner = draw(st.sampled_from([lambda one: one, lambda one: [one], lambda one: {"a": one}, lambda one: {one: 1}]))
    return {"text": inner(text), "mine": "Ann@Example.org", "call": "+49 30 12345678", "exact": draw(spellings)}


@given(conversations())
def test_nobody_else_is_in_what_is_left(conversation: Any) -> None:
    left = json.dumps(mask(conversation, tuple(BEN)), ensure_ascii=False).casefold()
    for other in ("ben@", "ben%40", "ben-77", "2345678", "171"):
        assert other not in left.replace("12345678", "")
    assert "ann@example.org" in left
    assert "+49 30 12345678" in left


@pytest.mark.parametrize(
    "value",
    [
        "order 4006381333931 of 2026-01-01",
        "2026-01-01 10:00:00",
        "0190a7b2-0000-7000-8000-000000000123",
        "0.1234567890123",
        "SKU-0012345678905",
        {"amount": 10.5, "count": 12345678901, "ok": True, "none": None},
        "https://shop.example/p?id=0012345678",
        "mine: ann@example.org, 030 12345678, 0049 30 12345678",
        "",
    ],
)
def test_what_is_nobodys_stays_as_it_is(value: Any) -> None:
    assert mask(value) == value


def test_a_number_that_is_another_identifier_of_the_event_is_masked() -> None:
    assert mask({"customer": 12345, "total": 123450}, ("12345",)) == {"customer": "***", "total": 123450}


def test_a_mask_tells_little() -> None:
    assert masked("ben@example.net") == "b***@…"
    assert masked("ben-77") == masked("x") == "***"


@pytest.mark.parametrize(
    ("text", "is_one"), [("+49 171 2345678", True), ("0171 2345678", True), ("00491712345678", True)]
)
def test_telephone_numbers_are_known(text: str, is_one: bool) -> None:
    assert is_phone(text) is is_one


def test_long_hostile_texts_are_read_in_no_time() -> None:
    for text in ("a" * 30_000 + "@", "@" * 30_000, "0 " * 15_000, "+" * 30_000, "a@" * 15_000, "%40" * 10_000):
        mask({"text": text})
