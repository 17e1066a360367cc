"""What an erasure reaches: future dates, quarantine, holds, neighbours, and never another person."""

import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction

from consent.models import ConsentDecision, HeldRecord, LegalHold
from profiles.identity.rebuild import rebuild_identity
from profiles.models import Card, Identifier, Interaction, Link, Quarantine, Source, TraitFact
from profiles.pipeline import take_batches
from profiles.privacy.erasing import erase
from profiles.privacy.planning import evidence, plan
from profiles.privacy.requests import Asked, execute_request, submit_request
from tests.factories.channels import accept, event, make_source, tell
from tests.factories.erasures import erasure_of

pytestmark = pytest.mark.usefixtures("deployed")

CASES: dict[str, dict[str, Any]] = {
    one["id"]: one for one in json.loads((Path(__file__).parents[2] / "data/cases/privacy.json").read_text())
}
ANN, MAIL = ("user_id", "ann-account"), ("email", "ann@mail.org")


@pytest.fixture
def shop() -> Source:
    return make_source()


def unchanged_by_rebuild() -> bool:
    return not any(rebuild_identity(check=True).differences.values())


def payloads() -> str:
    return "".join(Interaction.objects.values_list("payload", flat=True))


def test_events_and_sessions_of_a_deleted_profile_are_gone(shop: Source) -> None:
    given, expected = CASES["REQ-16"]["given"], CASES["REQ-16"]["expected"]
    tell(shop, *(event(n, userId="p-8", properties={"session": n % given["sessions"]}) for n in range(given["events"])))
    assert Interaction.objects.count() == given["events"]
    erase(erasure_of(("user_id", "p-8")))
    assert Interaction.objects.count() == expected["events_with_p8"] == expected["sessions_with_p8"]


def test_a_future_dated_event_is_erased_too(shop: Source) -> None:
    stored, expected = CASES["TMB-06"]["given"]["stored_event"], CASES["TMB-06"]["expected"]
    tell(shop, {**event(userId=stored["person"]), "timestamp": stored["timestamp"]})
    Interaction.objects.update(occurred_at=stored["timestamp"])
    erase(erasure_of(("user_id", stored["person"])))
    assert Interaction.objects.count() == expected["remaining"]


def test_what_waits_in_the_inbox_has_arrived_before(shop: Source) -> None:
    tell(shop, event(userId=ANN[1]))
    execution = erasure_of(ANN)
    accept(shop, event(userId=ANN[1], anonymousId="d-1"))
    accept(shop, event(userId="ben-account"))
    erase(execution)
    take_batches()
    assert {row.value for row in Identifier.objects.all()} <= {"ben-account", "d-1"}
    assert ANN[1] not in payloads()


def test_another_s_event_stays_without_the_name(shop: Source) -> None:
    tell(shop, event(userId=ANN[1], traits={"email": MAIL[1]}))
    tell(
        shop,
        event(
            1,
            userId="ben-account",
            traits={"email": "Ann@Mail.org", "city": "Bonn"},
            properties={"text": "Write to ann@mail.org, please", "ann@mail.org": 1, "revenue": 5},
        ),
    )
    erase(erasure_of(ANN))
    row = Interaction.objects.get()
    told = json.loads(row.payload)
    assert (told["userId"], told["traits"]) == ("ben-account", {"city": "Bonn"})
    assert told["properties"] == {"text": "Write to [erased], please", "revenue": 5}
    [ben] = Identifier.objects.all()
    assert (row.anchor_id, row.identifier_ids) == (ben.id, [ben.id])
    assert set(TraitFact.objects.values_list("name", flat=True)) == {"city"}
    assert unchanged_by_rebuild(), rebuild_identity(check=True).differences


def test_a_name_that_no_link_tells_of_goes_too(shop: Source) -> None:
    tell(shop, event(userId=ANN[1], traits={"email": MAIL[1]}))
    silent = {"consent": {"categoryPreferences": {"unification": False}}, "traits": {"email": MAIL[1]}}
    tell(shop, event(1, userId="ben-account", context=silent))
    erase(erasure_of(ANN))
    assert MAIL[1] not in payloads()
    assert [row.value for row in Identifier.objects.all()] == ["ben-account"]
    assert unchanged_by_rebuild(), rebuild_identity(check=True).differences


