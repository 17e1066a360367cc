"""The consumer's pages in a browser: a whole visit on a phone without scripts, and every page examined by axe."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.e2e.asking import Api
from tests.e2e.privacy_visits import DESK, PHONE, messages_to, sign_in, visit, wait_for_code
from tests.e2e.running import Service, wait_until
from tests.e2e.seeing import LOW_CONTRAST, WIDER_THAN_ITS_WINDOW
from tests.factories.consents import decision

pytestmark = pytest.mark.browser

EVE, IDA = "eve@pages.example", "ida@pages.example"
OPEN = ("", "code", "opt-out", "link/nothing", "package/nothing", "requests/new/nothing")
OWN = ("overview", "choices", "accesses", "accesses?mine", "receipts", "requests", "correct/city")
REQUEST = re.compile(r"/privacy/requests/[0-9a-f]{8}-")
FORMS = tuple(
    f"requests/new/{name}" for name in ("access", "address", "erasure", "restriction", "objection", "withdrawal")
)


# What can be pressed or switched in the page's own part, by its number; the one that has the focus; whether that shows.
CONTROLS = "[...document.querySelectorAll('main a, main button, main input, main summary')]"
REACHABLE = f"() => {CONTROLS}.flatMap((e, n) => e.checkVisibility() && !e.disabled && e.type !== 'hidden' ? [n] : [])"
FOCUSED = f"() => {CONTROLS}.indexOf(document.activeElement)"
SHOWS_FOCUS = """() => document.activeElement === document.body
  || getComputedStyle(document.activeElement).outlineStyle !== 'none'"""


@dataclass(frozen=True)
class Known:
    """What the tests know of the service, and a visit of Ida's as the browser keeps it."""

    service: Service
    state: Any
    request_path: str


@pytest.fixture(scope="module")
def shop(service: Service) -> Api:
    """A service that knows people and asks them for consent."""
    return Api(service.port, service.create_token("pages-shop", "consent:write", "profiles:read", "admin", "privacy"))


def tell(shop: Api, address: str, user: str) -> None:
    """Let the shop's channel show somebody who agreed to some things, and look them up once."""
    traits = {"email": address, "firstName": user.title(), "city": "Ghent", "order_count": 3, "newsletter": True}
    seen = {"type": "track", "userId": user, "context": {"traits": traits}}
    key = shop.new_source("web")
    times = [f"2026-01-01T10:{n:02}:00Z" for n in range(12)]
    steps = [{**seen, "event": f"Step {n}", "messageId": f"{user}-{n}", "timestamp": at} for n, at in enumerate(times)]
    assert shop.post_events(key, steps).status == 200
    shop.settle()
    who = {"type": "email", "value": address}
    decisions = [decision("analytics"), decision("marketing.email"), decision("ads.sale_share")]
    proof = {"method": "checkbox", "notice": "news", "notice_version": "1", "language": "en"}
    told = {"identifiers": [who], "decisions": decisions, "proof": proof}
    assert shop.ask("POST", "/v1/consents", told).status == 201
    assert shop.ask("POST", "/v1/profiles/lookup", {"identifier": who, "purpose": "service"}).status == 200


@pytest.fixture(scope="module")
def ida(service: Service, shop: Api, browser: Browser) -> Iterator[Known]:
    """Ida, who is known, signed in, and has asked for a copy of her data."""
    tell(shop, IDA, "ida-1")
    with visit(browser) as page:
        sign_in(page, service, IDA)
        page.goto(f"{service.url}/privacy/requests/new/access")
        page.get_by_role("button", name="Send the request").click()
        path = request_of(page)
        wait_until(lambda: ready(page, path), "the package is made", 60.0, pause=0.5)
        yield Known(service, page.context.storage_state(), path)


def request_of(page: Page) -> str:
    """The path of the request that was sent, once its page is there."""
    page.wait_for_url(REQUEST)
    return page.url.partition("?")[0]


