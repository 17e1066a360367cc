"""The layers around the views: pages have sessions and are safe from forgery, the API has neither."""

import pytest
from django.conf import settings
from django.core import checks
from django.http import HttpResponse
from django.test import Client, RequestFactory

from cxprofiles.checks import check_encoding, check_tls
from cxprofiles.middleware import security_headers
from tests.factories.staff import ADMINISTRATOR, make_staff, sign_in

HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")


@pytest.mark.parametrize("path", ["/healthz", "/admin/login/", "/no-such-path"])
@pytest.mark.django_db
def test_every_answer_has_the_security_headers(client: Client, path: str) -> None:
    answer = client.get(path)
    assert [name for name in HEADERS if name not in answer.headers] == []
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_page_refuses_a_form_from_elsewhere() -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a", "password": "b"})
    assert answer.status_code == 403


@pytest.mark.django_db
def test_a_session_counts_on_pages_only(client: Client) -> None:
    sign_in(client, make_staff(ADMINISTRATOR))
    assert client.get("/admin/").status_code == 200
    assert client.get("/v1/sources").status_code == 401
    api = Client().get("/healthz")
    assert (api.status_code, len(api.cookies)) == (200, 0)


def test_static_files_are_served_without_being_collected(client: Client) -> None:
    answer = client.get("/static/admin/css/base.css")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer).startswith(b"/*")


@pytest.mark.parametrize(("behind_tls", "told"), [(False, None), (True, "max-age=31536000")])
def test_whoever_came_over_tls_comes_so_again(
    monkeypatch: pytest.MonkeyPatch, rf: RequestFactory, behind_tls: bool, told: str | None
) -> None:
    monkeypatch.setattr(settings, "BEHIND_TLS", behind_tls)
    answer = security_headers(lambda request: HttpResponse())(rf.get("/backoffice/"))
    assert answer.headers.get("Strict-Transport-Security") == told


@pytest.mark.django_db
def test_no_script_reads_a_cookie_of_signing_in(client: Client) -> None:
    cookie = client.get("/accounts/login/").cookies["csrftoken"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


@pytest.mark.django_db
def test_the_database_must_hold_utf_8() -> None:
    assert check_encoding(None, databases=["default"]) == []
    assert check_encoding(None) == []


def test_an_unprotected_deployment_is_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [found.id for found in check_tls(None)] == ["cxprofiles.W001"]
    monkeypatch.setattr(settings, "BEHIND_TLS", True)
    assert check_tls(None) == []


def test_the_checks_that_the_start_runs_find_nothing() -> None:
    assert checks.run_checks() == []