def test_an_alias_that_names_the_person_goes_or_loses_the_name(shop: Source) -> None:
    tell(shop, event(userId=ANN[1]), event(userId="ben-account"))
    tell(shop, {"type": "alias", "messageId": "a1", "userId": "ben-account", "previousId": ANN[1]})
    execution = erasure_of(ANN)
    account = Identifier.objects.get(type__name="user_id", value=ANN[1])
    erase(replace(execution, scope={"itself": [account.id]}))
    assert not Identifier.objects.filter(type__name="user_id", value=ANN[1]).exists()
    assert [row.value for row in Identifier.objects.all()] == ["ben-account"]
    assert unchanged_by_rebuild(), rebuild_identity(check=True).differences


def test_no_longer_shared_is_a_device_when_enough_of_its_people_are_erased(shop: Source) -> None:
    for n in range(11):
        tell(shop, event(n, userId=f"u-{n}", anonymousId="kiosk"))
    assert Identifier.objects.get(value="kiosk").shared
    erase(erasure_of(("user_id", "u-3")))
    kiosk = Identifier.objects.get(value="kiosk")
    assert not kiosk.shared
    assert Link.objects.count() == 10
    assert unchanged_by_rebuild(), rebuild_identity(check=True).differences


def test_a_shared_identifier_deletes_nobody_and_opts_all_out(shop: Source) -> None:
    for n in range(4):
        tell(shop, event(n, userId=f"u-{n}", traits={"email": "family@mail.org"}))
    interactions = Interaction.objects.count()
    outcome = erase(erasure_of(("email", "family@mail.org")))
    assert not outcome.no_match
    assert Interaction.objects.count() == interactions
    assert Identifier.objects.count() == 5
    refused = ConsentDecision.objects.filter(purpose="ads.sale_share", state="ConsentRefused")
    everybody = set(Identifier.objects.values_list("id", flat=True))
    assert set(refused.values_list("identifier_id", flat=True)) == everybody


def test_the_shared_group_holds_who_hangs_on_it(shop: Source) -> None:
    for n in range(4):
        tell(shop, event(n, userId=f"u-{n}", traits={"email": "family@mail.org"}))
    groups = evidence([("email", "family@mail.org")])
    assert groups["itself"] == groups["deterministic"] == []
    assert len(groups["shared"]) == 5
    assert len(evidence([("user_id", "u-1")])["shared"]) == 1


def test_a_legal_hold_keeps_its_fields_and_nothing_else(shop: Source) -> None:
    LegalHold.objects.create(
        name="tax", basis="§ 147 AO", events=["Order Completed"], fields=["properties.order_id"], keep_for="P10Y"
    )
    LegalHold.objects.create(name="over", basis="x", fields=["userId"], keep_for="P10Y", ends_on=date(2026, 1, 1))
    LegalHold.objects.create(name="long ago", basis="x", fields=["userId"], keep_for="P1D")
    tell(
        shop,
        event(userId=ANN[1], name="Order Completed", properties={"order_id": "o-1", "product": "Lamp"}),
        event(1, userId=ANN[1], properties={"order_id": "o-2"}),
    )
    execution = erasure_of(ANN)
    erase(execution)
    held = HeldRecord.objects.get()
    assert (held.hold_id, held.content, held.request_id) == (
        "tax",
        {"properties.order_id": "o-1"},
        execution.request_id,
    )
    assert held.keep_until == datetime(2036, 1, 1, tzinfo=UTC)


def test_quarantined_events_of_others_stay(shop: Source) -> None:
    tell(shop, event(userId=ANN[1], traits={"email": MAIL[1]}))
    for body in (b'{"who": "ANN@mail.org"}', b'{"who": "ben"}', b'broken "ann-account"', b"broken ben"):
        Quarantine.objects.create(
            source=shop, received_at="2026-01-01T00:00:00Z", dialect="segment", body=body, reason="It is odd."
        )
    erase(erasure_of(ANN))
    assert [bytes(row.body) for row in Quarantine.objects.order_by("id")] == [b'{"who": "ben"}', b"broken ben"]


