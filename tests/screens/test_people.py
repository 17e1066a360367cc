"""Signing in, people and preferences in a browser: a newcomer's way in, passkeys, and every page examined."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from cxprofiles.backoffice.second_factor import METHODS
from cxprofiles.models import StaffSignIn
from cxprofiles.staff.links import password_link
from tests.factories.provider import CLIENT_ID, CLIENT_SECRET, running_provider
from tests.factories.staff import ADMINISTRATOR, make_staff, sign_in
from tests.screens.album import BEFORE_THE_DOOR
from tests.screens.conftest import HEIGHTS, LISTEN, ZONE, Looking

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("answered"),
]
PASSWORD = "a long password of staff"
SECRET = "JBSWY3DPEHPK3PXP"
VIEWS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def fresh_counts(broker: redis.Redis) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ada() -> User:
    user = make_staff(ADMINISTRATOR, "ada")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@contextmanager
def visiting(browser: Browser, url: str, width: int = 1280, scheme: Any = "light") -> Iterator[Looking]:
    """A browser in which nobody is signed in."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS[width]},
        color_scheme=scheme,
        timezone_id=ZONE,
        locale="en-GB",
    )
    try:
        context.add_init_script(LISTEN)
        page = context.new_page()
        seen = Looking(page, url)
        page.on("console", lambda said: seen.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        yield seen
        assert seen.complaints == []
    finally:
        context.close()


def enter(page: Page, user: User) -> None:
    """Sign in as a person does."""
    page.get_by_label("User name or email").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def code_of(secret: str, steps: int = 0) -> str:
    code: str = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))
    return code


def test_a_newcomer_sets_up_an_app_signs_out_and_in_again(browser: Browser, live_server: Any, ada: User) -> None:
    with visiting(browser, live_server.url) as seen:
        page = seen.goto("/accounts/login/?next=/backoffice/preferences/")
        seen.examine()
        seen.keep("sign-in")
        enter(page, ada)
        page.get_by_text("Before you go on, set up a second factor").wait_for()
        seen.examine()
        page.get_by_role("link", name="Set up an app").click()
        secret = page.locator("#authenticator_secret").inner_text()
        page.wait_for_load_state()
        assert page.locator("img.qr").evaluate("image => image.complete && image.naturalWidth > 0")
        seen.examine()
        seen.keep("second-factor-app")
        page.get_by_label("Six digits").fill(code_of(secret))
        page.get_by_role("button", name="Set up").click()
        page.get_by_role("heading", name="Recovery codes").wait_for()
        expect(page.locator(".codes li")).to_have_count(10)
        seen.examine()
        page.get_by_role("link", name="Kept them: go to the back office").click()
        page.locator("details.account summary").click()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("heading", name="Sign in").wait_for()
        enter(page, ada)
        page.get_by_role("heading", name="Show your second factor").wait_for()
        seen.examine()
        # A code works once; the app's next one is taken too, as from a phone whose clock is half a minute ahead.
        page.get_by_label("Code").fill(code_of(secret, steps=1))
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(f"{live_server.url}/backoffice/**")
        seen.goto("/backoffice/preferences/")


def by_name(live_server: Any) -> str:
    """The server's address with a name in it: no passkey is made for a number."""
    url: str = live_server.url
    return url.replace("127.0.0.1", "localhost")


