"""What people choose by a request is in force at once, for all of their identifiers, with a receipt."""

from typing import Any

import pytest

from consent.ledger_reading import read_decisions, receipts_of
from consent.models import ConsentDecision, Receipt
from consent.receipt_issuing import find_issued
from consent.requests.kinds import LIMIT, OBJECTION, OPT_OUT, RESTRICTION, SHARED, WITHDRAW
from profiles.identity.rebuild import rebuild_identity
from profiles.models import Identifier, Interaction, Quarantine, Source
from profiles.privacy.choosing import choose, opt_out_all
from tests.factories.callers import Caller
from tests.factories.channels import event, tell, work
from tests.factories.consents import ANN_ACCOUNT, consents_of, decision, state_of, tell_consents
from tests.factories.executions import execution, stored

ANN = ("email", "ann@example.org")
NOBODY = ("email", "nobody@example.org")
CLIMBER = {"traits": {"email": ANN[1], "first_name": "Ann", "religion": "none of yours"}}


@pytest.fixture
def ann(shop: Source) -> Source:
    """Ann is known by an account, an address and a browser, and her belief is on file."""
    tell(shop, event(0, userId="ann-1", anonymousId="browser", context=CLIMBER))
    return shop


def recognise(service: Caller, purpose: str = "service", identifier: tuple[str, str] = ANN) -> Any:
    named = {"type": identifier[0], "value": identifier[1]}
    return service.post("/v1/recognise", {"identifiers": [named], "purpose": purpose}).content


def states() -> set[tuple[str, str, str]]:
    rows = ConsentDecision.objects.values_list("identifier_id", "purpose", "state")
    named = {row.id: row.value for row in Identifier.objects.all()}
    return {(named[id_], purpose, state) for id_, purpose, state in rows}


def test_a_restriction_is_of_all_identifiers_and_recognition_tells_nothing_from_then_on(
    service: Caller, ann: Source
) -> None:
    assert recognise(service)["status"] == "known"
    outcome = choose(execution(RESTRICTION, ANN))
    assert (outcome.no_match, outcome.gaps, outcome.rows) == (False, [], {"consent_decision": 3})
    assert recognise(service)["status"] == "withheld"
    assert states() == {(value, "*", "ProcessingRestricted") for value in (ANN[1], "ann-1", "browser")}
    tell(ann, event(1, anonymousId="browser"))
    assert (Interaction.objects.count(), Quarantine.objects.count()) == (1, 1)


def test_lifting_reaches_whom_the_restriction_reached_and_lets_in_what_waited(service: Caller, ann: Source) -> None:
    choose(execution(RESTRICTION, ANN))
    tell(ann, event(1, anonymousId="browser"))
    only_the_address = {"itself": [stored(*ANN).id]}
    choose(execution(RESTRICTION, ANN, details={"lift": True}, scope=only_the_address))
    work()
    assert recognise(service)["status"] == "known"
    assert (Interaction.objects.count(), Quarantine.objects.count()) == (2, 0)


def test_nobody_is_restricted_who_is_not_known(service: Caller) -> None:
    assert choose(execution(RESTRICTION, NOBODY)).no_match
    assert not Identifier.objects.exists()


