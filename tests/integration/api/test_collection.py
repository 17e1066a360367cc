"""Consent at collection: what a source's rules leave out, and what is heard all the same."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from consent.models import ConsentDecision
from profiles.collection.drops import read_drops
from profiles.identity.rebuild import rebuild_identity
from profiles.models import Card, CollectionDrop, Identifier, Inbox, Interaction, Link, Quarantine, Source, TraitFact
from tests.factories.channels import START, event, make_source, tell, work
from tests.factories.decisions import decide, decision

RULE = "analytics"
TRAITS = {"plan": "gold", "city": "Ulm", "first_name": "Ann", "nick": "x", "email": "ann@example.org"}


def source(action: str, purpose: str = RULE, **fields: Any) -> Source:
    return make_source("site", consent_rules={purpose: action}, **fields)


def stamp(**said: bool) -> dict[str, Any]:
    return {"consent": {"categoryPreferences": {name.replace("__", "."): granted for name, granted in said.items()}}}


def identifier(type_name: str, value: str) -> Identifier:
    return Identifier.objects.get(type__name=type_name, value=value)


def said_of(type_name: str, value: str) -> list[tuple[str, str]]:
    rows = ConsentDecision.objects.filter(identifier_id=identifier(type_name, value).id)
    return sorted(rows.values_list("purpose", "state"))


def card(type_name: str, value: str) -> dict[str, Any]:
    return Card.objects.get(root_id=identifier(type_name, value).root_id).__dict__


def counts() -> list[tuple[str, str, int]]:
    return sorted(CollectionDrop.objects.values_list("purpose", "action", "count"))


def events_stored() -> list[str]:
    return sorted(Interaction.objects.values_list("event", flat=True))


def rebuild_differs() -> dict[str, int]:
    return {name: count for name, count in rebuild_identity().differences.items() if count}


# --- when a purpose is denied for an event ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "stored"),
    [
        ({}, False),  # COL-01: absence is no consent
        (stamp(), False),  # COL-02
        (stamp(ads=True), False),  # COL-06
        (stamp(analytics=True), True),
        (stamp(analytics=False), False),
        ({"consent": "unreadable"}, False),  # COL-09
        ({"consentManagement": "unreadable"}, False),
        ({"gpc": True}, False),
    ],
)
def test_a_stamp_decides_for_its_event(context: dict[str, Any], stored: bool) -> None:
    tell(source("drop_event"), event(1, anonymousId="b", context=context))
    assert events_stored() == (["Seen"] if stored else [])


def test_what_is_in_force_decides_where_an_event_says_nothing() -> None:
    site = source("drop_event")
    tell(site, event(1, name="Granted", userId="ann", context=stamp(analytics=True)))
    tell(site, event(2, name="Silent", userId="ann"), event(2, name="Stranger", userId="bob"))
    assert events_stored() == ["Granted", "Silent"]
    decide(decision(identifier("user_id", "ann").id, RULE, "ConsentWithdrawn", datetime.now(UTC)))
    tell(site, event(3, name="After", userId="ann"))
    assert events_stored() == ["Granted", "Silent"]


def test_the_strongest_known_identifier_says_whose_consent_counts() -> None:
    site, open_site = source("drop_event"), make_source("other")
    tell(open_site, event(1, name="A", userId="ann", context=stamp(analytics=True)))
    tell(open_site, event(1, name="B", anonymousId="browser", context=stamp(analytics=False)))
    tell(site, event(2, name="C", userId="ann", anonymousId="browser"))
    tell(site, event(2, name="D", userId="unknown", anonymousId="browser"))
    assert events_stored() == ["A", "B", "C"]


def test_of_a_refusal_and_a_stamp_the_later_counts() -> None:
    site = source("drop_event")
    tell(make_source("other"), event(0, name="Born", userId="ann", anonymousId="browser"))
    decide(decision(identifier("user_id", "ann").id, RULE, "ConsentRefused", START.replace(minute=10)))
    tell(
        site,
        event(5, name="Before", userId="ann", context=stamp(analytics=True)),
        event(10, name="At once", userId="ann", context=stamp(analytics=True)),
        event(15, name="Device", anonymousId="browser", context=stamp(analytics=True)),
        event(20, name="Later", userId="ann", context=stamp(analytics=True)),
    )
    assert events_stored() == ["Born", "Later"]


def test_a_stamp_that_refuses_what_is_above_refuses() -> None:
    site = source("drop_event", "marketing.email")
    tell(site, event(1, anonymousId="b", context=stamp(marketing=False, marketing__email=True)))
    tell(site, event(2, name="Fine", anonymousId="c", context=stamp(marketing__email=True)))
    assert events_stored() == ["Fine"]


def test_a_purpose_that_needs_no_consent_is_denied_once_it_is_refused() -> None:
    site = source("drop_event", "security")
    tell(site, event(1, name="Fine", anonymousId="b", context=stamp()))
    decide(decision(identifier("anonymous_id", "b").id, "security", "ObjectionRaised", datetime.now(UTC)))
    tell(site, event(2, name="Not", anonymousId="b"), event(3, name="Other", anonymousId="c"))
    assert events_stored() == ["Fine", "Other"]


def test_a_rule_to_keep_keeps_and_counts_nothing() -> None:
    tell(source("keep"), event(1, anonymousId="b", context=stamp(analytics=False)))
    assert (events_stored(), counts()) == (["Seen"], [])


# --- fields -----------------------------------------------------------------------------------------------------------


def test_fields_of_a_denied_purpose_are_gone_before_anything_is_stored() -> None:
    properties = {"revenue": 9, "currency": "EUR", "sku": "secret-sku"}
    context = {**stamp(analytics=False), "traits": TRAITS, "page": {"url": "https://secret.example"}}
    tell(
        source("drop_fields"),
        event(1, name="Bought", userId="ann", anonymousId="b", properties=properties, context=context),
    )
    [row] = Interaction.objects.all()
    payload = json.loads(row.payload)
    assert payload["properties"] == {}
    assert payload["context"] == {
        **stamp(analytics=False),
        "traits": {"first_name": "Ann", "nick": "x", "email": "ann@example.org"},
    }
    assert (row.event, row.type, payload["userId"]) == ("Bought", "track", "ann")
    assert set(TraitFact.objects.values_list("name", flat=True)) == {"first_name", "nick", "email"}
    shown = card("user_id", "ann")
    assert json.loads(bytes(shown["counters"]))["revenue"] == 0
    assert identifier("email", "ann@example.org").root_id == identifier("anonymous_id", "b").root_id
    assert said_of("email", "ann@example.org") == [(RULE, "ConsentRefused")]
    assert counts() == [(RULE, "drop_fields", 1)]
    assert rebuild_differs() == {}
    for table in ("interaction", "trait_fact", "fold", "card", "quarantine", "inbox"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table} AS held WHERE held::text LIKE '%secret%'")
            assert cursor.fetchone() == (0,), table


def test_all_is_kept_where_the_purpose_is_granted() -> None:
    context = {**stamp(analytics=True), "traits": TRAITS}
    tell(source("drop_fields"), event(1, userId="ann", properties={"revenue": 9}, context=context))
    [row] = Interaction.objects.all()
    assert json.loads(row.payload)["context"]["traits"] == TRAITS
    assert set(TraitFact.objects.values_list("name", flat=True)) == set(TRAITS)
    assert counts() == []


def test_an_event_without_such_fields_is_neither_changed_nor_counted() -> None:
    tell(source("drop_fields"), event(1, userId="ann", context={"traits": {"first_name": "Ann"}}))
    assert (events_stored(), counts()) == (["Seen"], [])


def test_an_event_that_lost_fields_is_the_same_event_when_it_comes_again() -> None:
    site = source("drop_fields")
    bare = {name: value for name, value in event(1, userId="ann", properties={"sku": 1}).items() if name != "messageId"}
    tell(site, bare)
    tell(site, bare, bare)
    assert (len(events_stored()), counts()) == (1, [(RULE, "drop_fields", 1)])


def test_purposes_take_their_categories_together_and_a_dropped_event_wins() -> None:
    rules = {"analytics": "drop_fields", "marketing": "drop_fields", "personalisation": "drop_event"}
    site = make_source("site", consent_rules=rules)
    tell(site, event(1, userId="ann", context={**stamp(personalisation=True), "traits": TRAITS}))
    assert set(TraitFact.objects.values_list("name", flat=True)) == {"nick", "email"}
    tell(site, event(2, userId="ann", context={**stamp(), "traits": TRAITS}))
    assert counts() == [
        ("analytics", "drop_fields", 1),
        ("marketing", "drop_fields", 1),
        ("personalisation", "drop_event", 1),
    ]


def test_posthog_loses_the_same(shop: Source) -> None:
    site = source("drop_fields")
    properties = {"distinct_id": "d", "$device_id": "d", "$current_url": "u", "$set": {"city": "Ulm", "nick": "x"}}
    Inbox.objects.create(
        source=site,
        dialect="posthog",
        context={"path_type": "batch"},
        body=json.dumps({"batch": [{"event": "Viewed", "uuid": "1", "properties": properties}]}).encode(),
        events=1,
    )
    work()
    [row] = Interaction.objects.all()
    assert json.loads(row.payload)["properties"] == {"distinct_id": "d", "$device_id": "d", "$set": {"nick": "x"}}
    assert list(TraitFact.objects.values_list("name", flat=True)) == ["nick"]


# --- events -----------------------------------------------------------------------------------------------------------


def test_a_dropped_event_leaves_nothing_but_what_it_refuses() -> None:
    context = {**stamp(analytics=False, ads=True), "traits": {**TRAITS, "nick": "secret"}}
    tell(source("drop_event"), event(1, userId="ann", anonymousId="b", context=context))
    assert (Interaction.objects.count(), TraitFact.objects.count(), Link.objects.count()) == (0, 0, 0)
    assert identifier("user_id", "ann").root_id != identifier("anonymous_id", "b").root_id
    for name in (("user_id", "ann"), ("anonymous_id", "b"), ("email", "ann@example.org")):
        assert said_of(*name) == [("ads", "ConsentGiven"), (RULE, "ConsentRefused")]
        assert bytes(card(*name)["consents"]) == b'{"ads":"g","analytics":"d"}'
    assert counts() == [(RULE, "drop_event", 1)]
    assert rebuild_differs() == {}


def test_a_stranger_whose_event_is_dropped_is_not_stored_for_a_grant() -> None:
    tell(source("drop_event"), event(1, userId="ann", context=stamp(ads=True)))
    assert (Identifier.objects.count(), ConsentDecision.objects.count()) == (0, 0)


def test_a_known_person_grants_something_else_with_a_dropped_event() -> None:
    tell(make_source("other"), event(0, name="Born", userId="ann"))
    tell(source("drop_event"), event(1, userId="ann", anonymousId="b", context=stamp(ads=True)))
    assert said_of("user_id", "ann") == [("ads", "ConsentGiven")]
    assert not Identifier.objects.filter(type__name="anonymous_id").exists()
    assert events_stored() == ["Born"]


def test_a_change_of_consent_is_heard_whole_even_if_its_event_is_dropped() -> None:
    change = "Segment Consent Preference Updated"
    tell(source("drop_event"), event(1, name=change, userId="ann", context=stamp(ads=True)))
    assert said_of("user_id", "ann") == [("ads", "ConsentGiven")]
    assert events_stored() == []


def test_a_dropped_change_of_consent_still_parts_a_profile() -> None:
    tell(make_source("other"), event(0, name="Born", userId="ann", anonymousId="b"))
    assert identifier("user_id", "ann").root_id == identifier("anonymous_id", "b").root_id
    change = event(1, name="Segment Consent Preference Updated", anonymousId="b", context=stamp(unification=False))
    tell(source("drop_event"), change)
    assert identifier("user_id", "ann").root_id != identifier("anonymous_id", "b").root_id
    assert rebuild_differs() == {}


def test_a_dropped_event_is_heard_once_and_counted_each_time() -> None:
    site = source("drop_event")
    again = event(1, anonymousId="b", context=stamp(analytics=False))
    tell(site, again)
    tell(site, again)
    assert said_of("anonymous_id", "b") == [(RULE, "ConsentRefused")]
    assert counts() == [(RULE, "drop_event", 2)]


def test_an_event_that_was_dropped_is_stored_when_it_comes_again_with_consent() -> None:
    site = source("drop_event")
    silent = event(1, userId="ann")
    tell(site, silent)
    tell(site, event(2, name="Granted", userId="ann", context=stamp(analytics=True)))
    tell(site, silent)
    assert events_stored() == ["Granted", "Seen"]


def test_a_mere_claim_refuses_as_a_claim() -> None:
    tell(source("drop_event", trust="public"), event(1, userId="ann", context=stamp(analytics=False)))
    row = ConsentDecision.objects.get()
    assert (row.verified, row.with_account, row.signal) == (False, True, "segment")
    assert identifier("user_id", "ann").verified is False


def test_counts_add_up_by_day_and_show_in_the_metrics() -> None:
    site = source("drop_event")
    tell(site, event(1, userId="ann-secret"), event(2, userId="bob"), received_at=datetime(2026, 3, 1, 23, tzinfo=UTC))
    tell(site, event(3, userId="ann-secret"), received_at=datetime(2026, 3, 2, 0, 1, tzinfo=UTC))
    days = sorted(CollectionDrop.objects.values_list("day", "count"))
    assert [(str(day), count) for day, count in days] == [("2026-03-01", 2), ("2026-03-02", 1)]
    assert [tuple(drop) for drop in read_drops()] == [("site", RULE, "drop_event", 3)]
    text = Client().get("/metrics").content.decode()
    [shown] = re.findall(r"^cxprofiles_collection_drops_total\{(.*)\} ([0-9.]+)$", text, re.MULTILINE)
    assert shown == ('action="drop_event",purpose="analytics",source="site"', "3.0")
    assert "ann-secret" not in text


def test_blocks_that_cannot_be_read_are_counted_once_each_whatever_becomes_of_the_event() -> None:
    site = source("drop_event")
    broken = event(1, userId="ann-secret", context={"consent": {"categoryPreferences": "yes"}, "tcf": "no string"})
    tell(site, broken, event(2, userId="bob", context=stamp(analytics=True)))
    other = make_source("other")
    again = event(3, userId="ann-secret", context={"consentManagement": "x"})
    tell(other, again)
    tell(other, again)
    assert counts() == [("", "unreadable", 1), ("", "unreadable", 1), (RULE, "drop_event", 1)]
    text = Client().get("/metrics").content.decode()
    shown = re.findall(r"^cxprofiles_consent_signals_unreadable_total\{(.*)\} ([0-9.]+)$", text, re.MULTILINE)
    assert sorted(shown) == [('source="other"', "1.0"), ('source="site"', "1.0")]
    assert 'action="unreadable"' not in text
    assert "ann-secret" not in text


def test_a_broken_event_is_dropped_alone_and_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of one event at a time, which is taken where a transaction fails, keeps to the rules too."""
    from profiles import pipeline

    site = source("drop_event")
    whole = pipeline.store

    def fail_together(exploded: pipeline.Exploded, held: Any) -> pipeline.Taken:
        if len(exploded.interactions) > 1:
            raise RuntimeError
        return whole(exploded, held)

    monkeypatch.setattr(pipeline, "store", fail_together)
    tell(site, event(1, userId="ann"), event(2, name="Fine", userId="bob", context=stamp(analytics=True)))
    assert (events_stored(), counts()) == (["Fine"], [(RULE, "drop_event", 1)])
    assert not Quarantine.objects.exists()
