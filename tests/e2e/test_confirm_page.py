"""The page that confirms a choice, in a browser: without scripts, by keyboard, on a phone, in three languages."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.asking import Api
from tests.e2e.running import Service
from tests.e2e.seeing import LOW_CONTRAST, WIDER_THAN_ITS_WINDOW
from tests.factories.consents import PROOF, decision, told

pytestmark = pytest.mark.browser

SIZES = [(1280, 900), (390, 844), (320, 640)]
GONE = "Failed to load resource: the server responded with a status of 410 (Gone)"


@pytest.fixture(scope="module")
def shop(service: Service) -> Api:
    """A service that asks people for consent."""
    return Api(service.port, service.create_token("shop", "consent:write"))


@pytest.fixture
def link(shop: Api) -> str:
    """The link that a person was sent."""
    body = told(decision("marketing.email"), decision("personalisation"), proof={**PROOF, "method": "double_opt_in"})
    answered = shop.ask("POST", "/v1/consents", body)
    assert answered.status == 201
    url: str = answered.json()["confirmations"][0]["url"]
    return url


@contextmanager
def opened(
    browser: Browser, link: str, *, locale: str = "en-GB", size: tuple[int, int] = SIZES[0], scheme: str = "light"
) -> Iterator[Page]:
    """The page in a fresh browser without scripts; whatever the browser complains of fails the test."""
    context = browser.new_context(
        java_script_enabled=False,
        locale=locale,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    try:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.text != GONE else None)
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.goto(link)
        yield page
        assert complaints == []
    finally:
        context.close()


def test_the_button_confirms_by_keyboard_alone_and_the_link_works_once(browser: Browser, link: str) -> None:
    with opened(browser, link) as page:
        expect(page).to_have_title("Please confirm your choice")
        assert [
            item.inner_text().split("\n")[0] for item in page.get_by_role("main").get_by_role("listitem").all()
        ] == [
            "News and offers by email",
            "Content that suits you",
        ]
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_role("status").wait_for()
        expect(page).to_have_title("Thank you")
        assert page.get_by_label("Signed receipt").input_value().count(".") == 2
        page.goto(link)
        expect(page).to_have_title("This link no longer works")


@pytest.mark.parametrize(
    ("locale", "button", "done"),
    [("de-DE", "Ja, ich stimme zu", "Vielen Dank"), ("id-ID", "Ya, saya setuju", "Terima kasih")],
)
def test_it_speaks_the_visitors_language(browser: Browser, link: str, locale: str, button: str, done: str) -> None:
    with opened(browser, link, locale=locale) as page:
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(done)


@pytest.mark.parametrize("size", SIZES, ids=[f"{width} pixels" for width, _ in SIZES])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_fits_and_can_be_read_and_pressed(
    browser: Browser, link: str, size: tuple[int, int], scheme: str
) -> None:
    with opened(browser, link, locale="de-DE", size=size, scheme=scheme) as page:
        for step in ("asked", "confirmed", "over"):
            if step == "confirmed":
                box = page.get_by_role("button").bounding_box()
                assert box is not None
                assert min(box["width"], box["height"]) >= 44
                page.get_by_role("button").click()
                page.get_by_role("status").wait_for()
            if step == "over":
                page.goto(link)
            assert not page.evaluate(WIDER_THAN_ITS_WINDOW)
            assert page.evaluate(LOW_CONTRAST) == []
