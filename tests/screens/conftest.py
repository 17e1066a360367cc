"""Screens of the back office in Chromium: opened by a member of staff, examined, and kept as pictures."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Condition
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from tests.e2e.browsing import chromium, find_chromium
from tests.e2e.seeing import LOW_CONTRAST, WIDER_THAN_ITS_WINDOW
from tests.screens.album import PICTURES, known

ZONE = "Europe/Berlin"
HEIGHTS = {1280: 900, 390: 844}
TALLEST = 1400  # pixels of a page that a picture shows
SIZE = "() => [innerWidth, document.documentElement.scrollHeight]"
LONGEST_ANSWER = 2.0  # seconds
SERIOUS = ("serious", "critical")
LISTEN = """document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI}`))"""


# The browser's event loop runs in the tests' thread; Django's guard against that is for servers.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# The browser finds no host by a name.
os.environ["DJANGO_LIVE_TEST_SERVER_ADDRESS"] = "127.0.0.1"


class Counting:
    """A WSGI application that knows how many of its answers are not at their end."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.open = 0
        self.changed = Condition()

    def __call__(self, environ: Any, start_response: Any) -> "Answer":
        self.count(1)
        try:
            answer = self.application(environ, start_response)
        except BaseException:
            self.count(-1)
            raise
        return Answer(answer, self)

    def count(self, more: int) -> None:
        with self.changed:
            self.open += more
            self.changed.notify_all()

    def rest(self) -> None:
        """Wait until all are, but not for a stream that nobody reads any more."""
        with self.changed:
            self.changed.wait_for(lambda: self.open == 0, LONGEST_ANSWER)


class Answer:
    """What an application answers, until it is closed."""

    def __init__(self, content: Any, counting: Counting) -> None:
        self.content, self.counting = content, counting

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.content)

    def close(self) -> None:
        try:
            self.content.close()
        finally:
            self.counting.count(-1)


def today() -> date:
    """The day where the browser is."""
    return datetime.now(ZoneInfo(ZONE)).date()


@dataclass(slots=True)
class Looking:
    """A page as one member of staff sees it, and what the browser complained of."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def goto(self, path: str) -> Page:
        """Open a screen; it must be there."""
        answer = self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == 200, f"{path} answered {answer.status}"
        return self.page

    def examine(self) -> None:
        """Nothing serious found by axe, nothing too wide for the window, nothing too faint."""
        self.page.wait_for_load_state()
        found = Axe().run(self.page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in SERIOUS] == []
        assert not self.page.evaluate(WIDER_THAN_ITS_WINDOW), "the page is wider than its window"
        assert self.page.evaluate(LOW_CONTRAST) == []

    def keep(self, name: str) -> None:
        """A picture of the screen for the documentation, where pictures are asked for; the album tells which."""
        assert known(name, urlsplit(self.page.url).path), f"{name} is no picture of {self.page.url}"
        if os.environ.get("CXPROFILES_SCREENS"):
            PICTURES.mkdir(parents=True, exist_ok=True)
            width, height = self.page.evaluate(SIZE)
            self.page.evaluate("scrollTo(0, 0)")
            clip: Any = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
            self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True, clip=clip)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of this folder: its event loop would be in the way of Django's other tests."""
    executable = find_chromium()
    if executable is None:
        pytest.skip("Chromium is not installed")
    with chromium(executable) as browser:
        yield browser


Look = Callable[..., Any]


@pytest.fixture
def answered(live_server: Any) -> Iterator[None]:
    """Let the server end what it was asked before the test's rows are deleted: what it writes later stays."""
    server = live_server.thread.httpd
    if not isinstance(server.get_app(), Counting):
        server.set_app(Counting(server.get_app()))
    yield
    server.get_app().rest()


@pytest.fixture
def look(browser: Browser, live_server: Any, answered: None) -> Look:
    """`with look("steward") as seen:` a browser that such a member of staff is signed in with, over what is shipped."""
    from django.conf import settings
    from django.test import Client

    from cxprofiles.backoffice.screens import TIME_ZONE_COOKIE
    from tests.factories.shipped import restore_shipped
    from tests.factories.staff import make_staff, sign_in

    restore_shipped()

    @contextmanager
    def looking(role: str, width: int = 1280, scheme: Any = "light", scripts: bool = True) -> Iterator[Looking]:
        client = sign_in(Client(), make_staff(role))
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            color_scheme=scheme,
            java_script_enabled=scripts,
            timezone_id=ZONE,
            locale="en-GB",
        )
        try:
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            cookies = {settings.SESSION_COOKIE_NAME: session, TIME_ZONE_COOKIE: ZONE}
            context.add_cookies([{"name": name, "value": cookies[name], "url": live_server.url} for name in cookies])
            context.add_init_script(LISTEN)
            page = context.new_page()
            seen = Looking(page, live_server.url)
            page.on("console", lambda said: seen.complaints.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: seen.complaints.append(str(error)))
            yield seen
            assert seen.complaints == []
        finally:
            context.close()

    return looking
