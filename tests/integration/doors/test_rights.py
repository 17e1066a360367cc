"""Rights, from the request to the doors: what somebody asks for is in force for the very next question."""

import io
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest

from profiles.privacy.executing import execute_due
from profiles.privacy.packaging import open_package, package_token
from tests.integration.doors.client import Ask, bearer, make_token, tell

ANN = {
    "type": "identify",
    "userId": "ann",
    "messageId": "m-1",
    "traits": {"email": "ann@example.org", "city": "Bonn"},
    "context": {"consent": {"categoryPreferences": {"marketing": True, "ads.sale_share": True}}},
}
ADDRESS = {"type": "email", "value": "ann@example.org"}


@pytest.fixture
def officer(ask: Ask) -> str:
    return make_token(scopes=("privacy", "recognise", "profiles:read"))


def request(ask: Ask, officer: str, kind: str, **details: Any) -> Any:
    """A request of somebody who was seen to hold the address."""
    body = {"type": kind, "identifiers": [ADDRESS], "identity": {"level": "verified"}, "region": "DE"}
    if details:
        body["details"] = details
    answered = ask("POST", "/v1/privacy/requests", body, {**bearer(officer), "Content-Type": "application/json"})
    assert answered.status == 201, answered.body
    return answered.content


def recognise(ask: Ask, officer: str, purpose: str) -> Any:
    return ask("POST", "/v1/recognise", {"identifiers": [ADDRESS], "purpose": purpose}, bearer(officer)).content


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [
        ("restriction", "service"),
        ("objection", "marketing"),
        ("opt_out_sale_share", "ads.sale_share"),
        ("withdraw_consent", "marketing"),
    ],
)
def test_the_next_question_meets_what_was_chosen(
    ask: Ask, server_key: str, officer: str, kind: str, purpose: str
) -> None:
    tell(server_key, ANN)
    assert recognise(ask, officer, purpose)["status"] == "known"
    assert request(ask, officer, kind)["state"] == "completed"
    assert recognise(ask, officer, purpose)["status"] == "withheld"


def test_the_next_question_meets_what_was_corrected(ask: Ask, server_key: str, officer: str) -> None:
    tell(server_key, ANN)
    made = request(ask, officer, "rectification", traits={"city": "Ulm"})
    assert made["state"] == "completed"
    assert recognise(ask, officer, "service")["traits"]["city"] == "Ulm"
    tell(server_key, {**ANN, "messageId": "m-2", "timestamp": datetime.now(UTC).isoformat()})
    assert recognise(ask, officer, "service")["traits"]["city"] == "Ulm"


def test_a_package_is_made_by_the_worker_and_is_about_the_one_who_asked(
    ask: Ask, server_key: str, officer: str
) -> None:
    ben = {"type": "identify", "userId": "ben", "messageId": "m-9", "traits": {"email": "ben@example.org"}}
    tell(server_key, ANN)
    tell(server_key, ben)
    made = request(ask, officer, "access")
    execute_due(datetime.now(UTC))
    shown = ask("GET", f"/v1/privacy/requests/{made['id']}", b"", bearer(officer)).content
    assert shown["state"] == "completed", shown
    content = b"".join(open_package(package_token(UUID(made["id"])), now=datetime.now(UTC)))
    with ZipFile(io.BytesIO(content)) as archive:
        profile = json.loads(archive.read("profile.json"))
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert profile["traits"]["city"]["value"] == "Bonn"
    assert b"ben@example.org" not in whole
