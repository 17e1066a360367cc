"""A profile, as staff read it."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cxprofiles.backoffice import disclosing
from profiles.models import Identifier
from tests.factories.channels import event, make_source, tell
from tests.factories.decisions import decide, decision
from tests.factories.requests import submit
from tests.factories.shipped import restore_shipped
from tests.integration.api.conftest import default_types, unseen_configuration
from tests.screens.conftest import Look, today

__all__ = ["default_types", "unseen_configuration"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
TABS = {"": "Overview", "traits/": "Traits", "raw/": "Raw", "accesses/": "Who looked"}


@pytest.fixture
def ann(default_types: None) -> Identifier:
    """Ann, seen by three channels, with a name that changed, choices and an open request."""
    restore_shipped()
    web, app, crm = make_source(region="DE"), make_source("app", channel="app"), make_source("crm", channel="crm")
    traits: dict[str, Any] = {
        "email": "ann.lee@example.org", "phone": "030 901820", "firstName": "Ann", "lastName": "Lee", "city": "Ghent",
        "birthday": "1980-02-01", "language": "nl", "loyalty_tier": "gold", "order_count": 12,
        "favourite_brand": "Northwind", "loyalty_id": "GOLD-7781",
    }  # fmt: skip
    tell(web, event(0, userId="ann-0001", anonymousId="browser-771", name="Signed In", context={"traits": traits}))
    tell(web, *(event(n, userId="ann-0001", anonymousId=f"browser-{n:03}", name="Product Viewed") for n in range(1, 9)))
    tell(app, *(event(900 + n, userId="ann-0001", anonymousId="phone-77", name="Screen Opened") for n in range(5)))
    order = {"revenue": 129.5, "currency": "EUR"}
    tell(web, event(1500, userId="ann-0001", name="Order Completed", properties=order))
    tell(crm, event(2000, userId="ann-0001", context={"traits": {"lastName": "Moss", "city": "Antwerp"}}))
    one = Identifier.objects.get(value="ann-0001")
    now = timezone.now()
    decide(
        decision(one.id, "marketing.email", "ConsentRefused", now),
        decision(one.id, "analytics", "ConsentGiven", now, proof={"notice_version": "1", "language": "en"}),
    )
    submit("access", ("user_id", "ann-0001"), verified=False)
    return one


def base(one: Identifier) -> str:
    return f"/backoffice/profiles/{one.profile_id}/"


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_each_tab_is_legible_everywhere(look: Look, ann: Identifier, width: int, scheme: str) -> None:
    with look("privacy_officer", width, scheme) as seen:
        for tab, name in TABS.items():
            page = seen.goto(base(ann) + tab)
            expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
            expect(page.get_by_role("heading", level=1)).to_have_text("Ann Moss")
            seen.examine()
            if (width, scheme) == (1280, "light"):
                seen.keep(f"profile-{tab.strip('/') or 'overview'}")
            if (width, scheme, tab) == (390, "light", ""):
                seen.keep("profile-overview-phone")


def test_values_are_revealed_and_masked_again(look: Look, ann: Identifier) -> None:
    with look("steward") as seen:
        page = seen.goto(base(ann))
        expect(page.locator(".identifiers").get_by_text("a••@e••.org")).to_be_visible()
        page.get_by_role("button", name="Reveal values").click()
        expect(page.locator(".identifiers").get_by_text("ann.lee@example.org")).to_be_visible()
        seen.examine()
        seen.keep("profile-revealed")
        page.get_by_role("button", name="Mask again").click()
        expect(page.locator(".identifiers").get_by_text("ann.lee@example.org")).to_have_count(0)


def test_values_are_masked_on_the_screen_once_their_time_is_over(
    look: Look, ann: Identifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosing, "REVEALED_SECONDS", 4)
    with look("privacy_officer") as seen:
        page = seen.goto(base(ann) + "traits/")
        page.get_by_role("button", name="Reveal values").click()
        expect(page.get_by_role("cell", name="ann.lee@example.org")).to_be_visible()
        expect(page.get_by_role("button", name="Reveal values")).to_be_visible(timeout=20_000)
        expect(page.get_by_text("ann.lee@example.org")).to_have_count(0)


def test_a_trait_opens_its_history(look: Look, ann: Identifier) -> None:
    with look("steward") as seen:
        page = seen.goto(base(ann) + "traits/")
        page.get_by_role("link", name="2 values were said Last name").click()
        expect(page.get_by_role("heading", name="All that was said of Last name")).to_be_visible()
        expect(page.get_by_text("The rule of this trait: the latest word counts.")).to_be_visible()
        seen.examine()
        seen.keep("profile-trait-history")


def test_the_past_is_one_field_away_and_the_tabs_are_reached_by_keys(look: Look, ann: Identifier) -> None:
    with look("steward") as seen:
        page = seen.goto(base(ann))
        page.get_by_label("As believed at the end of").fill(today().isoformat())
        page.get_by_role("button", name="Show that day").click()
        expect(page.get_by_text("This is what had been received and decided by the end of")).to_be_visible()
        seen.examine()
        page.get_by_role("link", name="Overview", exact=True).focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Traits", exact=True)).to_be_visible()
