"""A newcomer's first morning: find Ann by her phone number, see why two devices are hers, split one off, see both
profiles, and take it back. Only what can be read on the screens is used."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from profiles.models import Card, Source
from tests.factories.channels import event, tell
from tests.integration.api.conftest import default_types, shop, unseen_configuration

__all__ = ["default_types", "shop", "unseen_configuration"]

pytestmark = pytest.mark.django_db(transaction=True)

Look = Callable[..., Any]
PHONE = "+49 30 12345678"
DOUBT = "Something that was seen or decided may speak against a part of it."
LAPTOP, TABLET = "device-laptop-of-ann", "device-tablet-of-the-house"


def tell_of_ann(shop: Source) -> None:
    """Ann signs in on her laptop and on a tablet that, as it will turn out, is her neighbour's."""
    ann = {"traits": {"email": "ann@example.org", "phone": PHONE, "first_name": "Ann", "last_name": "Lee"}}
    tell(shop, event(1, name="Signed In", userId="ann-1", context={**ann, "device": {"id": LAPTOP}}))
    tell(shop, event(2, name="Order Completed", userId="ann-1", context={"device": {"id": TABLET}}))
    tell(shop, event(3, name="Recipe Read", context={"device": {"id": TABLET}}))


@pytest.mark.parametrize("width", [1280, 390])
def test_a_newcomer_finds_understands_splits_and_takes_back(look: Look, shop: Source, width: int) -> None:
    tell_of_ann(shop)
    before = cards()
    with look("steward", width=width) as seen:
        page = seen.goto("/backoffice/")
        find(page, PHONE)
        page.get_by_role("link", name="Ann Lee").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Ann Lee")
        page.get_by_role("button", name=re.compile("Reveal|Show the values")).first.click()
        page.get_by_role("navigation", name="Parts of the profile").get_by_role("link", name="Identity").click()
        understand(page)
        split_off(page, TABLET)
        seen.examine()
        see_both(page)
        assert len(cards()) == 2
        expect(page.get_by_text(DOUBT)).to_be_visible()
        page.get_by_role("button", name="Take back").click()
        expect(page.get_by_text("The decision was taken back.")).to_be_visible()
        expect(page.get_by_text(DOUBT)).to_have_count(0)
        find(page, PHONE)
        page.get_by_role("link", name="Ann Lee").click()
        page.get_by_role("navigation", name="Parts of the profile").get_by_role("link", name="Timeline").click()
        expect(page.get_by_text("Recipe Read").first).to_be_visible()
    assert cards() == before


def cards() -> dict[str, dict[str, Any]]:
    """All that every profile shows, to the byte, by its id."""
    rows = Card.objects.values()
    return {
        str(row["profile_id"]): {name: bytes(one) if isinstance(one, memoryview) else one for name, one in row.items()}
        for row in rows
    }


def find(page: Page, words: str) -> None:
    """Look for somebody with the box that is on every screen."""
    page.get_by_role("searchbox").first.fill(words)
    page.get_by_role("searchbox").first.press("Enter")


def understand(page: Page) -> None:
    """Choose both devices and ask why they are one person's."""
    page.get_by_role("checkbox", name=LAPTOP).check()
    page.get_by_role("checkbox", name=TABLET).check()
    page.get_by_role("button", name="Why are these two together").click()
    answer = page.locator("#answer")
    expect(answer).to_contain_text("They are the same person")
    expect(answer).to_contain_text("ann-1")
    page.get_by_role("checkbox", name=LAPTOP).uncheck()


def split_off(page: Page, device: str) -> None:
    """Look at what it would do, and do it."""
    page.get_by_role("button", name="Preview: split them off").click()
    expect(page.get_by_text("Then: 2 profiles")).to_be_visible()
    page.get_by_label("Why").fill("The tablet is her neighbour's; Ann told us on the phone.")
    page.get_by_role("button", name="Split off").click()
    expect(page.get_by_text("1 identifier was split off.")).to_be_visible()


def see_both(page: Page) -> None:
    """The profile of the tablet stands beyond the refused link; both can be opened."""
    here = page.url
    page.locator("#nodes").get_by_role("link", name="Anonymous visitor").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Anonymous visitor")
    page.goto(here)
