"""What people are given of their data, to whom they learn that it went, and what others were told."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from time_machine import travel

from cxprofiles.doors.access import buffer
from tests.integration.cases.requests import Officer, read_json
from tests.integration.cases.service import Json, Service, content, email, track, user

ANN, ANNS_MAIL = user("ann"), email("ann@example.org")


@pytest.fixture
def officer(service: Service) -> Officer:
    """Ann, of whom something is given, observed and worked out; Ben, who is somebody else."""
    service.tell(
        track(userId="ben", context={"traits": {"email": "ben@example.org"}}),
        {"type": "identify", "userId": "ann", "traits": {"email": "ann@example.org", "city": "=2+5", "score": 0.9}},
        track(userId="ann", event="Order Completed", properties={"revenue": 12, "note": "for ben@example.org"}),
    )
    return Officer(service)


def tables(files: dict[str, bytes]) -> dict[str, list[dict[str, str]]]:
    """The CSV files of a package, by their names."""
    found = {}
    for path, body in files.items():
        if path.endswith(".csv"):
            found[path.rpartition("/")[2]] = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    return found


def test_a_package_is_fetched_once_and_not_after_its_week(officer: Officer) -> None:
    ended = officer.done("access", ANN)
    assert officer.fetch(ended)
    assert officer.move(ended, "package").status == 410
    assert officer.read(ended)["package"]["fetched_at"] is not None
    other = officer.done("portability", ANN)
    with travel(datetime.now(UTC) + timedelta(days=8), tick=False):
        assert officer.move(other, "package").status == 410


def test_there_is_no_package_before_the_work_is_done_nor_of_another_type(officer: Officer) -> None:
    assert officer.move(officer.make("access", ANN), "package").status == 404
    assert officer.move(officer.done("opt_out_sale_share", ANN), "package").status == 404


def test_nobody_without_the_scope_fetches_a_package(officer: Officer) -> None:
    ended = officer.done("access", ANN)
    reader = Officer(officer.service.with_scopes("profiles:read", "recognise"))
    assert reader.move(ended, "package").status == 403
    assert officer.fetch(ended)


def test_access_tells_purposes_recipients_retention_sources_and_logic(officer: Officer) -> None:
    body = {"title": "Mailer", "url": "https://mailer.example/hook", "kinds": ["erasure"]}
    content(officer.service.ask("PUT", "/v1/privacy/recipients/mailer", body))
    profile = read_json(officer.package("access", ANN), "profile.json")
    words = json.dumps(profile)
    assert {"purposes", "recipients", "retention", "sources", "logic"} <= profile.keys()
    assert "Mailer" in words
    assert "legal_basis" in words


def test_portability_lacks_what_was_worked_out_and_both_can_be_read_by_machines(officer: Officer) -> None:
    access, portable = officer.package("access", ANN), officer.package("portability", ANN)
    for files in (access, portable):
        assert all(json.loads(body) is not None for path, body in files.items() if path.endswith(".json"))
        assert tables(files)
    assert "score" in {row["name"] for row in tables(access)["traits.csv"]}
    assert {row["name"] for row in tables(portable)["traits.csv"]} >= {"city"}
    assert "score" not in {row["name"] for row in tables(portable)["traits.csv"]}
    assert not [path for path, body in portable.items() if b"score" in body]
    assert any(path.endswith("letter.pdf") and body.startswith(b"%PDF") for path, body in access.items())


def test_no_cell_is_a_formula_and_nobody_else_is_in_it(officer: Officer) -> None:
    files = officer.package("access", ANN)
    cells = [cell for rows in tables(files).values() for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert any("=2+5" in cell for cell in cells)
    everything = b"".join(files.values())
    assert (b"ben@example.org" in everything, b"ann@example.org" in everything) == (False, True)


def test_who_read_their_data_is_told_with_what_for(officer: Officer) -> None:
    officer.service.recognise(ANN, purpose="service")
    buffer.flush()  # the door writes what it noted beside its answers
    rows = tables(officer.package("access", ANN))["accesses.csv"]
    assert any(row["purpose"] == "service" and row["operation"] == "recognise" for row in rows)


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("erasure", None),
        ("rectification", {"traits": {"city": "Ulm"}}),
        ("restriction", None),
        ("opt_out_sale_share", None),
        ("limit_sensitive", None),
        ("withdraw_consent", None),
        ("objection", None),
    ],
)
def test_each_recipient_is_told_once_and_the_request_says_so(officer: Officer, kind: str, details: Any) -> None:
    for name in ("crm", "esp", "ads"):
        body = {"title": name.upper(), "url": f"https://{name}.example/hook"}
        content(officer.service.ask("PUT", f"/v1/privacy/recipients/{name}", body))
    ended = officer.done(kind, ANN, details=details)
    assert ended["state"] == "completed", ended
    assert sorted(one["recipient"] for one in ended["recipients"]) == ["ads", "crm", "esp"]
    assert {one["state"] for one in ended["recipients"]} == {"pending"}


def test_nobody_is_told_of_access(officer: Officer) -> None:
    content(officer.service.ask("PUT", "/v1/privacy/recipients/crm", {"url": "https://crm.example/hook"}))
    assert officer.done("access", ANN)["recipients"] == []


def test_a_plan_counts_by_group_and_changes_nothing(officer: Officer) -> None:
    body = {"identifiers": [{"type": "user_id", "value": "ann"}]}
    plan: Json = content(officer.service.ask("POST", "/v1/privacy/plan", body))
    words = json.dumps(plan)
    assert "itself" in words and "interaction" in words
    assert "ann@example.org" not in words
    assert officer.service.recognise(ANN)["status"] == "known"


def test_a_hold_keeps_its_fields_and_ends_by_itself(officer: Officer) -> None:
    from consent.models import HeldRecord

    hold = {"basis": "§ 147 AO", "events": ["Order Completed"], "fields": ["properties.revenue"], "keep_for": "P10Y"}
    content(officer.service.ask("PUT", "/v1/privacy/holds/tax", hold))
    ended = officer.done("erasure", ANN)
    try:
        assert ended["state"] == "completed"
        assert [row.content for row in HeldRecord.objects.all()] == [{"properties.revenue": 12}]
        assert sum(store["kept"] for store in ended["stores"]) >= 1
    finally:
        HeldRecord.objects.all().delete()
        officer.service.ask("DELETE", "/v1/privacy/holds/tax")


@pytest.mark.parametrize(("regulation", "shown"), [("ccpa", False), ("gdpr", True)])
@pytest.mark.parametrize("kind", ["access", "portability"])
def test_by_californian_rules_numbers_that_open_doors_are_told_of_and_not_shown(
    officer: Officer, kind: str, regulation: str, shown: bool
) -> None:
    officer.service.tell({"type": "identify", "userId": "ann", "traits": {"ssn": "XY-Z12-34", "city": "Fresno"}})
    ended = officer.done(kind, ANN, regulation=regulation)
    files = officer.fetch(ended)
    everything = b"".join(files.values())
    assert (b"XY-Z12-34" in everything) is shown
    assert b"Fresno" in everything
    values = [row["value"] for row in tables(files)["traits.csv"] if row["name"] == "ssn"]
    assert ("7024(d)" in values[0]) is not shown


def test_who_names_a_family_mailbox_beside_their_account_gets_their_own_data_alone(officer: Officer) -> None:
    members = [f"member-{n}" for n in range(6)]
    mailbox = email("family@example.org")
    for one in members:
        officer.service.tell(track(userId=one, context={"traits": {"email": mailbox[1], "city": f"Home of {one}"}}))
    ended = officer.done("access", user(members[1]), mailbox)
    assert (ended["state"], {gap["group"] for gap in ended["gaps"]}) == ("partially_completed", {"shared"})
    everything = b"".join(officer.fetch(ended).values())
    assert [one for one in members if f"Home of {one}".encode() in everything] == [members[1]]
    alone = officer.done("access", mailbox)
    assert (alone["state"], alone["package"]) == ("partially_completed", None)
