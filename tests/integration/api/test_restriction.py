"""People whose processing is restricted (GDPR, Art. 18): what arrives about them waits, and nothing is done with it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from consent.models import ConsentDecision
from profiles.collection.restriction import HELD, release_lifted
from profiles.collection.sql import FIND_ANY_RESTRICTED
from profiles.consents.taking import apply_due
from profiles.identity.decisions import record_decision, withdraw_decision
from profiles.identity.rebuild import rebuild_identity
from profiles.models import Card, Identifier, Inbox, Interaction, Link, Quarantine, Source
from tests.factories.callers import Caller
from tests.factories.channels import accept, event, make_source, tell, work
from tests.factories.decisions import decide, decision

NOW = datetime.now(UTC)


def identifier(type_name: str, value: str) -> Identifier:
    return Identifier.objects.get(type__name=type_name, value=value)


def restrict(type_name: str, value: str, at: datetime = NOW) -> None:
    decide(decision(identifier(type_name, value).id, "*", "ProcessingRestricted", at))


def lift(type_name: str, value: str, at: datetime | None = None) -> None:
    decide(decision(identifier(type_name, value).id, "*", "RestrictionLifted", at or datetime.now(UTC)))


def events_stored() -> list[str]:
    return sorted(Interaction.objects.values_list("event", flat=True))


@pytest.fixture
def ann(shop: Source) -> Source:
    """Ann is known by a user id and a browser, and the processing of her data is restricted."""
    tell(shop, event(0, name="Born", userId="ann", anonymousId="browser"))
    restrict("user_id", "ann")
    return shop


@pytest.mark.parametrize(
    "members",
    [
        {"userId": "ann"},
        {"anonymousId": "browser"},
        {"userId": "bob", "anonymousId": "browser"},
        {"type": "alias", "userId": "bob", "previousId": "ann"},
        {"type": "alias", "userId": "ann", "previousId": "old"},
        {"context": {"externalIds": [{"id": "ann", "type": "user_id"}]}},
    ],
)
def test_an_event_that_names_a_restricted_person_waits(ann: Source, members: dict[str, Any]) -> None:
    before = (Link.objects.count(), Identifier.objects.count(), list(Card.objects.values_list("traits", "counters")))
    tell(ann, event(1, name="Waits", **members, properties={"sku": "s"}))
    assert events_stored() == ["Born"]
    held = Quarantine.objects.get()
    assert held.reason == HELD
    assert held.held_for in {identifier("user_id", "ann").id, identifier("anonymous_id", "browser").id}
    after = (Link.objects.count(), Identifier.objects.count(), list(Card.objects.values_list("traits", "counters")))
    assert [len(one) if isinstance(one, list) else one for one in after] == [
        len(one) if isinstance(one, list) else one for one in before
    ]
    assert [bytes(cell) for row in after[2] for cell in row] == [bytes(cell) for row in before[2] for cell in row]


def test_others_in_the_same_batch_are_stored(ann: Source) -> None:
    tell(ann, event(1, name="Bob's", userId="bob"), event(1, name="Ann's", userId="ann"), event(2, name="None's"))
    assert events_stored() == ["Bob's", "Born", "None's"]
    assert Quarantine.objects.count() == 1


def test_what_waits_is_counted_and_listed_with_its_reason(ann: Source, service: Caller) -> None:
    accept(ann, event(1, userId="ann"), event(1, userId="bob"))
    from profiles.pipeline import take_batches

    taken = take_batches()
    assert (taken.events, taken.stored, taken.quarantined) == (2, 1, 1)
    [listed] = service.get("/v1/quarantine").content["items"]
    assert listed["reason"] == HELD
    assert service.get("/v1/status").content["quarantined"] == 1


def test_a_replay_by_hand_does_not_get_round_the_restriction(ann: Source, service: Caller) -> None:
    tell(ann, event(1, name="Waits", userId="ann"))
    number = Quarantine.objects.get().id
    from profiles.intake.quarantine import replay_event

    replay_event(number)
    work()
    assert events_stored() == ["Born"]
    assert Quarantine.objects.get().reason == HELD


def test_once_it_is_lifted_what_waited_is_stored_by_itself(ann: Source) -> None:
    before = datetime.now(UTC)
    waiting = event(1, name="Waits", message_id="m-1", userId="ann", anonymousId="new", properties={"revenue": 5})
    tell(ann, waiting, event(2, name="Too", userId="ann"), received_at=before)
    tell(ann, event(3, name="Bare", anonymousId="browser"))
    assert events_stored() == ["Born"]
    lift("user_id", "ann")
    assert not Quarantine.objects.exists()
    assert Inbox.objects.count() == 3
    work()
    assert events_stored() == ["Bare", "Born", "Too", "Waits"]
    row = Interaction.objects.get(message_id="m-1")
    assert row.received_at == before
    assert identifier("anonymous_id", "new").root_id == identifier("user_id", "ann").root_id
    tell(ann, waiting)
    assert Interaction.objects.filter(event="Waits").count() == 1
    assert {name: count for name, count in rebuild_identity().differences.items() if count} == {}


@pytest.mark.parametrize("path_type", ["track", "batch", None])
def test_an_event_that_came_alone_comes_back_as_it_came(ann: Source, path_type: str | None) -> None:
    body: Any = event(1, name="Waits", userId="ann", context={"gpc": True})
    Inbox.objects.create(
        source=ann,
        dialect="segment",
        context={"path_type": path_type, "sec_gpc": True} if path_type else {"sec_gpc": True},
        body=json.dumps({"batch": [body]} if path_type == "batch" else body).encode(),
        events=1,
    )
    work()
    assert events_stored() == ["Born"]
    lift("user_id", "ann")
    work()
    assert events_stored() == ["Born", "Waits"]
    assert Interaction.objects.get(event="Waits").context["sec_gpc"] is True


def test_lifting_frees_only_what_waited_for_that_person(ann: Source) -> None:
    tell(ann, event(0, name="Bob born", userId="bob"))
    restrict("user_id", "bob")
    tell(ann, event(1, name="Ann's", userId="ann"), event(1, name="Bob's", userId="bob"))
    tell(ann, event(1, name="Both's", userId="ann", context={"externalIds": [{"id": "bob", "type": "user_id"}]}))
    assert Quarantine.objects.count() == 3
    lift("user_id", "ann")
    work()
    assert events_stored() == ["Ann's", "Bob born", "Born"]
    assert {row.held_for for row in Quarantine.objects.all()} == {identifier("user_id", "bob").id}
    lift("user_id", "bob")
    work()
    assert "Both's" in events_stored()
    assert not Quarantine.objects.exists()


def test_what_was_not_understood_stays_when_a_restriction_is_lifted(ann: Source) -> None:
    tell(ann, ["odd"], event(1, userId="ann"))
    lift("user_id", "ann")
    assert Quarantine.objects.get().held_for is None


def test_a_restriction_under_one_identifier_holds_until_it_is_lifted_under_that_one(ann: Source) -> None:
    restrict("anonymous_id", "browser")
    tell(ann, event(1, name="Waits", userId="ann"))
    lift("user_id", "ann")
    work()
    assert events_stored() == ["Born"]
    lift("anonymous_id", "browser")
    work()
    assert events_stored() == ["Born", "Waits"]


def test_a_lifting_that_is_dated_ahead_frees_when_its_time_has_come(ann: Source) -> None:
    tell(ann, event(1, name="Waits", userId="ann"))
    lift("user_id", "ann", at=datetime.now(UTC) + timedelta(seconds=0.4))
    assert Inbox.objects.count() == 0
    apply_due()
    assert Inbox.objects.count() == 0
    import time

    time.sleep(0.5)
    apply_due()
    work()
    assert events_stored() == ["Born", "Waits"]


def test_a_person_who_is_parted_from_a_restricted_one_is_free(shop: Source) -> None:
    tell(shop, event(0, name="A", userId="ann"), event(0, name="B", context={"traits": {"email": "b@example.org"}}))
    both = record_decision(
        a=("user_id", "ann"), b=("email", "b@example.org"), verdict="same", reason="", actor="token:t"
    )
    restrict("user_id", "ann")
    tell(shop, event(1, name="Waits", context={"traits": {"email": "b@example.org"}}))
    assert release_lifted() == 0
    withdraw_decision(id=both.id, actor="token:t")
    apply_due()
    work()
    assert events_stored() == ["A", "B", "Waits"]


def test_a_restricted_persons_no_is_heard_at_once(ann: Source) -> None:
    consent = {"consent": {"categoryPreferences": {"ads": False, "analytics": True}}}
    tell(ann, event(1, userId="ann", anonymousId="new", context=consent))
    for name in (("user_id", "ann"), ("anonymous_id", "new")):
        rows = ConsentDecision.objects.filter(identifier_id=identifier(*name).id).exclude(purpose="*")
        assert sorted(rows.values_list("purpose", "state")) == [
            ("ads", "ConsentRefused"),
            ("analytics", "ConsentGiven"),
        ]
    assert identifier("anonymous_id", "new").root_id != identifier("user_id", "ann").root_id
    held = ConsentDecision.objects.count()
    lift("user_id", "ann")
    work()
    assert events_stored() == ["Born", "Seen"]
    assert ConsentDecision.objects.count() == held + 1, "what was heard already is not written again"
    assert identifier("anonymous_id", "new").root_id == identifier("user_id", "ann").root_id


def test_a_restriction_comes_before_the_rules_of_a_source(ann: Source) -> None:
    site = make_source("site", consent_rules={"analytics": "drop_event"})
    tell(site, event(1, name="Waits", userId="ann"))
    assert Quarantine.objects.get().reason == HELD
    lift("user_id", "ann")
    work()
    assert events_stored() == ["Born"], "it is dropped by the rule now"


def test_a_card_that_cannot_be_read_counts_as_restricted(ann: Source) -> None:
    lift("user_id", "ann")
    Card.objects.update(consents=b"broken")
    tell(ann, event(1, name="Waits", userId="ann"))
    assert Quarantine.objects.get().reason == HELD


def test_that_nobody_is_restricted_is_told_from_the_index_even_before_there_are_statistics(shop: Source) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO card (root_id, profile_id, known, bridged, claimed, contested, traits, provenance, counters,
                consents, recent)
            SELECT n, gen_random_uuid(), true, false, false, false, '{}', '{}', '{}', '{}', '[]'
            FROM generate_series(1, 20000) AS n
            """
        )
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT TEXT) {FIND_ANY_RESTRICTED}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Only Scan using card_restricted" in plan, plan
