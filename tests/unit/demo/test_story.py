"""The story of the demonstration: the same in every run, and with all that it promises in it."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from cxprofiles.demo import cast
from cxprofiles.demo.records import read_records
from cxprofiles.demo.story import Storyteller, Told, in_disorder, tell_interactions, tell_late, tell_records

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def told() -> list[Told]:
    return tell()


def tell() -> list[Told]:
    teller = Storyteller(BEGAN, "a secret that is long enough for a test")
    records = read_records()
    return [*tell_records(teller, records), *tell_interactions(teller, records), tell_late(teller)]


def test_it_is_the_same_in_every_run(told: list[Told]) -> None:
    assert tell() == told


def test_each_event_has_a_message_id_of_its_own_and_happened_before_the_end(told: list[Told]) -> None:
    assert len({event.message for event in told}) == len(told)
    assert max(event.arguments["timestamp"] for event in told) < BEGAN


def test_it_is_delivered_out_of_order_and_partly_twice(told: list[Told]) -> None:
    delivered = in_disorder(told)
    times = Counter(event.message for event in delivered)
    assert set(times) == {event.message for event in told}
    assert set(times.values()) == {1, 2}
    assert [event.message for event in delivered[: len(told)]] != [event.message for event in told]


def test_two_people_share_a_tablet_and_a_placeholder_stands_on_receipts(told: list[Told]) -> None:
    on_tablet = {
        event.arguments.get("user_id") for event in told if event.arguments.get("anonymous_id") == cast.FAMILY_TABLET
    }
    assert on_tablet == {None, cast.MARY.user_id, cast.EDWARD.user_id}
    cards_at_till = {
        dict(event.identifiers())["loyalty_id"]
        for event in told
        if ("email", cast.TILL_ADDRESS) in event.identifiers() and "loyalty_id" in dict(event.identifiers())
    }
    assert len(cards_at_till) > 3
    assert any(("email", cast.PLACEHOLDER) in event.identifiers() for event in told)


def test_the_late_receipt_is_older_than_the_five_weeks_and_comes_last(told: list[Told]) -> None:
    days = (BEGAN - told[-1].arguments["timestamp"]).days
    assert days == 49
    assert ("loyalty_id", cast.ELLIE.card) in told[-1].identifiers()
