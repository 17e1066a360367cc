"""Nothing of somebody who was erased is stored again, whenever and however it arrives."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from consent.erasure_log import ErasureLogBroken
from consent.models import PrivacyTask, SuppressedCount, SuppressionEntry
from consent.suppression import SuppressionUnreadable
from profiles.intake.backlog import read_backlog
from profiles.models import Identifier, Inbox, Interaction, Quarantine, Source
from profiles.pipeline import take_batches
from profiles.privacy.beginning import begin_erasure
from tests.factories.channels import accept, event, make_source, tell, work

pytestmark = pytest.mark.usefixtures("deployed")

CASES: dict[str, dict[str, Any]] = {
    one["id"]: one for one in json.loads((Path(__file__).parents[2] / "data/cases/privacy.json").read_text())
}
ERASED = datetime.fromisoformat(CASES["TMB-02"]["given"]["erased_at"])
BEFORE, AFTER = ERASED - timedelta(hours=1), ERASED + timedelta(days=1)
JANE, JANES_ACCOUNT, COOKIE = ("email", "jane.doe@example.com"), ("user_id", "u-1"), ("anonymous_id", "a-1")


@pytest.fixture
def shop() -> Source:
    return make_source()


@pytest.fixture
def site() -> Source:
    """A source whose key anybody can read in a page."""
    return make_source("site", trust="public")


@pytest.fixture
def erased() -> None:
    begin_erasure([JANE, JANES_ACCOUNT, COOKIE], at=ERASED, request_id=uuid4())


def at(moment: datetime, *, name: str = "Seen", **members: Any) -> dict[str, Any]:
    """An event that happened at an instant."""
    return {**event(name=name, **members), "timestamp": moment.isoformat()}


def stored() -> tuple[int, int, int]:
    """Interactions, identifiers, quarantined events."""
    return Interaction.objects.count(), Identifier.objects.count(), Quarantine.objects.count()


def counted() -> dict[str, int]:
    return {row.kind: row.count for row in SuppressedCount.objects.all()}


def by_mail(address: str = JANE[1]) -> dict[str, Any]:
    return {"context": {"traits": {"email": address}}}


def named(moment: datetime, *identifiers: tuple[str, str], **members: Any) -> dict[str, Any]:
    """An event that names identifiers."""
    ids = [{"type": kind, "id": value} for kind, value in identifiers]
    return at(moment, context={"externalIds": ids}, **members)


def test_what_happened_before_the_erasure_is_dropped_when_it_arrives_late(shop: Source, erased: None) -> None:
    case = CASES["TMB-02"]
    late = case["given"]["event"]
    tell(
        shop,
        at(datetime.fromisoformat(late["occurred"]), **by_mail(late["email"])),
        received_at=datetime.fromisoformat(late["arrives"]),
    )
    assert (stored() != (0, 0, 0)) is case["expected"]["stored"]
    assert counted() == {case["expected"]["counter"]: 1}
    assert not PrivacyTask.objects.exists()


def test_the_cookie_alone_does_not_bring_anybody_back(shop: Source) -> None:
    case = CASES["TMB-04"]
    ids = [tuple(one.split(":")) for one in case["given"]["erased_ids"]]
    begin_erasure(
        [("user_id" if kind == "userId" else kind, value) for kind, value in ids], at=ERASED, request_id=uuid4()
    )
    tell(shop, {**at(AFTER), **case["given"]["event"]})
    assert (stored() != (0, 0, 0)) is case["expected"]["stored"]
    assert counted() == {"after_erasure": 1}


@pytest.mark.parametrize("alone", [JANE, JANES_ACCOUNT, COOKIE])
def test_every_identifier_of_the_person_is_enough(shop: Source, erased: None, alone: tuple[str, str]) -> None:
    tell(shop, named(BEFORE, alone, ("phone", "+4915112345678")), named(AFTER, alone, ("phone", "+4915112345678")))
    assert stored() == (0, 0, 0)
    assert counted() == {"late_after_erasure": 1, "after_erasure": 1}


def test_others_are_stored_as_ever(shop: Source, erased: None) -> None:
    tell(
        shop,
        named(BEFORE, ("email", "ann@example.org")),
        named(AFTER, JANE),
        named(AFTER, ("email", "bob@example.org")),
    )
    assert set(Identifier.objects.values_list("value", flat=True)) == {"ann@example.org", "bob@example.org"}


def test_an_alias_does_not_smuggle_anybody_in(shop: Source, erased: None) -> None:
    tell(
        shop, {"type": "alias", "messageId": "x", "userId": "u-2", "previousId": "u-1", "timestamp": AFTER.isoformat()}
    )
    assert stored() == (0, 0, 0)


def test_an_upstream_that_keeps_sending_is_one_task(shop: Source, erased: None) -> None:
    case = CASES["TMB-07"]
    for night in range(1, 4):
        tell(shop, named(ERASED + timedelta(days=night), ("email", case["given"]["nightly_file_contains"])))
    assert Interaction.objects.count() == case["expected"]["stored"]
    task = PrivacyTask.objects.get()
    assert (task.kind, task.subject, task.count) == ("upstream_keeps_sending", "shop", 3)
    assert PrivacyTask.objects.count() == case["expected"]["tasks"]


def test_a_closed_task_is_opened_anew_when_it_goes_on(shop: Source, erased: None) -> None:
    tell(shop, named(AFTER, JANE))
    PrivacyTask.objects.update(closed_at=AFTER)
    tell(shop, named(AFTER, JANE))
    assert PrivacyTask.objects.filter(closed_at=None).count() == 1


def test_a_file_that_holds_old_rows_of_the_person_is_a_task_too(shop: Source, erased: None) -> None:
    row = json.dumps({"batch": [named(BEFORE, JANE)]}).encode()
    Inbox.objects.create(source=shop, dialect="file", context={"path_type": "import"}, body=row, events=1)
    work()
    assert counted() == {"late_after_erasure": 1}
    assert PrivacyTask.objects.get().subject == "shop"


@pytest.mark.parametrize("name", ["Signed Up", "Account Created"])
def test_a_new_registration_starts_an_unlinked_profile(shop: Source, erased: None, name: str) -> None:
    tell(shop, named(AFTER, JANE, JANES_ACCOUNT, name=name))
    assert set(Identifier.objects.values_list("value", flat=True)) == {JANE[1], JANES_ACCOUNT[1]}
    tell(shop, named(AFTER + timedelta(minutes=1), JANE), named(AFTER - timedelta(minutes=1), JANE))
    assert Interaction.objects.count() == 2
    tell(shop, named(AFTER + timedelta(minutes=1), COOKIE), named(BEFORE, JANE))
    assert Interaction.objects.count() == 2


def test_within_a_batch_the_registration_counts_whatever_stands_first(shop: Source, erased: None) -> None:
    tell(shop, named(AFTER + timedelta(minutes=1), JANE), named(AFTER, JANE, name="Signed Up"))
    assert Interaction.objects.count() == 2


def test_an_old_registration_brings_nobody_back(shop: Source, erased: None) -> None:
    tell(shop, named(BEFORE, JANE, JANES_ACCOUNT, name="Signed Up"), named(AFTER, JANE))
    assert stored() == (0, 0, 0)


def test_a_mere_claim_brings_nobody_back(site: Source, erased: None) -> None:
    tell(site, named(AFTER, JANE, JANES_ACCOUNT, name="Signed Up"))
    assert stored() == (0, 0, 0)


def test_a_registration_that_names_the_cookie_alone_brings_nobody_back(shop: Source, erased: None) -> None:
    tell(shop, named(AFTER, COOKIE, name="Signed Up"))
    assert stored() == (0, 0, 0)


def consents(moment: datetime, *identifiers: tuple[str, str], granted: bool, name: str) -> dict[str, Any]:
    told = named(moment, *identifiers, name=name)
    told["context"]["consent"] = {"categoryPreferences": {"analytics": granted}}
    return told


CHANGED = "Segment Consent Preference Updated"


def test_a_fresh_consent_brings_its_device_back(site: Source, erased: None) -> None:
    tell(site, consents(AFTER, COOKIE, granted=True, name=CHANGED), named(AFTER + timedelta(1), COOKIE))
    assert Interaction.objects.count() == 2
    assert list(Identifier.objects.values_list("value", flat=True)) == [COOKIE[1]]


@pytest.mark.parametrize(("granted", "name"), [(False, CHANGED), (True, "Seen")])
def test_a_refusal_or_a_stamp_brings_nobody_back(shop: Source, erased: None, granted: bool, name: str) -> None:
    tell(shop, consents(AFTER, COOKIE, granted=granted, name=name))
    assert stored() == (0, 0, 0)


BOB = ("user_id", "bob")


def test_a_device_that_somebody_else_uses_is_theirs_from_then_on(shop: Source, erased: None) -> None:
    tell(shop, named(BEFORE, BOB))
    tell(
        shop,
        named(AFTER, BOB, COOKIE),
        named(AFTER + timedelta(1), COOKIE),
        named(AFTER - timedelta(minutes=1), COOKIE),
    )
    assert Interaction.objects.count() == 3
    tell(shop, named(AFTER, BOB, JANE))
    assert not Identifier.objects.filter(value=JANE[1]).exists()


def test_a_device_is_not_given_to_somebody_who_was_never_heard_of(shop: Source, erased: None) -> None:
    tell(shop, named(AFTER, ("user_id", "new"), COOKIE))
    assert stored() == (0, 0, 0)


def test_what_somebody_else_did_there_before_the_erasure_is_dropped(shop: Source, erased: None) -> None:
    tell(shop, named(BEFORE, BOB))
    tell(shop, named(BEFORE, BOB, COOKIE))
    assert Interaction.objects.count() == 1


def test_who_came_back_and_is_erased_again_is_gone_again(shop: Source, erased: None) -> None:
    tell(shop, named(AFTER, JANE, name="Signed Up"))
    again = AFTER + timedelta(days=1)
    begin_erasure([JANE], at=again, request_id=uuid4())
    tell(shop, named(AFTER + timedelta(minutes=1), JANE), named(again + timedelta(minutes=1), JANE))
    assert Interaction.objects.count() == 1


def test_where_the_list_cannot_be_read_events_wait(shop: Source, settings: Any) -> None:
    case = CASES["TMB-05"]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE suppression_entry RENAME TO hidden")
    try:
        accept(shop, named(AFTER, JANE))
        with pytest.raises(SuppressionUnreadable):
            take_batches()
        assert (stored() != (0, 0, 0)) is case["expected"]["accepted"]
        assert (read_backlog().pending == 1) is case["expected"]["parked"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE hidden RENAME TO suppression_entry")
    work()
    assert Interaction.objects.count() == 1


def test_entries_under_a_key_that_is_not_held_make_everything_wait(shop: Source, erased: None, settings: Any) -> None:
    keys = settings.SUPPRESSION_KEYS
    settings.SUPPRESSION_KEYS = {2: b"2" * 32}
    accept(shop, named(AFTER, ("email", "ann@example.org")))
    with pytest.raises(SuppressionUnreadable):
        take_batches()
    assert read_backlog().pending == 1
    settings.SUPPRESSION_KEYS = {**keys, 2: b"2" * 32}
    work()
    assert Interaction.objects.count() == 1


def test_entries_under_an_old_key_are_found_and_lifted_beside_a_newer_one(shop: Source, settings: Any) -> None:
    begin_erasure([JANE], at=ERASED, request_id=uuid4())
    settings.SUPPRESSION_KEYS = {**settings.SUPPRESSION_KEYS, 2: b"2" * 32}
    begin_erasure([COOKIE], at=ERASED, request_id=uuid4())
    assert set(SuppressionEntry.objects.values_list("key_version", flat=True)) == {1, 2}
    tell(shop, named(AFTER, JANE), named(AFTER, COOKIE))
    assert stored() == (0, 0, 0)
    tell(shop, named(AFTER, JANE, name="Signed Up"))
    assert stored() == (1, 1, 0)


def test_the_drain_leaves_what_waits_and_says_so_without_data(
    shop: Source, erased: None, settings: Any, broker: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from tasks.intake import drain

    settings.SUPPRESSION_KEYS = {2: b"2" * 32}
    accept(shop, named(AFTER, JANE))
    assert drain() == 0
    assert Inbox.objects.count() == 1
    [line] = [record.getMessage() for record in caplog.records if record.name == "tasks.intake"]
    assert (
        line
        == "The list of those who were erased cannot be read, so nothing can be stored now. What was accepted waits."
    )


def test_an_entry_holds_no_identifier(erased: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT suppression_entry::text FROM suppression_entry")
        rows = " ".join(row[0] for row in cursor.fetchall())
    assert not any(value in rows for _, value in (JANE, JANES_ACCOUNT, COOKIE))
    assert {row.erased_at for row in SuppressionEntry.objects.all()} == {ERASED}
    assert datetime.now(UTC) > ERASED


@pytest.mark.parametrize(
    "body",
    [
        {"type": "nonsense", "traits": {"e-mail": " Jane.Doe@Example.com"}},
        {"type": "nonsense", "userId": "u-1"},
        {"type": "nonsense", "context": {"externalIds": [{"type": "anonymous_id", "id": "a-1"}]}},
        {"type": "nonsense", "deep": [[{"anonymous_id": "a-1"}]]},
    ],
)
def test_what_is_not_understood_is_not_kept_where_it_names_the_person(
    shop: Source, erased: None, body: dict[str, Any]
) -> None:
    tell(shop, body, {"type": "nonsense", "userId": "somebody else", "price": "u-1"})
    assert stored() == (0, 0, 1)
    assert b"somebody else" in bytes(Quarantine.objects.get().body)
    assert counted() == {"after_erasure": 1}


def test_what_waits_in_quarantine_is_judged_when_it_is_tried_again(shop: Source) -> None:
    from profiles.intake.quarantine import Quarantined, quarantine_events, replay_event

    late = json.dumps(named(BEFORE, JANE)).encode()
    quarantine_events([Quarantined(shop.pk, AFTER, "segment", {"path_type": "batch"}, late, "It was not understood.")])
    begin_erasure([JANE], at=ERASED, request_id=uuid4())
    replay_event(Quarantine.objects.get().pk)
    work()
    assert stored() == (0, 0, 0)


def test_nobody_comes_back_while_it_cannot_be_written_down(
    shop: Source, erased: None, settings: Any, tmp_path: Path
) -> None:
    log = settings.ERASURE_LOG
    (tmp_path / "file").touch()
    settings.ERASURE_LOG = tmp_path / "file" / "erasures.log"
    accept(shop, named(AFTER, JANE, name="Signed Up"))
    with pytest.raises(ErasureLogBroken):
        take_batches()
    assert (stored(), read_backlog().pending) == ((0, 0, 0), 1)
    settings.ERASURE_LOG = log
    work()
    assert Interaction.objects.count() == 1
