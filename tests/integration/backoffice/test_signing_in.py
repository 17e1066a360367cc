"""Signing in: what it takes, how long it lasts, and what hostile visitors get."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory

from cxprofiles.models import StaffSignIn
from cxprofiles.signing_in import lasting
from cxprofiles.signing_in.afterwards import attach
from cxprofiles.signing_in.forms import ResetPasswordForm
from tests.factories.staff import ADMINISTRATOR, make_staff

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long password of staff"
LOGIN, SECOND, HOME = "/accounts/login/", "/accounts/2fa/authenticate/", "/backoffice/preferences/"
HOSTILE = ["\x00", "x" * 1_000_000, "\ud800", "{}", "[]", '{"a": "\\ud800"}', "null", "%00", "' OR 1=1 --"]


@pytest.fixture(autouse=True)
def fresh_counts(broker: redis.Redis, settings: Any) -> None:
    """Nobody has tried anything yet; passwords are hashed quickly."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def ada() -> User:
    user = make_staff(ADMINISTRATOR, "ada")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(client: Client, name: str = "ada", password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"login": name, "password": password, **more})


def code_of(secret: str, steps: int = 0) -> str:
    code: str = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))
    return code


def enrol(client: Client) -> str:
    """Set up an authenticator app; its secret."""
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = page.split('id="authenticator_secret">')[1].split("<")[0]
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/accounts/2fa/recovery-codes/"
    return secret


def events() -> list[str]:
    return list(StaffSignIn.objects.order_by("id").values_list("event", flat=True))


def test_a_newcomer_sets_up_a_second_factor_before_anything_opens(ada: User) -> None:
    client = Client()
    assert sign_in(client).headers["Location"] == "/backoffice/"
    assert client.get(HOME).headers["Location"].startswith("/accounts/2fa/")
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert "set up a second factor" in client.get("/accounts/2fa/").content.decode()
    enrol(client)
    assert client.get(HOME).status_code == 200
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@staff.example", "Ada@Staff.Example"])
def test_name_or_address_and_then_the_code(ada: User, name: str) -> None:
    first = Client()
    sign_in(first)
    secret = enrol(first)
    client = Client()
    assert sign_in(client, name).headers["Location"] == SECOND
    assert client.get(HOME).headers["Location"].startswith(LOGIN)
    assert client.post(SECOND, {"code": code_of(secret, 99)}).status_code == 200
    assert client.post(SECOND, {"code": code_of(secret)}).headers["Location"] == "/backoffice/"
    assert client.get(HOME).status_code == 200
    assert events() == ["signed_in", "code_failed", "signed_in"]
    assert StaffSignIn.objects.order_by("-id")[0].method == "password, totp"


def test_a_code_works_once(ada: User) -> None:
    first, second, third = Client(), Client(), Client()
    sign_in(first)
    secret = enrol(first)
    code = code_of(secret)
    for client in (second, third):
        sign_in(client)
    assert second.post(SECOND, {"code": code}).status_code == 302
    assert third.post(SECOND, {"code": code}).status_code == 200
    assert third.get(HOME).headers["Location"].startswith(LOGIN)


@pytest.mark.parametrize(("steps", "status"), [(-2, 200), (-1, 302), (1, 302), (2, 200)])
def test_a_clock_may_be_off_by_one_step(ada: User, steps: int, status: int) -> None:
    first, client = Client(), Client()
    sign_in(first)
    secret = enrol(first)
    sign_in(client)
    wait_for_room()
    assert client.post(SECOND, {"code": code_of(secret, steps)}).status_code == status


def test_a_code_counts_once_for_as_long_as_clocks_may_be_off(ada: User) -> None:
    """allauth itself remembers a code for thirty seconds, and this one counts for up to ninety."""
    first, second, third = Client(), Client(), Client()
    sign_in(first)
    secret = enrol(first)
    for client in (second, third):
        sign_in(client)
    wait_for_room()
    code = code_of(secret, 1)
    assert second.post(SECOND, {"code": code}).status_code == 302
    cache.delete(f"allauth.mfa.totp.used?user={ada.pk}&code={code}")
    assert third.post(SECOND, {"code": f" {code[:3]} {code[3:]}"}).status_code == 200
    assert third.get(HOME).headers["Location"].startswith(LOGIN)
    assert events()[-1] == "code_failed"


