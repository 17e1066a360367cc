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


def test_an_address_that_takes_forms_alone_says_so_to_who_opens_it(staff: Staff) -> None:
    answer = staff("steward").get("/backoffice/undo/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "it takes what a form sends" in answer.content.decode()


FLOOD = {f"field{number}": "1" for number in range(2_000)}


@pytest.mark.parametrize("sent", [{"words": "a" * 3_000_000}, FLOOD], ids=["long", "many"])
@pytest.mark.parametrize("path", ["/backoffice/search/", "/accounts/password/change/", "/admin/"])
def test_a_form_that_is_too_large_is_answered_by_a_page(staff: Staff, path: str, sent: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = staff("administrator").cookies
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    answer = client.post(path, sent)
    assert (answer.status_code, answer["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert "more than a form here may hold" in answer.content.decode()
    assert "a" * 50 not in answer.content.decode()


def test_a_part_that_is_refused_is_a_part_and_no_page_within_the_page(staff: Staff) -> None:
    parted = {"HX-Request": "true"}
    client = Client(enforce_csrf_checks=True)
    client.cookies = staff("steward").cookies
    forged = client.post("/backoffice/search/", {"words": "a"}, headers=parted)
    forbidden = staff("auditor").get("/backoffice/people/", headers=parted)
    gone = staff("steward").get("/backoffice/nowhere/", headers=parted)
    assert [answer.status_code for answer in (forged, forbidden, gone)] == [403, 403, 404]
    for answer in (forged, forbidden, gone):
        assert 'role="alert"' in answer.content.decode()
        assert "<html" not in answer.content.decode()


@pytest.mark.parametrize(
    ("around", "led_to"),
    [
        ("http://testserver/backoffice/privacy/?state=open", "/backoffice/privacy/%3Fstate%3Dopen"),
        ("http://elsewhere.example/", "/backoffice/"),
        ("http://[", "/backoffice/"),
        ("", "/backoffice/"),
    ],
)
def test_who_asks_for_a_part_after_the_session_ended_signs_in_and_comes_back_to_the_page(
    around: str, led_to: str
) -> None:
    answer = Client().get("/backoffice/sources/", headers={"HX-Request": "true", "HX-Current-URL": around})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, f"/accounts/login/?next={led_to}")


def test_who_sends_a_form_after_the_session_ended_is_told_that_nothing_was_done_and_comes_back_to_it() -> None:
    client, form = Client(), "http://testserver/backoffice/rules/new/"
    answer = client.post("/backoffice/rules/preview/", {"name": "card"}, headers={"Referer": form})
    assert answer["Location"] == "/accounts/login/?next=/backoffice/rules/new/"
    assert "Nothing was changed: you were no longer signed in." in client.get(answer["Location"]).content.decode()
    assert client.post("/backoffice/rules/preview/")["Location"] == "/accounts/login/?next=/backoffice/"


def test_records_that_a_role_may_not_see_are_refused_by_a_page(staff: Staff) -> None:
    answer = staff("analyst").get("/admin/profiles/source/")
    assert (answer.status_code, answer["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert "Your role does not allow this." in answer.content.decode()


@pytest.mark.parametrize("path", ["/backoffice", "/admin"])
def test_who_types_the_address_without_its_slash_arrives(path: str) -> None:
    assert Client().get(path).headers["Location"] == f"{path}/"


def test_a_refusal_speaks_the_language_of_who_is_refused_and_calls_roles_by_their_names(staff: Staff) -> None:
    client = staff("analyst")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    assert "Diese Rollen erlauben es: Datenschutz, " in client.get("/backoffice/privacy/").content.decode()
    assert "nicht mehr rückgängig" in client.post("/backoffice/undo/", {"token": "x"}).content.decode()
