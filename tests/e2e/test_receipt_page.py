"""The page that checks receipts, in a browser: without scripts, by keyboard, on a phone, readable by all."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from consent.receipts import json_ld
from consent.signatures import derive_key, sign_receipt
from tests.e2e.running import Service
from tests.e2e.seeing import LOW_CONTRAST, WIDER_THAN_ITS_WINDOW
from tests.factories.receipts import RECORD

pytestmark = pytest.mark.browser

NOTHING_SENT = "Failed to load resource: the server responded with a status of 400 (Bad Request)"
SIZES = [(1280, 900), (390, 844), (320, 640)]


@pytest.fixture(scope="module")
def receipt(service: Service) -> str:
    """A receipt by the running service's first key, which it publishes before it is used."""
    secret_key = (service.folder / "secret_key").read_text().strip()
    secret = hmac.digest(secret_key.encode(), b"cxprofiles receipt secret", "sha256")
    return sign_receipt(json_ld(RECORD), derive_key(secret, 1))


@contextmanager
def opened(browser: Browser, service: Service, *, scripts: bool, size: tuple[int, int] = SIZES[0]) -> Iterator[Page]:
    """The page in a fresh browser; whatever the browser complains of, or a cookie, fails the test."""
    context = browser.new_context(
        java_script_enabled=scripts, viewport={"width": size[0], "height": size[1]}, color_scheme="light"
    )
    try:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.text != NOTHING_SENT else None)
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.goto(f"{service.url}/receipts/verify")
        yield page
        assert (complaints, context.cookies()) == ([], [])
    finally:
        context.close()


def check(page: Page, receipt: str) -> None:
    """Paste a receipt and send the form."""
    page.get_by_label("Paste the receipt").fill(receipt)
    page.get_by_role("button", name="Check the receipt").click()
    page.wait_for_load_state()


def test_a_genuine_receipt_is_shown_without_scripts(browser: Browser, service: Service, receipt: str) -> None:
    with opened(browser, service, scripts=False) as page:
        check(page, receipt)
        expect(page).to_have_title("Genuine: Check a consent receipt")
        expect(page.get_by_role("status").get_by_role("heading")).to_contain_text("This receipt is genuine")
        rows = [row.inner_text().split() for row in page.get_by_role("row").all()]
        assert [row[0] for row in rows] == ["Purpose", "News", "ads.sale_share"]
        assert {"Given", "2026,", "10:00", "UTC"} <= set(rows[1])
        assert "Refused" in rows[2]
        page.get_by_text("The whole record, as it was signed").click()
        expect(page.get_by_role("region", name="The record as JSON-LD")).to_be_visible()


def test_a_changed_receipt_is_refused_with_its_reason(browser: Browser, service: Service, receipt: str) -> None:
    with opened(browser, service, scripts=False) as page:
        check(page, f"{receipt[:-4]}AAAA")
        expect(page).to_have_title("Not valid: Check a consent receipt")
        expect(page.get_by_role("status")).to_contain_text("The signature does not fit")


def test_a_file_is_checked_by_keyboard_alone(browser: Browser, service: Service, receipt: str) -> None:
    with opened(browser, service, scripts=False) as page:
        page.get_by_label("Or choose its file").set_input_files(
            {"name": "receipt.jws", "mimeType": "text/plain", "buffer": receipt.encode()}
        )
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_role("status").wait_for()
        expect(page).to_have_title("Genuine: Check a consent receipt")


@pytest.mark.parametrize("size", SIZES, ids=[f"{width} pixels" for width, _ in SIZES])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_fits_and_can_be_read(
    browser: Browser, service: Service, receipt: str, size: tuple[int, int], scheme: str
) -> None:
    with opened(browser, service, scripts=True, size=size) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for sent in (None, receipt, f"{receipt}x", " "):
            if sent is not None:
                check(page, sent)
            for details in page.locator("details").all():
                details.locator("summary").click()
            assert not page.evaluate(WIDER_THAN_ITS_WINDOW)
            assert page.evaluate(LOW_CONTRAST) == []


def test_what_is_pressed_is_large_enough(browser: Browser, service: Service) -> None:
    with opened(browser, service, scripts=True, size=SIZES[1]) as page:
        for control in page.locator("button, input, textarea").all():
            box = control.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
