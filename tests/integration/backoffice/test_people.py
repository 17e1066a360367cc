"""People and roles: invited, changed, let go; nobody locks everybody out, and each change is recorded."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.test import Client

from cxprofiles.backoffice.rights import ROLES, Right
from cxprofiles.backoffice.staff_rights import rights_of
from cxprofiles.models import StaffSignIn
from cxprofiles.staff.accounts import NoSuchPerson, PersonRefused, change_roles, deactivate_person, invite_person
from profiles.models import ConfigurationChange
from tests.factories.staff import ADMINISTRATOR, make_staff, sign_in

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]
LIST = "/backoffice/people/"
PASSWORD = "three plain words more"


@pytest.fixture
def administrator() -> User:
    return make_staff(ADMINISTRATOR, "ada")


@pytest.fixture
def client(administrator: User) -> Client:
    return sign_in(Client(), administrator)


def recorded(name: str) -> list[tuple[str, Any, Any]]:
    found = ConfigurationChange.objects.filter(subject=f"person:{name}").order_by("id")
    return list(found.values_list("actor", "before", "after"))


def invite(client: Client, **fields: Any) -> Any:
    form = {"name": "ben", "email": "ben@staff.example", "roles": ["steward"], **fields}
    return client.post(f"{LIST}invite/", form, follow=True)


def link_in(answer: Any) -> str:
    return str(answer.content.decode().split('id="link">')[1].split("<")[0])


def test_somebody_is_invited_and_sets_a_password_by_the_link_once(client: Client, administrator: User) -> None:
    answer = invite(client)
    assert answer.status_code == 200
    link = link_in(answer)
    assert link.startswith("http://testserver/accounts/password/reset/key/")
    assert [message.to for message in mail.outbox] == [["ben@staff.example"]]
    assert link in mail.outbox[0].body
    ben = User.objects.get(username="ben")
    assert (ben.has_usable_password(), ben.is_superuser, [g.name for g in ben.groups.all()]) == (
        False,
        False,
        ["steward"],
    )
    after = {"roles": ["steward"], "administrator": False, "active": True}
    assert recorded("ben") == [(f"staff:{administrator.pk}", None, after)]
    stranger = Client()
    form = stranger.get(link, follow=True)
    stranger.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    ben.refresh_from_db()
    assert ben.check_password(PASSWORD)
    assert "This link has ended" in Client().get(link, follow=True).content.decode()


def test_an_invitation_that_cannot_be_mailed_says_so(client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = invite(client)
    assert answer.status_code == 200
    assert "not mailed" in answer.content.decode()
    assert "/accounts/password/reset/key/" in link_in(answer)


def test_a_link_leads_to_the_public_address(client: Client, settings: Any) -> None:
    settings.PUBLIC_URL = "https://profiles.example.org"
    assert link_in(invite(client)).startswith("https://profiles.example.org/accounts/")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "b e n"}, "A user name is"),
        ({"name": "ben@staff.example"}, "A user name is"),
        ({"name": "x" * 151}, "A user name is"),
        ({"name": "ADA"}, "Somebody has this user name already."),
        ({"email": "ben"}, "no address"),
        ({"email": "Ada@Staff.Example"}, "Somebody has this address already."),
        ({"email": "ben@staff.example\nBcc: all@staff.example"}, "no address"),
        ({"roles": []}, "at least one role"),
        ({"roles": ["king"]}, "There is no such role."),
        ({"roles": ["steward", "administrator", "\x00"]}, "There is no such role."),
        ({"name": "\x00"}, "characters that cannot be stored"),
        ({"name": "n" * 1_000_000}, "too long"),
        ({"name": ""}, "A user name is"),
    ],
)
def test_a_wrong_invitation_is_refused_in_a_sentence(client: Client, fields: dict[str, Any], sentence: str) -> None:
    answer = invite(client, **fields)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert User.objects.count() == 1
    assert mail.outbox == []


def test_roles_are_changed_at_once_and_taken_back(client: Client, administrator: User) -> None:
    ben = make_staff("steward", "ben")
    path = f"{LIST}{ben.pk}/"
    answer = client.post(f"{path}roles/", {"roles": ["auditor", "analyst"]}, follow=True)
    assert {group.name for group in ben.groups.all()} == {"auditor", "analyst"}
    assert Right.DECIDE not in rights_of(User.objects.get(pk=ben.pk))
    assert recorded("ben")[0][1:] == (
        {"roles": ["steward"], "administrator": False, "active": True},
        {"roles": ["analyst", "auditor"], "administrator": False, "active": True},
    )
    token = answer.content.decode().split('name="token" value="')[1].split('"')[0]
    assert client.post("/backoffice/undo/", {"token": token}).status_code == 303
    assert [group.name for group in ben.groups.all()] == ["steward"]


def test_roles_that_somebody_changed_meanwhile_are_not_overwritten(client: Client) -> None:
    ben = make_staff("steward", "ben")
    path = f"{LIST}{ben.pk}/"
    assert 'name="seen" value="steward"' in client.get(path).content.decode()
    change_roles(user_id=ben.pk, roles=["auditor"], administrator=False, actor="command:test")
    answer = client.post(f"{path}roles/", {"roles": ["steward", "analyst"], "seen": "steward"})
    assert answer.status_code == 422
    assert "Somebody changed what this person may do meanwhile" in answer.content.decode()
    assert 'name="seen" value="auditor"' in answer.content.decode()
    assert [group.name for group in ben.groups.all()] == ["auditor"]


def test_undo_gives_no_roles_back_that_somebody_took_away_since(client: Client) -> None:
    ben = make_staff(ADMINISTRATOR, "ben")
    page = client.post(f"{LIST}{ben.pk}/roles/", {"roles": ["steward"]}, follow=True).content.decode()
    change_roles(user_id=ben.pk, roles=["auditor"], administrator=False, actor="command:test")
    token = page.split('name="token" value="')[1].split('"')[0]
    assert client.post("/backoffice/undo/", {"token": token}).status_code == 409
    ben.refresh_from_db()
    assert (ben.is_superuser, [group.name for group in ben.groups.all()]) == (False, ["auditor"])


def test_other_groups_of_a_person_stay(client: Client) -> None:
    ben = make_staff("steward", "ben")
    ben.groups.create(name="print room")
    client.post(f"{LIST}{ben.pk}/roles/", {"roles": ["analyst"]})
    assert {group.name for group in ben.groups.all()} == {"analyst", "print room"}


def test_a_deactivated_person_is_out_at_once_and_may_be_let_in_again(client: Client) -> None:
    ben = make_staff("steward", "ben")
    theirs = sign_in(Client(), ben)
    assert theirs.get("/backoffice/preferences/").status_code == 200
    assert client.post(f"{LIST}{ben.pk}/deactivate/").status_code == 303
    assert theirs.get("/backoffice/preferences/").status_code == 302
    page = client.get(f"{LIST}{ben.pk}/").content.decode()
    assert "deactivated" in page and "Undo" in page
    assert client.post(f"{LIST}{ben.pk}/reactivate/").status_code == 303
    ben.refresh_from_db()
    assert (ben.is_active, [group.name for group in ben.groups.all()]) == (True, ["steward"])


def test_a_second_factor_is_taken_away_once_the_name_was_typed(client: Client) -> None:
    ben = make_staff("steward", "ben")
    Authenticator.objects.create(user=ben, type="totp", data={"secret": "x"})
    Authenticator.objects.create(user=ben, type="recovery_codes", data={"seed": "x"})
    path = f"{LIST}{ben.pk}/second-factor/"
    answer = client.post(path, {"confirm": "bob"})
    assert answer.status_code == 422
    assert "This is not the user name." in answer.content.decode()
    assert Authenticator.objects.filter(user=ben).count() == 2
    assert client.post(path, {"confirm": "ben"}).status_code == 303
    assert not Authenticator.objects.filter(user=ben).exists()
    assert recorded("ben")[-1][1:] == ({"second_factor": ["recovery_codes", "totp"]}, {"second_factor": None})


@pytest.mark.parametrize("act", ["roles", "deactivate", "reactivate", "second-factor", "sessions"])
def test_nobody_changes_their_own_account(client: Client, administrator: User, act: str) -> None:
    answer = client.post(f"{LIST}{administrator.pk}/{act}/", {"roles": ["steward"], "confirm": "ada"})
    assert answer.status_code in (409, 422)
    assert "Nobody changes their own roles" in answer.content.decode()
    administrator.refresh_from_db()
    assert administrator.is_superuser and administrator.is_active


def test_the_last_administrator_stays() -> None:
    ada, bea = make_staff(ADMINISTRATOR, "ada"), make_staff(ADMINISTRATOR, "bea")
    deactivate_person(user_id=bea.pk, actor=f"staff:{ada.pk}")
    with pytest.raises(PersonRefused, match="last active administrator"):
        change_roles(user_id=ada.pk, roles=["steward"], administrator=False, actor="command:test")
    with pytest.raises(PersonRefused, match="last active administrator"):
        deactivate_person(user_id=ada.pk, actor=f"staff:{bea.pk}")
    assert [row[2]["active"] for row in recorded("ada")] == []


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_take_each_other_away_are_not_both_gone() -> None:
    ada, bea = make_staff(ADMINISTRATOR, "ada"), make_staff(ADMINISTRATOR, "bea")
    both = Barrier(2)

    def take_away(other: User, actor: User) -> str:
        try:
            both.wait()
            change_roles(user_id=other.pk, roles=["steward"], administrator=False, actor=f"staff:{actor.pk}")
        except PersonRefused as refused:
            return refused.reason
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            User.objects.update(is_superuser=True)
            answers = [pool.submit(take_away, bea, ada), pool.submit(take_away, ada, bea)]
            assert sorted(one.result() for one in answers) == ["done", "last"]
            assert User.objects.filter(is_superuser=True).count() == 1


@pytest.mark.parametrize(
    "act", ["", "roles/", "deactivate/", "reactivate/", "second-factor/", "email/", "sessions/", "link/"]
)
def test_a_person_who_is_not_there_is_a_page(client: Client, act: str) -> None:
    path = f"{LIST}999999999999999999999/{act}"
    assert (client.post(path) if act else client.get(path)).status_code == 404


def test_whoever_has_a_password_gets_no_other_link(client: Client) -> None:
    ben = make_staff("steward", "ben")
    assert client.post(f"{LIST}{ben.pk}/link/").status_code == 409
    invite(client, name="cat", email="cat@staff.example")
    cat = User.objects.get(username="cat")
    assert "password/reset/key" in link_in(client.post(f"{LIST}{cat.pk}/link/", follow=True))
    assert recorded("cat")[-1][2] == {"new_link": True}


def test_an_address_is_changed_everywhere_and_ends_sessions_and_links(client: Client) -> None:
    link = link_in(invite(client))
    ben = User.objects.get(username="ben")
    inside = sign_in(Client(), ben)
    UserSession.objects.create(user=ben, ip="192.0.2.8", user_agent="", session_key=inside.session.session_key)
    assert inside.get("/backoffice/").status_code == 200
    answer = client.post(f"{LIST}{ben.pk}/email/", {"email": " Ben.New@Staff.example "}, follow=True)
    assert "has a new address" in answer.content.decode()
    ben.refresh_from_db()
    held = list(EmailAddress.objects.filter(user=ben).values_list("email", "verified", "primary"))
    assert (ben.email, held) == ("ben.new@staff.example", [("ben.new@staff.example", True, True)])
    assert inside.get("/backoffice/").status_code == 302
    assert "This link has ended" in Client().get(link, follow=True).content.decode()
    assert recorded("ben")[-1][2] == {"email": "changed"}, "the address itself stands in no log"


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("", "no address that mail"),
        ("ben", "no address that mail"),
        ("a@b.example\nBcc: c@d.example", "no address that mail"),
        ("x" * 250 + "@staff.example", "no address that mail"),
        ("ADA@staff.example", "has this address already"),
        ("a\x00@staff.example", "cannot be stored"),
        ("x" * 1_000_000, "too long"),
    ],
)
def test_an_address_that_cannot_be_is_refused_in_words(
    client: Client, administrator: User, email: str, said: str
) -> None:
    User.objects.filter(pk=administrator.pk).update(email="ada@staff.example")
    ben = make_staff("steward", "ben")
    answer = client.post(f"{LIST}{ben.pk}/email/", {"email": email})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert User.objects.get(pk=ben.pk).email == ben.email
    assert recorded("ben") == []


def test_nobody_changes_their_own_address_there_and_only_an_administrator_changes_any(
    client: Client, administrator: User, staff: Staff
) -> None:
    assert client.post(f"{LIST}{administrator.pk}/email/", {"email": "new@staff.example"}).status_code == 422
    ben = make_staff("steward", "ben")
    assert staff("operator").post(f"{LIST}{ben.pk}/email/", {"email": "new@staff.example"}).status_code == 403
    assert not EmailAddress.objects.filter(email="new@staff.example").exists()


def test_a_person_with_sign_ins_and_factors_is_shown(client: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        one = make_staff("steward", f"s{number:02}")
        Authenticator.objects.create(user=one, type="totp", data={})
        StaffSignIn.objects.create(user=one, event="password_failed", method="password", address="192.0.2.7")
    with django_assert_max_num_queries(15):
        page = client.get(LIST).content.decode()
    assert page.count("authenticator app") == 12
    with django_assert_max_num_queries(15):
        page = client.get(f"{LIST}{one.pk}/").content.decode()
    assert "wrong password" in page and "192.0.2.7" in page
    with django_assert_max_num_queries(15):
        assert client.get("/backoffice/preferences/").status_code == 200


def test_people_come_in_pages(client: Client) -> None:
    for number in range(105):
        User.objects.create(username=f"p{number:03}")
    first = client.get(LIST).content.decode()
    assert "p098" in first and "p099" not in first
    assert "p099" in client.get(f"{LIST}?after=p098").content.decode()
    assert client.get(f"{LIST}?after=%00{'z' * 999}").status_code == 200


@pytest.mark.parametrize("role", list(ROLES))
def test_people_are_for_administrators_alone(staff: Staff, role: str) -> None:
    assert staff(role).get(LIST).status_code == 403
    assert staff(role).post(f"{LIST}invite/", {"name": "x"}).status_code == 403


def test_a_refused_person_leaves_nothing_behind() -> None:
    with pytest.raises(PersonRefused):
        invite_person(name="ben", email="nowhere", roles=["steward"], actor="command:test")
    with pytest.raises(NoSuchPerson):
        deactivate_person(user_id=1, actor="command:test")
    assert not ConfigurationChange.objects.exists()


def test_preferences_are_kept_as_cookies(staff: Staff) -> None:
    client = staff("analyst")
    chosen = {"language": "de", "time_zone": "Asia/Jakarta", "theme": "dark", "keys": "off"}
    answer = client.post("/backoffice/preferences/", chosen, follow=True)
    page = answer.content.decode()
    assert 'lang="de"' in page and 'data-theme="dark"' in page
    assert "<option selected>Asia/Jakarta</option>" in page
    assert 'name="keys" value="off" checked' in page
    client.post("/backoffice/preferences/", {"language": "", "time_zone": "", "theme": ""})
    page = client.get("/backoffice/preferences/").content.decode()
    assert "data-theme" not in page and 'value="off" checked' not in page


@pytest.mark.parametrize(
    "wrong", [{"language": "xx"}, {"time_zone": "../etc/passwd"}, {"theme": "\x00" * 99}, {"keys": "no"}]
)
def test_what_is_not_on_offer_is_refused(staff: Staff, wrong: dict[str, str]) -> None:
    answer = staff("analyst").post("/backoffice/preferences/", wrong)
    assert answer.status_code == 422
    assert set(answer.cookies) <= {"csrftoken"}