def ready(page: Page, path: str) -> bool:
    """Whether the package of a request can be fetched."""
    page.goto(path)
    return page.get_by_role("button", name="Fetch my data").count() == 1


def test_a_whole_visit_on_a_phone_without_scripts(
    browser: Browser, service: Service, shop: Api, tmp_path: Path
) -> None:
    tell(shop, EVE, "eve-1")
    with visit(browser) as page:
        sign_in(page, service, EVE)
        expect(page.get_by_text("eve-1", exact=True)).to_have_count(1)
        page.get_by_role("link", name="Earlier events").click()
        expect(page.get_by_text("Step 0", exact=True)).to_have_count(1)
        page.get_by_role("link", name="My data").click()
        correct(page)
        choose(page)
        page.get_by_role("link", name="Who looked").click()
        expect(page.get_by_role("main")).to_contain_text("pages-shop looked you up")
        take_all_back(page)
        fetch_package(page, tmp_path)
        erase(page, service)


def correct(page: Page) -> None:
    """Correct the town."""
    page.get_by_role("link", name="Correct City").click()
    page.get_by_label("It should be").fill("Antwerp")
    page.get_by_role("button", name="Correct it").click()
    expect(page.get_by_role("main")).to_contain_text("Done")
    page.get_by_role("link", name="My data").click()
    expect(page.get_by_role("main")).to_contain_text("Antwerp")
    expect(page.get_by_role("main")).not_to_contain_text("Ghent")


def choose(page: Page) -> None:
    """Refuse one purpose, by its switch."""
    page.get_by_role("link", name="My choices").click()
    switch = page.get_by_role("switch", name="Learning how our service is used")
    expect(switch).to_be_checked()
    switch.uncheck()
    page.get_by_role("button", name="Save my choices").click()
    expect(page.get_by_role("switch", name="Learning how our service is used")).not_to_be_checked()
    expect(page.get_by_role("switch", name="News and offers by email")).to_be_checked()
    page.get_by_role("link", name="See the receipt").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save this receipt").first.click()
    assert download.value.path().read_text().count(".") == 2


def take_all_back(page: Page) -> None:
    """Take back all that was allowed, by one button."""
    page.get_by_role("link", name="My choices").click()
    page.get_by_role("button", name="Take back all permissions").click()
    page.get_by_role("link", name="My choices").click()
    names = ("News and offers by email", "Passing your data on for advertising")
    for name in names:
        expect(page.get_by_role("switch", name=name)).not_to_be_checked()


def fetch_package(page: Page, folder: Path) -> None:
    """Ask for a copy, and fetch it once."""
    page.get_by_role("link", name="Requests", exact=True).click()
    page.get_by_role("link", name="A copy of my data").click()
    page.get_by_role("button", name="Send the request").click()
    path = request_of(page)
    expect(page.get_by_role("main")).to_contain_text("by ")
    wait_until(lambda: ready(page, path), "the package is made", 60.0, pause=0.5)
    with page.expect_download() as download:
        page.get_by_role("button", name="Fetch my data").click()
    download.value.save_as(folder / "mine.zip")
    with zipfile.ZipFile(folder / "mine.zip") as package:
        assert b"Antwerp" in b"".join(package.read(name) for name in package.namelist())
    page.goto(path)
    expect(page.get_by_role("main")).to_contain_text("It was fetched")


def erase(page: Page, service: Service) -> None:
    """Ask for everything to be erased, and find the certificate and nothing else."""
    page.goto(f"{service.url}/privacy/requests/new/erasure")
    page.get_by_label("Type ERASE to show that you mean it").fill("erase")
    page.get_by_role("button", name="Erase my data").click()
    certificate = page.get_by_role("link", name="Open the certificate").get_attribute("href")
    wait_until(lambda: gone(page, service), "the visit ended with the erasure", 60.0, pause=0.5)
    page.goto(f"{service.url}{certificate}")
    wait_until(lambda: certified(page), "the certificate is there", 60.0, pause=0.5)
    sign_in(page, service, EVE)
    expect(page.get_by_role("heading", name="Nothing is held about you")).to_have_count(1)