def test_a_passkey_is_added_and_signs_in_alone(browser: Browser, live_server: Any, ada: User) -> None:
    with visiting(browser, by_name(live_server)) as seen:
        page = seen.goto("/accounts/login/")
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        enter(page, ada)
        page.get_by_role("link", name="Add a passkey").click()
        page.get_by_label("Name").fill("work laptop")
        seen.examine()
        page.get_by_role("button", name="Add it").click()
        page.get_by_role("heading", name="Recovery codes").wait_for()
        seen.goto("/accounts/2fa/webauthn/")
        page.get_by_text("Passkey: signs in alone").wait_for()
        seen.examine()
        page.locator("details.account summary").click()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/backoffice/**")
        seen.goto("/backoffice/preferences/")
        assert StaffSignIn.objects.order_by("-id")[0].method == "webauthn"
        page.locator("details.account summary").click()
        page.get_by_role("button", name="Sign out").click()
        enter(page, ada)
        page.get_by_role("button", name="Use a passkey or security key").click()
        page.wait_for_url("**/backoffice/**")
        assert Authenticator.objects.get(type="webauthn").last_used_at is not None


def test_a_passkey_that_is_not_there_is_said_in_words(browser: Browser, live_server: Any, ada: User) -> None:
    with visiting(browser, by_name(live_server)) as seen:
        page = seen.goto("/accounts/login/")
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": {**AUTHENTICATOR, "isUserVerified": False}})
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_text("The passkey was not used.").wait_for()
        seen.examine()


def test_single_sign_on_leads_there_and_back(browser: Browser, live_server: Any, ada: User, settings: Any) -> None:
    with running_provider() as provider, visiting(browser, live_server.url) as seen:
        settings.OIDC_ISSUER, settings.OIDC_NAME = provider.issuer, "Example ID"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        provider.claims["email"] = ada.email
        page = seen.goto("/accounts/login/?next=/backoffice/preferences/")
        page.get_by_role("button", name="Example ID").click()
        page.get_by_text("Before you go on, set up a second factor").wait_for()
        assert provider.nonce
        assert provider.asked[0]["code_verifier"]
        seen.examine()


def test_whoever_invites_shows_anew_who_they_are(browser: Browser, live_server: Any, ada: User) -> None:
    with visiting(browser, live_server.url, width=390, scheme="dark") as seen:
        TOTP.activate(ada, SECRET)
        inside(seen, ada, since=3600)
        page = seen.goto("/backoffice/people/invite/")
        page.get_by_label("User name").fill("eve")
        page.get_by_label("Email").fill("eve@staff.example")
        page.get_by_label("Steward").check()
        page.get_by_role("button", name="Invite").click()
        page.get_by_role("heading", name="Confirm that it is you").wait_for()
        seen.examine()
        page.get_by_label("Code").fill(code_of(SECRET))
        page.get_by_role("button", name="Confirm").click()
        page.wait_for_url("**/link/")
        assert User.objects.filter(username="eve").exists()


def link_of(user: User) -> str:
    """The path of a link that sets a password."""
    path: str = password_link(user, origin="")
    return path


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_every_page_before_the_door_is_sound(
    browser: Browser, live_server: Any, ada: User, settings: Any, width: int, scheme: str
) -> None:
    settings.OIDC_ISSUER, settings.OIDC_NAME = "http://127.0.0.1:1", "Example ID"
    paths = [
        "/accounts/login/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-x/",
        link_of(ada),
        "/accounts/password/reset/key/done/",
        "/accounts/inactive/",
        "/accounts/oidc/cancelled/",
        "/accounts/oidc/staff/login/",
    ]
    with visiting(browser, live_server.url, width, scheme) as seen:
        for path in paths:
            seen.goto(path)
            seen.examine()
            picture(seen, path)
        seen.page.get_by_role("button", name="Go on").click()
        seen.page.get_by_role("heading", name="The sign-in service does not answer").wait_for()
        seen.examine()
        picture(seen, "provider-away")
        for path in ("/accounts/nothing/", "/accounts/oidc/error/"):
            seen.page.goto(f"{live_server.url}{path}")
            seen.examine()
            picture(seen, path)
        seen.complaints[:] = [said for said in seen.complaints if "Failed to load resource" not in said]


def picture(seen: Looking, name: str) -> None:
    """Keep what the album has; for looking at all of them by eye, where CXPROFILES_LOOK names a folder."""
    if (kept := BEFORE_THE_DOOR.get(name.strip("/") + "/")) and is_usual(seen):
        seen.keep(kept)
    folder = os.environ.get("CXPROFILES_LOOK")
    if folder:
        width = seen.page.evaluate("innerWidth")
        scheme = seen.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
        part = "-".join(name.strip("/").split("/"))[:60]
        seen.page.screenshot(path=f"{folder}/{width}-{scheme}-{part}.png", full_page=True)


def is_usual(seen: Looking) -> bool:
    """Whether the page is looked at as the pictures show it: wide, and in light colours."""
    return bool(seen.page.evaluate("innerWidth === 1280 && matchMedia('(prefers-color-scheme: light)').matches"))


