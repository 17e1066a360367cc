"""The work list in a browser: looked at, answered by keyboard and without scripts, undone, and locked for others."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from profiles.configuration import forget_configuration
from profiles.identity.decisions import record_decisions
from profiles.models import Identifier, ReviewCase, Source
from profiles.review.finding import find_cases
from tests.factories.callers import Caller
from tests.factories.channels import accept, event, tell, work
from tests.factories.consents import decision, tell_consents
from tests.factories.shipped import restore_shipped
from tests.integration.api.conftest import default_types, service, shop, unseen_configuration

__all__ = ["default_types", "service", "shop", "unseen_configuration"]

pytestmark = pytest.mark.django_db(transaction=True)

Look = Callable[..., Any]
LIST = "/backoffice/work/"


def tell_of_a_shop(shop: Source, service: Caller) -> None:
    """Ann with two accounts, others like her, a mailbox of an office, and events that nobody understands."""
    restore_shipped()
    forget_configuration()
    ann = {
        "email": "ann@example.org",
        "firstName": "Ann",
        "lastName": "Lee",
        "phone": "+493012345678",
        "city": "Berlin",
    }
    two = {"email": "ann@example.org", "firstName": "Anna", "lastName": "Lee", "city": "Potsdam"}
    tell(shop, *(event(n, name="Product Viewed", userId="ann-1", context={"traits": ann}) for n in range(12)))
    tell(shop, *(event(90 + n, name="Order Completed", userId="ann-2", context={"traits": two}) for n in range(5)))
    for account, state in (("ann-1", "granted"), ("ann-2", "denied")):
        tell_consents(service, decision("marketing.email", state), by={"type": "user_id", "value": account})
    for number in range(4):
        tell(shop, event(number, userId=f"staff-{number}", context={"traits": {"email": "office@example.com"}}))
        mail = {"traits": {"email": f"p{number}@example.org", "firstName": "Kim"}}
        tell(shop, event(number, userId=f"p-{number}-1", context=mail), event(9, userId=f"p-{number}-2", context=mail))
    accept(shop, *({"type": "nonsense", "userId": f"x-{n}", "properties": {"price": 12}} for n in range(3)))
    tell(shop, event(0, userId="p-1-1", context={"traits": {"email": "test@test.com"}}))
    work()
    ids = [Identifier.objects.get(value=f"staff-{n}").id for n in range(3)]
    record_decisions(pairs=[(ids[0], ids[2])], verdict="different", reason="Two desks", actor="staff:1")
    record_decisions(pairs=[(ids[0], ids[1]), (ids[1], ids[2])], verdict="same", reason="One desk", actor="staff:1")
    find_cases()


def of_ann() -> ReviewCase:
    return ReviewCase.objects.filter(kind="refused_link").order_by("-stake")[0]


def foreseen(page: Page) -> None:
    expect(page.locator("#previews")).to_contain_text("What would happen")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_list_and_each_kind_of_case_are_examined(
    look: Look, shop: Source, service: Caller, width: int, scheme: str
) -> None:
    tell_of_a_shop(shop, service)
    with look("steward", width=width, scheme=scheme) as seen:
        seen.goto(LIST)
        seen.examine()
        if scheme == "light":
            seen.keep("work" if width == 1280 else "work-phone")
        page = seen.goto(f"{LIST}{of_ann().id}/")
        foreseen(page)
        seen.examine()
        if scheme == "light":
            seen.keep("work-case" if width == 1280 else "work-case-phone")
        for kind in ("contradiction", "shared_identifier", "quarantined_events", "dropped_identifiers"):
            page = seen.goto(f"{LIST}{ReviewCase.objects.filter(kind=kind)[0].id}/")
            if kind == "contradiction":
                foreseen(page)
            seen.examine()
            if (width, scheme) == (1280, "light"):
                seen.keep(f"work-{kind.replace('_', '-')}")


def test_a_case_is_answered_by_keyboard_and_undone(look: Look, shop: Source, service: Caller) -> None:
    tell_of_a_shop(shop, service)
    case = of_ann()
    with look("steward") as seen:
        page = seen.goto(f"{LIST}?kind=refused_link")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("Are they one person?")
        page.wait_for_url(f"**{case.id}**")
        page.keyboard.press("?")
        expect(page.locator("[data-keys]")).to_have_attribute("open", "")
        foreseen(page)
        page.keyboard.press("s")
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        expect(page.locator("#alerts")).to_contain_text("Answered: same person")
        assert str(case.id) not in page.url, "the next case is open"
        case.refresh_from_db()
        assert (case.state, case.note) == ("answered", "Same name and address")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#alerts")).to_contain_text("Taken back")
        case.refresh_from_db()
        assert case.state == "open"


def test_not_sure_is_one_key_and_j_and_k_go_through_the_cases(look: Look, shop: Source, service: Caller) -> None:
    tell_of_a_shop(shop, service)
    case = of_ann()
    with look("steward") as seen:
        page = seen.goto(f"{LIST}{case.id}/?kind=refused_link")
        page.keyboard.press("j")
        page.wait_for_url(lambda url: str(case.id) not in url)
        page.keyboard.press("k")
        page.wait_for_url(f"**/{case.id}/**")
        page.keyboard.press("u")
        expect(page.locator("#alerts")).to_contain_text("Set aside")
        case.refresh_from_db()
        assert case.state == "later"


def test_whoever_comes_second_can_look_and_answer_once_it_is_left(look: Look, shop: Source, service: Caller) -> None:
    tell_of_a_shop(shop, service)
    address = f"{LIST}{of_ann().id}/"
    with look("steward") as first, look("steward") as second:
        page = first.goto(address)
        other = second.goto(address)
        expect(other.locator(".notice.warning")).to_contain_text("works on this case")
        expect(other.locator("[data-answers]")).to_have_count(0)
        second.examine()
        page.get_by_role("button", name="Back to the list").click()
        page.wait_for_url("**/backoffice/work/")
        expect(second.goto(address).locator("[data-answers]")).to_have_count(1)


def test_without_scripts_a_case_is_answered_all_the_same(look: Look, shop: Source, service: Caller) -> None:
    tell_of_a_shop(shop, service)
    with look("steward", scripts=False) as seen:
        page = seen.goto(f"{LIST}{of_ann().id}/")
        page.get_by_role("link", name="See what each answer would do").click()
        expect(page.locator(".foreseen")).to_contain_text("become one")
        page.get_by_role("link", name="Back to the case").click()
        page.locator('input[name="answer"][value="different"]').check()
        page.locator('textarea[name="note"]').fill("Mother and daughter")
        page.get_by_role("button", name="Answer and open the next").click()
        expect(page.locator("#alerts")).to_contain_text("different people")
    assert ReviewCase.objects.get(answer="different").note == "Mother and daughter"


def wait_until_free(page: Page, case: ReviewCase) -> None:
    """What a page sends when it is left arrives some time after."""
    for _turn in range(100):
        case.refresh_from_db()
        if not case.claimed_by:
            return
        page.wait_for_timeout(100)
    pytest.fail("the case was not given back")


def test_keys_that_are_typed_into_a_field_are_letters_and_nothing_else(
    look: Look, shop: Source, service: Caller
) -> None:
    tell_of_a_shop(shop, service)
    case = of_ann()
    with look("steward") as seen:
        page = seen.goto(f"{LIST}{case.id}/")
        page.keyboard.press("n")
        expect(page.locator("#note")).to_be_focused()
        page.keyboard.type("just us: 1 dud? k")
        expect(page.locator("#note")).to_have_value("just us: 1 dud? k")
        expect(page.locator("[name=answer]:checked")).to_have_count(0)
        page.locator("#finder").click()
        page.keyboard.type("jus")
        expect(page.locator("#finder")).to_have_value("jus")
        expect(page.locator("[name=answer]:checked")).to_have_count(0)
        page.locator("#finder").fill("")
        page.locator("h1").click()
        page.keyboard.press("d")
        expect(page.locator("[name=answer][value=different]")).to_be_checked()
    case.refresh_from_db()
    assert case.state == "open"


def test_single_keys_can_be_switched_off(look: Look, shop: Source, service: Caller) -> None:
    tell_of_a_shop(shop, service)
    with look("steward") as seen:
        page = seen.goto("/backoffice/preferences/")
        page.get_by_label("Switch single keys off").check()
        page.get_by_role("button", name="Keep").click()
        expect(page.locator("#alerts")).to_contain_text("Kept for this browser")
        expect(page.get_by_label("Switch single keys off")).to_be_checked()
        page = seen.goto(f"{LIST}{of_ann().id}/")
        foreseen(page)
        for key in ("d", "n", "/"):
            page.keyboard.press(key)
        expect(page.locator("#note")).not_to_be_focused()
        expect(page.locator("#finder")).not_to_be_focused()
        expect(page.locator("[name=answer]:checked")).to_have_count(0)


def test_a_case_that_is_loaded_again_or_revealed_stays_claimed_until_it_is_left(
    look: Look, shop: Source, service: Caller
) -> None:
    tell_of_a_shop(shop, service)
    case, elsewhere = of_ann(), f"{LIST}?state=answered"
    with look("steward") as seen, look("steward") as other:
        page = seen.goto(f"{LIST}{case.id}/")
        page.reload()
        page.get_by_role("button", name="Reveal the values of A").click()
        expect(page.get_by_role("button", name="Reveal the values of A")).to_have_count(0)
        page.wait_for_timeout(500)  # what the pages that are gone send still arrives
        expect(other.goto(f"{LIST}{case.id}/").locator(".notice.warning")).to_contain_text("works on this case")
        page.goto(seen.url + elsewhere)
        expect(page.locator("h1")).to_contain_text("Work list")
        wait_until_free(page, case)
        expect(other.goto(f"{LIST}{case.id}/").locator("[data-answers]")).to_have_count(1)
