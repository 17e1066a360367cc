import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.intake.lenient import (
    MAX_DEPTH,
    TooDeep,
    Unreadable,
    clean,
    decode,
    depth,
    encode,
    split_array,
    split_object,
)

TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=12)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a":NaN,"b":[Infinity,-Infinity]}', {"a": None, "b": [None, None]}),
        (b"[1e999,-1e999,1e-999]", [None, None, 0.0]),
        (b'["a\\u0000b","\\u0000"]', ["ab", ""]),
        (b'["\\ud800","\\ude00x","\\ud83d\\ude00"]', ["\ufffd", "\ufffdx", "😀"]),
        (b'{"\\ud800\\u0000":1,"a\\u0000":2}', {"\ufffd": 1, "a": 2}),
        (b"[9223372036854775807,-9223372036854775808]", [2**63 - 1, -(2**63)]),
        (b"[18446744073709551615,18446744073709551616]", [2**64 - 1, "18446744073709551616"]),
        (b"[-9223372036854775809]", ["-9223372036854775809"]),
        (b"[NaN,18446744073709551616]", [None, "18446744073709551616"]),
        (b'["12345678901234567890123"]', ["12345678901234567890123"]),
        (b'["\\\\u0000"]', ["\\u0000"]),
    ],
)
def test_what_cannot_be_stored_is_cleaned(raw: bytes, value: object) -> None:
    assert decode(raw) == value


@pytest.mark.parametrize("digits", [21, 4300, 4301, 32_000])
def test_an_integer_of_any_length_is_its_digits(digits: int) -> None:
    assert decode(b"[" + b"7" * digits + b"]") == ["7" * digits]


@pytest.mark.parametrize("raw", [b"", b"{", b"[1,]", b"nope", b'{"a" 1}', b'"\xff"', b"[1] [2]", b"\x00", b"01"])
def test_what_is_no_json_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(raw)


def test_reasons_hold_nothing_of_the_text() -> None:
    with pytest.raises(Unreadable) as caught:
        decode(b'{"email": jane@example.com}')
    assert str(caught.value) == "The JSON is broken: Expecting value (character 10)."
    assert caught.value.kind == "The JSON is broken."


def test_depth_is_bounded_exactly() -> None:
    def nested(levels: int) -> bytes:
        return b"[" * levels + b"]" * levels

    assert depth(nested(MAX_DEPTH)) == MAX_DEPTH
    decode(nested(MAX_DEPTH))
    for levels in (MAX_DEPTH + 1, 1000, 100_000):
        with pytest.raises(TooDeep):
            decode(nested(levels))


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert decode(b"[" + b"[],{}," * 500 + b'"[[[["]')[-1] == "[[[["


@given(JSON)
def test_whatever_python_clients_send_is_read_as_its_clean_value(value: object) -> None:
    assert decode(json.dumps(value).encode()) == clean(value)


@given(JSON)
def test_cleaning_what_is_clean_changes_nothing(value: object) -> None:
    once = clean(value)
    assert clean(once) == once
    assert decode(encode(once)) == once


@given(JSON)
def test_what_is_clean_can_be_stored(value: object) -> None:
    text = encode(clean(value)).decode()
    assert "\\u0000" not in text.replace("\\\\", "")
    assert all(math.isfinite(number) for number in numbers_in(clean(value)))


def numbers_in(value: object) -> list[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for item in value for number in numbers_in(item)]
    return [value] if isinstance(value, int | float) else []


@given(st.lists(JSON, max_size=6), st.sampled_from([None, 1]))
def test_an_array_is_split_where_its_elements_end(values: list[object], indent: int | None) -> None:
    parts = split_array(json.dumps(values, indent=indent).encode())
    assert [decode(part) for part in parts] == clean(values)


@given(st.dictionaries(st.text(alphabet='ab"\\,:{}[] é', max_size=5), JSON, max_size=6))
def test_an_object_is_split_where_its_members_end(members: dict[str, object]) -> None:
    parts = split_object(json.dumps(members).encode())
    assert {name: decode(part) for name, part in parts.items()} == clean(members)


@given(st.binary(max_size=60) | st.text(alphabet='[]{},:"\\1 a', max_size=40).map(str.encode))
def test_splitting_anything_gives_parts_or_a_reason(raw: bytes) -> None:
    for split in (split_array, split_object, decode):
        try:
            split(raw)
        except Unreadable as error:
            assert str(error).endswith(".")
