"""The job of retention on a deployment: which rows of which store go, which stay, and what is told of it."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from consent.models import (
    AccessLog,
    AuditEntry,
    Confirmation,
    HeldRecord,
    LegalHold,
    Message,
    PrivacyRequest,
    RequestAppeal,
    RequestEvent,
    RetentionRun,
)
from consent.retention import COUNTED_FROM, Rule
from consent.retention_rules import removed_in_all, save_rule
from profiles.identity.rebuild import rebuild_identity
from profiles.models import Identifier, Interaction, Quarantine, Source, TraitFact, TraitRule
from profiles.privacy import retention_sql
from profiles.privacy.retention import apply_retention, preview_retention
from tests.factories.callers import Caller
from tests.factories.channels import START, event, make_source, tell

NOW = datetime.now(UTC)
OLD, YOUNG = timedelta(days=40), timedelta(days=20)


def keep(store: str, keep_for: str = "P30D", category: str = "", source: str = "") -> None:
    save_rule(Rule(store, category, source, keep_for))


def run(now: datetime = NOW) -> dict[str, int]:
    removed = apply_retention(now)
    assert removed is not None
    return removed


def seen(source: Source, person: str, ago: timedelta, **members: Any) -> None:
    tell(source, event(userId=person, timestamp=(NOW - ago).isoformat(), **members))


def values() -> set[str]:
    return set(Identifier.objects.values_list("value", flat=True))


def in_step() -> bool:
    """Whether a rebuild would change nothing."""
    return not any(rebuild_identity(check=True).differences.values())


def test_without_a_rule_what_people_did_is_kept() -> None:
    shop = make_source()
    seen(shop, "ann-1", timedelta(days=4000))
    assert run() == {}
    assert Interaction.objects.count() == 1


def test_old_interactions_go_with_the_identifiers_that_nothing_else_speaks_of() -> None:
    shop = make_source()
    seen(shop, "ann-1", OLD, anonymousId="a-1", traits={"city": "Ulm"})
    seen(shop, "ann-1", YOUNG)
    seen(shop, "bob-1", OLD)
    keep("interaction")
    assert run() == {"identifier": 2, "interaction": 2}
    assert values() == {"ann-1"}
    assert not TraitFact.objects.exists()
    assert in_step()


def test_a_sources_own_rule_beats_the_one_for_any() -> None:
    shop, till = make_source(), make_source("till", channel="store")
    for source in (shop, till):
        seen(source, f"of-{source.name}", OLD)
    keep("interaction", source="till", keep_for="")
    keep("interaction")
    assert run()["interaction"] == 1
    assert values() == {"of-till"}


def test_a_date_ahead_keeps_nothing_for_longer() -> None:
    shop = make_source()
    tell(shop, event(userId="ann-1", timestamp=(NOW + timedelta(days=300)).isoformat()), received_at=NOW - OLD)
    keep("interaction")
    assert run()["interaction"] == 1


def test_who_is_restricted_keeps_everything_until_that_is_lifted() -> None:
    shop, service = make_source(), Caller()
    seen(shop, "ann-1", OLD)
    seen(shop, "bob-1", OLD)
    keep("interaction")
    act = {
        "identifiers": [{"type": "user_id", "value": "ann-1"}],
        "decisions": [{"purpose": "*", "state": "restricted"}],
    }
    assert service.post("/v1/consents", act).status == 201
    assert run()["interaction"] == 1
    assert Interaction.objects.count() == 1
    assert "bob-1" not in values()
    act["decisions"][0]["state"] = "restriction_lifted"
    assert service.post("/v1/consents", act).status == 201
    assert run()["interaction"] == 1


def test_what_people_decided_outlives_what_they_did() -> None:
    shop, service = make_source(), Caller()
    seen(shop, "ann-1", OLD)
    act = {
        "identifiers": [{"type": "user_id", "value": "ann-1"}],
        "decisions": [{"purpose": "marketing", "state": "denied"}],
    }
    service.post("/v1/consents", act)
    keep("interaction")
    assert run() == {"interaction": 1}
    assert values() == {"ann-1"}
    assert in_step()


def test_a_legal_hold_keeps_its_fields_of_what_is_past_its_time() -> None:
    shop = make_source()
    LegalHold.objects.create(
        name="tax", basis="Section 147 AO", events=["Order"], fields=["properties.total"], keep_for="P10Y"
    )
    seen(shop, "ann-1", OLD, name="Order", properties={"total": 5, "email": "ann@example.org"})
    keep("interaction")
    assert run() == {"held_record_made": 1, "identifier": 1, "interaction": 1}
    held = HeldRecord.objects.get()
    assert (held.content, held.request_id) == ({"properties.total": 5}, None)


def test_old_traits_of_a_category_are_taken_out_and_all_else_stays() -> None:
    shop = make_source()
    traits = {"city": "Ulm", "email": "ann@example.org", "first_name": "Ann"}
    seen(shop, "ann-1", OLD, type="identify", traits=traits)
    seen(shop, "ann-1", YOUNG, type="identify", traits={"city": "Bonn"})
    keep("trait", category=TraitRule.objects.get(name="city").category)
    removed = run()
    assert removed == {"trait": 1}
    payload = json.loads(Interaction.objects.order_by("occurred_at")[0].payload)
    assert payload["traits"] == {"email": "ann@example.org", "first_name": "Ann"}
    cities = TraitFact.objects.filter(name="city").values_list("value", flat=True).distinct()
    assert list(cities) == ['"Bonn"']
    assert in_step()
    assert run() == {}


def make_request(closed_ago: timedelta | None, **fields: object) -> PrivacyRequest:
    day = NOW.date()
    row = PrivacyRequest.objects.create(
        id=uuid4(),
        type="access",
        source="api",
        state="completed" if closed_ago is not None else "in_progress",
        regulation="gdpr",
        requester="token:x",
        received_at=NOW - timedelta(days=900),
        internal_due_on=day,
        due_on=day,
        latest_on=day,
        identity_needed="verified",
        closed_at=None if closed_ago is None else NOW - closed_ago,
        policy_version="1",
        **fields,
    )
    RequestEvent.objects.create(request=row, actor="test", name="received")
    return row


def test_the_record_of_requests_goes_after_24_months_with_its_history_and_duplicates() -> None:
    old = make_request(timedelta(days=800))
    make_request(timedelta(days=801), duplicate_of=old)
    young, still_open = make_request(timedelta(days=700)), make_request(None)
    appealed = make_request(timedelta(days=800))
    RequestAppeal.objects.create(id=uuid4(), request=appealed, received_at=NOW, due_on=NOW.date())
    assert run() == {"request": 2}
    assert set(PrivacyRequest.objects.values_list("id", flat=True)) == {young.id, still_open.id, appealed.id}
    assert RequestEvent.objects.count() == 3


def test_an_original_stays_for_as_long_as_its_duplicate_does() -> None:
    old = make_request(timedelta(days=800))
    make_request(timedelta(days=10), duplicate_of=old)
    assert run() == {}


def test_logs_links_messages_and_what_nobody_understood_go_at_their_times() -> None:
    shop = make_source()
    for days in (100, 10):
        at = NOW - timedelta(days=days)
        AccessLog.objects.create(
            id=uuid4(), at=at - timedelta(days=700), actor="token:x", operation="read", purpose="service", allowed=True
        )
        Confirmation.objects.create(
            digest=bytes([days]) * 32, act_id=uuid4(), requested_at=at, expires_at=at, asked={"identifier_ids": []}
        )
        Message.objects.create(content=b"x", made_at=at)
        Quarantine.objects.create(
            source=shop, received_at=at, dialect="segment", body=b"{}", reason="r", held_for=7 if days == 10 else None
        )
        Quarantine.objects.create(
            source=shop, received_at=at, dialect="segment", body=b"{}", reason="r", held_for=None if days == 10 else 7
        )
    assert run() == {"access_log": 1, "confirmation": 1, "message": 2, "quarantine": 1}
    assert set(Quarantine.objects.values_list("held_for", flat=True)) == {None, 7}
    assert Quarantine.objects.count() == 3


def test_what_is_held_goes_on_its_day() -> None:
    hold = LegalHold.objects.create(name="tax", basis="b", fields=["properties.total"], keep_for="P1Y")
    for days in (-1, 1):
        HeldRecord.objects.create(
            hold=hold, occurred_at=NOW, keep_until=NOW + timedelta(days=days), source_id=1, content={"a": days}
        )
    assert run() == {"held_record": 1}
    assert HeldRecord.objects.get().content == {"a": 1}


def test_a_run_is_reported_counted_and_audited() -> None:
    shop, officer = make_source(), Caller("privacy")
    seen(shop, "ann-1", OLD)
    keep("interaction")
    expected = run()
    [shown] = officer.get("/v1/privacy/retention/runs").content["items"]
    assert (shown["removed"], shown["problem"]) == (expected, "")
    assert shown["ended_at"] is not None
    entry = json.loads(AuditEntry.objects.latest("seq").entry)
    assert (entry["type"], entry["counts"]) == ("retention.applied", expected)
    metrics = officer.get("/metrics").body.decode()
    assert 'cxprofiles_retention_removed_total{store="interaction"} 1.0' in metrics


def test_a_run_that_removed_nothing_leaves_no_entry_in_the_audit_log() -> None:
    run()
    assert RetentionRun.objects.get().removed == {}
    assert not AuditEntry.objects.exists()


def test_runs_of_old_that_found_nothing_are_forgotten_and_no_others() -> None:
    at = NOW - timedelta(days=40)
    for removed in ({}, {"message": 2}, {"message": 3}):
        RetentionRun.objects.create(started_at=at, ended_at=at, removed=removed)
    run()
    assert [one.removed for one in RetentionRun.objects.order_by("id")] == [{"message": 2}, {"message": 3}, {}]
    assert removed_in_all() == {"message": 5}


def test_a_run_that_fails_says_what_kind_of_failure_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ValueError("ann@example.org")

    keep("interaction")
    make_source()
    monkeypatch.setattr("profiles.privacy.retention.remove_old_interactions", broken)
    with pytest.raises(ValueError, match="ann"):
        run()
    assert RetentionRun.objects.get().problem == "ValueError"
    monkeypatch.undo()
    assert run() == {}


def test_one_run_at_a_time() -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute(retention_sql.TRY_TO_BE_THE_ONE)
        assert apply_retention(NOW) is None
        with pytest.raises(CommandError, match="under way"):
            call_command("apply_retention")
        with other.cursor() as cursor:
            cursor.execute(retention_sql.BE_THE_ONE_NO_MORE)
    finally:
        other.close()
    assert run() == {}


def test_the_command_counts_first_and_removes_then() -> None:
    shop = make_source()
    seen(shop, "ann-1", OLD)
    keep("interaction")
    out = io.StringIO()
    call_command("apply_retention", "--dry-run", stdout=out)
    assert out.getvalue() == "interaction: 1\n"
    assert (Interaction.objects.count(), RetentionRun.objects.count()) == (1, 0)
    call_command("apply_retention", stdout=(out := io.StringIO()))
    assert out.getvalue() == "identifier: 1\ninteraction: 1\n"
    call_command("apply_retention", stdout=(out := io.StringIO()))
    assert out.getvalue() == "Nothing is past its time.\n"


def test_each_store_can_be_counted_beforehand() -> None:
    for store in COUNTED_FROM:
        keep(store, "P1D")
    keep("trait", category="contact")
    make_source()
    assert preview_retention(NOW) == {}


def test_many_old_interactions_go_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiles.privacy.outlived.AT_ONCE", 3)
    shop = make_source()
    old = [event(n, userId=f"u-{n % 4}", anonymousId="a-1", messageId=f"m{n}") for n in range(11)]
    tell(shop, *old)
    seen(shop, "u-1", YOUNG)
    keep("interaction")
    assert run(START + timedelta(days=31)) == {"identifier": 4, "interaction": 11}
    assert values() == {"u-1"}
    assert in_step()


def test_an_old_interaction_is_found_by_its_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname IN ('interaction_age', 'access_log_age')")
        assert [("brin" in row[0]) for row in cursor.fetchall()] == [True, True]
