"""From an erasure to its certificate, in a browser: without scripts, on a phone, in three languages, checked by all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.asking import Api
from tests.e2e.running import Service, wait_until
from tests.e2e.seeing import LOW_CONTRAST, WIDER_THAN_ITS_WINDOW

pytestmark = pytest.mark.browser

NOTHING_SENT = "Failed to load resource: the server responded with a status of 400 (Bad Request)"
PERSON = {"type": "email", "value": "certified@example.org"}
SIZES = [(1280, 900), (320, 640)]


@pytest.fixture(scope="module")
def link(service: Service, api: Api) -> str:
    """The link of the certificate of somebody who was just erased."""
    known = {"type": "identify", "userId": "certified-1", "messageId": "c1", "traits": {"email": PERSON["value"]}}
    assert api.post_events(api.new_source(), [known]).status == 200
    api.settle()
    asked = {"type": "erasure", "identifiers": [PERSON], "identity": {"level": "verified", "method": "session"}}
    officer = Api(service.port, service.create_token("officer-of-certificates", "privacy"))
    made = officer.ask("POST", "/v1/privacy/requests", asked)
    assert made.status == 201, made.body
    path = f"/v1/privacy/requests/{made.json()['id']}"
    wait_until(lambda: officer.ask("GET", path).json()["state"] == "completed", "the erasure is complete", 90)
    return str(made.json()["certificate_url"])


@contextmanager
def opened(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """A page in a fresh browser; whatever the browser complains of, or a cookie, fails the test."""
    context = browser.new_context(**{"java_script_enabled": False, **options})
    try:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.text != NOTHING_SENT else None)
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.goto(url)
        yield page
        assert (complaints, context.cookies()) == ([], [])
    finally:
        context.close()


def test_the_person_reads_and_saves_it_and_anybody_can_check_it(browser: Browser, service: Service, link: str) -> None:
    with opened(browser, link) as page:
        expect(page.get_by_role("status").get_by_role("heading")).to_contain_text("This certificate is genuine")
        expect(page.get_by_text("certified@example.org").first).to_be_visible()
        expect(page.locator(".state.yes")).to_have_count(4)
        with page.expect_download() as saving:
            page.get_by_role("link", name="Save the certificate").click()
        signed = saving.value.path().read_text()
    with opened(browser, f"{service.url}/audit/verify") as page:
        page.get_by_label("Paste the certificate").fill(signed)
        page.get_by_role("button", name="Check the certificate").click()
        expect(page.get_by_role("status").get_by_role("heading")).to_contain_text("This certificate is genuine")
        page.get_by_label("Paste the certificate").fill(f"{signed[:-4]}AAAA")
        page.get_by_role("button", name="Check the certificate").click()
        expect(page.get_by_role("status").get_by_role("heading")).to_contain_text("This certificate is not valid")


@pytest.mark.parametrize("size", SIZES, ids=[f"{width} pixels" for width, _ in SIZES])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "de", "id"])
def test_everything_fits_and_can_be_read(
    browser: Browser, service: Service, link: str, size: tuple[int, int], scheme: Any, language: str
) -> None:
    for url in (link, f"{service.url}/audit/verify"):
        seen = {"width": size[0], "height": size[1]}
        with opened(
            browser, url, java_script_enabled=True, viewport=seen, color_scheme=scheme, locale=language
        ) as page:
            expect(page.locator("html")).to_have_attribute("lang", language)
            for details in page.locator("details").all():
                details.locator("summary").click()
            assert not page.evaluate(WIDER_THAN_ITS_WINDOW)
            assert page.evaluate(LOW_CONTRAST) == []