def wait_for_room() -> None:
    """Let no step of the clock end while the test is under way."""
    if time.time() % 30 > 25:
        time.sleep(30 - time.time() % 30)


def test_a_recovery_code_works_once(ada: User) -> None:
    client = Client()
    sign_in(client)
    enrol(client)
    code = client.get("/accounts/2fa/recovery-codes/").content.decode().split("<li><code>")[1].split("<")[0]
    others = [Client(), Client()]
    for other in others:
        sign_in(other)
    assert [other.post(SECOND, {"code": code}).status_code for other in others] == [302, 200]


def test_secrets_are_sealed_in_the_database(ada: User) -> None:
    client = Client()
    sign_in(client)
    secret = enrol(client)
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert base64.b64decode(Authenticator.objects.get(type="totp").data["secret"])[:1] == b"\x01"


def test_passwords_cannot_be_tried_without_end(ada: User) -> None:
    client = Client()
    for _ in range(5):
        assert sign_in(client, password="wrong").status_code == 200
    answer = sign_in(client)
    assert answer.status_code == 200
    assert "Too many" in answer.content.decode()
    assert events() == ["password_failed"] * 5
    assert set(StaffSignIn.objects.values_list("user_id", "address")) == {(ada.pk, "127.0.0.1")}


def test_codes_cannot_be_tried_without_end(ada: User) -> None:
    first, client = Client(), Client()
    sign_in(first)
    secret = enrol(first)
    sign_in(client)
    for _ in range(5):
        client.post(SECOND, {"code": "000000"})
    assert client.post(SECOND, {"code": code_of(secret)}).status_code == 200
    assert client.get(HOME).headers["Location"].startswith(LOGIN)


def test_what_was_typed_as_a_name_is_not_kept(ada: User) -> None:
    sign_in(Client(), "my secret password", "x")
    line = StaffSignIn.objects.values().get()
    assert "my secret" not in str(line)
    assert line["user_id"] is None


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:evil.example", "\x00"],
)
def test_signing_in_leads_to_no_other_host(ada: User, settings: Any, wanted: str) -> None:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "evil.example"]
    assert sign_in(Client(), next=wanted).headers["Location"] == "/backoffice/"
    assert wanted not in Client().get(LOGIN, {"next": wanted}).headers.get("Location", "")


def test_signing_in_goes_where_one_was(ada: User) -> None:
    assert sign_in(Client(), next="/backoffice/people/").headers["Location"] == "/backoffice/people/"


def test_a_session_that_was_slipped_in_is_not_the_one_that_is_signed_in(ada: User) -> None:
    client = Client()
    client.get("/accounts/password/reset/key/1-set-password/")
    slipped = client.session
    slipped["planted"] = True
    slipped.save()
    client.cookies["session"] = str(slipped.session_key)
    sign_in(client)
    assert client.cookies["session"].value != slipped.session_key
    assert not Session.objects.filter(session_key=slipped.session_key).exists()


def test_a_session_that_is_left_alone_ends(ada: User, settings: Any) -> None:
    client = Client()
    sign_in(client)
    enrol(client)
    later(client, seen=settings.STAFF_IDLE_MINUTES * 60 + 1)
    assert client.get(HOME).headers["Location"].startswith(LOGIN)
    assert "You were signed out after a while" in client.get(LOGIN).content.decode()
    assert events() == ["signed_in", "ended"]


def test_a_session_ends_after_hours_however_it_is_used(ada: User, settings: Any) -> None:
    client = Client()
    sign_in(client)
    enrol(client)
    later(client, began=settings.STAFF_SESSION_HOURS * 3600 + 1)
    assert client.get("/admin/").status_code == 302
    assert client.get(HOME).headers["Location"].startswith(LOGIN)


