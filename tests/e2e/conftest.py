"""One running service for all end-to-end tests, and what calls it."""

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.asking import Api
from tests.e2e.browsing import chromium, find_chromium
from tests.e2e.running import Service
from tests.e2e.wiretap import Wiretap, tapped

HERE = Path(__file__).resolve().parent
CLIENTS = HERE / "clients"
INSTALL_PATIENCE = 300.0
SCOPES = ("recognise", "profiles:read", "profiles:write", "admin")


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service over a folder of its own. At its end nothing of it may be left running."""
    service = Service(tmp_path_factory.mktemp("service") / "data")
    service.start()
    try:
        yield service
        service.stop()
    finally:
        service.kill()


@pytest.fixture(scope="session")
def api(service: Service) -> Api:
    """The running service, read with a token that may do everything."""
    return Api(service.port, service.create_token("e2e", *SCOPES))


@pytest.fixture(scope="session")
def server_key(service: Service) -> str:
    """The write key of a source whose word is taken."""
    return service.create_source("shop-backend", "store", "server")


@pytest.fixture(scope="session")
def public_key(api: Api) -> str:
    """The write key of a source that anybody can send through."""
    return api.new_source("web", "public")


@pytest.fixture
def wiretap(service: Service) -> Iterator[Wiretap]:
    """A recording proxy in front of the service."""
    with tapped(service.port) as tap:
        yield tap


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser lives as long as a module's tests: its event loop would be in the way of Django's other tests."""
    executable = find_chromium()
    if executable is None:
        pytest.skip("Chromium is not installed")
    with chromium(executable) as browser:
        yield browser


@pytest.fixture(scope="session")
def clients() -> Path:
    """The folder of the drivers, with the clients that its lock file names installed in its node_modules."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    with (CLIENTS / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read()).hexdigest()
        stamp = CLIENTS / "node_modules" / ".installed-from"
        if not stamp.exists() or stamp.read_text() != wanted:
            install_clients()
            stamp.write_text(wanted)
    return CLIENTS


def install_clients() -> None:
    """Install just what the lock file says, without any package's scripts; skip where the registry is out of reach."""
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=CLIENTS,
        capture_output=True,
        text=True,
        timeout=INSTALL_PATIENCE,
        check=False,
    )
    unreachable = ("ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ETIMEDOUT", "ECONNRESET", "ENETUNREACH")
    if done.returncode != 0 and any(word in done.stderr for word in unreachable):
        pytest.skip("the npm registry cannot be reached")
    assert done.returncode == 0, f"npm ci failed:\n{done.stderr[:2000]}"
