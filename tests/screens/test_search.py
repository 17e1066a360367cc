"""The start and the search, as people use them."""

from typing import Any

import pytest
from playwright.sync_api import expect

from profiles.models import Card
from tests.factories.channels import event, make_source, tell
from tests.factories.requests import submit
from tests.factories.shipped import restore_shipped
from tests.integration.api.conftest import default_types, unseen_configuration
from tests.screens.conftest import Look

__all__ = ["default_types", "unseen_configuration"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture
def people(default_types: None) -> None:
    """A shop's and an app's customers; two are called Ann."""
    restore_shipped()
    shop, app = make_source(region="DE"), make_source("app", channel="app")
    told: list[tuple[str, dict[str, Any]]] = [
        ("ann-0001", {"email": "ann.lee@example.org", "phone": "030 901820", "firstName": "Ann", "lastName": "Lee"}),
        ("ann-0002", {"email": "annika@example.org", "firstName": "Annika", "lastName": "Lindqvist"}),
        ("ann-0003", {"email": "a.moss@example.net", "firstName": "Ann", "lastName": "Moss"}),
        ("bo-0004", {"email": "bo@example.org", "name": "Bo Annable"}),
    ]
    for minute, (user, traits) in enumerate(told):
        tell(shop, event(minute, userId=user, context={"traits": traits}))
    tell(app, event(60, userId="ann-0001", anonymousId="phone-of-ann-1"), event(61, anonymousId="somebody-else"))
    tell(shop, event(70, userId="ann-0003", context={"traits": {"lastName": "Lee-Moss"}}))


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_start_asks_whom_to_find(look: Look, width: int, scheme: str) -> None:
    submit("erasure")
    with look("administrator", width, scheme) as seen:
        page = seen.goto("/backoffice/")
        expect(page.get_by_label("Find a person")).to_be_focused()
        seen.examine()
        if (width, scheme) == (1280, "light"):
            seen.keep("start")
        page.get_by_label("Find a person").fill("ann.lee@example.org")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Ann Lee")).to_be_visible()


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_people_appear_when_typing_rests(look: Look, width: int, scheme: str) -> None:
    with look("steward", width, scheme) as seen:
        page = seen.goto("/backoffice/search/")
        page.get_by_label("Find a person").press_sequentially("ann")
        expect(page.get_by_role("heading", name="Annika Lindqvist")).to_be_visible()
        expect(page.get_by_role("heading", level=2)).to_have_count(3)
        assert page.url.endswith("/backoffice/search/")
        seen.examine()
        if (width, scheme) == (1280, "light"):
            seen.keep("search")
        page.get_by_role("link", name="Ann Lee", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Ann Lee")


@pytest.mark.usefixtures("people")
def test_a_slow_search_says_so_in_words_and_a_failed_one_too(look: Look) -> None:
    with look("steward") as seen:
        page = seen.goto("/backoffice/search/")
        waiting: list[Any] = []
        page.route("**/backoffice/search/", lambda route: waiting.append(route))
        page.get_by_label("Find a person").press_sequentially("ann")
        expect(page.get_by_text("this is being read")).to_be_visible()
        seen.examine()
        waiting[0].continue_()
        expect(page.get_by_role("heading", name="Annika Lindqvist")).to_be_visible()
        expect(page.get_by_text("this is being read")).not_to_be_visible()
        page.get_by_label("Find a person").press_sequentially("ika")
        expect(page.get_by_text("this is being read")).to_be_visible()
        waiting[1].abort()
        expect(page.get_by_text("The service did not answer")).to_be_visible()
        seen.complaints.clear()  # the browser says that the request failed, as it should


@pytest.mark.usefixtures("people")
def test_a_search_works_without_scripts(look: Look) -> None:
    with look("steward", scripts=False) as seen:
        page = seen.goto("/backoffice/search/")
        page.get_by_label("Find a person").fill("030 901820")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_text("Phone number matches")).to_be_visible()
        expect(page.get_by_label("Find a person")).to_have_value("030 901820")


@pytest.mark.parametrize("scripts", [True, False])
def test_pages_lead_on_and_back_to_the_first(look: Look, default_types: None, scripts: bool) -> None:
    tell(
        make_source(), *(event(userId=f"u-{n:03}", context={"traits": {"firstName": f"Ann{n:02}"}}) for n in range(30))
    )
    with look("steward", scripts=scripts) as seen:
        page = seen.goto("/backoffice/search/")
        page.get_by_label("Find a person").fill("ann")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("heading", name="Ann00")).to_be_visible()
        page.get_by_role("button", name="More people").click()
        expect(page.get_by_role("heading", name="Ann29")).to_be_visible()
        expect(page.get_by_role("heading", name="Ann00")).to_have_count(0)
        if scripts:  # what examines a page is a script
            seen.examine()
        page.get_by_role("button", name="From the start").click()
        expect(page.get_by_role("heading", name="Ann00")).to_be_visible()
        expect(page.get_by_role("button", name="From the start")).to_have_count(0)


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_who_is_not_found_leaves_advice(look: Look, width: int, scheme: str) -> None:
    with look("steward", width, scheme) as seen:
        page = seen.goto("/backoffice/search/")
        page.get_by_label("Find a person").fill("test@test.com")
        expect(page.get_by_text("is blocked as an identifier")).to_be_visible()
        expect(page.get_by_role("heading", name="Nobody was found")).to_be_visible()
        seen.examine()
        if (width, scheme) == (1280, "light"):
            seen.keep("search-nobody")


@pytest.mark.usefixtures("people")
def test_an_id_is_copied_and_said_to_be_and_no_button_is_there_that_needs_scripts(look: Look) -> None:
    path = f"/backoffice/profiles/{Card.objects.earliest('root_id').profile_id}/"
    with look("steward") as seen:
        page = seen.goto(path)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy").first.click()
        expect(page.get_by_text("Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") in path
    with look("steward", scripts=False) as seen:
        expect(seen.goto(path).get_by_role("button", name="Copy")).to_have_count(0)
        expect(seen.goto(path + "identity/").get_by_role("button", name="All of it")).to_have_count(0)
