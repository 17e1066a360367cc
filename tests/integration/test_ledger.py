"""The ledger of decisions: what writes to it, and that nobody can rewrite it."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from consent.models import ConsentDecision
from profiles.intake.wire.segment import CONSENT_CHANGE
from tests.factories.channels import make_source, tell

pytestmark = pytest.mark.django_db

AT = "2026-03-01T12:00:00Z"


def stamped(**preferences: bool) -> dict[str, object]:
    """An event of a person on a device that says something of purposes."""
    return {
        "type": "track",
        "event": "Seen",
        "messageId": "m1",
        "timestamp": AT,
        "userId": "u-1",
        "anonymousId": "a-1",
        "context": {"consent": {"categoryPreferences": preferences}},
    }


def rows() -> list[tuple[object, ...]]:
    """What the ledger holds, by identifier and purpose."""
    fields = ("purpose", "state", "verified", "with_account", "signal")
    return list(ConsentDecision.objects.order_by("purpose", "identifier_id").values_list(*fields))


def test_a_stamp_is_a_decision_of_each_identifier_of_its_event_dated_by_it() -> None:
    tell(make_source(), stamped(analytics=True, personalisation=False))
    assert rows() == [
        ("analytics", "ConsentGiven", True, True, "segment"),
        ("analytics", "ConsentGiven", True, True, "segment"),
        ("personalisation", "ConsentRefused", True, True, "segment"),
        ("personalisation", "ConsentRefused", True, True, "segment"),
    ]
    assert set(ConsentDecision.objects.values_list("decided_at", flat=True)) == {datetime(2026, 3, 1, 12, tzinfo=UTC)}
    assert ConsentDecision.objects.values("identifier_id").distinct().count() == 2


def test_delivered_again_it_is_written_once() -> None:
    sender = make_source()
    for _ in range(3):
        tell(sender, stamped(analytics=True))
    assert len(rows()) == 2


def test_what_a_public_source_says_is_a_claim() -> None:
    tell(make_source(trust="public"), stamped(analytics=True))
    assert {row[2] for row in rows()} == {False}


def test_unification_in_a_stamp_decides_nothing_and_in_a_change_of_consent_does() -> None:
    sender = make_source()
    tell(sender, stamped(unification=False))
    assert rows() == []
    tell(sender, stamped(unification=False) | {"event": CONSENT_CHANGE, "messageId": "m2"})
    assert [row[:2] for row in rows()] == [("unification", "ConsentRefused")] * 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_decision SET state = 'ConsentGiven'",
        "UPDATE consent_decision SET proof = NULL",
        "DELETE FROM consent_decision",
        "TRUNCATE consent_decision",
    ],
)
def test_the_database_refuses_to_rewrite_it(statement: str) -> None:
    tell(make_source(), stamped(analytics=False))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL cxprofiles.may_truncate = 'off'")
    refused = pytest.raises(IntegrityError, match="consent_decision is append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert [row[1] for row in rows()] == ["ConsentRefused"] * 2


def test_lawful_erasure_may_delete_and_still_not_rewrite() -> None:
    tell(make_source(), stamped(analytics=False))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL cxprofiles.lawful_erasure = 'on'")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute("UPDATE consent_decision SET state = 'ConsentGiven'")
        cursor.execute("DELETE FROM consent_decision")
    assert rows() == []


@pytest.mark.parametrize(
    ("column", "value"), [("state", "ConsentGranted"), ("problem", "unknown")], ids=["state", "problem"]
)
def test_the_database_knows_the_states(column: str, value: str) -> None:
    fields = {
        "identifier_id": 1,
        "purpose": "analytics",
        "act_id": "00000000-0000-4000-8000-000000000001",
        "state": "ConsentGiven",
        "decided_at": datetime.now(UTC),
        "received_at": datetime.now(UTC),
        "verified": True,
        "with_account": False,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentDecision.objects.create(**{**fields, column: value})


def test_it_has_no_key_to_profiles() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_constraint WHERE conrelid = 'consent_decision'::regclass AND contype = 'f'"
        )
        assert cursor.fetchone()[0] == 0
