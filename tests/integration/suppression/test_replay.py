"""A backup that is restored brings nobody back: really dumped, really restored, then put right."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from consent.erasure_log import ErasureLogBroken, is_ahead, read_log, read_position
from consent.models import ConsentDecision, SuppressionEntry
from consent.requests.kinds import ITSELF
from consent.requests.replayed import ensure_erasure
from consent.suppression import SuppressionUnreadable
from cxprofiles.stack.binaries import postgres_programs
from cxprofiles.stack.processes import server_account
from profiles.identity.rebuild import rebuild_identity
from profiles.models import Identifier, Interaction, Source
from profiles.privacy.erasing import erase
from profiles.privacy.execution import Execution
from profiles.privacy.replaying import replay_erasures
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell
from tests.factories.consents import decision, state_of, tell_consents

pytestmark = pytest.mark.usefixtures("deployed")

CASES: dict[str, dict[str, Any]] = {
    one["id"]: one for one in json.loads((Path(__file__).parents[2] / "data/cases/privacy.json").read_text())
}
ANN = {"type": "email", "value": "ann@example.org"}
BOB = {"type": "email", "value": "bob@example.org"}
CY = {"type": "email", "value": "cy@example.org"}
COPY = f"restored_copy_{os.getpid()}"


def by(who: dict[str, str], minute: int = 0, **members: Any) -> dict[str, Any]:
    return event(minute, context={"externalIds": [{"type": who["type"], "id": who["value"]}]}, **members)


@pytest.fixture
def shop() -> Source:
    return make_source()


@pytest.fixture
def service() -> Caller:
    return Caller()


def erase_person(*people: dict[str, str]) -> UUID:
    """Erase as a request does."""
    request, ids = (
        uuid4(),
        list(Identifier.objects.filter(value__in=[one["value"] for one in people]).values_list("id", flat=True)),
    )
    ensure_erasure(request, at=datetime.now(UTC), requester="test", regulation="gdpr")
    erase(
        Execution(
            request_id=request,
            type="erasure",
            identifiers=[(one["type"], one["value"]) for one in people],
            scope={ITSELF: ids},
            groups=frozenset({ITSELF}),
            details={},
            received_at=datetime.now(UTC),
            source="api",
            requester="test",
            language="en",
            regulation="gdpr",
            region="",
        )
    )
    return request


def run(program: str, *words: str) -> None:
    """One of PostgreSQL's programs, against the tests' server."""
    held = connection.settings_dict
    command = [postgres_programs(server_account()) / program, "-h", held["HOST"], "-U", held["USER"], *words]
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def restored(dump: Path) -> Iterator[None]:
    """Everything inside happens in a database that the dump was restored into."""
    run("createdb", COPY)
    name = connection.settings_dict["NAME"]
    try:
        run("pg_restore", "--exit-on-error", "-d", COPY, str(dump))
        connection.close()
        connection.settings_dict["NAME"] = COPY
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        run("dropdb", COPY)


@pytest.fixture
def back_up(tmp_path: Path) -> Callable[[], Path]:
    """Really dump the database of the test."""

    def dump() -> Path:
        path = tmp_path / "backup.dump"
        run("pg_dump", "--format=custom", f"--file={path}", connection.settings_dict["NAME"])
        return path

    return dump


def test_what_was_erased_and_withdrawn_since_the_backup_stays_so(
    shop: Source, service: Caller, back_up: Callable[[], Path]
) -> None:
    case = CASES["REQ-23"]
    tell(shop, by(ANN), by(BOB), by(CY))
    tell_consents(service, decision("analytics", "granted"), by=BOB)
    tell_consents(service, decision("analytics", "granted"), by=CY)
    dump = back_up()
    erase_person(ANN)
    tell_consents(service, decision("analytics", "withdrawn"), by=BOB)
    with restored(dump):
        assert Identifier.objects.filter(value=ANN["value"]).exists()
        assert state_of(service, "analytics", BOB) == ("granted", True)
        assert is_ahead()
        call_command("replay_erasures")
        visible = Identifier.objects.filter(value=ANN["value"]).exists()
        assert visible is case["expected"]["p_erased_visible"]
        assert Interaction.objects.count() == 2
        assert state_of(service, "analytics", BOB) == ("withdrawn", False)
        assert state_of(service, "analytics", CY) == ("granted", True)
        assert not is_ahead()
        tell(shop, by(ANN, 1))
        assert not Identifier.objects.filter(value=ANN["value"]).exists()


def test_a_second_replay_changes_nothing(shop: Source, service: Caller, back_up: Callable[[], Path]) -> None:
    tell(shop, by(ANN), by(BOB))
    dump = back_up()
    erase_person(ANN)
    tell_consents(service, decision("analytics", "denied"), by=BOB)
    with restored(dump):
        first = replay_erasures()
        assert (first.erased, first.decisions) == (1, 1)
        rows, log, entries = ConsentDecision.objects.count(), len(read_log()), list(SuppressionEntry.objects.values())
        second = replay_erasures()
        assert (second.entries, second.erased, second.decisions) == (0, 0, 0)
        assert (ConsentDecision.objects.count(), len(read_log())) == (rows, log)
        assert list(SuppressionEntry.objects.values()) == entries
        changed = {name: count for name, count in rebuild_identity(check=True).differences.items() if count}
        assert changed == {}


def test_a_grant_after_a_refusal_wins_as_it_did(shop: Source, service: Caller, back_up: Callable[[], Path]) -> None:
    tell(shop, by(BOB))
    dump = back_up()
    tell_consents(service, decision("analytics", "denied"), by=BOB)
    tell_consents(service, decision("analytics", "granted"), by=BOB)
    with restored(dump):
        replay_erasures()
        assert state_of(service, "analytics", BOB) == ("granted", True)


def test_a_refusal_before_the_backup_does_not_undo_a_grant_that_it_holds(
    shop: Source, service: Caller, back_up: Callable[[], Path]
) -> None:
    tell(shop, by(BOB))
    tell_consents(service, decision("analytics", "denied"), by=BOB)
    tell_consents(service, decision("analytics", "granted"), by=BOB)
    dump = back_up()
    with restored(dump):
        assert not is_ahead()
        assert replay_erasures().entries == 0
        assert state_of(service, "analytics", BOB) == ("granted", True)


def test_a_restriction_and_an_objection_stand_again(shop: Source, service: Caller, back_up: Callable[[], Path]) -> None:
    tell(shop, by(BOB))
    dump = back_up()
    tell_consents(service, decision("*", "restricted"), decision("marketing", "objected"), by=BOB)
    with restored(dump):
        replay_erasures()
        states = set(ConsentDecision.objects.values_list("state", flat=True))
        assert states == {"ProcessingRestricted", "ObjectionRaised"}
        tell(shop, by(BOB, 1))
        assert Interaction.objects.count() == 1


def test_who_came_back_after_the_erasure_may_be_stored_in_the_restored_copy_too(
    shop: Source, back_up: Callable[[], Path]
) -> None:
    tell(shop, by(ANN))
    dump = back_up()
    erase_person(ANN)
    back = datetime.now(UTC)
    tell(shop, {**by(ANN, name="Signed Up"), "timestamp": back.isoformat()})
    assert Interaction.objects.count() == 1
    with restored(dump):
        replay_erasures()
        assert Interaction.objects.count() == 0
        tell(shop, {**by(ANN), "timestamp": datetime.now(UTC).isoformat()})
        assert Interaction.objects.count() == 1


def test_what_a_backup_from_after_the_return_holds_stays(shop: Source, back_up: Callable[[], Path]) -> None:
    tell(shop, by(ANN), by(BOB))
    erase_person(ANN)
    tell(shop, {**by(ANN, name="Signed Up"), "timestamp": datetime.now(UTC).isoformat()})
    dump = back_up()
    erase_person(BOB)
    with restored(dump):
        replay_erasures()
        assert set(Identifier.objects.values_list("value", flat=True)) == {ANN["value"]}


def test_an_act_that_was_rolled_back_does_not_stop_anything(shop: Source, service: Caller) -> None:
    tell(shop, by(BOB))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE consent_receipt RENAME TO hidden")
    answered = service.post("/v1/consents", {"identifiers": [BOB], "decisions": [decision("analytics", "denied")]})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE hidden RENAME TO consent_receipt")
    assert answered.status == 500
    assert not is_ahead()
    assert [entry.done for entry in read_log()] == [False]
    tell_consents(service, decision("analytics", "granted"), by=BOB)
    assert not is_ahead()
    assert read_position() == 2


def test_a_log_that_was_changed_or_cut_is_refused(shop: Source, service: Caller) -> None:
    tell_consents(service, decision("analytics", "denied"), by=BOB)
    tell_consents(service, decision("ads", "denied"), by=BOB)
    log = django_settings.ERASURE_LOG
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b'"analytics"', b'"analytisc"'))
    with pytest.raises(CommandError, match="erasure log"):
        call_command("replay_erasures")
    log.write_bytes(b"".join(whole.splitlines(keepends=True)[:1]))
    with pytest.raises(ErasureLogBroken):
        replay_erasures()
    log.unlink()
    with pytest.raises(CommandError, match="erasure log"):
        call_command("replay_erasures")
    call_command("replay_erasures", "--accept-log")
    assert read_position() == 0
    tell_consents(service, decision("analytics", "granted"), by=BOB)


def test_a_withdrawal_that_cannot_be_written_down_is_not_said_to_be_taken(
    service: Caller, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.ERASURE_LOG = tmp_path / "file" / "erasures.log"
    answered = service.post("/v1/consents", {"identifiers": [BOB], "decisions": [decision("analytics", "denied")]})
    assert answered.status == 503
    assert not ConsentDecision.objects.exists()


def test_hashes_under_a_key_that_is_lost_stop_the_replay(
    shop: Source, settings: Any, back_up: Callable[[], Path]
) -> None:
    tell(shop, by(ANN))
    dump = back_up()
    erase_person(ANN)
    with restored(dump):
        settings.SUPPRESSION_KEYS = {2: b"2" * 32}
        with pytest.raises(SuppressionUnreadable):
            replay_erasures()
        assert is_ahead()


def test_the_log_holds_no_identity(shop: Source, service: Caller) -> None:
    tell(shop, by(ANN), by(BOB))
    erase_person(ANN)
    tell_consents(
        service,
        decision("analytics", "denied"),
        by=BOB,
        proof={"method": "form", "url": "https://x.org/?ann@example.org"},
    )
    text = django_settings.ERASURE_LOG.read_text()
    assert "example.org" not in text
    assert service.name not in text


def test_a_copy_that_was_not_put_right_is_not_ready(
    shop: Source, service: Caller, back_up: Callable[[], Path], broker: Any
) -> None:
    tell(shop, by(ANN))
    dump = back_up()
    erase_person(ANN)
    assert service.get("/readyz").content["erasures"] is True
    with restored(dump):
        answered = service.get("/readyz")
        assert (answered.status, answered.content["erasures"]) == (503, False)
        tell_consents(service, decision("analytics", "denied"), by=BOB)
        assert service.get("/readyz").content["erasures"] is False
        replay_erasures()
        assert service.get("/readyz").content["erasures"] is True
    django_settings.ERASURE_LOG.write_bytes(b"")
    assert service.get("/readyz").content["erasures"] is False


def test_entries_of_long_ago_are_read_without_reading_all(shop: Source, service: Caller) -> None:
    for _ in range(3):
        tell_consents(service, decision("analytics", "denied"), by=BOB)
    assert [entry.position for entry in read_log(after=read_position() - 1)] == [read_position()]
    assert timedelta(0) < datetime.now(UTC) - datetime.fromisoformat(read_log()[0].content["at"])
