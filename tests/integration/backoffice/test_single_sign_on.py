"""Single sign-on against a provider on this machine: who gets in, and what is turned away."""

import html
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import redis
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from cxprofiles.models import StaffSignIn
from tests.factories.provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db
LEAVE, BACK = "/accounts/oidc/staff/login/", "/accounts/oidc/staff/login/callback/"


@pytest.fixture
def provider(settings: Any, broker: redis.Redis) -> Iterator[Provider]:
    cache.clear()
    with running_provider() as found:
        settings.OIDC_ISSUER, settings.OIDC_NAME = found.issuer, "Example ID"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        yield found


@pytest.fixture
def ada(provider: Provider) -> User:
    user = make_staff("steward", "ada")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    provider.claims["email"] = "Ada@staff.example"
    return user


def leave(client: Client, **more: str) -> dict[str, str]:
    """Off to the provider, which sends back at once; what it was asked."""
    page = client.post(LEAVE, more).content.decode()
    away = html.unescape(page.split('content="0;URL=')[1].split('"')[0])
    requests.get(away, allow_redirects=False, timeout=10)
    return {name: values[0] for name, values in parse_qs(urlsplit(away).query).items()}


def come_back(client: Client, asked: dict[str, str], **more: str) -> Any:
    return client.get(BACK, {"code": "c-1", "state": asked["state"], **more})


def user_of(client: Client) -> int | None:
    return int(client.session["_auth_user_id"]) if "_auth_user_id" in client.session else None


def test_an_invited_person_gets_in(provider: Provider, ada: User) -> None:
    client = Client()
    assert "Sign in with Example ID" in client.get("/accounts/login/").content.decode()
    asked = leave(client, next="/backoffice/people/")
    assert (asked["client_id"], asked["code_challenge_method"]) == (CLIENT_ID, "S256")
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert come_back(client, asked).headers["Location"] == "/backoffice/people/"
    assert user_of(client) == ada.pk
    assert provider.asked[0]["client_secret"] == [CLIENT_SECRET]
    assert "code_verifier" in provider.asked[0]
    assert [line.event for line in StaffSignIn.objects.all()] == ["signed_in"]
    assert client.get("/backoffice/").headers["Location"].startswith("/accounts/2fa/")


def test_whoever_came_once_is_known_by_the_provider_s_number(provider: Provider, ada: User) -> None:
    first = Client()
    come_back(first, leave(first))
    provider.claims["email"] = "ada.married@staff.example"
    client = Client()
    come_back(client, leave(client))
    assert user_of(client) == ada.pk


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_is_nobody_s(provider: Provider, ada: User, verified: Any) -> None:
    provider.claims["email_verified"] = verified
    client = Client()
    answer = come_back(client, leave(client))
    assert answer.status_code == 403
    assert "You have no account here" in answer.content.decode()
    assert user_of(client) is None
    assert [line.event for line in StaffSignIn.objects.all()] == ["not_invited"]


def test_whoever_was_not_invited_stays_out(provider: Provider, ada: User) -> None:
    provider.claims["email"] = "eve@staff.example"
    client = Client()
    assert come_back(client, leave(client)).status_code == 403
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 0)


def test_newcomers_get_the_role_that_the_settings_name(provider: Provider, ada: User, settings: Any) -> None:
    settings.OIDC_ROLE = "analyst"
    provider.claims["email"] = "ada@elsewhere.example"
    client = Client()
    assert come_back(client, leave(client)).status_code == 302
    newcomer = User.objects.get(pk=user_of(client) or 0)
    assert (newcomer.username, newcomer.email) == ("ada-2", "ada@elsewhere.example")
    assert [group.name for group in newcomer.groups.all()] == ["analyst"]
    assert not newcomer.is_superuser


def test_a_deactivated_person_stays_out(provider: Provider, ada: User) -> None:
    User.objects.update(is_active=False)
    client = Client()
    assert come_back(client, leave(client)).headers["Location"] == "/accounts/inactive/"
    assert user_of(client) is None


@pytest.mark.parametrize("state", ["", "x", "\x00", "x" * 10_000])
def test_an_answer_to_another_question_is_refused(provider: Provider, ada: User, state: str) -> None:
    client = Client()
    leave(client)
    answer = client.get(BACK, {"code": "c-1", "state": state})
    assert answer.status_code < 500
    assert "Signing in did not work" in answer.content.decode()
    assert user_of(client) is None


