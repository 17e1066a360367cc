"""What is wrong with the shape of a body, in words, without what the caller wrote."""

from typing import Annotated, Any, Literal

import msgspec
import pytest

from cxprofiles.api.bodies import read_shape
from cxprofiles.api.errors import Problem


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    rules: dict[str, Literal["keep", "drop"]] = {}
    nested: dict[str, list[Literal["deep"]]] = {}
    words: list[Literal["x", "y"]] = []
    either: dict[str, str | list[str]] = {}
    some: Annotated[list[int], msgspec.Meta(min_length=1, max_length=2)] | None = None


@pytest.mark.parametrize(
    ("body", "pointer", "sentence"),
    [
        ({"rules": {"ann": "burn"}}, "/rules", "This must be one of: drop, keep."),
        ({"nested": {"ann": ["burn"]}}, "/nested", "This must be one of: deep."),
        ({"words": ["x", "z"]}, "/words/1", "This must be one of: x, y."),
        ({"either": {"ann": 5}}, "/either", "Expected a string or an array, got an integer."),
        ({"rules": 5}, "/rules", "Expected an object, got an integer."),
        ({"some": []}, "/some", "Expected an array of length at least 1."),
        ({"some": [1, 2, 3]}, "/some", "Expected an array of length at most 2."),
        ({"other": 1}, "/other", "There is no such field here."),
        ([], "", "Expected an object, got an array."),
    ],
)
def test_a_wrong_shape_is_told_in_words(body: Any, pointer: str, sentence: str) -> None:
    with pytest.raises(Problem) as refused:
        read_shape(body, Shape)
    assert [(one.pointer, one.detail) for one in refused.value.errors] == [(pointer, sentence)]
    assert "ann" not in refused.value.detail
