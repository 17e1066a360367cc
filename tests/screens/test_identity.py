"""The identity tab in a browser: the drawing, splitting from it, what is said of why, and the slider."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from profiles.models import Decision, Identifier, Source
from tests.factories.channels import accept, event, tell, work
from tests.integration.api.conftest import default_types, shop, unseen_configuration

__all__ = ["default_types", "shop", "unseen_configuration"]

pytestmark = pytest.mark.django_db(transaction=True)

Look = Callable[..., Any]


def tell_of_ann(shop: Source) -> None:
    """Ann with what she uses; Bob, who typed her address once; a kiosk that three people used."""
    phone = {"traits": {"email": "ann@example.org", "phone": "+493012345678", "name": "Ann Lee"}}
    early = datetime(2026, 1, 2, tzinfo=UTC)
    accept(shop, event(1, userId="ann-1", context=phone), received_at=early)
    accept(shop, event(2, userId="ann-1", context={"device": {"id": "telephone-77"}}), received_at=early)
    work()
    tell(shop, event(4000, userId="ann-1", context={"device": {"id": "tablet-42"}}))
    tell(shop, event(4200, userId="ann-1", anonymousId="browser-9f3a"))
    tell(shop, event(4300, anonymousId="browser-9f3a", context={"traits": {"email": "a.lee@work.example.org"}}))
    tell(shop, event(5600, userId="bob-1", context={"traits": {"email": "ann@example.org", "name": "Bob Roy"}}))
    tell(shop, event(3900, userId="bob-1", context={"device": {"id": "tablet-42"}}))


def path_of(value: str) -> str:
    return f"/backoffice/profiles/{Identifier.objects.get(value=value).profile_id}/identity/"


def choose(page: Page, value: str) -> None:
    page.locator(f'input[name="chosen"][value="{Identifier.objects.get(value=value).id}"]').check()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_tab_is_drawn_and_examined(look: Look, shop: Source, width: int, scheme: str) -> None:
    tell_of_ann(shop)
    with look("steward", width=width, scheme=scheme) as seen:
        page = seen.goto(path_of("ann-1"))
        expect(page.locator("#graph canvas").first).to_be_visible()
        seen.examine()
        if scheme == "light":
            seen.keep("identity" if width == 1280 else "identity-phone")


def test_one_device_is_split_off_and_taken_back(look: Look, shop: Source) -> None:
    tell_of_ann(shop)
    with look("steward") as seen:
        page = seen.goto(path_of("ann-1"))
        choose(page, "telephone-77")
        expect(page.locator("[data-chosen-said]")).to_contain_text("Device")
        page.get_by_role("button", name="Preview: split them off").click()
        expect(page.get_by_text("Then: 2 profiles")).to_be_visible()
        seen.examine()
        seen.keep("identity-split")
        page.get_by_label("Why").fill("The telephone is her brother's.")
        page.get_by_role("button", name="Split off").click()
        expect(page.get_by_text("1 identifier was split off.")).to_be_visible()
        assert Decision.objects.filter(withdrawn_at=None).count() == 1
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("Taken back: the profiles")).to_be_visible()
        assert not Decision.objects.filter(withdrawn_at=None).exists()


def test_the_keyboard_moves_chooses_and_asks_why(look: Look, shop: Source) -> None:
    tell_of_ann(shop)
    with look("steward") as seen:
        page = seen.goto(path_of("ann-1"))
        page.locator("#graph").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        expect(page.locator("#detail dl")).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Space")
        expect(page.locator('input[name="chosen"]:checked')).to_have_count(2)
        page.get_by_role("button", name="Why are these two together").click()
        expect(page.locator("#answer h3")).to_be_visible()
        seen.examine()


def test_the_slider_shows_what_was_believed_then(look: Look, shop: Source) -> None:
    tell_of_ann(shop)
    with look("steward") as seen:
        page = seen.goto(path_of("ann-1"))
        slider = page.get_by_label("Slide through time")
        slider.focus()
        page.keyboard.press("Home")
        expect(page.get_by_text("Nothing of this profile was known yet")).to_be_visible()
        page.get_by_label("As it was at the end of").fill("2026-01-03")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_text("What was believed at the end of")).to_be_visible()
        expect(page.locator("#nodes tbody tr")).to_have_count(4)
        seen.examine()


def test_all_of_it_works_without_scripts(look: Look, shop: Source) -> None:
    tell_of_ann(shop)
    with look("steward", scripts=False) as seen:
        page = seen.goto(path_of("ann-1"))
        choose(page, "tablet-42")
        choose(page, "telephone-77")
        page.get_by_role("button", name="Why are these two together").click()
        expect(page.get_by_text("They are the same person")).to_be_visible()
        page.go_back()
        page.get_by_role("button", name="Preview: split them off").click()
        page.get_by_label("Why").fill("Not hers.")
        page.get_by_role("button", name="Split off").click()
        expect(page.get_by_text("2 identifiers were split off.")).to_be_visible()
