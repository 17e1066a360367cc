"""Quarantine, status, metrics, the OpenAPI document and its page."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError
from django.test import Client
from jsonschema import Draft202012Validator

from consent.models import AccessLog
from cxprofiles import __version__
from cxprofiles.api import metrics
from profiles.models import Inbox, Interaction, Quarantine, Source
from tasks import intake
from tests.factories.callers import Caller
from tests.factories.channels import accept, event, tell, work


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The times that a worker was woken; the broker itself is another test's matter."""
    from cxprofiles.api import quarantine

    rung: list[int] = []
    monkeypatch.setattr(quarantine, "ring", lambda: rung.append(1))
    assert callable(intake.ring)
    return rung


def test_the_quarantine_lists_reasons_and_shows_a_body_to_admins_alone(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1"), ["ann.secret@example.org"])
    reader = Caller("profiles:read")
    [listed] = reader.get("/v1/quarantine").content["items"]
    assert (listed["source"], listed["dialect"]) == ("shop", "segment")
    assert listed["reason"] == "The event is not a JSON object."
    path = f"/v1/quarantine/{listed['id']}"
    hidden = reader.get(path)
    assert (hidden.status, hidden.content) == (200, {"item": listed, "body": None, "decision": None})
    assert not AccessLog.objects.exists()
    shown = service.get(path)
    assert json.loads(shown.content["body"]) == ["ann.secret@example.org"]
    row = AccessLog.objects.get()
    assert (str(row.id), row.operation, row.fields, row.profile_id) == (
        shown.content["decision"]["id"],
        "quarantine",
        "body",
        None,
    )
    for answered in (reader.get("/v1/quarantine"), hidden, Caller("admin").get("/v1/quarantine")):
        assert b"ann.secret" not in answered.body
    assert Caller("recognise").get("/v1/quarantine").status == 403


def test_the_quarantine_is_listed_page_by_page(service: Caller, shop: Source) -> None:
    tell(shop, *([number] for number in range(5)))
    first = service.get("/v1/quarantine", limit=3).content
    second = service.get("/v1/quarantine", limit=3, cursor=first["next_cursor"]).content
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert (ids, second["next_cursor"]) == (sorted(Quarantine.objects.values_list("id", flat=True), reverse=True), None)
    assert service.get("/v1/quarantine", cursor="x").status == 400
    for unknown in (10**12, 10**40):
        assert service.get(f"/v1/quarantine/{unknown}").status == 404


def test_an_event_that_can_be_understood_now_is_replayed_out_of_its_batch(
    service: Caller, shop: Source, bell: list[int]
) -> None:
    received = datetime(2026, 1, 5, tzinfo=UTC)
    row = Quarantine.objects.create(
        source=shop,
        received_at=received,
        dialect="segment",
        context={"path_type": "batch"},
        body=json.dumps(event(1, message_id="late", userId="ann-1")).encode(),
        reason="An older version did not understand it.",
    )
    assert Caller("profiles:read").post(f"/v1/quarantine/{row.pk}/replay").status == 403
    answered = service.post(f"/v1/quarantine/{row.pk}/replay")
    assert (answered.status, bell) == (202, [1])
    work()
    assert not Quarantine.objects.exists()
    stored = Interaction.objects.get()
    assert (stored.message_id, stored.received_at) == ("late", received)
    assert service.post(f"/v1/quarantine/{row.pk}/replay").status == 404


@pytest.mark.parametrize("body", [["x"], 5, "{", '{"a": ', "\udcff"])
def test_an_event_that_is_still_not_understood_comes_back_as_it_was(
    service: Caller, shop: Source, bell: list[int], body: Any
) -> None:
    raw = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else json.dumps(body).encode()
    row = Quarantine.objects.create(
        source=shop,
        received_at=datetime.now(UTC),
        dialect="segment",
        context={"path_type": "batch"},
        body=raw,
        reason="?",
    )
    assert service.post(f"/v1/quarantine/{row.pk}/replay").status == 202
    work()
    assert not Inbox.objects.exists()
    again = Quarantine.objects.get()
    assert again.reason != "?"
    assert bell == [1]


def test_status_counts_what_waits_and_needs_no_token(shop: Source) -> None:
    quiet = Client().get("/v1/status")
    assert quiet.json() == {"pending": 0, "quarantined": 0, "oldest_pending_seconds": 0.0, "version": __version__}
    accept(shop, event(1), event(2), received_at=datetime.now(UTC) - timedelta(seconds=90))
    accept(shop, event(3), received_at=datetime.now(UTC) + timedelta(seconds=90))
    tell_quarantined(shop)
    busy = Client().get("/v1/status/").json()
    assert (busy["pending"], busy["quarantined"]) == (3, 1)
    assert 90 <= busy["oldest_pending_seconds"] < 120


def tell_quarantined(shop: Source) -> None:
    Quarantine.objects.create(
        source=shop, received_at=datetime.now(UTC), dialect="segment", body=b"{", reason="Broken."
    )


def test_metrics_have_the_backlog_and_no_personal_data(shop: Source) -> None:
    tell(shop, event(1, userId="ann-secret"))
    accept(shop, event(1, userId="ann-secret"), event(2))
    tell_quarantined(shop)
    text = Client().get("/metrics").content.decode()
    values = dict(re.findall(r"^(cxprofiles_\w+) ([0-9.e+-]+)$", text, re.MULTILINE))
    assert (values["cxprofiles_pending_events"], values["cxprofiles_quarantined_events"]) == ("2.0", "1.0")
    assert values["cxprofiles_database_up"] == "1.0"
    assert "cxprofiles_oldest_pending_seconds" in values
    assert "ann-secret" not in text
    assert "shop" not in text


def test_metrics_answer_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(metrics, "read_backlog", away)
    response = Client().get("/metrics")
    assert response.status_code == 200
    assert b"cxprofiles_database_up 0.0" in response.content


def test_metrics_are_those_of_all_processes_where_they_share_a_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    response = Client().get("/metrics")
    assert response.status_code == 200
    assert b"cxprofiles_database_up 1.0" in response.content


def document() -> dict[str, Any]:
    response = Client().get("/v1/openapi.json")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    found: dict[str, Any] = response.json()
    return found


CONTRACT = {
    "/v1/batch": {"post"},
    "/v1/cloudevents": {"post"},
    "/v1/projects/{write_key}/settings": {"get"},
    "/sourceConfig": {"get"},
    "/v1/recognise": {"post"},
    "/v1/recognise/batch": {"post"},
    "/v1/profiles/{profile_id}": {"get"},
    "/v1/profiles/{profile_id}/timeline": {"get"},
    "/v1/profiles/{profile_id}/identity": {"get"},
    "/v1/profiles/{profile_id}/consents": {"get"},
    "/v1/profiles/lookup": {"post"},
    "/v1/consents": {"post"},
    "/v1/consents/check": {"post"},
    "/v1/consents/check/batch": {"post"},
    "/v1/consents/signals": {"post"},
    "/v1/identity/explain": {"post"},
    "/v1/identity/decisions": {"get", "post"},
    "/v1/identity/decisions/{decision_id}": {"get", "delete"},
    "/v1/identity/types": {"get"},
    "/v1/identity/types/{name}": {"get", "put"},
    "/v1/identity/types/{name}/preview": {"post"},
    "/v1/traits/{name}": {"get", "put"},
    "/v1/consent/purposes": {"get"},
    "/v1/consent/purposes/{key}": {"get", "put"},
    "/v1/consent/notices": {"get"},
    "/v1/consent/notices/{key}/{version}": {"get", "put"},
    "/v1/consent/ages": {"get"},
    "/v1/consent/ages/{country}": {"get", "put"},
    "/v1/quarantine": {"get"},
    "/v1/quarantine/{number}/replay": {"post"},
    "/v1/sources": {"get", "post"},
    "/v1/tokens": {"get", "post"},
    "/v1/status": {"get"},
    "/healthz": {"get"},
    "/readyz": {"get"},
    "/metrics": {"get"},
}


def test_the_document_describes_every_path_once() -> None:
    paths = document()["paths"]
    for path, methods in CONTRACT.items():
        assert set(paths[path]) == methods, path
    assert not [path for path in paths if path.endswith("/")]
    ids = [operation["operationId"] for operations in paths.values() for operation in operations.values()]
    assert len(ids) == len(set(ids))


def test_every_reference_of_the_document_leads_somewhere() -> None:
    whole = document()
    assert whole["openapi"].startswith("3.1")
    references = set(re.findall(r'"\$ref": ?"([^"]+)"', json.dumps(whole)))
    assert references
    for reference in references:
        found: Any = whole
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    for schema in whole["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def check_shape(answered: Any, path: str, method: str) -> None:
    """An answer is of the shape that the document states for its status."""
    whole = document()
    operation = whole["paths"][path][method]
    schema = operation["responses"][str(answered.status)]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": whole["components"]})
    assert [error.message for error in validator.iter_errors(answered.content)] == []


def test_answers_are_of_the_shape_that_the_document_states(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", context={"traits": {"email": "ann@example.org", "city": "Ulm"}}))
    tell(shop, event(2, userId="bob-1", context={"traits": {"email": "ann@example.org"}}), ["odd"])
    ann, bob = {"type": "user_id", "value": "ann-1"}, {"type": "user_id", "value": "bob-1"}
    looked_up = service.post("/v1/profiles/lookup", {"identifier": ann, "purpose": "service"})
    check_shape(looked_up, "/v1/profiles/lookup", "post")
    born = looked_up.content["profile_id"]
    for part in ("", "/timeline", "/identity", "/consents"):
        answered = service.get(f"/v1/profiles/{born}{part}", purpose="service")
        check_shape(answered, f"/v1/profiles/{{profile_id}}{part}", "get")
    check_shape(service.post("/v1/identity/explain", {"a": ann, "b": bob}), "/v1/identity/explain", "post")
    decided = service.post("/v1/identity/decisions", {"a": ann, "b": bob, "verdict": "different", "reason": "r"})
    check_shape(decided, "/v1/identity/decisions", "post")
    one = service.get(f"/v1/identity/decisions/{decided.content['id']}")
    check_shape(one, "/v1/identity/decisions/{decision_id}", "get")
    for path in ("/v1/identity/decisions", "/v1/identity/types", "/v1/traits", "/v1/quarantine", "/v1/sources"):
        check_shape(service.get(path), path, "get")
    for path in ("/v1/consent/purposes", "/v1/consent/notices", "/v1/consent/ages"):
        check_shape(service.get(path), path, "get")
    check_shape(service.get("/v1/consent/purposes/ads.sale_share"), "/v1/consent/purposes/{key}", "get")
    notice = {"language": "en", "text": "We write.", "terms": {"pii_controllers": ["Shop"]}}
    check_shape(service.put("/v1/consent/notices/news/1", notice), "/v1/consent/notices/{key}/{version}", "put")
    act = {
        "identifiers": [ann],
        "decisions": [{"purpose": "ads", "state": "granted"}],
        "proof": {"method": "double_opt_in"},
    }
    check_shape(service.post("/v1/consents", act), "/v1/consents", "post")
    consents = service.get(f"/v1/profiles/{born}/consents", explain="1")
    check_shape(consents, "/v1/profiles/{profile_id}/consents", "get")
    asked = {"identifiers": [ann], "purposes": ["ads"], "recipients": {"mail": ["ads"]}, "event": {"context": {}}}
    check_shape(service.post("/v1/consents/check", asked), "/v1/consents/check", "post")
    many = {"purpose": "ads", "subjects": [{"identifiers": [ann]}]}
    check_shape(service.post("/v1/consents/check/batch", many), "/v1/consents/check/batch", "post")
    check_shape(service.post("/v1/consents/signals", {"gpp": "DBABBg~BUUAAACA.YA"}), "/v1/consents/signals", "post")
    check_shape(service.get("/v1/consent/ages/DE"), "/v1/consent/ages/{country}", "get")
    check_shape(service.get("/v1/tokens"), "/v1/tokens", "get")
    check_shape(service.get("/v1/status"), "/v1/status", "get")
    check_shape(service.get("/v1/traits/city"), "/v1/traits/{name}", "get")
    email = service.get("/v1/identity/types/email")
    check_shape(email, "/v1/identity/types/{name}", "get")
    check_shape(
        service.post("/v1/identity/types/email/preview", email.content), "/v1/identity/types/{name}/preview", "post"
    )
    problem = service.get("/v1/profiles/lookup")
    validator = Draft202012Validator(
        {"$ref": "#/components/schemas/ProblemDetails", "components": document()["components"]}
    )
    assert [error.message for error in validator.iter_errors(problem.content)] == []


def test_the_page_works_under_the_content_security_policy() -> None:
    page = Client().get("/v1/docs")
    assert page.status_code == 200
    text = page.content.decode()
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son\w+=|\sstyle=", text)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    [script] = re.findall(r'src="(/v1/docs[^"]*)"', text)
    code = Client().get(script.replace("&amp;", "&"))
    assert code.headers["Content-Type"].startswith("application/javascript")
    assert b"/v1/openapi.json" in code.content
    for asset in re.findall(r'(?:src|href)="(/static/[^"]+)"', text):
        assert finders.find(asset.removeprefix("/static/")), asset
