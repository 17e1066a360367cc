"""Chromium, and pages of another origin that run the published browser clients."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Playwright switches these off too, and a second list takes the place of its own. The last two are pages that the
# address bar keeps ready: each window without an address bar loads them all the same, for half a second of work.
SWITCHED_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(SWITCHED_OFF)}",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def find_chromium() -> str | None:
    """The path of an installed Chromium."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium(executable: str) -> Iterator[Browser]:
    """A browser over a fresh user data folder, which finds no host but this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The URL of a site that serves a folder: another origin than the service's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def bundle(clients: Path, name: str, site: Path) -> None:
    """Put a driver with its client into one script beside the page that runs it."""
    site.mkdir(parents=True)
    esbuild = clients / "node_modules" / ".bin" / "esbuild"
    subprocess.run(
        [
            str(esbuild),
            f"browser/{name}.js",
            "--bundle",
            "--log-level=error",
            "--define:process.env.NODE_ENV='production'",
            f"--outfile={site / 'client.js'}",
        ],
        cwd=clients,
        check=True,
        timeout=120,
    )
    shutil.copy(clients / "browser" / "page.html", site)


@dataclass(slots=True)
class Visit:
    """One open page, what it complained of, and which hosts beyond this machine it wanted to reach."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def note(self, url: str) -> None:
        """Keep the address of a request that would leave this machine."""
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.strangers.append(url)

    def drive(self, plan: dict[str, Any]) -> dict[str, Any]:
        """Run the page's driver; what it tells."""
        told: dict[str, Any] = self.page.evaluate("plan => window.drive(plan)", plan)
        return told


@contextmanager
def visiting(browser: Browser, url: str) -> Iterator[Visit]:
    """A page without cookies or storage of earlier ones. Nothing is intercepted, since that would switch off CORS."""
    context = browser.new_context()
    try:
        page = context.new_page()
        visit = Visit(page)
        page.on("request", lambda request: visit.note(request.url))
        page.on("console", lambda message: visit.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.goto(url)
        yield visit
    finally:
        context.close()