def test_of_somebody_unknown_nothing_is_held(shop: Source) -> None:
    tell(shop, event(userId=ANN[1]))
    assert erase(erasure_of(("user_id", "nobody"))).no_match
    assert Card.objects.count() == 1


def test_a_group_that_nobody_reviewed_stays_and_can_be_included(shop: Source) -> None:
    site = make_source("site", trust="public")
    tell(shop, event(userId=ANN[1]))
    tell(site, event(1, userId=ANN[1], anonymousId="claimed"), event(2, anonymousId="claimed"))
    execution = erasure_of(ANN)
    assert [len(execution.scope[group]) for group in ("itself", "probable")] == [1, 1]
    erase(execution)
    assert [row.value for row in Identifier.objects.all()] == ["claimed"]
    assert Interaction.objects.count() == 1
    assert unchanged_by_rebuild(), rebuild_identity(check=True).differences
    included = erase(replace(execution, groups=frozenset({"probable"})))
    assert included.rows["profiles.Interaction"] == 1
    assert not Identifier.objects.exists()


def test_a_plan_counts_the_rows_of_each_store(shop: Source) -> None:
    tell(shop, event(userId=ANN[1], anonymousId="d-1", traits={"city": "Bonn", "email": MAIL[1]}))
    groups = plan([ANN]).groups
    counts = {one.table: one.rows for one in groups["itself"].stores}
    assert (counts["interaction"], counts["identifier"], counts["trait_fact"], counts["link"]) == (1, 1, 2, 2)
    assert len(groups["deterministic"].identifier_ids) == 2
    assert groups["probable"].stores == []


def test_an_erasure_outside_of_a_transaction_only_touches_whom_it_names(shop: Source) -> None:
    tell(shop, event(userId=ANN[1]), event(userId="ben-account", traits={"city": "Bonn"}))
    before = list(Card.objects.filter(profile_id=Identifier.objects.get(value="ben-account").profile_id).values())
    erase(erasure_of(ANN))
    assert list(Card.objects.values()) == before
    with transaction.atomic():
        assert unchanged_by_rebuild(), rebuild_identity(check=True).differences


def test_a_request_is_carried_out_by_the_engine_to_its_end(shop: Source) -> None:
    tell(shop, event(userId=ANN[1], traits={"email": MAIL[1]}), event(userId="ben-account"))
    asked = Asked("erasure", [MAIL], identity_level="verified", identity_method="code", requester="person")
    shown = execute_request(submit_request(asked=asked).id)
    assert shown.state == "completed", shown
    assert {step.state for step in shown.steps} == {"done"}
    assert [row.value for row in Identifier.objects.all()] == ["ben-account"]


def test_who_is_met_only_on_a_device_stays_and_loses_the_device(shop: Source) -> None:
    ben = "ben@mail.org"
    tell(shop, event(userId=ANN[1], anonymousId="d-1"), event(1, anonymousId="d-1", traits={"email": ben}))
    execution = erasure_of(ANN)
    named = dict(Identifier.objects.values_list("id", "value"))
    groups = {group: [named[id_] for id_ in ids] for group, ids in execution.scope.items() if ids}
    assert groups == {"itself": [ANN[1]], "deterministic": ["d-1"], "device_only": [ben]}
    erase(execution)
    assert [row.value for row in Identifier.objects.all()] == [ben]
    assert "d-1" not in payloads()
    assert Interaction.objects.count() == 1
    assert unchanged_by_rebuild(), rebuild_identity(check=True).differences


def test_others_are_taken_in_meanwhile(shop: Source) -> None:
    for n in range(30):
        tell(shop, *(event(n, userId=who, anonymousId="kiosk") for who in (ANN[1], "ben", f"u-{n}")))
    for n in range(60):
        accept(shop, event(n, userId="ben", anonymousId="kiosk"), event(n, userId=f"u-{n}", anonymousId="kiosk"))
    failures: list[BaseException] = []

    def take() -> None:
        try:
            while take_batches(limit=2).batches:
                pass
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    worker = threading.Thread(target=take)
    worker.start()
    erase(erasure_of(ANN))
    worker.join()
    assert failures == []
    assert not Identifier.objects.filter(value=ANN[1]).exists()
    assert Interaction.objects.count() == 30 + 30 + 120
    assert unchanged_by_rebuild(), rebuild_identity(check=True).differences
