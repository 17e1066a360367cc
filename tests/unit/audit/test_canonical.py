"""The canonical form, against the published examples of RFC 8785 (3.2.2, 3.2.3 and appendix B)."""

import struct

import pytest

from consent.audit.canonical import NotCanonical, canonical_json


def double(bits: str) -> float:
    """The number that eight bytes in hexadecimal are."""
    (found,) = struct.unpack(">d", bytes.fromhex(bits))
    return float(found)


@pytest.mark.parametrize(
    ("bits", "written"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
    ],
)
def test_numbers_are_written_as_the_appendix_has_them(bits: str, written: str) -> None:
    assert canonical_json(double(bits)).decode() == written


def test_members_are_sorted_by_their_utf_16() -> None:
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    order = [text.split(b'"')[1].decode() for text in canonical_json(value).strip(b"{}").split(b",")]
    assert order == ["\\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_only_what_must_be_is_escaped() -> None:
    value = {"string": '\u20ac$\u000f\nA\'B"\\\\"/', "literals": [None, True, False], "numbers": [1e30, 4.50, 2e-3]}
    written = '{"literals":[null,true,false],"numbers":[1e+30,4.5,0.002],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical_json(value).decode() == written


def test_nested_members_are_sorted_and_lists_are_not() -> None:
    assert canonical_json({"b": [{"z": 1, "a": 2}, "y", "x"], "a": {}}) == b'{"a":{},"b":[{"a":2,"z":1},"y","x"]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 2**53 + 1, "\ud800", {"\udfff": 1}])
def test_what_json_cannot_carry_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_json(value)
