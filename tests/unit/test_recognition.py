"""Who stands before a channel, decided from rows alone."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from consent.purposes import Purpose, Purposes
from profiles.identity.types import TypeRule
from profiles.recognition import SECTIONS, Answer, Asking, Card, Found, Outcome, Presented
from profiles.recognition import decide as decide_for

SERVICE = Purpose("service", "contract", "allowed", frozenset("*"), least_assurance="identified")
PERSONALISATION = Purpose("personalisation", categories=frozenset({"identity", "behaviour"}))
PURPOSES = Purposes({one.key: one for one in (SERVICE, PERSONALISATION, Purpose("analytics"))})
CATEGORIES = {"first_name": "identity"}
NOW = 10
USER = TypeRule(1, "user_id", 1, True, 1, "first", None)
EMAIL = TypeRule(2, "email", 4, True, 5, "first", 3)
DEVICE = TypeRule(3, "anonymous_id", 8, False, None, "last", 10)
GRANTED, REFUSED = b'{"personalisation":"g"}', b'{"personalisation":"d"}'
SEEN = datetime(2026, 3, 1, tzinfo=UTC)


def card(number: int, *, known: bool = True, bridged: bool = False, consents: bytes = b"{}") -> Card:
    return Card(number, f"profile-{number}", known, bridged, SEEN, SEEN, b'{"first_name":"Ann"}', consents, b"[]")


def found(rule: TypeRule, of: Card, value: str = "x", verified: bool = True) -> Found:
    return Found(Presented(rule, value), 1, verified, of)


def decide(purpose: Purpose, items: Sequence[Found], number: str, sections: Collection[str] = SECTIONS) -> Outcome:
    return decide_for(Asking(purpose, sections, PURPOSES, CATEGORIES, NOW), items, number)


def answer(*items: Found, purpose: str = "service", sections: frozenset[str] = SECTIONS) -> Answer:
    return decide(PURPOSES.find(purpose), items, "decision", sections).answer


def test_nothing_found_is_unknown_and_touches_nobody() -> None:
    outcome = decide(SERVICE, [], "decision")
    assert (outcome.answer.status, outcome.profiles, outcome.fields) == ("unknown", (), "")
    assert outcome.answer.decision.allowed is False


def test_the_strongest_found_decides_whatever_the_order_of_presentation() -> None:
    items = [found(DEVICE, card(1)), found(EMAIL, card(2), "a@x.org"), found(USER, card(3), "u")]
    for order in (items, items[::-1]):
        decided = answer(*order)
        assert (decided.profile_id, [one.type for one in decided.matched]) == ("profile-3", ["user_id"])


def test_weaker_ones_that_agree_are_matched_too() -> None:
    decided = answer(found(DEVICE, card(1), "a"), found(USER, card(1), "u"), found(EMAIL, card(2), "e"))
    assert [(one.type, one.value) for one in decided.matched] == [("anonymous_id", "a"), ("user_id", "u")]


@pytest.mark.parametrize(("channel", "status"), [("email", "known"), ("web", "withheld"), (None, "withheld")])
def test_a_purpose_of_some_channels_is_for_no_other(channel: str | None, status: str) -> None:
    purpose = Purpose("service", "contract", "allowed", frozenset("*"), ("email",))
    asking = Asking(purpose, SECTIONS, PURPOSES, CATEGORIES, NOW, channel)
    assert decide_for(asking, [found(USER, card(1))], "decision").answer.status == status


def test_what_a_purpose_may_not_see_is_withheld_by_name() -> None:
    purpose = Purpose("analytics", "legitimate_interest", "allowed", frozenset({"behaviour"}))
    decided = decide(purpose, [found(USER, card(1))], "decision").answer
    assert (bytes(decided.traits), decided.decision.withheld) == (b"{}", ["first_name"])


def test_interactions_are_shown_to_purposes_that_see_behaviour() -> None:
    seen = replace(card(1), recent=b'[{"type":"track"}]')
    for categories, shown in ((frozenset({"behaviour"}), b'[{"type":"track"}]'), (frozenset({"identity"}), b"[]")):
        purpose = Purpose("analytics", "legitimate_interest", "allowed", categories)
        assert bytes(decide(purpose, [found(USER, seen)], "decision").answer.recent) == shown


def test_a_purpose_about_addresses_looks_at_the_presented_one() -> None:
    purpose = Purpose("marketing.email", categories=frozenset("*"), address_type="email")
    said = b'{"marketing.email":{"":"c","1":"g","2":"d"}}'
    granted, refused = (
        replace(found(EMAIL, card(1, consents=said), value), id=id_) for value, id_ in (("a", 1), ("b", 2))
    )
    assert decide(purpose, [granted], "decision").answer.status == "known"
    assert decide(purpose, [refused], "decision").answer.status == "withheld"
    assert decide(purpose, [granted, refused], "decision").answer.status == "withheld"
    assert decide(purpose, [found(USER, card(1, consents=said))], "decision").answer.status == "withheld"


def test_a_restriction_shows_and_stops_even_the_contract() -> None:
    decided = decide(SERVICE, [found(USER, card(1, consents=b'{"*":"!"}'))], "decision").answer
    assert (decided.status, decided.profile_id, decided.decision.restricted) == ("withheld", None, True)


@pytest.mark.parametrize(
    ("traits", "status"),
    [
        (b'{"country":"US","state":"CA"}', "known"),
        (b'{"country":"US","state":"TX"}', "withheld"),
        (b'{"country":"DE","region":"BY"}', "withheld"),
        (b'{"country":["US"],"state":7}', "withheld"),
        (b"{}", "withheld"),
    ],
)
def test_where_the_region_says_opt_out_it_is_allowed_until_refused(traits: bytes, status: str) -> None:
    purpose = Purpose("ads.sale_share", categories=frozenset("*"), regions={"US-CA": "allowed"})
    of = replace(card(1), traits=traits)
    assert decide(purpose, [found(USER, of)], "decision").answer.status == status
    refused = replace(of, consents=b'{"ads.sale_share":"d"}')
    assert decide(purpose, [found(USER, refused)], "decision").answer.status == "withheld"


def test_equals_that_agree_are_not_ambiguous() -> None:
    assert answer(found(EMAIL, card(1), "a"), found(EMAIL, card(1), "b")).status == "known"


def test_weaker_equals_that_disagree_do_not_matter() -> None:
    items = (found(USER, card(1)), found(EMAIL, card(2)), found(EMAIL, card(3)))
    assert answer(*items).profile_id == "profile-1"


@pytest.mark.parametrize(
    ("item", "assurance"),
    [
        (found(USER, card(1)), "identified"),
        (found(EMAIL, card(1)), "identified"),
        (found(USER, card(1), verified=False), "device"),
        (found(USER, card(1, bridged=True)), "device"),
        (found(DEVICE, card(1)), "device"),
    ],
)
def test_only_a_verified_person_of_an_unbridged_profile_is_identified(item: Found, assurance: str) -> None:
    decided = answer(item)
    assert decided.assurance == assurance
    assert (bytes(decided.traits) != b"{}") == (assurance == "identified")
    assert decided.decision.withheld == ([] if assurance == "identified" else ["first_name"])


def test_a_stronger_claim_is_made_good_by_a_weaker_verified_person() -> None:
    decided = answer(found(USER, card(1), verified=False), found(EMAIL, card(1)))
    assert decided.assurance == "identified"


def test_personalisation_shows_traits_to_a_device_with_consent() -> None:
    decided = answer(found(DEVICE, card(1, consents=GRANTED)), purpose="personalisation")
    assert (decided.assurance, bytes(decided.traits)) == ("device", b'{"first_name":"Ann"}')
    assert decided.consents == {"personalisation": "granted"}


@pytest.mark.parametrize("consents", [b"{}", REFUSED, b"nonsense", b'{"personalisation":"yes"}', b"\xff", b"[]"])
def test_without_a_grant_that_can_be_read_the_profile_is_withheld(consents: bytes) -> None:
    outcome = decide(PERSONALISATION, [found(USER, card(1, consents=consents))], "decision")
    content = msgspec.json.decode(msgspec.json.encode(outcome.answer))
    decision = content.pop("decision")
    assert content.pop("status") == "withheld"
    assert not any(content.values())
    assert (decision["allowed"], decision["basis"]) == (False, "consent")
    assert (outcome.profiles, outcome.fields) == (("profile-1",), "")


def test_ambiguity_names_only_those_for_whom_the_purpose_is_allowed() -> None:
    items = [found(USER, card(1, consents=GRANTED)), found(USER, card(2)), found(USER, card(3, consents=GRANTED))]
    outcome = decide(PERSONALISATION, items, "decision")
    assert [one.profile_id for one in outcome.answer.candidates] == ["profile-1", "profile-3"]
    assert list(outcome.profiles) == ["profile-1", "profile-3"]
    withheld = decide(PERSONALISATION, [*items[1:2], found(USER, card(4))], "decision")
    assert (withheld.answer.status, withheld.answer.candidates) == ("withheld", [])
    assert list(withheld.profiles) == ["profile-2", "profile-4"]


def test_sections_that_were_not_asked_for_stay_empty() -> None:
    decided = answer(found(USER, card(1)), sections=frozenset())
    assert (bytes(decided.traits), bytes(decided.recent), decided.status) == (b"{}", b"[]", "known")
    assert decided.decision.withheld == []


ITEMS = st.lists(
    st.builds(
        found,
        st.sampled_from([USER, EMAIL, DEVICE]),
        st.builds(
            card,
            st.integers(1, 4),
            known=st.booleans(),
            bridged=st.booleans(),
            consents=st.sampled_from([b"{}", GRANTED, REFUSED, b"nonsense"]),
        ),
        st.sampled_from(["a", "b"]),
        st.booleans(),
    ),
    max_size=6,
)


def of_one_card_each(items: list[Found]) -> list[Found]:
    """One card a root, as rows of one snapshot are."""
    cards: dict[int, Card] = {}
    return [replace(item, card=cards.setdefault(item.card.root_id, item.card)) for item in items]


@given(ITEMS.map(of_one_card_each), st.sampled_from(sorted(PURPOSES.keys)))
def test_whatever_is_found_nothing_is_shown_that_may_not_be(items: list[Found], purpose: str) -> None:
    outcome: Outcome = decide(PURPOSES.find(purpose), items, "decision")
    decided = outcome.answer
    shown = {item.card.profile_id: item.card for item in items}
    named = {one.profile_id for one in decided.candidates}
    if decided.profile_id is not None:
        named.add(decided.profile_id)
    assert named <= set(outcome.profiles) <= set(shown)
    assert bool(items) == bool(outcome.profiles)
    if purpose != "service":
        assert all(shown[one].consents == GRANTED for one in named)
    if bytes(decided.traits) != b"{}":
        assert decided.status in ("known", "anonymous")
        assert purpose != "service" or decided.assurance == "identified"
    if decided.status in ("unknown", "withheld", "ambiguous"):
        assert (decided.profile_id, decided.matched, decided.consents, decided.first_seen) == (None, [], {}, None)
