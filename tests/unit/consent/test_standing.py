"""What a card holds of consent: small, the same whenever it is made, and read as written or not at all."""

import pytest

from consent.outcome import Holder
from consent.standing import ANY_ADDRESS, NOTHING_STANDS, PERSON, Standing, pack, read_standing
from tests.unit.consent.voices import browser, day, email, said, user

GIVEN, REFUSED = said("Given", "2026-01-01"), said("Refused", "2026-02-01")
EMAIL_TYPES = {"marketing.email": "email"}


def stands(*holders: Holder) -> Standing:
    """What a card of these identifiers says, read back."""
    return read_standing(pack(holders, EMAIL_TYPES))


def test_of_people_of_whom_nothing_was_said_a_card_says_nothing() -> None:
    assert pack([], {}) == pack([user(1), browser(2)], {}) == b"{}"
    assert not NOTHING_STANDS.unreadable


def test_a_card_says_what_it_comes_to_and_not_when_it_was_said() -> None:
    assert pack([user(1, {"ads": GIVEN, "analytics": REFUSED})], {}) == b'{"ads":"g","analytics":"d"}'
    assert pack([user(1, {"ads": said("Given", "2020-01-01")})], {}) == b'{"ads":"g"}'


def test_a_card_says_when_it_changes_by_itself() -> None:
    person = user(
        1, {"ads": [said("Given", "2026-01-01", ends="2026-03-01"), said("Withdrawn", "2027-01-01", ahead=True)]}
    )
    standing = stands(person)
    assert [standing.code("ads", day(at)) for at in ("2026-02-28", "2026-03-01", "2027-01-01")] == ["g", "x", "w"]
    assert standing.next_change("ads", day("2026-02-01")) == day("2026-03-01")
    assert standing.next_change("ads", day("2026-03-01")) == day("2027-01-01")
    assert standing.next_change("ads", day("2027-01-01")) is None
    assert not standing.constant


def test_what_has_no_end_is_constant() -> None:
    standing = stands(user(1, {"ads": GIVEN}))
    assert standing.constant
    assert standing.next_change("ads", 0) is None


def test_the_order_of_the_identifiers_does_not_show() -> None:
    people = [user(1, {"ads": REFUSED}), email(2, {"ads": GIVEN, "marketing.email": GIVEN}), browser(3, {"ads": GIVEN})]
    assert pack(people, EMAIL_TYPES) == pack(list(reversed(people)), EMAIL_TYPES)


def test_a_purpose_about_addresses_has_a_part_for_each() -> None:
    standing = stands(email(1, {"marketing.email": GIVEN}), email(2, {"marketing.email": REFUSED}), email(3))
    parts = {address: standing.part("marketing.email", address) for address in (None, 1, 2, 3)}
    assert parts == {None: PERSON, 1: "1", 2: "2", 3: ANY_ADDRESS}
    codes = {address: standing.code("marketing.email", 0, part) for address, part in parts.items()}
    assert codes == {None: "d", 1: "g", 2: "d", 3: ""}


def test_a_purpose_that_nothing_was_said_of_has_no_code() -> None:
    standing = stands(user(1, {"ads": GIVEN}))
    assert (standing.code("analytics", 0), standing.part("analytics", 7)) == ("", PERSON)
    assert standing.keys == {"ads"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"ads":"G"}',
        b'{"ads":null}',
        b'{"ads":1}',
        b'{"ads":[]}',
        b'{"ads":["g",5]}',
        b'{"ads":[5,"g",6]}',
        b'{"ads":["g",5.5,"d"]}',
        b'{"ads":["d",true,"g"]}',
        b'{"ads":["d",9,"g",5,"d"]}',
        b'{"ads":["d",5,"g",5,"d"]}',
        b'{"ads":{"1":{"2":"g"}}}',
        b'{"ads":{"1":"granted"}}',
        b'{"ads":"\\ud800"}',
        b'{"ads":"g"} ,',
        b"[" * 100_000,
        b'{"ads":' * 100_000,
    ],
)
def test_what_is_not_written_here_is_unreadable(raw: bytes) -> None:
    standing = read_standing(raw)
    assert standing.unreadable
    assert standing.code("ads", 7) == ""


def test_the_same_bytes_are_read_once() -> None:
    assert read_standing(b'{"ads":"g"}') is read_standing(bytes([*b'{"ads":"g"}']))
