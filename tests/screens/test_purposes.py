"""Purposes and notices in Chromium: the tree, a change previewed and made, a version published."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.integration.api.conftest import default_types, unseen_configuration

__all__ = ["default_types", "unseen_configuration"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Look = Callable[..., Any]
HERE = "/backoffice/purposes/"


@pytest.fixture
def purposes(default_types: None) -> None:
    """The purposes that ship, one of them changed, with a notice in two versions."""
    from dataclasses import replace

    from consent.purpose_reading import read_purpose
    from profiles.purpose_changes import change_purpose, publish_notice
    from tests.factories.shipped import restore_shipped

    restore_shipped()
    for version, text in (("2025-05", "We write to you."), ("2026-01", "We write to you at most once a week.")):
        publish_notice(key="news", version=version, language="en", text=text, actor="command:load_purposes")
    held = read_purpose("marketing.email")
    assert held is not None
    fields = replace(held, notice="news", expires_after="P24M")
    change_purpose(key="marketing.email", fields=fields, actor="token:deployment")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_every_screen_is_sound(look: Look, purposes: None, width: int, scheme: str) -> None:
    with look("privacy_officer", width=width, scheme=scheme) as seen:
        for path, name in (
            ("", "purposes"),
            ("one/marketing.email/", "purpose"),
            ("one/marketing.email/change/", "purpose-form"),
            ("notices/", "notices"),
            ("notices/news/", "notice"),
            ("notices/news/2026-01/", "notice-version"),
            ("publish/?notice=news", "notice-publish"),
            ("new/", "purpose-new"),
            ("ages/", "ages"),
        ):
            seen.goto(HERE + path)
            seen.examine()
            if name and (width, scheme) == (1280, "light"):
                seen.keep(name)


def test_a_change_is_previewed_made_and_taken_back(look: Look, purposes: None) -> None:
    with look("privacy_officer") as seen:
        page = seen.goto(f"{HERE}one/research/change/")
        page.get_by_label("A no is left in peace for").fill("P6M")
        page.get_by_role("button", name="See what it would do").click()
        page.get_by_role("heading", name="What it would do").wait_for()
        seen.examine()
        seen.keep("purpose-preview")
        page.get_by_role("button", name="Apply the change").click()
        page.get_by_text("Changed, and in force at once.").wait_for()
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("The purpose is set as it was before.").wait_for()


def test_a_version_is_published(look: Look, purposes: None) -> None:
    with look("privacy_officer") as seen:
        page = seen.goto(f"{HERE}publish/?notice=news")
        page.get_by_label("Version", exact=True).fill("2026-02")
        page.get_by_label("English").fill("We write to you at most twice a month.")
        page.get_by_label("Type the version once more").fill("2026-02")
        page.get_by_role("button", name="Publish").click()
        page.get_by_text("Published in: en.").wait_for()
        expect(page.get_by_role("link", name="2026-02")).to_be_visible()
