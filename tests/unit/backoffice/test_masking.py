"""Values are masked so that nobody is named or reached by what is left."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxprofiles.backoffice.masking import known_values, masked, masked_json, masked_payload, masked_text, masked_trait

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
identifiers = st.sampled_from(
    [
        ("email", "zoe.quinn@quartz.example"),
        ("phone", "+4930901822"),
        ("user_id", "zq-44170"),
        ("loyalty_id", "QUARTZ-9"),
        ("social_handle", "x:zoequinn"),
        ("anonymous_id", "6d1f0c9e-8f5b-4f39-9c1a-0e8b7a6d5c4f"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(identifiers, min_size=1, unique=True),
    json_values,
    st.text(max_size=10),
    st.sampled_from(["", "preference", "contact", "behaviour"]),
)
def test_no_identifier_survives_masking_wherever_it_stands(
    named: list[tuple[str, str]], content: Any, beside: str, category: str
) -> None:
    known = known_values(named)
    for type_name, value in named:
        texts = [f"{beside} {value} {beside}", value, f"?u={value}&x=1", value.upper()]
        hidden = {
            "list": texts,
            value: content,
            "deep": [{"brand": value, "name": [texts, {value: value}]}],
            "is": content,
        }
        for shown in (
            masked(type_name, value),
            masked_text(texts[0], known),
            masked_text(texts[2], known),
            json.dumps(masked_json(hidden, known)),
            json.dumps(masked_payload(hidden, known)),
            json.dumps(masked_trait("t", hidden, category, known)),
            json.dumps(masked_trait("city", texts[0], category, known)),
        ):
            assert value.casefold() not in shown.casefold()


@pytest.mark.parametrize(
    ("type_name", "value", "shown"),
    [
        ("email", "ann.lee@example.org", "a••@e••.org"),
        ("email", "ann@mail.example.org", "a••@m••.org"),
        ("email", "ann@localhost", "a••@••"),
        ("phone", "+4930901820", "+49 ••• 20"),
        ("phone", "+49309", "•••••"),
        ("user_id", "ann-1", "a•••1"),
        ("user_id", "ann", "••••"),
        ("user_id", "+4930901820", "+49 ••• 20"),
        ("social_handle", "x:annlee", "x:a•••e"),
    ],
)
def test_an_identifier_is_masked_after_its_kind(type_name: str, value: str, shown: str) -> None:
    assert masked(type_name, value) == shown


@pytest.mark.parametrize(
    ("name", "value", "category", "shown"),
    [
        ("birthday", "1980-02-01", "demographic", "1•••1"),
        ("language", "nl", "preference", "nl"),
        ("order_count", 12, "transaction", 12),
        ("last_order_at", "2026-01-05T10:00:00Z", "transaction", "2026-01-05T10:00:00Z"),
        ("account_number", 4930901820, "transaction", "•••"),
        ("wishlist", ["Boots", "for bo@example.org"], "preference", ["Boots", "for b••@e••.org"]),
        ("firstName", "Ann", "identity", "Ann"),
        ("address", {"street": "Kortrijksepoort 1", "zip": 9000}, "contact", {"street": "K•••1", "zip": "•••"}),
        ("vip", True, "", True),
        ("note", "x" * 300, "preference", "x•••x"),
        ("ip", "203.0.113.7", "behaviour", "••••"),
    ],
)
def test_a_trait_is_shown_where_its_category_names_nobody(name: str, value: Any, category: str, shown: Any) -> None:
    assert masked_trait(name, value, category) == shown


def test_goods_of_an_event_are_shown_and_people_are_not() -> None:
    payload = {"productId": "p-7", "price": 30, "email": "bo@example.org", "shipping_address": {"name": "Bo Lind"}}
    shown = {"productId": "p-7", "price": 30, "email": "b••@e••.org", "shipping_address": {"name": "B•••d"}}
    assert masked_payload(payload) == shown


def test_a_short_known_value_is_masked_as_a_word_and_not_inside_one() -> None:
    assert masked_text("bob-1 likes bob-12 and Bob", {"bob-1"}) == "b•••1 likes bob-12 and Bob"


def test_json_is_masked_however_deep() -> None:
    deep: Any = "secret@example.org"
    for _ in range(500):
        deep = {"a": [deep]}
    assert "secret" not in json.dumps(masked_json(deep))
