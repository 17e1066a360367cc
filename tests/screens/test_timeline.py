"""The timeline as staff see it: lanes, days, the drawer; with a mouse, with keys, without scripts, on a phone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from profiles.identity.decisions import record_decision
from profiles.models import Identifier, Interaction, Source
from tests.factories.channels import START, accept, event, make_source, work
from tests.integration.api.conftest import default_types, unseen_configuration

__all__ = ["default_types", "unseen_configuration"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = 60 * 24
Look = Callable[..., Any]


@pytest.fixture
def journey(default_types: None) -> str:
    """A year of Ann over all channels; the path of her timeline."""
    shop = make_source("shop.example", trust="public")
    app = make_source("android", channel="app")
    till = make_source("till Ghent", channel="store")
    calls = make_source("service desk", channel="callcentre")
    mails = make_source("newsletter", channel="email")
    ann: dict[str, Any] = {"userId": "ann-1", "context": {"traits": {"email": "ann@example.org", "firstName": "Ann"}}}
    live(shop, *(event(-DAY * n * 7 + n * 97 % 600, name=name_of(n), anonymousId="b-1f0a") for n in range(48)))
    live(shop, event(-DAY * 300, name="Signed Up", anonymousId="b-1f0a", **ann))
    live(app, *(event(-DAY * n * 3 + 400, name="Application Opened", userId="ann-1") for n in range(40)))
    live(till, *(bought(n) for n in range(9)))
    live(calls, event(-DAY * 2, name="Call Ended", context={"traits": {"phone": "+32470123456"}}))
    live(mails, *(event(-DAY * n * 14, name="Email Opened", **mail()) for n in range(20)))
    accept(app, event(30, name="Product Viewed", userId="ann-1"), received_at=START + timedelta(days=3))
    refusing = {"consent": {"categoryPreferences": {"personalisation": False, "analytics": True}}}
    live(
        shop, {**event(45, userId="ann-1", anonymousId="null", context=refusing), "type": "page", "name": "Summer sale"}
    )
    work()
    record_decision(
        a=("user_id", "ann-1"),
        b=("phone", "+32470123456"),
        verdict="same",
        reason="She gave her number on the phone.",
        actor="token:service desk",
    )
    ann_1 = Identifier.objects.get(type__name="user_id")
    return f"/backoffice/profiles/{Identifier.objects.get(id=ann_1.root_id).profile_id}/timeline/"


def live(source: Source, *events: dict[str, Any]) -> None:
    """Events that come as soon as they happen."""
    for one in events:
        accept(source, one, received_at=datetime.fromisoformat(one["timestamp"]) + timedelta(seconds=1))


def name_of(number: int) -> str:
    return ("Product Viewed", "Products Searched", "Product Added", "cart_opened")[number % 4]


def bought(number: int) -> dict[str, Any]:
    money = {"revenue": 19.9 + number * 13, "currency": "EUR"}
    return event(-DAY * number * 41 + 700, name="Order Completed", userId="ann-1", properties=money)


def mail() -> dict[str, Any]:
    return {"context": {"traits": {"email": "ann@example.org"}}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_timeline_can_be_read_by_everybody(look: Look, journey: str, width: int, scheme: str) -> None:
    with look("steward", width=width, scheme=scheme) as seen:
        seen.goto(journey)  # the browser tells its time zone
        page = seen.goto(f"{journey}?from=2025-12-14")
        seen.examine()
        if scheme == "light" and width == 390:
            seen.keep("timeline-phone")
        page.get_by_role("link", name="Summer sale").click()
        page.get_by_role("heading", name="Viewed the page “Summer sale”").wait_for()
        seen.examine()
        if scheme == "light" and width == 1280:
            seen.keep("timeline")
        seen.goto(page.get_by_role("link", name="Summer sale").get_attribute("href") or "")
        expect(seen.page.get_by_role("heading", name="Why is this here?")).to_be_visible()
        seen.examine()
        if scheme == "light" and width == 1280:
            seen.keep("interaction")


def test_the_drawer_opens_and_closes_by_keys(look: Look, journey: str) -> None:
    with look("steward") as seen:
        page = seen.goto(journey)
        link = page.get_by_role("link", name="Summer sale")
        link.focus()
        page.keyboard.press("Enter")
        page.get_by_text("This event refuses personalisation").nth(1).wait_for()
        expect(page.locator("#event-words")).to_be_focused()
        assert page.url.endswith("/timeline/")
        page.keyboard.press("Escape")
        expect(link).to_be_focused()
        expect(page.locator("#drawer article")).to_have_count(0)


def test_why_leads_to_the_event_that_first_showed_it(look: Look, journey: str) -> None:
    with look("steward") as seen:
        page = seen.goto(f"{journey}?text=cart")
        page.locator("[data-opens]").first.click()
        page.get_by_role("link", name="First shown by: Signed up").click()
        page.locator("#event-words", has_text="Signed up").wait_for()


def test_earlier_interactions_come_below_without_a_new_page(look: Look, journey: str) -> None:
    with look("steward") as seen:
        page = seen.goto(journey)
        expect(page.locator("[data-opens]")).to_have_count(50)
        page.get_by_role("link", name="Load earlier").click()
        page.locator("[data-opens]").nth(60).wait_for()
        expect(page.locator("[data-opens]")).to_have_count(100)
        assert "earlier" not in page.url
        page.get_by_role("link", name="Load earlier").click()
        page.get_by_text("This is the beginning.").wait_for()
        expect(page.locator("[data-opens]")).to_have_count(Interaction.objects.count())
        seen.examine()


def test_a_mark_of_the_lanes_leads_to_its_days(look: Look, journey: str) -> None:
    with look("steward") as seen:
        page = seen.goto(journey)
        mark = page.locator("circle").last
        said = mark.locator("title").text_content() or ""
        assert said.startswith("Email, ")
        mark.click()
        page.wait_for_url("**/timeline/?from=*")
        expect(page.locator("#from")).not_to_have_value("")
        page.get_by_text("The same as a table").click()
        seen.examine()


def test_everything_is_there_without_scripts(look: Look, journey: str) -> None:
    with look("steward", scripts=False) as seen:
        page = seen.goto(journey)
        page.get_by_role("link", name="Load earlier").click()
        expect(page.locator("[data-opens]")).to_have_count(50)
        page.get_by_role("link", name="Show later interactions").click()
        page.get_by_label("Event name contains").fill("summer")
        page.get_by_role("button", name="Filter", exact=True).click()
        page.get_by_role("link", name="Summer sale").click()
        page.get_by_role("heading", name="Why is this here?").wait_for()
        page.get_by_role("link", name="Close").click()
        page.wait_for_url("**/timeline/")
