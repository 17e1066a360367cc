"""The consent tab in Chromium: read, a record's proof opened, a choice by phone written down."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.factories.consents import ANN, ANN_ACCOUNT, PHONE, decision, tell_consents
from tests.integration.api.conftest import default_types, unseen_configuration

__all__ = ["default_types", "unseen_configuration"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Look = Callable[..., Any]


@pytest.fixture
def tab(default_types: None) -> str:
    """A person who said this and that over two years, and the path of their consents."""
    from profiles.models import Identifier
    from profiles.purpose_changes import publish_notice
    from tests.factories.callers import Caller
    from tests.factories.shipped import restore_shipped

    restore_shipped()
    publish_notice(
        key="news", version="3", language="de", text="Wir schreiben Ihnen, wenn es Neues gibt.", actor="test"
    )
    service = Caller()
    for days, purpose, state in (
        (700, "analytics", "granted"),
        (690, "marketing.email", "granted"),
        (520, "analytics", "withdrawn"),
        (400, "personalisation", "granted"),
        (300, "marketing.email", "withdrawn"),
        (200, "analytics", "granted"),
        (120, "ads", "denied"),
        (90, "marketing.email", "granted"),
        (60, "research", "objected"),
        (20, "ads.personalised", "denied"),
    ):
        at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        by = ANN if purpose == "marketing.email" else [ANN, ANN_ACCOUNT]
        tell_consents(service, decision(purpose, state, at=at), by=by)
    row = Identifier.objects.get(type__name="email", value=ANN["value"])
    return f"/backoffice/profiles/{row.profile_id}/consent/"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_the_tab_and_its_form_are_sound(look: Look, tab: str, width: int, scheme: str) -> None:
    with look("privacy_officer", width=width, scheme=scheme) as seen:
        seen.goto(tab)
        seen.examine()
        if scheme == "light":
            seen.keep("consents" if width == 1280 else "consents-phone")
        seen.goto(f"{tab}tell/")
        seen.examine()
        seen.goto(tab + record_of(tab))
        expect(seen.page.get_by_text("Checked now: the signature is good.")).to_be_visible()
        seen.examine()
        if (width, scheme) == (1280, "light"):
            seen.keep("consent-record-page")


def record_of(tab: str) -> str:
    """The path, below the tab, of a record that has a receipt and a notice."""
    from consent.models import ConsentDecision

    one = ConsentDecision.objects.filter(purpose="marketing.email").latest("received_at")
    return f"{one.act_id}/{one.identifier_id}/{one.purpose}/"


def told_on_a_device() -> str:
    """A purpose whose yes is confirmed by a link, and somebody to whom no letter can be sent; the path of their
    consents."""
    from profiles.models import Identifier
    from tests.factories.callers import Caller

    fields = {"legal_basis": "consent", "double_opt_in": True, "name": {"en": "Letters"}}
    assert Caller().put("/v1/consent/purposes/letters", fields).status == 201
    tell_consents(Caller(), decision("analytics"), by=PHONE)
    return f"/backoffice/profiles/{Identifier.objects.get(value=PHONE['value']).profile_id}/consent/"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_yes_that_waits_for_its_confirmation_shows_the_link_once(
    look: Look, tab: str, width: int, scheme: str
) -> None:
    with look("privacy_officer", width=width, scheme=scheme) as seen:
        page = seen.goto(f"{told_on_a_device()}tell/?purpose=letters")
        page.get_by_label("Yes, I agree").check()
        page.locator("input[name=identifier]").check()
        page.locator("[name=notice]").select_option("news|3|de")
        page.get_by_role("button", name="Record it").click()
        expect(page.get_by_text("/privacy/confirm/")).to_be_visible()
        seen.examine()
        if width == 1280:
            seen.keep("consent-waits")
        page.reload()
        expect(page.get_by_text("The link was shown already, once.")).to_be_visible()


def test_a_record_is_opened_beside_the_list_with_its_receipt_checked(look: Look, tab: str) -> None:
    with look("privacy_officer") as seen:
        page = seen.goto(tab)
        page.get_by_role("link", name="Receipt").first.click()
        page.get_by_text("Checked now: the signature is good.").wait_for()
        expect(page.get_by_text("Wir schreiben Ihnen, wenn es Neues gibt.")).to_be_visible()
        seen.examine()
        seen.keep("consent-proof")
        page.locator("#purpose").select_option("analytics")
        page.get_by_role("button", name="Show", exact=True).click()
        page.get_by_text("All purposes, now").wait_for()
        seen.keep("consent-purpose")
        expect(page.locator(".lane-name")).to_have_count(1)


def test_a_choice_by_phone_is_written_down_and_put_right(look: Look, tab: str) -> None:
    with look("privacy_officer") as seen:
        page = seen.goto(tab)
        page.get_by_role("link", name="Record what the person says").click()
        page.get_by_label("What it is about").select_option("sensitive")
        page.get_by_label("I object").check()
        page.locator("input[name=identifier]").first.check()
        seen.keep("consent-record")
        page.get_by_role("button", name="Record it").click()
        page.get_by_text("Recorded and in force.").wait_for()
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("A further record takes the objection back.").wait_for()
