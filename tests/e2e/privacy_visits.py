"""Visits to the privacy pages in a browser: the messages that were sent, and pages that note every complaint."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.running import Service, wait_until

PHONE, DESK = (390, 844), (1280, 900)
# The browser says so of every answer that is no success; the tests look at those themselves.
OF_STATUS = re.compile(r"Failed to load resource: the server responded with a status of (400|404|409|410) ")
_CODE = re.compile(r"\b(\d{6})\b")
_LINK = re.compile(r"http://\S+/privacy/link/\S+")


def messages_to(service: Service, address: str) -> list[tuple[Path, Any]]:
    """The messages that were written for an address, the latest last."""
    folder = service.folder / "mail"
    files = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns) if folder.is_dir() else []
    read = [(path, message_from_bytes(path.read_bytes(), policy=policy)) for path in files]
    return [(path, message) for path, message in read if str(message["To"]) == address]


def wait_for_code(service: Service, address: str, before: int = 0) -> tuple[str, str]:
    """The code and the link of the newest message to an address, of which there were `before`."""

    def came() -> bool:
        return len(messages_to(service, address)) > before

    wait_until(came, "a message with a code is written", 30.0)
    text = messages_to(service, address)[-1][1].get_content()
    code, link = _CODE.search(text), _LINK.search(text)
    assert code is not None
    assert link is not None
    return code[1], link[0]


@contextmanager
def visit(
    browser: Browser,
    *,
    size: tuple[int, int] = PHONE,
    scripts: bool = False,
    dark: bool = False,
    locale: str = "en-GB",
    state: Any = None,
    headers: dict[str, str] | None = None,
) -> Iterator[Page]:
    """A page in a browser of its own; a complaint, or a request to any other host, fails the test."""
    context: BrowserContext = browser.new_context(
        java_script_enabled=scripts,
        bypass_csp=scripts,  # the pages forbid every script, also those that examine them
        locale=locale,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        storage_state=state,
        extra_http_headers=headers or {},
        accept_downloads=True,
    )
    try:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: None if OF_STATUS.match(said.text) else complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.extend(strange(request.url)))
        yield page
        assert complaints == []
    finally:
        context.close()


def strange(url: str) -> list[str]:
    """The address of a request that would leave this machine."""
    parts = urlsplit(url)
    return [] if parts.scheme in ("data", "about") or parts.hostname == "127.0.0.1" else [url]


def sign_in(page: Page, service: Service, address: str) -> None:
    """Enter an address, and the code that it is sent."""
    before = len(messages_to(service, address))
    page.goto(f"{service.url}/privacy/")
    page.get_by_label("Email address or phone number").fill(address)
    page.get_by_role("button", name="Send me a code").click()
    code, _ = wait_for_code(service, address, before)
    page.get_by_label("Code of six digits").fill(code)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", level=1, name="My data").wait_for()
