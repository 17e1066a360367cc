"""Whoever comes of age is asked, once, whether what a guardian agreed to shall go on."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.test import Client, override_settings

from consent.age_letters import WORDS, age_letter
from consent.letter_parts import language_spoken
from consent.messages import USE
from consent.models import AuditEntry, Confirmation, ConsentDecision, Message, PrivacyTask, ReconfirmationAsked
from consent.sealing import unseal_bytes
from profiles.consents.coming_of_age import ask_who_came_of_age
from tests.factories.callers import Caller
from tests.factories.consents import ANN, ANN_ACCOUNT, PROOF, decision, state_of, tell_consents

pytestmark = pytest.mark.django_db

BY_GUARDIAN = {**PROOF, "expressed_by": "guardian"}
TODAY = datetime.now(UTC).date()
# Sixteen yesterday, and told while still a child.
BORN = (TODAY - timedelta(days=1)).replace(year=TODAY.year - 16)
BEFORE = (datetime.now(UTC) - timedelta(days=100)).isoformat()
LATER = (datetime.now(UTC) - timedelta(days=2)).isoformat()


@pytest.fixture(autouse=True)
def reachable() -> Any:
    with override_settings(PUBLIC_URL="https://profiles.example.org"):
        yield


def agree_for_a_child(service: Caller, *keys: str, by: Any = ANN, born: Any = BORN, **more: Any) -> None:
    """A guardian says yes, for a child that came of age yesterday."""
    decisions = [decision(key, at=BEFORE) for key in keys or ("analytics",)]
    subject = {"date_of_birth": born.isoformat(), "country": "DE"}
    tell_consents(service, *decisions, by=by, proof={**BY_GUARDIAN, **more.pop("proof", {})}, subject=subject, **more)


def messages() -> list[list[Any]]:
    """What waits to be sent: type, address, subject, text, until."""
    return [msgspec.json.decode(unseal_bytes(row.content, USE)) for row in Message.objects.order_by("id")]


def test_who_came_of_age_gets_one_mail_with_a_link_that_confirms(service: Caller) -> None:
    agree_for_a_child(service, "analytics", "personalisation")
    assert state_of(service, "analytics") == ("reconfirm_required", False)
    assert ask_who_came_of_age() == 1
    [[kind, address, subject, text, _]] = messages()
    assert (kind, address, subject) == ("email", "ann@example.org", WORDS["de"].subject)
    assert state_of(service, "analytics") == ("reconfirm_required", False)
    [link] = re.findall(r"https://profiles\.example\.org(\S+)", text)
    Client().get(link)
    assert state_of(service, "analytics")[1] is False
    assert Client().post(link).status_code == 200
    for key in ("analytics", "personalisation"):
        assert state_of(service, key) == ("granted", True)
    row = ConsentDecision.objects.filter(purpose="analytics").latest("decided_at")
    assert (row.guardian, row.problem, (row.proof or {})["notice_version"]) == (False, "", PROOF["notice_version"])
    assert "expressed_by" not in (row.proof or {})


def test_they_are_asked_once(service: Caller) -> None:
    agree_for_a_child(service)
    assert [ask_who_came_of_age() for _ in range(3)] == [1, 0, 0]
    assert (Message.objects.count(), Confirmation.objects.count()) == (1, 1)
    assert ReconfirmationAsked.objects.get().purpose == "analytics"


def test_nobody_is_asked_before_their_birthday(service: Caller) -> None:
    agree_for_a_child(service, born=BORN + timedelta(days=10))
    assert ask_who_came_of_age() == 0
    assert ask_who_came_of_age(datetime.now(UTC) + timedelta(days=11)) == 1


def test_an_adults_grant_that_ended_is_nobodys_birthday(service: Caller) -> None:
    ends = (datetime.now(UTC) - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    tell_consents(service, decision("analytics", at=BEFORE, expires_at=ends.isoformat()))
    assert ask_who_came_of_age() == 0


def test_an_end_that_the_guardian_chose_is_nobodys_birthday(service: Caller) -> None:
    ends = (datetime.now(UTC) - timedelta(days=5)).replace(hour=7)
    subject = {"date_of_birth": BORN.isoformat(), "country": "DE"}
    grant = decision("analytics", at=BEFORE, expires_at=ends.isoformat())
    tell_consents(service, grant, proof=BY_GUARDIAN, subject=subject)
    assert ask_who_came_of_age() == 0


@pytest.mark.parametrize("state", ["granted", "denied"])
def test_who_has_answered_since_is_not_asked(service: Caller, state: str) -> None:
    agree_for_a_child(service, "analytics", "personalisation", by=[ANN, ANN_ACCOUNT])
    tell_consents(service, decision("analytics", state, at=LATER), by=ANN_ACCOUNT)
    assert ask_who_came_of_age() == 1
    asked = Confirmation.objects.get().asked["decisions"]
    assert [one["purpose"] for one in asked] == ["personalisation"]
    assert ask_who_came_of_age() == 0


@override_settings(PUBLIC_URL="")
def test_without_an_address_of_the_service_staff_are_told(service: Caller) -> None:
    agree_for_a_child(service)
    assert ask_who_came_of_age() == 1
    assert not Message.objects.exists()
    assert PrivacyTask.objects.get().kind == "guardian_reconfirm"


def test_without_a_mail_address_staff_are_told_and_no_name(service: Caller) -> None:
    agree_for_a_child(service, by=ANN_ACCOUNT)
    assert ask_who_came_of_age() == 1
    assert not Message.objects.exists()
    task = PrivacyTask.objects.get()
    assert task.detail == {"purposes": ["analytics"]}
    act_id = ConsentDecision.objects.get().act_id
    assert task.subject == f"receipt:{act_id}"
    assert ask_who_came_of_age() == 0


def test_who_is_restricted_is_left_alone_until_that_is_over(service: Caller) -> None:
    agree_for_a_child(service)
    tell_consents(service, decision("*", "restricted"))
    assert ask_who_came_of_age() == 0
    tell_consents(service, decision("*", "restriction_lifted"))
    assert ask_who_came_of_age() == 1


def test_the_question_is_logged_without_a_name(service: Caller) -> None:
    agree_for_a_child(service)
    ask_who_came_of_age()
    entry = json.loads(AuditEntry.objects.latest("seq").entry)
    assert (entry["type"], entry["purpose"]) == ("consent.requested", "analytics")
    assert "ann" not in AuditEntry.objects.latest("seq").entry


@pytest.mark.parametrize(
    ("asked", "spoken"), [("de-AT", "de"), ("id", "id"), ("fr", "en"), ("", "en"), ("x" * 99, "en")]
)
def test_the_letter_speaks_the_language_of_the_grant_or_english(asked: str, spoken: str) -> None:
    letter = age_letter(asked, ["News"], "https://example.org/x")
    assert letter.subject == WORDS[spoken].subject
    assert ("- News" in letter.text, "https://example.org/x" in letter.text) == (True, True)
    assert language_spoken(asked) == spoken
