"""Keys, secrets, tokens and links are shown once: loading the page again makes none, and shows none."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from consent.models import Recipient
from consent.recipient_writing import RecipientFields
from cxprofiles.backoffice.shown_once import KEPT
from cxprofiles.models import ApiToken
from profiles.models import ConfigurationChange, SourceKey
from profiles.privacy.callers import put_caller
from profiles.recipients import change_recipient
from tests.factories.channels import make_source
from tests.factories.staff import ADMINISTRATOR, make_staff, sign_in
from tests.integration.api.conftest import default_types, unseen_configuration
from tests.integration.backoffice.conftest import Staff

__all__ = ["default_types", "unseen_configuration"]

pytestmark = pytest.mark.django_db
TOKENS, SOURCES, RECIPIENTS = "/backoffice/tokens/", "/backoffice/sources/", "/backoffice/privacy/recipients/"
TILL = {"name": "till", "scopes": ["recognise"]}
SECRET = re.compile(r"(?:cxw_|cxt_|whsec_)[A-Za-z0-9_=+/-]{16,}")


def make_caller() -> str:
    put_caller(protocol="opendsr", name="shop", actor="test")
    return f"{TOKENS}callers/opendsr/shop/token/"


def make_recipient() -> str:
    change_recipient(
        name="crm", fields=RecipientFields(url="https://crm.example/hook", kinds=["erasure"]), actor="test"
    )
    return f"{RECIPIENTS}crm/rotate/"


WAYS: dict[str, tuple[str, Callable[[], str], dict[str, Any]]] = {
    "a token": ("operator", lambda: f"{TOKENS}new/", TILL),
    "the token of a caller": ("operator", make_caller, {"confirm": "shop"}),
    "the key of a source": ("operator", lambda: f"{SOURCES}{make_source().pk}/keys/rotate/", {"overlap": "3600"}),
    "the secret of a recipient": ("privacy_officer", make_recipient, {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_is_shown_by_the_next_page_once(staff: Staff, way: str) -> None:
    role, prepared, form = WAYS[way]
    client, path = staff(role), prepared()
    posted = client.post(path, form)
    assert (posted.status_code, SECRET.search(posted.content.decode())) == (303, None)
    first = client.get(posted["Location"]).content.decode()
    assert SECRET.search(first), way
    changes = ConfigurationChange.objects.count()
    again = client.get(posted["Location"])
    assert (again.status_code, SECRET.search(again.content.decode())) == (200, None)
    assert ConfigurationChange.objects.count() == changes, "loading the page again changed something"


def test_what_waits_in_the_session_is_unreadable_there(staff: Staff) -> None:
    operator = staff("operator")
    operator.post(f"{TOKENS}new/", TILL)
    [sealed] = operator.session[KEPT].values()
    hint = ApiToken.objects.get().hint
    assert hint.encode() not in base64.b64decode(sealed)
    shown = operator.get(f"{TOKENS}made/").content.decode()
    assert hint in shown
    assert operator.session[KEPT] == {}


def test_a_secret_that_nobody_looks_at_is_gone_after_ten_minutes(staff: Staff) -> None:
    operator = staff("operator")
    with time_machine.travel("2026-03-01T09:00:00Z", tick=False) as clock:
        operator.post(f"{TOKENS}new/", TILL)
        clock.shift(timedelta(minutes=10))
        assert not SECRET.search(operator.get(f"{TOKENS}made/").content.decode())


def test_what_was_kept_for_somebody_else_or_is_no_seal_is_not_shown(staff: Staff) -> None:
    operator, other = staff("operator"), staff("operator")
    operator.post(f"{TOKENS}new/", TILL)
    kept = operator.session[KEPT]
    for wrong in (kept, {"token": "x"}, {"token": base64.b64encode(b"\x01" + b"x" * 40).decode()}):
        session = other.session
        session[KEPT] = wrong
        session.save()
        page = other.get(f"{TOKENS}made/")
        assert (page.status_code, SECRET.search(page.content.decode())) == (200, None)


def test_a_head_request_does_not_use_the_showing_up(staff: Staff) -> None:
    operator = staff("operator")
    operator.post(f"{TOKENS}new/", TILL)
    operator.head(f"{TOKENS}made/")
    assert SECRET.search(operator.get(f"{TOKENS}made/").content.decode())


def test_a_link_to_set_a_password_is_shown_once_too(db: None) -> None:
    client = sign_in(Client(), make_staff(ADMINISTRATOR, "ada"))
    form = {"name": "ben", "email": "ben@staff.example", "roles": ["steward"]}
    path = client.post("/backoffice/people/invite/", form)["Location"]
    assert "password/reset/key" in client.get(path).content.decode()
    again = client.get(path).content.decode()
    assert "password/reset/key" not in again
    assert "shown already" in again


def test_an_auditor_opens_no_page_that_shows_secrets(staff: Staff) -> None:
    make_recipient()
    assert Recipient.objects.count() == 1
    assert staff("auditor").get(f"{TOKENS}made/").status_code == 403
    assert staff("auditor").get(f"{RECIPIENTS}crm/secret/").status_code == 403
    assert SourceKey.objects.count() == 0
