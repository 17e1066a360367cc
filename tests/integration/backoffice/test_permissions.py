"""The permission matrix: each role on each address of the back office, and on raw records in the admin."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, path

from cxprofiles import permissions
from cxprofiles.backoffice.rights import ROLES, Right
from cxprofiles.middleware import CONTENT_SECURITY_POLICY
from cxprofiles.permissions import Screen, Undeclared, document, raw_records, screens
from tests.factories.staff import ADMINISTRATOR, make_staff, sign_in

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "permissions.md"
METHODS = ("GET", "POST")
VALUES = {"uuid": str(uuid4()), "int": "1", "str": "x", "slug": "x", "path": "x"}


def address(screen: Screen) -> str:
    """The path of a screen, with plausible values for its parts."""
    route = screen.route
    while "<" in route:
        before, _, rest = route.partition("<")
        part, _, after = rest.partition(">")
        route = f"{before}{VALUES[part.partition(':')[0] if ':' in part else 'str']}{after}"
    return f"/{route}"


def answers(client: Client) -> dict[tuple[str, str], Any]:
    """What somebody is answered everywhere."""
    found = {}
    client.raise_request_exception = False
    for screen in screens():
        for method in METHODS:
            answer = client.generic(method, address(screen), content_type="application/x-www-form-urlencoded")
            found[screen.route, method] = answer
    return found


def is_let_in(answer: Any) -> bool:
    """Whether a view was reached: what it found there is another matter."""
    to_the_door = answer.headers.get("Location", "").startswith("/accounts/")
    return answer.status_code < 500 and answer.status_code not in (401, 403) and not to_the_door


def test_the_document_is_what_the_code_says() -> None:
    assert DOCUMENT.read_text() == document(), "run: manage.py show_permissions > docs/permissions.md"


@pytest.mark.django_db
@pytest.mark.parametrize("role", [*ROLES, ADMINISTRATOR])
def test_each_role_opens_what_it_may_and_nothing_else(role: str) -> None:
    found = answers(sign_in(Client(), make_staff(role)))
    for screen in screens():
        for method in METHODS:
            answer = found[screen.route, method]
            told = f"{role}: {method} /{screen.route} answered {answer.status_code}"
            if role == ADMINISTRATOR or screen.is_for(role):
                assert is_let_in(answer), told
            else:
                assert answer.status_code == 403, told


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_no_screen_knows_other_methods(method: str) -> None:
    client = sign_in(Client(), make_staff(ADMINISTRATOR))
    for screen in screens():
        answer = client.generic(method, address(screen), headers={"HX-Request": "true"})
        assert answer.status_code == 405, screen.route
        assert set(answer.headers["Allow"].split(", ")) == {*screen.methods, *(["HEAD"] * ("GET" in screen.methods))}


@pytest.mark.django_db
def test_no_form_is_taken_that_came_from_elsewhere() -> None:
    client = sign_in(Client(enforce_csrf_checks=True), make_staff(ADMINISTRATOR))
    own = [f"/{'/'.join(one)}/" for one in (("admin", "logout"), ("accounts", "logout"), ("accounts", "sessions"))]
    for path_asked in [*own, *(address(screen) for screen in screens())]:
        answer = client.post(path_asked)
        assert answer.status_code == 403, path_asked
        assert "did not come from" in answer.content.decode() or "form" in answer.content.decode()
    assert Client(enforce_csrf_checks=True).post("/accounts/login/").status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["analyst", ADMINISTRATOR])
def test_whatever_is_answered_is_kept_nowhere_and_put_in_no_frame(role: str) -> None:
    client = sign_in(Client(), make_staff(role))
    found = [*answers(client).items(), *((one, client.get(one)) for one in ELSEWHERE)]
    for told, answer in found:
        assert "no-store" in answer.headers["Cache-Control"], told
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, told
        assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff", told
        assert answer.headers["Referrer-Policy"] == "same-origin", told


ELSEWHERE = ("/admin/", "/admin/nothing/", "/accounts/nothing/", "/accounts/2fa/", "/backoffice/nothing/")


@pytest.mark.django_db
@pytest.mark.parametrize("is_staff", [False, True])
def test_whoever_has_no_role_opens_nothing(is_staff: bool) -> None:
    user = make_staff("")
    user.is_staff = is_staff
    user.save()
    assert {answer.status_code for answer in answers(sign_in(Client(), user)).values()} == {403}


@pytest.mark.django_db
def test_strangers_are_sent_to_the_sign_in_page() -> None:
    found = answers(Client())
    assert {answer.status_code for answer in found.values()} == {302}
    assert {answer.headers["Location"].partition("?")[0] for answer in found.values()} == {"/accounts/login/"}


@pytest.mark.django_db
def test_a_password_alone_opens_nothing() -> None:
    client = Client()
    client.force_login(make_staff(ADMINISTRATOR))
    found = answers(client)
    assert {answer.headers.get("Location", "").partition("?")[0] for answer in found.values()} == {"/accounts/2fa/"}


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(ROLES))
def test_raw_records_are_seen_by_those_who_need_them(role: str) -> None:
    user = make_staff(role)
    for model, acts in raw_records().get(role, {}).items():
        user.groups.get().permissions.add(
            *Permission.objects.filter(codename__in=[f"{a}_{model}" for a in acts.split()])
        )
    client = sign_in(Client(), user)
    for app, models in SHOWN.items():
        for model in models:
            allowed = "view" in raw_records().get(role, {}).get(model, "")
            assert (client.get(f"/admin/{app}/{model}/").status_code == 200) is allowed, f"{role}: {model}"
            for page in ("1/change/", "1/history/"):
                seen = client.get(f"/admin/{app}/{model}/{page}").status_code
                assert seen in (302, 403, 200 if allowed else 403), f"{role}: {page} {model}"
            may_change = "change" in raw_records().get(role, {}).get(model, "")
            assert may_change or client.post(f"/admin/{app}/{model}/1/change/", {}).status_code in (302, 403)
            assert client.get(f"/admin/{app}/{model}/1/delete/").status_code in (302, 403), f"{role}: delete {model}"
            assert client.post(f"/admin/{app}/{model}/1/delete/", {"post": "yes"}).status_code in (302, 403)
            may_add = "add" in raw_records().get(role, {}).get(model, "")
            assert may_add or client.get(f"/admin/{app}/{model}/add/").status_code == 403, f"{role}: add {model}"


SHOWN = {
    "cxprofiles": ["apitoken"],
    "consent": ["purpose", "notice", "consentage", "privacyrequest", "privacytask"],
    "profiles": ["source", "identifiertype", "traitrule", "configurationchange"],
}


@pytest.mark.django_db
def test_accounts_and_their_secrets_are_not_in_the_admin() -> None:
    client = sign_in(Client(), make_staff(ADMINISTRATOR))
    for hidden in ("auth/user", "auth/group", "mfa/authenticator", "account/emailaddress", "socialaccount/socialapp"):
        assert client.get(f"/admin/{hidden}/").status_code == 404


@pytest.mark.parametrize(
    "path_asked", ["/admin/", "/admin/login/", "/admin/consent/purpose/", "/admin/password_change/"]
)
@pytest.mark.django_db
def test_the_admin_has_no_door_of_its_own(path_asked: str) -> None:
    answer = Client().post(path_asked, {"username": "root", "password": "x"}, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=%2Fadmin")
    without = Client()
    without.force_login(make_staff(ADMINISTRATOR))
    assert without.get(path_asked, follow=True).redirect_chain[-1][0].startswith("/accounts/2fa/")


def test_a_screen_without_a_right_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Resolver:
        url_patterns: tuple[URLPattern, ...] = (path("backoffice/bare/", lambda request: HttpResponse()),)

    monkeypatch.setattr(permissions, "get_resolver", Resolver)
    with pytest.raises(Undeclared, match="/backoffice/bare/"):
        screens()


def test_people_are_in_no_role() -> None:
    assert [role for role, rights in ROLES.items() if Right.MANAGE_PEOPLE in rights] == []
