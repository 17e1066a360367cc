"""Tokens in Chromium: one made and shown once, one revoked; callers and keys."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.integration.api.conftest import default_types, unseen_configuration

__all__ = ["default_types", "unseen_configuration"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Look = Callable[..., Any]
HERE = "/backoffice/tokens/"


@pytest.fixture
def tokens(default_types: None) -> int:
    """Some tokens, callers and keys; the number of one token."""
    from consent.signing import active_key, rotate_key
    from cxprofiles.models import ApiToken
    from cxprofiles.tokens import create_token, revoke_token
    from profiles.privacy.callers import give_token, put_caller
    from tests.factories.shipped import restore_shipped

    restore_shipped()
    soon = datetime.now(UTC) + timedelta(days=12)
    create_token(name="till Ghent", scopes=["recognise"], purposes=["service"], channels=["store"], actor="test")
    create_token(name="campaign tool", scopes=["recognise", "profiles:read"], purposes=["marketing.email"], actor="x")
    create_token(name="consent banner", scopes=["consent:write"], expires_at=soon, actor="test")
    create_token(name="old service", scopes=["admin"], actor="test")
    revoke_token(name="old service", actor="test")
    put_caller(protocol="opendsr", name="retailer-1", display_name="The retailer", actor="test")
    give_token(protocol="opendsr", name="retailer-1", actor="test")
    active_key()
    rotate_key()
    return ApiToken.objects.get(name="till Ghent").id


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_every_screen_is_sound(look: Look, tokens: int, width: int, scheme: str) -> None:
    with look("operator", width=width, scheme=scheme) as seen:
        for path, name in (
            ("", "tokens"),
            (f"{tokens}/", "token"),
            ("new/", "token-new"),
            ("callers/", "callers"),
            ("callers/opendsr/retailer-1/", "caller"),
            ("callers/new/", "caller-new"),
            ("keys/", "receipt-keys"),
        ):
            seen.goto(HERE + path)
            seen.examine()
            if name and (width, scheme) == (1280, "light"):
                seen.keep(name)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_token_is_made_shown_once_and_revoked(look: Look, tokens: int, width: int, scheme: str) -> None:
    with look("operator", width=width, scheme=scheme) as seen:
        page = seen.goto(f"{HERE}new/")
        page.get_by_label("Name").fill("newsletter")
        page.get_by_label("recognise people at a touchpoint").check()
        page.get_by_role("button", name="Make the token").click()
        page.get_by_text("It is shown this once.").wait_for()
        seen.examine()
        if width == 1280:
            seen.keep("token-made")
        page.get_by_role("link", name="I have copied it").click()
        page.get_by_role("link", name="newsletter").click()
        page.get_by_label("Type newsletter to revoke it").fill("newsletter")
        page.get_by_role("button", name="Revoke").click()
        page.get_by_text("opens nothing any more").wait_for()


def test_a_controller_is_let_in_without_scripts_and_its_token_is_not_shown_again(look: Look, tokens: int) -> None:
    with look("operator", width=390, scripts=False) as seen:
        page = seen.goto(f"{HERE}callers/")
        page.get_by_role("link", name="Let an organisation in").click()
        page.get_by_label("Name", exact=True).fill("shop.example")
        page.get_by_label("As people read it").fill("The shop")
        page.get_by_role("button", name="Let it in").click()
        page.get_by_text("It is shown this once.").wait_for()
        page.reload()
        page.get_by_text("The token was shown").wait_for()
        expect(page.locator("code.secret")).to_have_count(0)
