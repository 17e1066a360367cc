"""What anyone may say is a claim: it links, but it opens nobody's record (issue of trust)."""

import hashlib
import hmac
import itertools
from typing import Any

import pytest

from profiles.models import Card, Decision, Identifier, Link, Source
from tests.factories.channels import tell

pytestmark = pytest.mark.django_db

numbers = itertools.count()
SECRET = "a secret of the source"


@pytest.fixture
def sources() -> dict[str, Source]:
    return {
        "server": Source.objects.create(name="shop", channel="store", trust="server"),
        "public": Source.objects.create(name="site", channel="web", trust="public", signing_secret=SECRET),
    }


def post(source: Source, *events: dict[str, Any]) -> None:
    tell(source, *({"messageId": f"m-{next(numbers)}", **event} for event in events))


def root_of(type_name: str, value: str) -> int:
    return Identifier.objects.get(type__name=type_name, value=value).root_id


def identity_hash(user_id: str) -> str:
    return hmac.new(SECRET.encode(), user_id.encode(), hashlib.sha256).hexdigest()


def test_a_claim_links_but_verifies_nobody(sources: dict[str, Source]) -> None:
    post(sources["public"], {"type": "identify", "userId": "u-1", "anonymousId": "a-1"})
    assert root_of("user_id", "u-1") == root_of("anonymous_id", "a-1")
    assert Link.objects.get().verified is False
    assert Identifier.objects.get(value="u-1").verified is False


def test_an_identity_hash_makes_a_claim_verified(sources: dict[str, Source]) -> None:
    post(
        sources["public"],
        {"type": "identify", "userId": "u-1", "anonymousId": "a-1", "context": {"identityHash": identity_hash("u-1")}},
        {"type": "identify", "userId": "u-2", "anonymousId": "a-2", "context": {"identityHash": identity_hash("u-1")}},
    )
    verified = dict(Identifier.objects.filter(type__name="user_id").values_list("value", "verified"))
    assert verified == {"u-1": True, "u-2": False}


def test_an_alias_of_a_trusted_source_decides_and_a_claimed_one_does_not(sources: dict[str, Source]) -> None:
    post(sources["server"], {"type": "alias", "userId": "u-1", "previousId": "u-old"})
    assert root_of("user_id", "u-1") == root_of("user_id", "u-old") == root_of("anonymous_id", "u-old")
    decisions = Decision.objects.count()
    post(sources["public"], {"type": "alias", "userId": "u-2", "previousId": "u-3"})
    assert Decision.objects.count() == decisions
    assert root_of("user_id", "u-2") != root_of("user_id", "u-3"), "a profile holds one user_id"
    assert root_of("user_id", "u-2") == root_of("anonymous_id", "u-3")


def test_an_alias_to_itself_says_nothing(sources: dict[str, Source]) -> None:
    post(sources["server"], {"type": "alias", "userId": "u-1", "previousId": "u-1"})
    assert Decision.objects.count() == 0
    assert list(Identifier.objects.values_list("value", flat=True)) == ["u-1"]


def test_two_verified_people_joined_by_a_claim_alone_are_bridged(sources: dict[str, Source]) -> None:
    post(sources["server"], {"type": "identify", "userId": "attacker"})
    post(sources["server"], {"type": "identify", "traits": {"email": "victim@shop.example", "city": "Bern"}})
    assert [card.bridged for card in Card.objects.all()] == [False, False]
    post(sources["public"], {"type": "identify", "userId": "attacker", "traits": {"email": "victim@shop.example"}})
    assert Card.objects.get().bridged is True
    post(sources["server"], {"type": "identify", "userId": "attacker", "traits": {"email": "victim@shop.example"}})
    assert Card.objects.get().bridged is False


def test_an_event_that_denies_unification_links_nobody(sources: dict[str, Source]) -> None:
    consent = {"consent": {"categoryPreferences": {"unification": False}}}
    post(sources["server"], {"type": "identify", "userId": "u-1", "anonymousId": "a-1", "context": consent})
    assert root_of("user_id", "u-1") != root_of("anonymous_id", "a-1")
    assert Link.objects.count() == 0
