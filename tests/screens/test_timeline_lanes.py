"""The marks of the lanes: what they stand for is said to whoever points, tabs or has no scripts."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.integration.api.conftest import default_types, unseen_configuration
from tests.screens.test_timeline import journey

__all__ = ["default_types", "journey", "unseen_configuration"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Look = Callable[..., Any]


def marks_of(page: Page, lane: int) -> Locator:
    """The marks of a lane, the uppermost being the first."""
    return page.locator(".journey-lanes > g").nth(lane).locator("a")


def label_of(mark: Locator) -> str:
    return mark.get_attribute("aria-label") or ""


def test_arrows_go_from_mark_to_mark_and_enter_follows_one(look: Look, journey: str) -> None:
    with look("steward") as seen:
        page = seen.goto(journey)
        first, last = marks_of(page, 0).first, marks_of(page, 0).last
        expect(page.locator('.journey-lanes a[tabindex="0"]')).to_have_count(1)
        page.locator(".lanes .scroll").first.focus()
        page.keyboard.press("Tab")
        expect(first).to_be_focused()
        said = page.locator("[data-mark-said]")
        expect(said).to_have_text(label_of(first))
        page.keyboard.press("ArrowRight")
        expect(marks_of(page, 0).nth(1)).to_be_focused()
        page.keyboard.press("End")
        expect(last).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(last).to_be_focused()
        page.keyboard.press("ArrowDown")
        below = marks_of(page, 1).last
        expect(below).to_be_focused()
        expect(said).to_have_text(label_of(below))
        expect(page.locator('.journey-lanes a[tabindex="0"]')).to_have_count(1)
        seen.examine()
        page.keyboard.press("Enter")
        page.wait_for_url("**/timeline/?from=*")
        expect(page.locator("#from")).not_to_have_value("")


def test_pointing_at_a_mark_says_what_it_stands_for(look: Look, journey: str) -> None:
    with look("steward") as seen:
        page = seen.goto(journey)
        mark = marks_of(page, 3).first
        mark.hover()
        expect(page.locator("[data-mark-said]")).to_have_text(label_of(mark))
        expect(page.locator("[data-mark-said]")).to_have_text(re.compile("^Call centre, .*: 1 interaction$"))


def test_a_mark_is_a_link_without_scripts_too(look: Look, journey: str) -> None:
    with look("steward", scripts=False) as seen:
        page = seen.goto(journey)
        marks_of(page, 3).first.click()
        page.wait_for_url("**/timeline/?from=*")
        expect(page.locator("[data-opens]")).not_to_have_count(0)
