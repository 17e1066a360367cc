"""The fold of an identifier: what it keeps of registrations, and what was stored before it kept any."""

import msgspec
import pytest

from consent.said import VERIFIED, Said
from profiles.golden.folds import (
    MOST_REGISTRATIONS,
    Fold,
    Registration,
    add_to_identifier,
    decode_fold,
    encode_fold,
    fold_together,
    register,
)


def registration(number: int) -> Registration:
    return Registration(number, 7, number.to_bytes(16, "big"))


def with_registrations(*numbers: int) -> Fold:
    fold = Fold()
    for number in numbers:
        register(fold, registration(number))
    return fold


def test_a_fold_that_was_stored_before_registrations_were_kept_is_read() -> None:
    fold = Fold(first=(1, b"i" * 16, 2), last=3, consents={"ads": [Said(1, "G", VERIFIED)]})
    before = msgspec.msgpack.encode(msgspec.msgpack.decode(encode_fold(fold))[:-1])
    assert decode_fold(before) == fold
    assert decode_fold(encode_fold(with_registrations(1, 2))) == with_registrations(1, 2)


@pytest.mark.parametrize("numbers", [[], [1], [3, 1, 2], [2, 2, 1]])
def test_registrations_are_kept_once_each_in_whatever_order_they_come(numbers: list[int]) -> None:
    assert with_registrations(*numbers).registrations == [registration(n) for n in sorted(set(numbers))]


def test_the_latest_registrations_are_kept_however_they_are_split() -> None:
    many = list(range(MOST_REGISTRATIONS + 10))
    expected = [registration(n) for n in many[10:]]
    for cut in (0, 5, 30, len(many)):
        one, other = with_registrations(*many[:cut]), with_registrations(*many[cut:])
        for held, new in ((one, other), (other, one)):
            assert add_to_identifier(held, new, {}, {}).registrations == expected
    assert add_to_identifier(None, with_registrations(*many), {}, {}).registrations == expected


def test_what_is_folded_is_not_changed() -> None:
    one, other = with_registrations(1), with_registrations(2)
    add_to_identifier(one, other, {}, {})
    fold_together([one, other], {}, {})
    assert (one, other) == (with_registrations(1), with_registrations(2))
