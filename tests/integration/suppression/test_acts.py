"""By hand nobody who was erased is stored either: acts of deciding, stewards' decisions, confirmations, recognition."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from consent.models import ConsentDecision, SuppressionEntry
from profiles.identity.rebuild import rebuild_identity
from profiles.models import Identifier, Interaction, Source
from profiles.privacy.beginning import begin_erasure
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell
from tests.factories.consents import PROOF, decision, tell_consents, told

pytestmark = pytest.mark.usefixtures("deployed")

ANN = {"type": "email", "value": "ann@example.org"}
BOB = {"type": "email", "value": "bob@example.org"}
ERASED = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
def shop() -> Source:
    return make_source()


@pytest.fixture
def service() -> Caller:
    return Caller()


@pytest.fixture(autouse=True)
def erased(deployed: None) -> None:
    begin_erasure([("email", ANN["value"])], at=ERASED, request_id=uuid4())


def seen_now() -> dict[str, Any]:
    body = event(context={"externalIds": [{"type": "email", "id": ANN["value"]}]})
    return {**body, "timestamp": datetime.now(UTC).isoformat()}


def test_a_usable_grant_brings_the_person_back(shop: Source, service: Caller) -> None:
    tell(shop, seen_now())
    tell_consents(service, decision("analytics", "granted"), by=ANN)
    tell(shop, seen_now())
    assert Interaction.objects.count() == 1
    assert SuppressionEntry.objects.get(lifted_at__gt=ERASED)


@pytest.mark.parametrize(
    "said",
    [
        told(decision("analytics", "denied"), by=ANN),
        told(decision("*", "restricted"), by=ANN),
        {**told(decision("analytics", "granted"), by=ANN), "proof": {}},
        told(decision("analytics", "granted", at=(ERASED - timedelta(hours=1)).isoformat()), by=ANN),
        told(decision("analytics", "denied"), by=[BOB, ANN]),
    ],
    ids=["a refusal", "a restriction", "without proof", "from before the erasure", "beside somebody else"],
)
def test_an_act_that_does_not_bring_them_back_is_refused_and_leaves_nothing(service: Caller, said: Any) -> None:
    answered = service.post("/v1/consents", said)
    assert answered.status == 409
    assert "erased" in answered.content["detail"]
    assert not Identifier.objects.exists()
    assert not ConsentDecision.objects.exists()


def test_once_back_they_may_refuse(service: Caller) -> None:
    tell_consents(service, decision("analytics", "granted"), by=ANN)
    tell_consents(service, decision("analytics", "withdrawn"), by=ANN)
    states = ConsentDecision.objects.order_by("decided_at").values_list("state", flat=True)
    assert list(states) == ["ConsentGiven", "ConsentWithdrawn"]


def test_what_waits_to_be_confirmed_brings_nobody_back_before_it_is(shop: Source, service: Caller) -> None:
    asked = {**PROOF, "method": "double_opt_in"}
    waits = tell_consents(service, decision("marketing.email", "granted"), by=ANN, proof=asked)
    tell(shop, seen_now())
    assert not Interaction.objects.exists()
    token = waits.content["confirmations"][0]["token"]
    from profiles.consents.confirming import confirm_consents

    assert confirm_consents(token=token).holds
    tell(shop, seen_now())
    assert Interaction.objects.count() == 1


def test_a_steward_cannot_decide_about_them(service: Caller) -> None:
    body = {"a": ANN, "b": BOB, "verdict": "same", "reason": "they look alike"}
    assert service.post("/v1/identity/decisions", body).status == 409
    assert not Identifier.objects.exists()


def test_they_are_as_unknown_as_anybody_who_never_was(service: Caller) -> None:
    def asked(value: str) -> Any:
        body = {"identifiers": [{"type": "email", "value": value}], "purpose": "service"}
        answered = service.post("/v1/profiles/lookup", body)
        return answered.status, {**answered.content, "decision": None, "instance": None}

    assert asked(ANN["value"]) == asked("never@example.org")


def test_a_rebuild_brings_nobody_back(shop: Source) -> None:
    tell(shop, seen_now(), {**seen_now(), "context": {"externalIds": [{"type": "email", "id": BOB["value"]}]}})
    rebuild_identity()
    assert list(Identifier.objects.values_list("value", flat=True)) == [BOB["value"]]


def test_without_the_list_no_act_is_recorded(service: Caller, settings: Any) -> None:
    settings.SUPPRESSION_KEYS = {2: b"2" * 32}
    answered = service.post("/v1/consents", told(decision("analytics", "granted"), by=BOB))
    assert answered.status == 503
    assert not Identifier.objects.exists()


PROVEN = [("email", ANN["value"])]
SHOWN = {"method": "page", "notice": "privacy", "notice_version": "1", "language": "en"}


def test_on_their_own_page_a_refusal_stores_nothing_of_them() -> None:
    from profiles.privacy.own_choices import Place, record_choices

    assert record_choices(PROVEN, {Place("analytics"): False, Place("ads.sale_share"): False}, proof=SHOWN) is None
    assert not Identifier.objects.exists()


def test_on_their_own_page_a_grant_brings_them_back(shop: Source) -> None:
    from profiles.privacy.own_choices import Place, record_choices

    assert record_choices(PROVEN, {Place("analytics"): True}, proof=SHOWN) is not None
    tell(shop, seen_now())
    assert Interaction.objects.count() == 1
