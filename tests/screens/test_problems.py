"""What somebody sees who goes astray: pages that say what is wrong and where to go, in their language."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from tests.integration.api.conftest import default_types, unseen_configuration
from tests.screens.conftest import Looking

__all__ = ["default_types", "unseen_configuration"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Look = Callable[..., Any]


def go_astray(seen: Looking, path: str, status: int) -> None:
    """Open what is not to be opened; the browser says so in its console, as it should."""
    answer = seen.page.goto(seen.url + path)
    assert answer is not None
    assert answer.status == status
    seen.examine()
    seen.complaints[:] = [said for said in seen.complaints if "Failed to load resource" not in said]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_who_goes_astray_is_told_why_and_where_to_go(look: Look, width: int, scheme: str) -> None:
    with look("analyst", width=width, scheme=scheme) as seen:
        usual = (width, scheme) == (1280, "light")
        go_astray(seen, "/backoffice/nothing/", 404)
        expect(seen.page.get_by_role("heading", name="There is nothing here")).to_be_visible()
        if usual:
            seen.keep("nothing-here")
        go_astray(seen, "/backoffice/privacy/", 403)
        expect(seen.page.get_by_text("These roles do: Privacy officer, Auditor.")).to_be_visible()
        if usual:
            seen.keep("not-yours")
        go_astray(seen, "/backoffice/undo/", 405)
        go_astray(seen, "/admin/profiles/source/", 403)
        go_astray(seen, "/accounts/nothing/", 404)
        seen.page.get_by_role("link", name="Go to the start").click()
        expect(seen.page.get_by_role("heading", name="Good day")).to_be_visible()


def test_a_form_that_was_open_for_too_long_says_so(look: Look) -> None:
    with look("steward") as seen:
        page = seen.goto("/backoffice/rules/new/")
        page.context.clear_cookies(name="csrftoken")
        page.get_by_label("Name", exact=True).fill("card")
        page.get_by_role("button", name="See what it would do").click()
        expect(page.get_by_text("The form was open for too long")).to_be_visible()
        seen.examine()
        seen.complaints[:] = [said for said in seen.complaints if "Failed to load resource" not in said]


@pytest.mark.usefixtures("default_types")
def test_a_session_that_ends_while_a_form_is_filled_leads_back_to_the_form(look: Look) -> None:
    with look("steward", width=390) as seen:
        page = seen.goto("/backoffice/rules/new/")
        page.get_by_label("Name", exact=True).fill("card")
        Session.objects.all().delete()
        page.get_by_role("button", name="See what it would do").click()
        expect(page.get_by_text("Nothing was changed: you were no longer signed in.")).to_be_visible()
        page.wait_for_url("**/accounts/login/?next=/backoffice/rules/new/")
        seen.examine()
