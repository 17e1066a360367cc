"""What a person had corrected stands above all that channels say, before it and after it."""

from typing import Any

import pytest

from consent.requests.kinds import RECTIFICATION, RESTRICTION
from profiles.identity.rebuild import rebuild_identity
from profiles.models import ConfigurationChange, ConfigurationVersion, Decision, Identifier, Interaction, Source
from profiles.privacy.choosing import choose
from profiles.privacy.execution import Execution
from profiles.privacy.rectifying import ALONE, ANOTHERS, NOT_THEIRS, CorrectionRefused, check_corrections, rectify
from profiles.sources import SourceRefused, revoke_source, rotate_key
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell
from tests.factories.executions import execution, stored

ANN = ("email", "ann@exmaple.org")
RIGHT = ("email", "ann@example.org")
ACCOUNT = ("user_id", "ann-1")


@pytest.fixture
def ann(shop: Source) -> Source:
    """Ann's address was misspelt when she made her account; she also has a browser."""
    traits = {"email": ANN[1], "city": "Bonn", "visits": 3}
    tell(shop, event(0, userId=ACCOUNT[1], anonymousId="browser", context={"traits": traits}))
    return shop


def correction(by: tuple[str, str] = ACCOUNT, **details: Any) -> Execution:
    return execution(RECTIFICATION, by, details=details)


def profile(service: Caller, identifier: tuple[str, str] = ACCOUNT) -> Any:
    named = {"type": identifier[0], "value": identifier[1]}
    answered = service.post("/v1/profiles/lookup", {"identifier": named, "purpose": "service"})
    assert answered.status == 200, answered.content
    return answered.content


def value(service: Caller, name: str) -> Any:
    found = profile(service)["traits"].get(name)
    return None if found is None else found["value"]


@pytest.mark.parametrize("rule", ["latest", "earliest", "most_frequent", "source_rank", "min", "max", "sum", "union"])
def test_a_corrected_trait_stands_whatever_the_rule_and_whatever_is_said_later(
    service: Caller, shop: Source, rule: str
) -> None:
    assert service.put("/v1/traits/visits", {"rule": rule}).status == 200
    tell(shop, event(0, userId=ACCOUNT[1], context={"traits": {"visits": 3}}))
    outcome = rectify(correction(traits={"visits": 7}))
    assert (outcome.rows, outcome.gaps, outcome.no_match) == ({"interaction": 1}, [], False)
    shown = profile(service)["traits"]["visits"]
    assert (shown["value"], shown["source"]) == (7, "rectification")
    best = make_source("register", rank=1)
    for minute in (1, 2, 10**6):
        tell(best, event(minute, userId=ACCOUNT[1], context={"traits": {"visits": 100}}))
    assert value(service, "visits") == 7
    rebuilt = rebuild_identity(check=True)
    assert not any(rebuilt.differences.values()), rebuilt.differences


def test_the_last_correction_wins_and_null_takes_the_trait_away(service: Caller, ann: Source) -> None:
    rectify(correction(traits={"city": "Köln"}))
    assert value(service, "city") == "Köln"
    rectify(correction(traits={"city": "Aachen"}))
    assert value(service, "city") == "Aachen"
    rectify(correction(traits={"city": None}))
    tell(ann, event(5, userId=ACCOUNT[1], context={"traits": {"city": "Bonn"}}))
    assert value(service, "city") is None


def test_a_corrected_trait_is_no_identifier(service: Caller, ann: Source) -> None:
    rectify(correction(traits={"email": RIGHT[1]}))
    assert value(service, "email") == RIGHT[1]
    assert not Identifier.objects.filter(value=RIGHT[1]).exists()


def test_a_corrected_address_takes_the_place_of_the_wrong_one(service: Caller, ann: Source) -> None:
    rectify(correction(identifiers=[{"type": "email", "from": ANN[1].upper(), "to": RIGHT[1]}]))
    shown = profile(service)
    assert shown["traits"]["email"]["value"] == RIGHT[1]
    root = stored(*ACCOUNT).root_id
    assert stored(*RIGHT).root_id == root == stored("anonymous_id", "browser").root_id
    assert stored(*ANN).root_id != root
    # The shop knows no better, and goes on sending the wrong one.
    tell(ann, event(9, userId=ACCOUNT[1], anonymousId="browser", context={"traits": {"email": ANN[1]}}))
    assert stored(*ANN).root_id != root
    assert value(service, "email") == RIGHT[1]
    assert {row.reason for row in Decision.objects.all()} == {"rectified"}
    rebuilt = rebuild_identity(check=True)
    assert not any(rebuilt.differences.values()), rebuilt.differences


def test_who_shows_the_wrong_address_is_known_by_what_remains(service: Caller, ann: Source) -> None:
    rectify(correction(by=ANN, identifiers=[{"type": "email", "from": ANN[1], "to": RIGHT[1]}], traits={"city": "Ulm"}))
    assert (value(service, "city"), value(service, "email")) == ("Ulm", RIGHT[1])


def test_a_wrong_identifier_can_be_taken_off_alone_and_a_right_one_added_alone(service: Caller, ann: Source) -> None:
    rectify(correction(identifiers=[{"type": "email", "from": ANN[1]}, {"type": "phone", "to": "+493012345678"}]))
    assert stored(*ANN).root_id != stored(*ACCOUNT).root_id
    assert stored("phone", "+493012345678").root_id == stored(*ACCOUNT).root_id
    assert value(service, "email") is None