def test_an_answer_that_was_meant_for_somebody_else_is_refused(provider: Provider, ada: User) -> None:
    asked = leave(Client())
    victim = Client()
    assert "Signing in did not work" in come_back(victim, asked).content.decode()
    assert user_of(victim) is None


def test_an_answer_is_taken_once(provider: Provider, ada: User) -> None:
    client = Client()
    asked = leave(client)
    come_back(client, asked)
    client.post("/accounts/logout/")
    assert "Signing in did not work" in come_back(client, asked).content.decode()


@pytest.mark.parametrize(
    "claims",
    [{"iss": "https://evil.example"}, {"aud": "another"}, {"exp": 1}, {"sub": "s-2"}],
    ids=["issuer", "audience", "expired", "another person"],
)
def test_a_statement_that_does_not_fit_is_refused(provider: Provider, ada: User, claims: dict[str, Any]) -> None:
    provider.token_claims = claims
    client = Client()
    answer = come_back(client, leave(client))
    assert answer.status_code < 500
    assert user_of(client) is None


def test_a_statement_answers_the_question_of_this_session_alone(provider: Provider, ada: User) -> None:
    first, second = Client(), Client()
    asked = leave(first)
    assert len(asked["nonce"]) >= 20
    assert leave(second)["nonce"] != asked["nonce"]
    assert "Signing in did not work" in come_back(first, asked).content.decode()
    assert user_of(first) is None


@pytest.mark.parametrize("nonce", ["", "another", 7, None])
def test_a_statement_without_the_number_of_the_question_is_refused(provider: Provider, ada: User, nonce: Any) -> None:
    client = Client()
    asked = leave(client)
    provider.token_claims = {"nonce": nonce}
    assert come_back(client, asked).status_code < 500
    assert user_of(client) is None


def test_no_link_changes_what_is_asked_for(provider: Provider) -> None:
    more = {"scope": "admin", "auth_params": "redirect_uri=https://evil.example&nonce=known&prompt=none"}
    page = Client().post(f"{LEAVE}?{urlencode(more)}").content.decode()
    asked = parse_qs(urlsplit(html.unescape(page.split('content="0;URL=')[1].split('"')[0])).query)
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    assert asked["redirect_uri"] == [f"http://testserver{BACK}"]
    assert asked["nonce"] != ["known"] and "prompt" not in asked


def test_a_broken_provider_is_a_page(provider: Provider, ada: User, caplog: pytest.LogCaptureFixture) -> None:
    client = Client()
    asked = leave(client)
    provider.broken = True
    with caplog.at_level(logging.ERROR):
        for answer in (client.post(LEAVE), come_back(client, asked)):
            assert answer.status_code in (200, 503)
            assert "sign-in service" in answer.content.decode()
    assert "c-1" not in caplog.text


def test_a_provider_that_is_away_is_a_page(provider: Provider, settings: Any) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    answer = Client().post(LEAVE)
    assert answer.status_code == 503
    assert "The sign-in service does not answer" in answer.content.decode()


def test_whoever_says_no_at_the_provider_is_told_what_happened(provider: Provider) -> None:
    client = Client()
    asked = leave(client)
    answer = client.get(BACK, {"error": "access_denied", "state": asked["state"]}, follow=True)
    assert "You are not signed in" in answer.content.decode()


@pytest.mark.parametrize("process", ["connect", "redirect"])
def test_nobody_connects_a_foreign_account_to_theirs(provider: Provider, ada: User, process: str) -> None:
    client = Client()
    client.force_login(make_staff("steward", "eve"))
    answer = come_back(client, leave(client, process=process))
    assert answer.status_code == 403
    assert not SocialAccount.objects.exists()


def test_the_way_back_leads_to_no_other_host(provider: Provider, ada: User) -> None:
    client = Client()
    assert come_back(client, leave(client, next="https://evil.example/")).headers["Location"] == "/backoffice/"


def test_without_a_provider_there_is_no_such_door() -> None:
    for path in (LEAVE, BACK, "/accounts/oidc/other/login/"):
        assert Client().get(path).status_code == 404
    assert "oidc" not in Client().get("/accounts/login/").content.decode()


def test_a_link_to_the_door_alone_leads_nowhere(provider: Provider) -> None:
    page = Client().get(LEAVE).content.decode()
    assert "refresh" not in page
    assert "Sign in with Example ID" in page
