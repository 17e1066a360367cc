"""The register of callers, over HTTP and by commands."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from consent.models import Caller as CallerRow
from consent.protocols.x509 import make_pair
from profiles.models import ConfigurationChange
from tests.factories.callers import Caller
from tests.factories.protocols import AGENT_SEED, dsr, key_of

KEY = key_of(AGENT_SEED)


def test_a_caller_is_shown_without_its_token(service: Caller) -> None:
    put = service.put("/v1/privacy/callers/opendsr/acme", {"display_name": "Acme", "callback_hosts": ["a.example"]})
    assert (put.status, put.content["has_token"]) == (200, False)
    rotated = service.post("/v1/privacy/callers/opendsr/acme/rotate")
    assert rotated.status == 201
    shown = service.get("/v1/privacy/callers/opendsr/acme")
    assert (shown.content["display_name"], shown.content["has_token"]) == ("Acme", True)
    assert rotated.content["token"].encode() not in shown.body + service.get("/v1/privacy/callers").body
    told = json.dumps(list(ConfigurationChange.objects.values("subject", "after")))
    assert "caller:opendsr:acme" in told
    assert rotated.content["token"] not in told


def test_a_revoked_caller_is_listed_and_can_be_let_in_again(service: Caller) -> None:
    service.put("/v1/privacy/callers/drp/AA_X", {"verify_key": KEY})
    assert service.post("/v1/privacy/callers/drp/AA_X/revoke").content["revoked_at"]
    [one] = service.get("/v1/privacy/callers").content["items"]
    assert one["revoked_at"]
    assert service.put("/v1/privacy/callers/drp/AA_X", {"verify_key": KEY}).content["revoked_at"] is None


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer"),
    [
        ("drp/AA_X", {}, 422, "/verify_key"),
        ("drp/AA_X", {"verify_key": "x"}, 422, "/verify_key"),
        ("drp/AA_X", {"verify_key": KEY, "certificate": "x"}, 422, "/certificate"),
        ("opendsr/acme", {"verify_key": KEY}, 422, "/verify_key"),
        ("opendsr/acme", {"certificate": "no certificate"}, 422, "/certificate"),
        ("opendsr/acme", {"callback_hosts": ["https://a.example"]}, 422, "/callback_hosts"),
        ("opendsr/acme", {"callback_hosts": ["a.example"] * 21}, 422, "/callback_hosts"),
        ("opendsr/acme", {"callback_hosts": [1]}, 400, "/callback_hosts/0"),
        ("opendsr/a:b", {}, 422, "/name"),
        ("opendsr/token:x", {}, 422, "/name"),
        ("soap/acme", {}, 422, "/protocol"),
        ("opendsr/acme", {"token": "x"}, 400, "/token"),
    ],
)
def test_a_caller_that_cannot_be_is_refused(
    service: Caller, path: str, body: dict[str, Any], status: int, pointer: str
) -> None:
    answered = service.put(f"/v1/privacy/callers/{path}", body)
    assert answered.status == status, answered.body
    assert [error["pointer"] for error in answered.content["errors"]] == [pointer]
    assert not CallerRow.objects.exists()


def test_agents_get_no_token_but_by_key_setup_and_nobody_who_is_not_there(service: Caller) -> None:
    service.put("/v1/privacy/callers/drp/AA_X", {"verify_key": KEY})
    assert service.post("/v1/privacy/callers/drp/AA_X/rotate").status == 422
    assert service.post("/v1/privacy/callers/opendsr/nobody/rotate").status == 404
    assert service.post("/v1/privacy/callers/opendsr/nobody/revoke").status == 404
    assert service.get("/v1/privacy/callers/opendsr/nobody").status == 404


def test_only_administrators_see_the_register() -> None:
    officer = Caller("privacy")
    assert officer.get("/v1/privacy/callers").status == 403
    assert officer.put("/v1/privacy/callers/opendsr/acme", {}).status == 403


def test_the_commands_register_callers(service: Caller, tmp_path: Path) -> None:
    call_command("add_privacy_agent", "AA_X", "--key", KEY, "--callback-host", "agent.example", stdout=StringIO())
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(make_pair("acme.example", now=datetime.now(UTC)).certificate)
    out = StringIO()
    call_command("add_privacy_controller", "acme", "--certificate", str(certificate), "--json", stdout=out)
    token = json.loads(out.getvalue())["token"]
    answered = service.ask("POST", "/v2/requests", dsr(), headers={"Authorization": f"Bearer {token}"})
    assert (answered.status, answered.content["controller_id"]) == (201, "acme")
    assert CallerRow.objects.get(name="AA_X").callback_hosts == ["agent.example"]


def test_the_commands_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="32 bytes"):
        call_command("add_privacy_agent", "AA_X", "--key", "x")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("add_privacy_controller", "acme", "--certificate", str(tmp_path / "nothing"))
    with pytest.raises(CommandError, match="A name is"):
        call_command("add_privacy_controller", "a b")