@pytest.mark.parametrize(
    ("kind", "details", "expected"),
    [
        (OPT_OUT, {}, {("ads.sale_share", "ConsentRefused")}),
        (LIMIT, {}, {("sensitive", "ConsentRefused")}),
        (OBJECTION, {"purposes": ["analytics", "no.such"]}, {("analytics", "ObjectionRaised")}),
        (WITHDRAW, {"purposes": ["research"]}, {("research", "ConsentWithdrawn")}),
    ],
)
def test_a_refusal_of_somebody_unknown_waits_for_them(
    service: Caller, shop: Source, kind: str, details: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    outcome = choose(execution(kind, NOBODY, details=details))
    assert not outcome.no_match
    assert states() == {(NOBODY[1], purpose, state) for purpose, state in expected}
    tell(shop, event(0, userId="late", context={"traits": {"email": NOBODY[1]}}))
    purpose = next(iter(expected))[0]
    assert state_of(service, purpose, {"type": "user_id", "value": "late"})[1] is False


def test_an_objection_that_names_nothing_is_to_marketing_and_to_whatever_was_not_asked(
    service: Caller, ann: Source
) -> None:
    tell_consents(service, decision("marketing.email", "granted"), by=ANN_ACCOUNT)
    choose(execution(OBJECTION, ANN))
    said = {purpose for _, purpose, _ in states() if purpose != "marketing.email"}
    assert said == {"marketing", "security", "sensitive", "unification"}
    assert recognise(service, "marketing.email")["status"] == "withheld"
    assert recognise(service, "security")["status"] == "withheld"
    choose(execution(OBJECTION, ANN, details={"lift": True}))
    assert recognise(service, "security")["status"] == "known"
    # The grant of before is what stands again; nothing was granted by taking the objection back.
    assert state_of(service, "marketing.email", ANN_ACCOUNT) == ("granted", True)


def test_withdrawing_all_ends_everything_that_rests_on_consent_and_nothing_else(service: Caller, ann: Source) -> None:
    tell_consents(service, decision("analytics", "granted"), decision("marketing.sms", "granted"), by=ANN_ACCOUNT)
    choose(execution(WITHDRAW, ANN))
    found = consents_of(service, ANN_ACCOUNT)["purposes"]
    rests = {key for key, one in found.items() if one["state"] == "withdrawn"}
    assert {"analytics", "marketing", "marketing.sms", "ads.sale_share", "research"} <= rests
    assert {key for key, one in found.items() if one["allowed"]} == {"service", "security", "sensitive", "unification"}


def test_what_is_sensitive_is_shown_to_nobody_but_the_service_itself(service: Caller, ann: Source) -> None:
    every = {"name": {"en": "Every use"}, "legal_basis": "legitimate_interest", "categories": ["*"]}
    assert service.put("/v1/consent/purposes/everything", every).status in (200, 201)
    assert set(recognise(service, "everything")["traits"]) == {"email", "first_name", "religion"}
    choose(execution(LIMIT, ANN))
    answered = recognise(service, "everything")
    assert set(answered["traits"]) == {"email", "first_name"}
    assert answered["decision"]["withheld"] == ["religion"]
    assert set(recognise(service)["traits"]) == {"email", "first_name", "religion"}
    lookup = {"identifier": {"type": ANN[0], "value": ANN[1]}, "purpose": "everything"}
    shown = service.post("/v1/profiles/lookup", lookup).content
    assert (set(shown["traits"]), shown["decision"]["withheld"]) == ({"email", "first_name"}, ["religion"])
    assert "religion" in service.post("/v1/profiles/lookup", {**lookup, "purpose": "service"}).content["traits"]


def test_a_choice_has_a_receipt_and_says_how_it_came(service: Caller, ann: Source) -> None:
    asked = execution(OPT_OUT, ANN)
    choose(asked)
    [receipt] = receipts_of([stored("user_id", "ann-1").id])
    assert ANN[1] in str(find_issued(receipt).record)
    [row] = read_decisions([stored(*ANN).id], received_by=asked.received_at.replace(year=2100))
    assert (row.actor, row.signal, row.source_id) == ("token:helpdesk", "request", None)
    assert (row.proof or {})["method"] == "privacy_request"
    assert (row.proof or {})["request"] == str(asked.request_id)


def test_a_request_that_is_executed_again_changes_nothing_more(service: Caller, ann: Source) -> None:
    asked = execution(OPT_OUT, ANN)
    choose(asked)
    tell_consents(service, decision("ads.sale_share", "granted"), by=ANN_ACCOUNT)
    assert choose(asked).rows == {"consent_decision": 0}
    assert state_of(service, "ads.sale_share", ANN_ACCOUNT)[1] is True
    assert Receipt.objects.count() == 2


@pytest.fixture
def household(shop: Source) -> list[str]:
    """Four accounts that share one telephone: it names nobody."""
    people = [f"member-{number}" for number in range(4)]
    for person in people:
        tell(shop, event(0, userId=person, context={"traits": {"phone": "+493012345678"}}))
    assert stored("phone", "+493012345678").shared
    return people


def test_who_asks_by_a_shared_identifier_opts_everybody_out_who_has_it(service: Caller, household: list[str]) -> None:
    phone = stored("phone", "+493012345678")
    choose(execution(OPT_OUT, ("phone", phone.value), scope={SHARED: [phone.id]}, groups=frozenset()))
    for person in household:
        named = {"type": "user_id", "value": person}
        assert state_of(service, "ads.sale_share", named) == ("denied", False)
        assert receipts_of([stored("user_id", person).id]) == []
    assert len(receipts_of([phone.id])) == 1


def test_nobody_is_restricted_by_another_who_shares_an_identifier(service: Caller, household: list[str]) -> None:
    phone = stored("phone", "+493012345678")
    outcome = choose(execution(RESTRICTION, ("phone", phone.value), scope={SHARED: [phone.id]}, groups=frozenset()))
    assert ([gap.group for gap in outcome.gaps], outcome.no_match) == ([SHARED], False)
    assert not ConsentDecision.objects.exists()


def test_an_erasure_by_a_shared_identifier_can_opt_all_out_instead(service: Caller, household: list[str]) -> None:
    phone = stored("phone", "+493012345678")
    assert opt_out_all([phone.id], execution("erasure", ("phone", phone.value))) > 0
    for person in household:
        named = {"type": "user_id", "value": person}
        assert state_of(service, "ads.sale_share", named)[1] is False
        assert state_of(service, "marketing.email", named) == ("objected", False)


def test_a_rebuild_finds_nothing_else(service: Caller, ann: Source) -> None:
    for kind in (LIMIT, OPT_OUT, OBJECTION, WITHDRAW, RESTRICTION):
        choose(execution(kind, ANN))
    assert not any(rebuild_identity(check=True).differences.values())
