"""The privacy desk in a browser: the list, one request, and what else it has, on a screen and on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from consent.audit.heads import sign_head
from consent.hold_writing import HoldFields
from consent.models import PrivacyRequest
from consent.privacy_tasks import open_task
from consent.requests import steps
from consent.retention import Rule
from profiles.models import Identifier, Source
from profiles.privacy.keeping import change_hold, change_rule
from profiles.privacy.requests import Shown, deny_request, execute_request, extend_request
from tests.factories.channels import event, tell
from tests.factories.desk import request_of, tell_of_ann
from tests.integration.api.conftest import default_types, shop, unseen_configuration
from tests.integration.recipients.registered import register

__all__ = ["default_types", "shop", "unseen_configuration"]

pytestmark = pytest.mark.django_db(transaction=True)

DESK = "/backoffice/privacy/"
SIZES = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
PEOPLE = ("ben", "cleo", "dora", "emil", "fay", "gus")
Look = Callable[..., Any]


@pytest.fixture
def busy(shop: Source, settings: Any) -> Shown:
    """A desk with something of everything; Ann's erasure, which awaits approval."""
    tell_of_ann(shop)
    for minute, name in enumerate(PEOPLE, start=1):
        tell(shop, event(minute, userId=f"{name}-1", context={"traits": {"email": f"{name}@example.org"}}))
    register("crm", title="Customer relations (CRM)", country="DE")
    register("newsletter", title="Newsletter service", country="IE", kinds=["erasure", "opt_out_sale_share"])
    settings.PRIVACY_APPROVAL = ["erasure", "portability"]
    of = {name: ("email", f"{name}@example.org") for name in PEOPLE}
    request_of("access", days_ago=45, identifier=of["ben"], source="pages")
    request_of("portability", days_ago=26, identifier=of["cleo"], source="opendsr")
    request_of("access", days_ago=6, identifier=of["dora"], source="staff", verified=False)
    extend_request(
        id=request_of("access", days_ago=12, identifier=of["emil"]).id, reason="Many systems.", actor="staff:1"
    )
    execute_request(request_of("access", days_ago=3, identifier=of["fay"]).id)
    denied = request_of("portability", days_ago=9, identifier=of["gus"], source="pages")
    deny_request(id=denied.id, reason="manifestly_unfounded", explanation="The fifth time this week.", actor="staff:1")
    request_of("opt_out_sale_share", days_ago=2, identifier=of["gus"], source="pages", verified=False)
    erasure = request_of("erasure", days_ago=21, source="staff", identity_method="phone call")
    sign_head()
    return erasure


def examined(look: Look, path: str, name: str, *, phone: bool = False) -> None:
    """Open a screen in every size and colour, and keep a picture of the usual one."""
    for width, scheme in SIZES:
        with look("privacy_officer", width=width, scheme=scheme) as seen:
            seen.goto(path)
            seen.page.wait_for_load_state("networkidle")
            seen.examine()
            if scheme == "light" and (width == 1280 or phone):
                seen.keep(name if width == 1280 else f"{name}-phone")


def test_the_list(busy: Shown, look: Look) -> None:
    examined(look, DESK, "privacy-desk", phone=True)


def test_one_request(busy: Shown, look: Look) -> None:
    examined(look, f"{DESK}{busy.id}/", "privacy-request", phone=True)
    for width, scheme in SIZES:
        with look("privacy_officer", width=width, scheme=scheme) as seen:
            for part in ("plan/", "proof/"):
                seen.goto(f"{DESK}{busy.id}/{part}")
                seen.examine()


def test_an_erasure_is_approved_with_its_word_typed_and_its_steps_are_seen_live(busy: Shown, look: Look) -> None:
    with look("privacy_officer") as seen:
        page = seen.goto(f"{DESK}{busy.id}/")
        expect(page.get_by_text("done by itself").first).to_be_visible()
        page.get_by_label("An erasure cannot be undone").fill("erase")
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page.get_by_text("Approved: Being carried out.")).to_be_visible()
        part = steps.part_of(busy.id, ("itself", "deterministic"))
        steps.end_step(part, "consent.SuppressionEntry")
        expect(page.get_by_text("1 of 12 steps done").first).to_be_visible(timeout=10_000)
        execute_request(busy.id)
        expect(page.get_by_text("Every store has answered")).to_be_visible(timeout=15_000)
        sign_head()
        page.reload()
        expect(page.locator(".proof .badge.good").first).to_be_visible()
        seen.examine()
        seen.keep("privacy-request-done")