def test_a_session_that_is_used_goes_on(ada: User) -> None:
    client = Client()
    sign_in(client)
    enrol(client)
    later(client, seen=120)
    before = UserSession.objects.get().last_seen_at
    assert client.get(HOME).status_code == 200
    assert time.time() - client.session[lasting.SEEN] < 5
    assert UserSession.objects.get().last_seen_at > before


@pytest.mark.parametrize("asked_by", [{"X-Unattended": "1"}, {"Accept": "text/event-stream"}])
def test_a_page_that_asks_by_itself_keeps_no_session(ada: User, asked_by: dict[str, str], settings: Any) -> None:
    client = Client()
    sign_in(client)
    enrol(client)
    later(client, seen=settings.STAFF_IDLE_MINUTES * 60 - 5)
    assert client.get(HOME, headers=asked_by).status_code == 200
    later(client, seen=10)
    assert client.get(HOME, headers=asked_by).status_code == 302


def test_what_is_over_is_forgotten_with_its_address(ada: User) -> None:
    gone = Client()
    sign_in(gone)
    Session.objects.update(expire_date=datetime.now(UTC) - timedelta(seconds=1))
    sign_in(Client())
    assert (Session.objects.count(), UserSession.objects.count()) == (1, 1)


def later(client: Client, *, seen: int = 0, began: int = 0) -> None:
    """As if so many seconds had passed."""
    session = client.session
    session[lasting.SEEN] -= seen
    session[lasting.BEGAN] -= began
    session.save()


def test_signing_out_everywhere_else_ends_the_others(ada: User) -> None:
    client, other = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"), Client()
    sign_in(client)
    secret = enrol(client)
    sign_in(other)
    other.post(SECOND, {"code": code_of(secret)})
    page = client.get("/accounts/sessions/").content.decode()
    assert "Firefox on Windows" in page
    assert client.post("/accounts/sessions/").status_code == 302
    assert other.get(HOME).headers["Location"].startswith(LOGIN)
    assert client.get(HOME).status_code == 200


def test_a_new_password_ends_the_other_sessions(ada: User) -> None:
    client, other = Client(), Client()
    sign_in(client)
    secret = enrol(client)
    sign_in(other)
    other.post(SECOND, {"code": code_of(secret)})
    new = {"oldpassword": PASSWORD, "password1": "four other plain words", "password2": "four other plain words"}
    client.post("/accounts/password/change/", new)
    assert [one.session_key for one in UserSession.objects.all()] == [client.session.session_key]
    assert client.get(HOME).status_code == 200
    assert other.get(HOME).headers["Location"].startswith(LOGIN)
    assert "password" in mail.outbox[-1].body.lower()


