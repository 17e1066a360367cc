"""The chain of entries: what is hashed, and how a change shows."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from consent.audit.canonical import NotCanonical, canonical_json, digest_of
from consent.audit.chain import NOTHING_BEFORE, Link, find_break, linked, make_link

CASES = {one["id"]: one for one in json.loads((Path(__file__).parents[2] / "data/cases/privacy.json").read_text())}
AT = datetime(2026, 3, 1, 10, tzinfo=UTC)


def make_chain(count: int) -> list[Link]:
    links: list[Link] = []
    prev = NOTHING_BEFORE
    for seq in range(1, count + 1):
        links.append(make_link(seq=seq, prev=prev, type="consent.granted", at=AT, content={"purpose": f"p{seq}"}))
        prev = links[-1].digest
    return links


@pytest.mark.parametrize("case", ["AUD-01", "AUD-02"])
def test_an_entry_has_the_digest_that_others_work_out(case: str) -> None:
    event, expected = CASES[case]["given"]["event"], CASES[case]["expected"]["sha256"]
    assert digest_of(event).hex() == expected
    content = {"purpose": event["purpose"]}
    at = datetime.fromisoformat(event["at"])
    link = make_link(seq=event["seq"], prev=bytes.fromhex(event["prev"]), type=event["type"], at=at, content=content)
    assert link.digest.hex() == expected


def test_one_second_is_enough_to_break_the_chain() -> None:
    first, second = (CASES[name]["given"]["event"] for name in ("AUD-01", "AUD-02"))
    tampered = {**first, "at": CASES["AUD-03"]["given"]["entry1_at_changed_to"]}
    links = [Link(1, canonical_json(tampered), *hashes(first)), linked(2, canonical_json(second))]
    bad = CASES["AUD-03"]["expected"]["first_bad_seq"]
    assert find_break(links) == bad
    # Whoever works out the changed entry's own hashes anew only moves the break to where the next one names it.
    assert find_break([linked(1, canonical_json(tampered)), links[1]]) == bad
    assert find_break([linked(1, canonical_json(first)), links[1]]) is None
    assert CASES["AUD-03"]["then"].endswith(f"{digest_of(tampered).hex()[:8]}...")


def hashes(event: dict[str, Any]) -> tuple[bytes, bytes]:
    honest = linked(event["seq"], canonical_json(event))
    return honest.digest, honest.leaf


def test_a_whole_chain_has_no_break() -> None:
    assert find_break(make_chain(5)) is None
    assert find_break([]) is None


@pytest.mark.parametrize("place", range(5))
def test_whatever_is_changed_its_number_is_named(place: int) -> None:
    seq, links = place + 1, make_chain(5)
    other = linked(seq, links[place].entry.replace(b"granted", b"refused"))
    for broken in (
        replace(links[place], entry=other.entry),
        replace(links[place], digest=other.digest),
        replace(links[place], leaf=other.leaf),
        replace(links[place], entry=b"{}"),
        replace(links[place], entry=b"not json"),
        linked(seq, links[place].entry.replace(b"{", b"{ ")),
    ):
        assert find_break([*links[:place], broken, *links[seq:]]) == seq


def test_an_entry_that_is_gone_twice_or_elsewhere_is_named() -> None:
    links = make_chain(4)
    assert find_break(links[1:]) == 1
    assert find_break([links[0], links[2], links[3]]) == 2
    assert find_break([links[0], links[0], links[1]]) == 2
    assert find_break([links[0], links[2], links[1]]) == 2


def test_a_part_of_a_chain_is_checked_from_where_it_begins() -> None:
    links = make_chain(4)
    assert find_break(links[2:], links[1].digest, 3) is None
    assert find_break(links[2:], links[0].digest, 3) == 2


def test_times_are_in_utc_and_whole_seconds() -> None:
    at = datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert b'"at":"2026-03-01T10:00:00Z"' in make_link(seq=1, prev=NOTHING_BEFORE, type="t", at=at, content={}).entry


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, {"a": "\ud800"}, {1: 2}, {"a": object()}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_json(value)