def test_two_are_refused_after_a_look_at_the_letter(busy: Shown, look: Look) -> None:
    with look("privacy_officer") as seen:
        page = seen.goto(DESK)
        for box in page.get_by_role("checkbox").all()[:2]:
            box.check()
        page.get_by_role("button", name="Refuse …").click()
        page.get_by_label("Reason").select_option("other")
        page.get_by_label("Words of the letter").fill("We answered this in May.")
        page.get_by_role("button", name="Preview the letter").click()
        expect(page.get_by_text("We answered this in May.").last).to_be_visible()
        seen.examine()
        seen.keep("privacy-refusals")
        page.get_by_role("button", name="Refuse", exact=True).click()
        expect(page.get_by_role("heading", name="2 of 2 done")).to_be_visible()
        seen.examine()


def test_a_request_is_taken_without_scripts_on_a_phone(shop: Source, look: Look) -> None:
    tell_of_ann(shop)
    with look("privacy_officer", width=390, scripts=False) as seen:
        page = seen.goto(f"{DESK}new/")
        page.get_by_label("Identifier 1", exact=True).fill("ann@example.org")
        page.get_by_label("What was checked").select_option("verified")
        page.get_by_label("How", exact=True).select_option("letter")
        page.get_by_role("button", name="Take the request").click()
        expect(page.get_by_role("heading", name="Access")).to_be_visible()
    assert PrivacyRequest.objects.get().identity_method == "letter"


def test_the_form_of_a_new_request(shop: Source, look: Look) -> None:
    examined(look, f"{DESK}new/", "privacy-new-request")


def test_the_yearly_figures_are_drawn_and_told(busy: Shown, look: Look) -> None:
    with look("privacy_officer") as seen:
        page = seen.goto(f"{DESK}metrics/")
        expect(page.locator("#chart svg")).to_be_visible()
    examined(look, f"{DESK}metrics/", "privacy-figures")


def test_the_deadlines(busy: Shown, look: Look) -> None:
    examined(look, f"{DESK}deadlines/", "privacy-deadlines")


def test_tasks_holds_and_retention(busy: Shown, look: Look) -> None:
    open_task(kind="upstream_keeps_sending", subject="shop", times=1412)
    open_task(kind="recipient_failed", subject="newsletter", detail={"problem": "It answered 503."})
    hold = HoldFields(
        "HGB § 257", "P10Y", events=("Order Completed",), fields=("properties.order_id", "properties.total")
    )
    change_hold(name="tax", fields=hold, actor="test")
    change_rule(rule=Rule("interaction", keep_for="P2Y"), actor="test")
    examined(look, f"{DESK}tasks/", "privacy-tasks")
    examined(look, f"{DESK}holds/", "privacy-holds")
    examined(look, f"{DESK}keeping/", "privacy-retention")


def test_a_task_is_closed_and_taken_back(shop: Source, look: Look) -> None:
    open_task(kind="recipient_failed", subject="newsletter")
    with look("privacy_officer") as seen:
        page = seen.goto(f"{DESK}tasks/")
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_text("Nothing waits for a human.")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("A recipient could not be told")).to_be_visible()


def test_recipients(busy: Shown, look: Look) -> None:
    examined(look, f"{DESK}recipients/", "privacy-recipients")
    examined(look, f"{DESK}recipients/crm/", "privacy-recipient")
    examined(look, f"{DESK}recipients/new/", "privacy-new-recipient")
    examined(look, f"{DESK}recipients/crm/change/", "privacy-recipient-change")
    examined(look, f"{DESK}deliveries/", "privacy-deliveries")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_recipient_is_added_and_its_secret_shown_once(shop: Source, look: Look, width: int, scheme: str) -> None:
    with look("privacy_officer", width=width, scheme=scheme) as seen:
        page = seen.goto(f"{DESK}recipients/new/")
        page.get_by_label("Name", exact=True).fill("crm")
        page.get_by_label("Where it is told").fill("https://crm.example/in")
        page.get_by_role("button", name="Add, and show its secret").click()
        page.wait_for_url("**/secret/")
        expect(page.get_by_text("whsec_")).to_be_visible()
        seen.examine()
        if width == 1280:
            seen.keep("privacy-recipient-secret")
        page.reload()
        expect(page.get_by_text("whsec_")).to_have_count(0)


def test_the_tab_of_a_profile(busy: Shown, look: Look) -> None:
    execute_request(request_of("access").id)
    root = Identifier.objects.get(value="ann@example.org").root_id
    path = f"/backoffice/profiles/{Identifier.objects.get(id=root).profile_id}/privacy/"
    examined(look, path, "profile-privacy", phone=True)
    with look("privacy_officer") as seen:
        page = seen.goto(path)
        page.get_by_label("Type").select_option("restriction")
        page.get_by_label("What was checked").select_option("verified")
        page.get_by_label("How", exact=True).select_option("phone call")
        page.get_by_role("button", name="Start the request").click()
        expect(page.get_by_role("heading", name="Restriction")).to_be_visible()
