"""Organisations are let in by a form: controllers with a token that is shown once, agents with their key."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from consent.callers import DRP, OPENDSR, find_by_token, read_caller
from consent.models import Caller
from consent.protocols.x509 import make_pair
from profiles.credentials import digest_of
from profiles.models import ConfigurationChange
from profiles.privacy.callers import end_caller, put_caller

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]
NEW = "/backoffice/tokens/callers/new/"
SHOP = {
    "protocol": OPENDSR,
    "name": "shop.example",
    "display_name": "The shop",
    "hosts": "privacy.shop.example, b.example",
}
KEY = "ab" * 32
AGENT = {"protocol": DRP, "name": "AGENT_1", "verify_key": KEY}


def test_a_controller_is_let_in_and_its_token_is_shown_once(staff: Staff) -> None:
    operator = staff("operator")
    posted = operator.post(NEW, SHOP)
    assert posted.status_code == 303
    page = operator.get(posted["Location"]).content.decode()
    token = page.split('<code class="secret">')[1].split("<")[0]
    found = find_by_token(OPENDSR, digest_of(token))
    assert found is not None
    assert (found.name, found.display_name) == ("shop.example", "The shop")
    assert list(found.callback_hosts) == ["privacy.shop.example", "b.example"]
    assert token not in operator.get(posted["Location"]).content.decode()
    actors = set(ConfigurationChange.objects.values_list("actor", flat=True))
    assert all(actor.startswith("staff:") for actor in actors)


def test_a_processor_is_let_in_with_its_certificate(staff: Staff) -> None:
    pem = make_pair("shop.example", now=datetime.now(UTC)).certificate.decode()
    assert staff("operator").post(NEW, SHOP | {"certificate": pem}).status_code == 303
    assert "BEGIN CERTIFICATE" in read_caller(OPENDSR, "shop.example").certificate


def test_an_agent_is_let_in_by_its_key_and_gets_its_token_itself(staff: Staff) -> None:
    page = staff("operator").post(NEW, AGENT, follow=True).content.decode()
    assert "by key setup" in page
    assert 'class="secret"' not in page
    assert read_caller(DRP, "AGENT_1").has_token is False


def test_who_was_switched_off_is_let_in_again(staff: Staff) -> None:
    put_caller(protocol=OPENDSR, name="shop.example", actor="test")
    end_caller(protocol=OPENDSR, name="shop.example", actor="test")
    assert staff("operator").post(NEW, SHOP).status_code == 303
    assert read_caller(OPENDSR, "shop.example").revoked_at is None


@pytest.mark.parametrize(
    ("form", "field", "said"),
    [
        (SHOP | {"name": ""}, "name", "1 to 100 letters"),
        (SHOP | {"name": "taken"}, "name", "let in already"),
        (SHOP | {"name": "a/b"}, "name", "1 to 100 letters"),
        (SHOP | {"name": "a\x00"}, "name", "cannot be stored"),
        (SHOP | {"display_name": "a\x00"}, "display_name", "cannot be stored"),
        (SHOP | {"name": "x" * 1_000_000}, "name", "too long"),
        (SHOP | {"display_name": "x" * 201}, "display_name", "too long"),
        (SHOP | {"hosts": "https://shop.example:443"}, "hosts", "without a port"),
        (SHOP | {"hosts": " ".join(f"h{n}.example" for n in range(21))}, "hosts", "up to 20"),
        (SHOP | {"verify_key": KEY}, "verify_key", "Leave it empty"),
        (SHOP | {"certificate": "nonsense"}, "certificate", "no X.509 certificate"),
        (SHOP | {"certificate": "-----BEGIN CERTIFICATE-----\nü"}, "certificate", "no X.509 certificate"),
        (SHOP | {"protocol": "smtp"}, "protocol", "Choose the protocol"),
        (AGENT | {"verify_key": ""}, "verify_key", "Ed25519"),
        (AGENT | {"verify_key": "short"}, "verify_key", "Ed25519"),
        (AGENT | {"verify_key": "ü"}, "verify_key", "Ed25519"),
        (AGENT | {"certificate": "x"}, "certificate", "Leave it empty"),
        ({}, "protocol", "Choose the protocol"),
    ],
)
def test_what_no_caller_can_be_is_refused_at_its_field(
    staff: Staff, form: dict[str, Any], field: str, said: str
) -> None:
    put_caller(protocol=OPENDSR, name="taken", actor="test")
    answer = staff("operator").post(NEW, form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page.split(f'id="wrong-{field}"')[1].split("</p>")[0]
    assert Caller.objects.count() == 1


@pytest.mark.parametrize("role", ["auditor", "steward", "privacy_officer"])
def test_only_who_changes_tokens_lets_somebody_in(staff: Staff, role: str) -> None:
    assert staff(role).get(NEW).status_code == 403
    assert staff(role).post(NEW, SHOP).status_code == 403
    assert Caller.objects.count() == 0
