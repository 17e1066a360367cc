"""What a card says of how sure it is follows from what was seen and decided, and from nothing else."""

import itertools
from typing import Any

import pytest

from profiles.identity.decisions import record_decisions, withdraw_decisions
from profiles.identity.rebuild import SHOWN, rebuild_identity
from profiles.models import Card, Identifier, Link, Source
from tests.factories.channels import tell

pytestmark = pytest.mark.django_db

numbers = itertools.count()


@pytest.fixture
def shop() -> Source:
    return Source.objects.create(name="shop", channel="store", trust="server")


@pytest.fixture
def site() -> Source:
    return Source.objects.create(name="site", channel="web", trust="public")


def seen(source: Source, *pairs: tuple[str, str]) -> None:
    """Each pair of a user id and an anonymous id is seen, one after the other."""
    tell(
        source,
        *(
            {
                "messageId": f"m-{next(numbers)}",
                "type": "track",
                "event": "Seen",
                "userId": user,
                "anonymousId": browser,
            }
            for user, browser in pairs
        ),
    )


def number_of(value: str) -> int:
    return Identifier.objects.get(value=value).id


def card_of(value: str) -> Card:
    return Card.objects.get(root_id=Identifier.objects.get(value=value).root_id)


def cards() -> list[tuple[Any, ...]]:
    """All that each card shows, to the byte."""
    columns = SHOWN.replace(" ", "").split(",")
    return [
        tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)
        for row in Card.objects.order_by("root_id").values_list(*columns)
    ]


def what_a_rebuild_would_change() -> dict[str, int]:
    return {name: count for name, count in rebuild_identity(check=True).differences.items() if count}


def decide(verdict: str, one: str, other: str) -> list[Any]:
    pairs = [(number_of(one), number_of(other))]
    return [item.id for item in record_decisions(pairs=pairs, verdict=verdict, reason="tried", actor="staff:1")]


def test_a_split_that_is_taken_back_leaves_every_card_as_it_was(shop: Source) -> None:
    seen(shop, ("ann", "phone"), ("ann", "laptop"))
    before = cards()
    made = decide("different", "ann", "laptop")
    assert card_of("ann").contested
    assert card_of("laptop").contested
    withdraw_decisions(ids=made, actor="staff:1")
    assert cards() == before
    assert not card_of("ann").contested
    assert what_a_rebuild_would_change() == {}


def test_a_join_that_is_taken_back_leaves_no_claim_on_the_other(shop: Source, site: Source) -> None:
    seen(site, ("ann", "phone"))
    seen(shop, ("ben", "laptop"))
    before = cards()
    made = decide("same", "ann", "ben")
    assert card_of("ben").claimed
    withdraw_decisions(ids=made, actor="staff:1")
    assert cards() == before
    assert [card_of(name).claimed for name in ("ann", "ben")] == [True, False]


def test_a_profile_stays_contested_while_a_link_that_leads_out_of_it_is_refused(shop: Source) -> None:
    seen(shop, ("ben", "tablet"), ("ann", "tablet"), ("ann", "phone"))
    assert card_of("ben").contested
    made = decide("different", "ann", "phone")
    withdraw_decisions(ids=made, actor="staff:1")
    assert card_of("ann").contested
    assert card_of("ben").contested
    assert what_a_rebuild_would_change() == {}


def test_what_became_shared_speaks_against_nobody(shop: Source) -> None:
    people = [f"user-{number}" for number in range(11)]
    seen(shop, *((user, "terminal") for user in people[:10]))
    assert {card_of(user).contested for user in people[:10]} == {True}
    seen(shop, (people[10], "terminal"))
    assert Identifier.objects.get(value="terminal").shared
    assert {card_of(user).contested for user in people} == {False}
    assert what_a_rebuild_would_change() == {}


def test_a_claim_that_was_refused_counts_once_it_joins(shop: Source, site: Source) -> None:
    seen(site, ("ben", "tablet"))
    seen(shop, ("ann", "tablet"))
    assert card_of("tablet").root_id == card_of("ann").root_id
    assert not card_of("ann").claimed
    assert not card_of("ben").claimed
    made = decide("different", "ann", "tablet")
    assert card_of("tablet").root_id == card_of("ben").root_id
    assert card_of("ben").claimed
    withdraw_decisions(ids=made, actor="staff:1")
    assert not card_of("ben").claimed
    assert what_a_rebuild_would_change() == {}


def test_a_claim_that_a_trusted_source_confirms_is_one_no_more(shop: Source, site: Source) -> None:
    seen(site, ("ann", "phone"), ("ann", "laptop"))
    seen(shop, ("ann", "phone"))
    assert card_of("ann").claimed
    seen(shop, ("ann", "laptop"))
    assert not Link.objects.filter(verified=False).exists()
    assert not card_of("ann").claimed
    assert what_a_rebuild_would_change() == {}
