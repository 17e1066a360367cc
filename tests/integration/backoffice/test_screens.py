"""What all screens share: who is let in, and what is said to those who are not."""

import json
from collections.abc import Callable

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client

from cxprofiles.backoffice import undo
from cxprofiles.backoffice.rights import MEANINGS, ROLES, Right
from cxprofiles.backoffice.screens import own_path
from tests.factories.staff import make_staff, sign_in

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]


def test_a_stranger_is_sent_to_the_login_and_back() -> None:
    answer = Client().get("/backoffice/nowhere/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/backoffice/nowhere/")


def test_who_has_shown_no_second_factor_is_sent_to_it() -> None:
    client = Client()
    client.force_login(make_staff("steward"), backend=settings.AUTHENTICATION_BACKENDS[0])
    answer = client.get("/backoffice/nowhere/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/?next=/backoffice/nowhere/")


def test_who_has_no_role_is_told_so() -> None:
    user = make_staff("")
    user.is_staff = False
    user.save()
    answer = sign_in(Client(), user).get("/backoffice/nowhere/")
    assert answer.status_code == 403
    assert "nobody has given you a role" in answer.content.decode()


def test_an_address_that_leads_nowhere_is_a_page(staff: Staff) -> None:
    answer = staff("steward").get("/backoffice/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_every_right_has_a_meaning_and_every_role_some_rights() -> None:
    assert set(MEANINGS) == set(Right)
    assert all(ROLES.values())
    assert Right.MANAGE_PEOPLE not in set().union(*ROLES.values())


@pytest.mark.parametrize(
    ("path", "led_to"),
    [
        ("/backoffice/work/?kind=links", "/backoffice/work/?kind=links"),
        ("https://elsewhere.example/", "/backoffice/"),
        ("//elsewhere.example/", "/backoffice/"),
        ("/backoffice//elsewhere.example", "/backoffice/"),
        ("/backoffice/../admin/", "/backoffice/"),
        ("/backoffice/\r\nSet-Cookie: a=b", "/backoffice/"),
        ("javascript:alert(1)", "/backoffice/"),
    ],
)
def test_a_way_back_leads_into_the_back_office_alone(path: str, led_to: str) -> None:
    assert own_path(path) == led_to


def test_an_undo_of_somebody_else_is_refused(staff: Staff) -> None:
    token = signing.dumps({"kind": "decisions", "ids": ["x"], "user": 0}, salt=undo.SALT, compress=True)
    answer = staff("steward").post("/backoffice/undo/", {"token": token})
    assert answer.status_code == 409
    assert "can no longer be undone" in answer.content.decode()


@pytest.mark.parametrize("token", ["", "x", "\x00", "e30:1:x", json.dumps({"kind": "decisions"}), "é" * 5000])
def test_a_made_up_undo_is_refused(staff: Staff, token: str) -> None:
    assert staff("steward").post("/backoffice/undo/", {"token": token}).status_code == 409
