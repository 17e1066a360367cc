"""One person's identifiers are taken out of an event of another's, and nothing else is."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from profiles.privacy.redaction import ERASED, NEUTRAL, Erased, Redactor

ANN = Redactor([Erased("email", "ann@x.org"), Erased("user_id", "7"), Erased("phone", "+4930123456")])


@pytest.mark.parametrize(
    ("given_", "left"),
    [
        ({"to": "ann@x.org", "by": "ben"}, {"by": "ben"}),
        ({"to": " ANN@x.org "}, {}),
        ({"to": ["ann@x.org", "ben@x.org"]}, {"to": ["ben@x.org"]}),
        ({"text": "Dear Ann@X.org!"}, {"text": f"Dear {ERASED}!"}),
        ({"ann@x.org": {"read": True}, "ben": 1}, {"ben": 1}),
        ({"of ann@x.org": 1}, {f"of {ERASED}": 1}),
        ({"deep": [{"to": {"mail": "ann@x.org"}}]}, {"deep": [{"to": {}}]}),
        ({"userId": 7, "quantity": 7, "text": "7 of 17"}, {"quantity": 7, "text": "7 of 17"}),
        ({"userId": "7"}, {}),
        (
            {"ids": [{"id": "7", "type": "user_id"}, {"id": "7", "type": "crm_id"}]},
            {"ids": [{"id": "7", "type": "crm_id"}]},
        ),
        ({"read": True, "none": None, "price": 4.5}, {"read": True, "none": None, "price": 4.5}),
        ("ann@x.orgs", f"{ERASED}s"),
    ],
)
def test_what_names_the_person_goes(given_: Any, left: Any) -> None:
    assert ANN.redact(given_) == left


def test_a_value_that_names_another_too_goes_only_where_the_type_is_said() -> None:
    redactor = Redactor([Erased("user_id", "lee")], kept=["lee"])
    assert redactor.redact({"userId": "lee", "anonymousId": "lee", "nick": "lee"}) == {
        "anonymousId": "lee",
        "nick": "lee",
    }


def test_a_member_that_must_be_there_names_nobody() -> None:
    event = {"distinct_id": "ann@x.org", "properties": {"to": "ann@x.org"}}
    assert ANN.redact(event, neutral=True) == {"distinct_id": NEUTRAL, "properties": {}}


def test_a_text_that_is_nothing_but_the_value_is_replaced() -> None:
    assert (ANN.text("ann@x.org"), ANN.text("Order of ann@x.org"), ANN.text("Order")) == (
        ERASED,
        f"Order of {ERASED}",
        "Order",
    )


json = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["ann@x.org", "to ann@x.org", "ben", "7"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "ann@x.org", "id", "type"]), inner)
    ),
)


@given(value=json)
@example(value={"a": None, "id": "ann@x.org", "type": "ann@x.org"})
@example(value={"id": 7, "type": "ann@x.org"})
@example(value={"note": "ask ann@x.org", "id": "7", "type": "crm_id"})
def test_nothing_is_left_and_done_again_nothing_changes(value: Any) -> None:
    once = ANN.redact(value)
    if isinstance(once, dict | list):
        assert "ann@x.org" not in str(once)
        assert ANN.redact(once) == once