def test_nobody_gets_at_somebody_else_by_calling_their_address_the_right_one(service: Caller, ann: Source) -> None:
    tell(ann, event(1, userId="ben-1", context={"traits": {"email": "ben@example.org", "city": "Hamm"}}))
    outcome = rectify(correction(identifiers=[{"type": "email", "from": ANN[1], "to": "ben@example.org"}]))
    assert [gap.why for gap in outcome.gaps] == [ANOTHERS]
    assert stored("email", "ben@example.org").root_id != stored(*ACCOUNT).root_id
    mine = [("user_id", "ann-1"), ("email", "ben@example.org")]
    both = execution(RECTIFICATION, *mine, details={"identifiers": [{"type": "email", "to": "ben@example.org"}]})
    assert rectify(both).gaps == []  # who has shown that both are theirs may have them joined


def test_nobody_takes_off_an_identifier_that_is_not_theirs(service: Caller, ann: Source) -> None:
    tell(ann, event(1, userId="ben-1", context={"traits": {"email": "ben@example.org"}}))
    outcome = rectify(correction(identifiers=[{"type": "email", "from": "ben@example.org", "to": RIGHT[1]}]))
    assert [gap.why for gap in outcome.gaps] == [NOT_THEIRS]
    assert not Decision.objects.exists()
    assert not Identifier.objects.filter(value=RIGHT[1]).exists()


def test_where_all_stands_under_the_wrong_address_it_is_not_torn_off(service: Caller, shop: Source) -> None:
    tell(shop, event(0, context={"traits": {"email": ANN[1], "city": "Bonn"}}))
    outcome = rectify(correction(by=ANN, identifiers=[{"type": "email", "from": ANN[1], "to": RIGHT[1]}]))
    assert [gap.why for gap in outcome.gaps] == [ALONE]
    shown = profile(service, RIGHT)["traits"]
    assert (shown["city"]["value"], shown["email"]["value"]) == ("Bonn", RIGHT[1])


def test_nobody_known_has_nothing_to_correct(service: Caller) -> None:
    assert rectify(correction(by=("email", "nobody@example.org"), traits={"city": "Ulm"})).no_match


def test_what_is_contested_is_corrected_while_processing_is_restricted(service: Caller, ann: Source) -> None:
    choose(execution(RESTRICTION, ACCOUNT))
    rectify(correction(traits={"city": "Ulm"}))
    choose(execution(RESTRICTION, ACCOUNT, details={"lift": True}))
    assert value(service, "city") == "Ulm"


def test_again_changes_nothing_more(service: Caller, ann: Source) -> None:
    asked = correction(traits={"city": "Ulm"}, identifiers=[{"type": "email", "from": ANN[1], "to": RIGHT[1]}])
    rectify(asked)
    before = (Interaction.objects.count(), Decision.objects.count(), profile(service)["traits"])
    rectify(asked)
    assert (Interaction.objects.count(), Decision.objects.count(), profile(service)["traits"]) == before


def test_our_own_source_is_nobody_elses(service: Caller, ann: Source) -> None:
    rectify(correction(traits={"city": "Ulm"}))
    own = Source.objects.get(rank=0)
    assert (own.name, own.keys.count()) == ("rectification", 0)
    assert ConfigurationChange.objects.get(subject="source:rectification").actor == "system"
    settings = {"channel": "web", "trust": "server"}
    assert service.post("/v1/sources", {"name": "rectification", **settings}).status == 422
    assert service.put("/v1/sources/rectification", settings).status == 422
    for change in (rotate_key, revoke_source):
        with pytest.raises(SourceRefused):
            change(name="rectification", actor="test")


def test_the_configuration_that_others_hold_is_new_once_our_source_is_made(service: Caller, ann: Source) -> None:
    before = ConfigurationVersion.objects.get().version
    rectify(correction(traits={"city": "Ulm"}))
    made = ConfigurationVersion.objects.get().version
    rectify(correction(traits={"city": "Bonn"}))
    assert (made > before, ConfigurationVersion.objects.get().version) == (True, made)


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({}, "traits"),
        ({"traits": [], "identifiers": []}, "traits"),
        ({"traits": "city"}, "traits"),
        ({"traits": {"": 1}}, "traits"),
        ({"traits": {"x" * 201: 1}}, "traits"),
        ({"traits": {"city": "x" * 40_000}}, "traits"),
        ({"traits": {"city": "a\u0000b"}}, "traits"),
        ({"traits": {f"t{n}": n for n in range(101)}}, "traits"),
        ({"identifiers": {"type": "email"}}, "identifiers"),
        ({"identifiers": ["email"]}, "identifiers/0"),
        ({"identifiers": [{"type": "email"}]}, "identifiers/0"),
        ({"identifiers": [{"type": "email", "to": RIGHT[1], "why": "so"}]}, "identifiers/0"),
        ({"identifiers": [{"type": "shoe", "to": "44"}]}, "identifiers/0/type"),
        ({"identifiers": [{"type": "email", "to": "no address"}]}, "identifiers/0/to"),
        ({"identifiers": [{"type": "email", "from": 5, "to": RIGHT[1]}]}, "identifiers/0/from"),
        ({"identifiers": [{"type": "email", "from": RIGHT[1], "to": RIGHT[1].upper()}]}, "identifiers/0/to"),
        ({"identifiers": [{"type": "user_id", "to": "null"}]}, "identifiers/0/to"),
    ],
)
def test_what_cannot_be_corrected_is_refused_and_said_where(details: dict[str, Any], field: str) -> None:
    with pytest.raises(CorrectionRefused) as refused:
        check_corrections(details)
    assert refused.value.field == field


def test_deeply_nested_values_are_refused() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    with pytest.raises(CorrectionRefused):
        check_corrections({"traits": {"city": deep}})


def test_what_can_be_corrected_is_let_through() -> None:
    check_corrections({"traits": {"city": None, "tags": ["a", {"b": 1}]}})
    check_corrections({"identifiers": [{"type": "email", "from": ANN[1], "to": RIGHT[1]}]})
