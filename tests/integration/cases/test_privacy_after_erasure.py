"""What is left for the world to ask once somebody was erased: nothing, until they come back as somebody new."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from consent.models import ConsentDecision, SuppressedCount
from profiles.models import Identifier, Interaction, TraitFact
from tests.integration.cases.requests import Officer
from tests.integration.cases.service import PROOF, Service, browser, decision, email, named, track, user
from tests.integration.cases.service import Identifier as Name

ANN, ANNS_MAIL, ANNS_BROWSER = user("ann"), email("ann@example.org"), browser("a-ann")
NOBODY = email("nobody@example.org")


@pytest.fixture
def officer(service: Service) -> Officer:
    """Ann is known by her account, her address and her browser; Ben by his account."""
    service.tell(
        track(userId="ann", anonymousId="a-ann", context={"traits": {"email": "ann@example.org", "city": "Gent"}}),
        track(userId="ben", context={"traits": {"email": "ben@example.org"}}),
    )
    return Officer(service)


def later(minutes: int = 1) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def counted() -> dict[str, int]:
    return {row.kind: row.count for row in SuppressedCount.objects.all()}


def shape_of(answered: dict[str, Any]) -> dict[str, Any]:
    """An answer to recognition without the number of its decision."""
    return {**answered, "decision": {**answered["decision"], "id": ""}}


def test_every_way_to_their_profile_leads_nowhere(officer: Officer) -> None:
    service = officer.service
    profile = service.profile_of(ANN)
    assert officer.done("erasure", ANNS_MAIL)["state"] == "completed"
    for rest in ("?purpose=service", "/timeline?purpose=service", "/identity?purpose=service", "/consents"):
        assert service.ask("GET", f"/v1/profiles/{profile}{rest}").status == 404, rest
    for who in (ANN, ANNS_MAIL, ANNS_BROWSER):
        body = {"identifier": named(who), "purpose": "service"}
        assert service.ask("POST", "/v1/profiles/lookup", body).status == 404


@pytest.mark.parametrize("who", [ANN, ANNS_MAIL, ANNS_BROWSER])
def test_recognition_cannot_tell_them_from_somebody_who_never_was(officer: Officer, who: Name) -> None:
    officer.done("erasure", ANN)
    never = (who[0], f"never-{who[1]}")
    assert shape_of(officer.service.recognise(who)) == shape_of(officer.service.recognise(never))


def test_a_cursor_of_their_timeline_is_worth_nothing_afterwards(officer: Officer) -> None:
    service = officer.service
    service.tell(*(track(userId="ann", event=f"E{n}", at=f"2026-03-01T13:0{n}:00Z") for n in range(3)))
    path = f"/v1/profiles/{service.profile_of(ANN)}/timeline"
    cursor = service.get(path, purpose="service", limit="1")["next_cursor"]
    officer.done("erasure", ANN)
    assert service.ask("GET", path, purpose="service", cursor=cursor).status == 404


def test_a_profile_that_was_merged_into_theirs_is_gone_too(officer: Officer) -> None:
    service = officer.service
    service.tell(track(userId="ann-old"))
    old = service.profile_of(user("ann-old"))
    service.same(ANN, user("ann-old"))
    officer.done("erasure", ANN)
    assert service.ask("GET", f"/v1/profiles/{old}", purpose="service").status == 404
    assert service.recognise(user("ann-old"))["status"] == "unknown"


def test_whom_a_steward_told_apart_from_them_stays(officer: Officer) -> None:
    service = officer.service
    service.same(ANN, user("ben"))
    service.judge(ANN, user("ben"), "different")
    officer.done("erasure", ANN)
    assert (service.recognise(user("ben"))["status"], service.recognise(ANN)["status"]) == ("known", "unknown")


def test_who_shared_a_device_with_them_is_known_as_before(officer: Officer) -> None:
    service = officer.service
    service.tell(track(userId="ben", anonymousId="tablet"), track(userId="ann", anonymousId="tablet"))
    ended = officer.done("erasure", ANN)
    assert ended["state"] in ("completed", "partially_completed")
    ben = service.recognise(user("ben"))
    assert (ben["status"], ben["profile_id"] != "") == ("known", True)
    assert service.recognise(ANN)["status"] == "unknown"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "identify", "anonymousId": "new-one", "traits": {"email": "ann@example.org", "city": "Ulm"}},
        {"type": "identify", "userId": "ann", "traits": {"city": "Ulm"}},
        {"type": "alias", "previousId": "ann", "userId": "somebody-new"},
        {"type": "alias", "previousId": "somebody-new", "userId": "ann"},
        {"type": "group", "userId": "ann", "groupId": "g-1"},
        {"type": "page", "anonymousId": "a-ann", "name": "Home"},
        {"type": "track", "event": "Seen", "context": {"externalIds": [{"type": "email", "id": " Ann@Example.ORG "}]}},
    ],
)
def test_nothing_that_names_them_is_stored_whatever_its_form(officer: Officer, event: dict[str, Any]) -> None:
    officer.done("erasure", ANN)
    before = Interaction.objects.count(), Identifier.objects.count(), TraitFact.objects.count()
    officer.service.tell({**event, "timestamp": later()})
    assert (Interaction.objects.count(), Identifier.objects.count(), TraitFact.objects.count()) == before
    assert counted() == {"after_erasure": 1}


def test_who_registers_again_is_somebody_new_without_a_past(officer: Officer) -> None:
    service = officer.service
    before = service.profile_of(ANN)
    officer.done("erasure", ANN)
    service.tell(track(userId="ann", event="Between", at=later(1)))
    service.tell(track(userId="ann", event="Signed Up", at=later(2), context={"traits": {"email": "ann@example.org"}}))
    service.tell(track(userId="ann", event="Late", at="2026-03-01T15:00:00Z"))
    profile = service.profile_of(ANN)
    assert profile != before
    items = service.get(f"/v1/profiles/{profile}/timeline", purpose="service")["items"]
    assert [item["event"] for item in items] == ["Signed Up"]
    assert "city" not in service.recognise(ANN, fields=["traits"])["traits"]
    assert service.ask("GET", f"/v1/profiles/{before}", purpose="service").status == 404
    assert counted() == {"after_erasure": 1, "late_after_erasure": 1}


def test_a_fresh_consent_brings_them_back_and_an_old_one_or_a_refusal_does_not(officer: Officer) -> None:
    service = officer.service
    officer.done("erasure", ANN)
    body = {"identifiers": [named(ANNS_MAIL)], "proof": PROOF}
    for said in (decision("analytics", ("granted", "2026-03-01")), decision("analytics", "denied")):
        answered = service.ask("POST", "/v1/consents", {**body, "decisions": [said]})
        assert answered.status == 409, answered.body
        assert b"ann@example.org" not in answered.body
    assert not ConsentDecision.objects.exists()
    service.decide([ANNS_MAIL], {"analytics": "granted"})
    assert service.recognise(ANNS_MAIL, purpose="analytics")["status"] == "known"
    assert service.recognise(ANN)["status"] == "unknown"


def test_a_steward_cannot_join_them_with_anybody(officer: Officer) -> None:
    officer.done("erasure", ANN)
    body = {"a": named(ANN), "b": named(user("ben")), "verdict": "same", "reason": "again"}
    answered = officer.service.ask("POST", "/v1/identity/decisions", body)
    assert answered.status == 409, answered.body
    assert not Identifier.objects.filter(value="ann").exists()


def test_a_file_that_still_has_them_is_dropped_each_night_with_one_task(officer: Officer, tmp_path: Path) -> None:
    officer.service.new_source(name="nightly")
    officer.done("erasure", ANN)
    for night in (1, 2):
        file = tmp_path / f"night-{night}.csv"
        file.write_text(f"Mail,When\nann@example.org,{later(night)}\ncy@example.org,{later(night)}\n")
        call_command("import_interactions", str(file), mapping=["Mail=email", "When=timestamp"], source="nightly")
        officer.service.work()
    assert officer.service.recognise(ANNS_MAIL)["status"] == "unknown"
    assert officer.service.recognise(email("cy@example.org"))["status"] == "known"
    tasks = officer.service.get("/v1/privacy/tasks")["items"]
    assert [(task["subject"], task["count"]) for task in tasks] == [("nightly", 2)]


def test_who_was_erased_can_ask_again_and_learns_that_nothing_is_held(officer: Officer) -> None:
    officer.done("erasure", ANN)
    for kind in ("access", "portability", "erasure"):
        ended = officer.done(kind, ANN)
        assert (ended["state"], ended["reason"]) == ("denied", "no_match"), kind


def test_the_access_log_tells_of_reads_and_no_more_whose_they_were(officer: Officer) -> None:
    from consent.models import AccessLog

    profile = officer.service.profile_of(ANN)
    officer.done("erasure", ANN)
    assert not AccessLog.objects.filter(profile_id=profile).exists()
    assert AccessLog.objects.exists()