def inside(seen: Looking, user: User, since: int = 0) -> None:
    """As if this person had signed in with the second factor, so many seconds ago."""
    client = sign_in(Client(), user)
    session: Any = client.session
    session[METHODS] = [{**one, "at": time.time() - since, "reauthenticated": True} for one in session[METHODS]]
    session.save()
    UserSession.objects.create(user=user, ip="192.0.2.7", user_agent=FIREFOX, session_key=session.session_key)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": seen.url}
    seen.page.context.add_cookies([cookie])  # type: ignore[list-item]


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_every_page_of_an_own_account_is_sound(
    browser: Browser, live_server: Any, ada: User, width: int, scheme: str
) -> None:
    TOTP.activate(ada, SECRET)
    RecoveryCodes.activate(ada)
    with visiting(browser, live_server.url, width, scheme) as seen:
        inside(seen, ada)
        for path in (
            "/backoffice/preferences/",
            "/accounts/2fa/",
            "/accounts/2fa/totp/deactivate/",
            "/accounts/2fa/recovery-codes/",
            "/accounts/2fa/recovery-codes/generate/",
            "/accounts/2fa/webauthn/",
            "/accounts/2fa/webauthn/add/",
            "/accounts/2fa/reauthenticate/",
            "/accounts/password/change/",
            "/accounts/sessions/",
            "/accounts/logout/",
        ):
            seen.goto(path)
            seen.examine()
            picture(seen, path)
        Authenticator.objects.all().delete()
        for path in ("/accounts/2fa/totp/activate/", "/accounts/reauthenticate/"):
            seen.goto(path)
            seen.examine()
            picture(seen, path)


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_people_are_invited_and_let_go(browser: Browser, live_server: Any, ada: User, width: int, scheme: str) -> None:
    ben = make_staff("steward", "ben")
    TOTP.activate(ben, SECRET)
    StaffSignIn.objects.create(user=ben, event="signed_in", method="password, totp", address="192.0.2.8")
    StaffSignIn.objects.create(user=ben, event="password_failed", method="password", address="192.0.2.9")
    theirs = sign_in(Client(), ben).session.session_key
    UserSession.objects.create(user=ben, ip="192.0.2.8", user_agent=FIREFOX, session_key=theirs)
    make_staff("privacy_officer", "carla.winter")
    make_staff("analyst", "dewi")
    with visiting(browser, live_server.url, width, scheme) as seen:
        inside(seen, ada)
        page = seen.goto("/backoffice/people/")
        seen.examine()
        picture(seen, "people")
        if (width, scheme) == (1280, "light"):
            seen.keep("people")
        page.get_by_role("link", name="Invite somebody").click()
        page.get_by_label("User name").fill("erik")
        page.get_by_label("Email").fill("erik@staff.example")
        page.get_by_label("Auditor").check()
        seen.examine()
        picture(seen, "invite")
        if is_usual(seen):
            seen.keep("person-invite")
        page.get_by_role("button", name="Invite", exact=True).click()
        page.get_by_role("heading", name="erik is invited").wait_for()
        seen.examine()
        picture(seen, "link")
        if is_usual(seen):
            seen.keep("person-link")
        page.get_by_role("link", name="Back to people").click()
        page.get_by_role("link", name="ben", exact=True).click()
        seen.examine()
        picture(seen, "person")
        if (width, scheme) == (1280, "light"):
            seen.keep("person")
        page.get_by_text("They have another address …").click()
        page.get_by_label("New email address").fill("ben.new@staff.example")
        seen.examine()
        page.get_by_role("button", name="Change the address").click()
        page.get_by_text("ben has a new address").wait_for()
        page.get_by_role("button", name="Deactivate").click()
        page.get_by_text("ben can no longer sign in").wait_for()
        seen.examine()
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("ben can sign in again.").wait_for()
        seen.goto(f"/backoffice/people/{ada.pk}/")
        seen.examine()
        picture(seen, "own")


def test_preferences_turn_the_screens_dark_and_german(browser: Browser, live_server: Any, ada: User) -> None:
    with visiting(browser, live_server.url) as seen:
        inside(seen, ada)
        page = seen.goto("/backoffice/preferences/")
        seen.keep("preferences")
        page.get_by_label("dark").check()
        page.get_by_label("Time zone").select_option("Asia/Jakarta")
        page.get_by_label("Language").select_option("de")
        page.locator("form.panel button[type=submit]").click()
        page.locator("html[lang=de][data-theme=dark]").wait_for(state="attached")
        expect(page.locator("#zone")).to_have_value("Asia/Jakarta")
        seen.examine()