def gone(page: Page, service: Service) -> bool:
    """Whether the visit is over."""
    page.goto(f"{service.url}/privacy/overview")
    return "ended" in page.url


def certified(page: Page) -> bool:
    """Whether the page shows a certificate that is there."""
    answer = page.reload()
    return answer is not None and answer.status == 200


def test_the_link_of_the_message_opens_the_visit_in_another_browser(browser: Browser, service: Service) -> None:
    address = "link@pages.example"
    with visit(browser) as page:
        page.goto(f"{service.url}/privacy/")
        page.get_by_label("Email address or phone number").fill(address)
        page.get_by_role("button", name="Send me a code").click()
    _, link = wait_for_code(service, address)
    with visit(browser, size=DESK, locale="de-DE") as page:
        page.goto(link)
        page.get_by_role("button", name="Ja, das ist meine").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Meine Daten")
        page.get_by_role("link", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("My data")
    [(_, message)] = messages_to(service, address)
    assert address not in service.logs()
    assert str(message["From"]) == "privacy@localhost"


def test_the_browsers_signal_shows_and_is_followed(browser: Browser, ida: Known) -> None:
    with visit(browser, state=ida.state, headers={"Sec-GPC": "1"}) as page:
        page.goto(f"{ida.service.url}/privacy/choices")
        switch = page.get_by_role("switch", name="Passing your data on for advertising")
        assert (switch.is_checked(), switch.is_enabled()) == (False, False)
        expect(page.get_by_role("main")).to_contain_text("your browser now asks not to sell")


def test_an_opt_out_takes_no_cookie(browser: Browser, service: Service) -> None:
    with visit(browser) as page:
        page.goto(f"{service.url}/privacy/opt-out")
        page.keyboard.press("Tab")
        page.keyboard.type("nobody@pages.example")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("It is done")
        assert page.context.cookies() == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser: Browser, ida: Known, size: tuple[int, int], scheme: str) -> None:
    found: dict[str, Any] = {}
    paths = [f"{ida.service.url}/privacy/{path}" for path in (*OPEN, *OWN, *FORMS)] + [ida.request_path]
    with visit(browser, size=size, scripts=True, dark=scheme == "dark", state=ida.state) as page:
        for path in paths:
            page.goto(path)
            for details in page.locator("details").all():
                details.locator("summary").click()
            violations = [
                (one["id"], [node["html"] for node in one["nodes"]]) for one in Axe().run(page).response["violations"]
            ]
            wide, faint = page.evaluate(WIDER_THAN_ITS_WINDOW), page.evaluate(LOW_CONTRAST)
            if violations or wide or faint:
                found[path] = (violations, wide, faint)
    assert found == {}


def test_what_is_pressed_is_large_enough_on_a_phone(browser: Browser, ida: Known) -> None:
    with visit(browser, scripts=True, state=ida.state) as page:
        for path in (*OPEN, *OWN, *FORMS):
            page.goto(f"{ida.service.url}/privacy/{path}")
            for control in page.locator("button, input:not([type=hidden]), .tabs a, .button").all():
                box = control.bounding_box()
                assert box is not None
                assert min(box["width"], box["height"]) >= 24, (path, control.inner_text())


def test_all_of_it_can_be_reached_by_keyboard_and_focus_shows(browser: Browser, ida: Known) -> None:
    with visit(browser, scripts=True, state=ida.state) as page:
        page.goto(f"{ida.service.url}/privacy/choices")
        wanted = set(page.evaluate(REACHABLE))
        reached = set()
        for _ in range(len(wanted) + 20):
            page.keyboard.press("Tab")
            reached.add(page.evaluate(FOCUSED))
            assert page.evaluate(SHOWS_FOCUS)
        assert wanted <= reached
        assert len(wanted) > 10
