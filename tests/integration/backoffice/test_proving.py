"""What lets others in, or gives them power, wants it shown anew who asks: a screen that was left open is not enough."""

from typing import Any

import pytest
import redis
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from cxprofiles.backoffice.second_factor import METHODS
from cxprofiles.models import ApiToken
from cxprofiles.permissions import screens
from tests.factories.staff import ADMINISTRATOR, make_staff, sign_in
from tests.integration.backoffice.test_signing_in import code_of, enrol
from tests.integration.backoffice.test_signing_in import sign_in as sign_in_with_password

pytestmark = pytest.mark.django_db(transaction=True)
AGAIN = "/accounts/2fa/reauthenticate/"
INVITED = {"name": "eve", "email": "eve@staff.example", "roles": ["steward"]}
AN_HOUR = 3600


@pytest.fixture(autouse=True)
def fresh_counts(broker: redis.Redis, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


def enrolled() -> tuple[Client, str]:
    """An administrator who signed in an hour ago with an app, and its secret."""
    user = make_staff(ADMINISTRATOR, "ada")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client = Client()
    sign_in_with_password(client)
    secret = enrol(client)
    return left_open(client), secret


def left_open(client: Client) -> Client:
    """The same client an hour later."""
    session: Any = client.session
    session[METHODS] = [{**one, "at": one["at"] - AN_HOUR} for one in session[METHODS]]
    session.save()
    return client


def test_somebody_is_invited_after_a_code_and_with_what_was_typed() -> None:
    client, secret = enrolled()
    answer = client.post("/backoffice/people/invite/", INVITED)
    assert answer.headers["Location"] == f"{AGAIN}?next=%2Fbackoffice%2Fpeople%2Finvite%2F"
    assert not User.objects.filter(username="eve").exists()
    asked = client.get(answer.headers["Location"]).content.decode()
    assert "Confirm that it is you" in asked
    assert client.post(AGAIN, {"code": "000000", "next": "/backoffice/people/invite/"}).status_code == 200
    assert not User.objects.filter(username="eve").exists()
    done = client.post(AGAIN, {"code": code_of(secret, 1), "next": "/backoffice/people/invite/"})
    eve = User.objects.get(username="eve")
    assert done.headers["Location"] == f"/backoffice/people/{eve.pk}/link/"
    assert "/accounts/password/reset/key/" in client.get(done.headers["Location"]).content.decode()


def test_what_is_wrong_with_it_is_said_after_the_code_on_the_form() -> None:
    client, secret = enrolled()
    client.post("/backoffice/people/invite/", {**INVITED, "email": "nowhere"})
    shown = client.post(AGAIN, {"code": code_of(secret, 1), "next": "/backoffice/people/invite/"})
    assert shown.status_code == 422
    assert 'action="/backoffice/people/invite/"' in shown.content.decode()
    assert "no address that mail can be sent to" in shown.content.decode()


def test_a_right_that_was_taken_meanwhile_is_not_used_after_the_code() -> None:
    client, secret = enrolled()
    client.post("/backoffice/people/invite/", INVITED)
    User.objects.update(is_superuser=False)
    assert client.post(AGAIN, {"code": code_of(secret, 1), "next": "/backoffice/people/invite/"}).status_code == 403
    assert not User.objects.filter(username="eve").exists()


def test_each_of_these_forms_asks_for_it() -> None:
    client, _ = enrolled()
    other = make_staff("analyst", "ben")
    marked = {one.route for one in screens() if one.anew}
    assert marked == {
        "backoffice/people/invite/",
        "backoffice/people/<int:user_id>/roles/",
        "backoffice/people/<int:user_id>/reactivate/",
        "backoffice/people/<int:user_id>/second-factor/",
        "backoffice/people/<int:user_id>/email/",
        "backoffice/people/<int:user_id>/link/",
        "backoffice/tokens/new/",
        "backoffice/tokens/callers/new/",
        "backoffice/tokens/callers/<str:protocol>/<str:name>/token/",
    }
    for route in marked:
        path = "/" + route.replace("<int:user_id>", str(other.pk)).replace("<str:protocol>/<str:name>", "opendsr/shop")
        answer = client.post(path, {"roles": ["steward"], "name": "x", "confirm": "ben"})
        assert answer.headers.get("Location", "").startswith(AGAIN), path
    assert [group.name for group in other.groups.all()] == ["analyst"]
    assert not ApiToken.objects.exists()


def test_letting_nobody_in_wants_no_code() -> None:
    client, _ = enrolled()
    other = make_staff("analyst", "ben")
    assert client.post(f"/backoffice/people/{other.pk}/deactivate/").headers["Location"].startswith("/backoffice/")
    other.refresh_from_db()
    assert not other.is_active


def test_whoever_has_just_signed_in_is_not_asked() -> None:
    client = sign_in(Client(), make_staff(ADMINISTRATOR, "ada"))
    assert client.post("/backoffice/people/invite/", INVITED).headers["Location"].endswith("/link/")