def test_whoever_has_only_the_password_cannot_take_the_second_factor_away(ada: User) -> None:
    thief, owner = Client(), Client()
    sign_in(thief)
    sign_in(owner)
    enrol(owner)
    for path in ("totp/deactivate/", "recovery-codes/", "webauthn/add/", "recovery-codes/generate/"):
        answer = thief.get(f"/accounts/2fa/{path}")
        assert answer.headers.get("Location", "").startswith("/accounts/2fa/reauthenticate/"), path
    answer = thief.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert answer.headers["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert Authenticator.objects.filter(type="totp").exists()


def test_a_session_from_before_the_second_factor_shows_it_to_go_on(ada: User) -> None:
    early, owner = Client(), Client()
    sign_in(early)
    sign_in(owner)
    secret = enrol(owner)
    assert "have not shown it" in early.get("/accounts/2fa/").content.decode()
    answer = early.post("/accounts/2fa/reauthenticate/", {"code": code_of(secret), "next": HOME})
    assert answer.headers["Location"] == HOME
    assert early.get(HOME).status_code == 200


def test_taking_the_last_second_factor_away_asks_for_another(ada: User) -> None:
    client, other = Client(), Client()
    sign_in(client)
    secret = enrol(client)
    sign_in(other)
    other.post(SECOND, {"code": code_of(secret)})
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert client.get(HOME).headers["Location"].startswith("/accounts/2fa/")
    assert other.get(HOME).headers["Location"].startswith(LOGIN)


def test_a_deactivated_person_is_told_so_and_stays_out(ada: User) -> None:
    User.objects.update(is_active=False)
    client = Client()
    assert sign_in(client).headers["Location"] == "/accounts/inactive/"
    assert "This account is inactive" in client.get("/accounts/inactive/").content.decode()
    assert client.get(HOME).headers["Location"].startswith(LOGIN)


def test_a_password_is_reset_by_mail_and_nobody_learns_who_has_an_account(ada: User, settings: Any) -> None:
    settings.PUBLIC_URL = "https://profiles.example.org"
    known = Client().post("/accounts/password/reset/", {"email": "ada@staff.example"})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@staff.example"})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert [message.to for message in mail.outbox] == [["ada@staff.example"]]
    assert "https://profiles.example.org/accounts/password/reset/key/" in mail.outbox[0].body


class CountingHasher(MD5PasswordHasher):
    """A hasher that counts how often it is asked: that is what takes long."""

    asked = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.asked += 1
        return str(super().encode(password, salt))


@pytest.mark.parametrize("name", ["ada", "ada@staff.example", "gone@staff.example", "nobody", "nobody@staff.example"])
def test_it_takes_as_long_whether_or_not_somebody_has_an_account(ada: User, settings: Any, name: str) -> None:
    gone = make_staff("steward", "gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.asked = 0
    page = sign_in(Client(), name, "a wrong one of the same length").content.decode()
    assert CountingHasher.asked == 1
    assert "not correct" in page


def test_a_link_is_sent_once_the_answer_is(ada: User, rf: RequestFactory) -> None:
    request = rf.post("/accounts/password/reset/", HTTP_ACCEPT_LANGUAGE="de")
    request.session, request.user = SessionStore(), AnonymousUser()
    form = ResetPasswordForm({"email": ada.email})
    assert form.is_valid()
    assert form.save(request) == ada.email
    answer = HttpResponse()
    attach(request, answer)
    assert mail.outbox == []
    answer.close()
    assert [one.to for one in mail.outbox] == [[ada.email]]


def test_a_host_that_is_made_up_reaches_no_mail(ada: User) -> None:
    answer = Client().post("/accounts/password/reset/", {"email": "ada@staff.example"}, HTTP_HOST="evil.example")
    assert answer.status_code == 400
    assert mail.outbox == []


def test_mail_that_cannot_be_sent_stops_nothing(ada: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert Client().post("/accounts/password/reset/", {"email": "ada@staff.example"}).status_code == 302


def test_there_is_no_signing_up() -> None:
    for path in ("signup/", "email/", "3rdparty/", "3rdparty/signup/", "confirm-email/", "2fa/webauthn/signup/"):
        answer = Client().get(f"/accounts/{path}")
        assert answer.status_code == 404, path
        assert "There is nothing here" in answer.content.decode()


def test_while_the_broker_is_away_a_page_says_so(ada: User, settings: Any) -> None:
    held = settings.CACHES
    settings.CACHES = {"default": {**held["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    answer = sign_in(Client())
    assert answer.status_code == 503
    assert "Signing in is not possible right now" in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"


FORMS = {
    LOGIN: ("login", "password", "next"),
    "/accounts/password/reset/": ("email",),
    "/accounts/2fa/webauthn/login/": ("credential",),
}


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("path", list(FORMS))
def test_strangers_may_type_anything(ada: User, path: str, value: str) -> None:
    for field in FORMS[path]:
        fields = {**dict.fromkeys(FORMS[path], "x"), field: value.encode("utf-8", "surrogatepass").decode("latin-1")}
        answer = Client().post(path, fields)
        assert answer.status_code < 500, (path, field)


CREDENTIALS: list[Any] = [
    5,
    [],
    {},
    {"id": 5},
    {"id": "x", "rawId": "y", "type": "public-key", "response": {}},
    {"id": "x", "rawId": "eA", "type": "public-key", "response": 7},
    {"id": "eA", "rawId": "eA", "type": "public-key", "response": {"userHandle": "MQ", "clientDataJSON": "e30"}},
    {
        "id": "eA",
        "rawId": "eA",
        "type": "public-key",
        "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "////"},
        "clientExtensionResults": {},
    },
    {
        "id": "eA",
        "rawId": "eA",
        "type": "public-key",
        "response": {"clientDataJSON": "bnVsbA", "attestationObject": "oA"},
        "clientExtensionResults": {"credProps": 5},
    },
]


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_made_up_passkey_is_a_wrong_one(ada: User, credential: Any) -> None:
    stranger, inside, half = Client(), Client(), Client()
    stranger.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"})
    posted = {"credential": json.dumps(credential)}
    assert stranger.post("/accounts/2fa/webauthn/login/", posted).status_code < 500
    sign_in(inside)
    assert inside.post("/accounts/2fa/webauthn/add/", {**posted, "name": "x"}).status_code < 500
    enrol(inside)
    sign_in(half)
    assert half.post(SECOND, posted).status_code < 500
    assert half.get(HOME).headers["Location"].startswith(LOGIN)
    assert not Authenticator.objects.filter(type="webauthn").exists()


@pytest.mark.parametrize("key", ["1-x", "zzzzzzzzzzzzz-x", "0-set-password", "1-" + "x" * 199, "1-%00"])
def test_a_made_up_link_is_a_page(key: str) -> None:
    answer = Client().get(f"/accounts/password/reset/key/{key}/", follow=True)
    assert answer.status_code in (200, 404)


def test_a_form_from_elsewhere_is_refused_by_a_page(ada: User) -> None:
    answer = Client(enforce_csrf_checks=True).post(LOGIN, {"login": "ada", "password": PASSWORD})
    assert answer.status_code == 403
    assert "The form was open for too long" in answer.content.decode()


def test_the_api_has_neither_sessions_nor_accounts(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = Client(headers={"cookie": "session=x"}).get("/healthz")
    assert (answer.status_code, len(answer.cookies)) == (200, 0)


@pytest.mark.parametrize("path", [LOGIN, "/accounts/password/reset/", "/accounts/nothing/", "/accounts/inactive/"])
def test_pages_are_kept_nowhere_and_run_no_foreign_script(path: str) -> None:
    answer = Client().get(path)
    assert "no-store" in answer.headers["Cache-Control"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert " style=" not in answer.content.decode() and "onclick" not in answer.content.decode()


def test_a_page_speaks_the_language_that_was_chosen(ada: User) -> None:
    client = Client()
    client.cookies["django_language"] = "de"
    assert 'lang="de"' in client.get(LOGIN).content.decode()


def test_the_admin_changes_no_password_and_signs_out_like_every_other_page(ada: User) -> None:
    client = Client()
    sign_in(client)
    enrol(client)
    assert client.get("/admin/password_change/").headers["Location"] == "/accounts/password/change/"
    assert client.get("/admin/logout/").headers["Location"] == "/accounts/logout/"
    assert client.get(HOME).status_code == 200
    assert client.post("/admin/logout/").headers["Location"] == LOGIN
    assert client.get(HOME).headers["Location"].startswith(LOGIN)
    assert events()[-1] == "signed_out"


def test_the_admin_has_our_sheet_over_its_own(ada: User) -> None:
    client = Client()
    sign_in(client)
    enrol(client)
    page = client.get("/admin/").content.decode()
    assert page.index("admin/css/base.css") < page.index("cxprofiles/admin.css")
    assert 'rel="icon"' in page
