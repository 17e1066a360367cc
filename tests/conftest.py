"""The servers that the tests run against: a real PostgreSQL and a real Valkey, over a data folder of the tests' own.

They are started once by the process that collects the tests, shared by the workers of pytest-xdist through the
environment, and stopped at the end; they also end when that process dies. CXPROFILES_TEST_DATA_DIR names the folder;
without it the first of `.data-test`, `.data-test-2` … that no other run holds is taken.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
import pytest
import redis

from cxprofiles.stack.folder import DataFolder, Hold
from cxprofiles.stack.servers import running_servers

REPOSITORY = Path(__file__).resolve().parent.parent
MOST_RUNS_AT_ONCE = 32
STARTS_SERVICES = ("tests/e2e/", "tests/integration/test_stack_supervisor.py")

# Set here, not in pytest's settings: pytest-django would read the settings before the servers are there.
os.environ["DJANGO_SETTINGS_MODULE"] = "cxprofiles.settings"

servers = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers, in the one process that all others descend from, and then Django."""
    if hasattr(config, "workerinput"):
        os.environ["REDIS_URL"] = own_database(os.environ["REDIS_URL"], config.workerinput["workerid"])
    elif not config.option.collectonly:
        start_servers()
    django.setup()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let no worker inherit which settings to read: pytest-django would read them before it has a broker of its own."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep tests that start whole services on one worker of pytest-xdist, whose others take the rest.

    By path: pytest-xdist 3.8 writes the marker `xdist_group` where pytest 9.2 no longer looks for it.
    """
    from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

    class ServicesTogether(LoadGroupScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "e2e" if nodeid.startswith(STARTS_SERVICES) else super()._split_scope(nodeid)

    return ServicesTogether(config, log) if config.getvalue("dist") == "loadgroup" else None


def start_servers() -> None:
    folder, hold = take_folder()
    servers.callback(hold.release)
    endpoints = servers.enter_context(running_servers(folder, durable=False)).endpoints
    os.environ["CXPROFILES_DATA_DIR"] = str(folder.path)
    # Whole tables of what must not be rewritten are emptied between tests, and nowhere else.
    mark = "options=-c%20cxprofiles.may_truncate%3Don"
    url = endpoints.database_url
    os.environ["DATABASE_URL"] = f"{url}{'&' if '?' in url else '?'}{mark}"
    os.environ["REDIS_URL"] = endpoints.redis_url
    os.environ["ALLOWED_HOSTS"] = "testserver"
    os.environ["SECRET_KEY"] = "a key for tests alone, which is no secret at all"


def pytest_unconfigure() -> None:
    servers.close()


def own_database(redis_url: str, worker: str) -> str:
    """The broker's numbered database for one worker of pytest-xdist, so that none empties another's."""
    return redis_url.replace("db=0", f"db={1 + int(worker.removeprefix('gw'))}")


def take_folder() -> tuple[DataFolder, Hold]:
    """A folder that no other run holds, and the hold on it."""
    chosen = os.environ.get("CXPROFILES_TEST_DATA_DIR")
    names = [chosen] if chosen else [".data-test", *(f".data-test-{number}" for number in range(2, MOST_RUNS_AT_ONCE))]
    for name in names:
        folder = DataFolder(REPOSITORY / name)
        folder.create()
        hold = folder.hold()
        if hold is not None:
            return folder, hold
    raise pytest.UsageError(f"Another test run holds {names[0]}: set CXPROFILES_TEST_DATA_DIR to a folder of your own.")


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    """The tests' Valkey, emptied before the test."""
    from django.conf import settings

    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client


@pytest.fixture(autouse=True)
def forgotten_configuration() -> None:
    """A test that was rolled back leaves a version number that the next may use again for something else."""
    from profiles.configuration import forget_configuration

    forget_configuration()


@pytest.fixture(autouse=True)
def own_erasure_log() -> Iterator[None]:
    """A log outside of the database, for this test alone: what a test wrote, its database forgets."""
    from django.conf import settings

    settings.ERASURE_LOG = settings.DATA_DIR.path / f"erasures-of-{os.getpid()}.log"
    settings.ERASURE_LOG.unlink(missing_ok=True)
    yield
    settings.ERASURE_LOG.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The tests' database, and a copy of what the migrations put into it, which some tests empty away."""
    from django.core.management.commands import flush
    from django.db import connection

    from tests.factories.shipped import remember_shipped

    with django_db_blocker.unblock():
        remember_shipped()
        # Of all connections: a browser's event loop gives its thread another one.
        type(connection.ops).sql_flush = deletions  # type: ignore[assignment]
        flush.emit_post_migrate_signal = lambda *_, **__: None  # type: ignore[attr-defined]


NAMES_OF_MODELS = ("django_content_type", "auth_permission")


def deletions(_self: Any, _style: Any, tables: list[str], **_options: bool) -> list[str]:
    """How tables are emptied after tests that commit: deleting a few rows is far quicker than truncating every table.

    As a replica would: without triggers, which refuse it, and whichever table refers to which. In one message. What
    Django writes after migrations, by the models that there are, stays: it took longer to write it anew than all else.
    """
    emptied = [f'DELETE FROM "{table}"' for table in tables if table not in NAMES_OF_MODELS]
    return ["; ".join(["SET LOCAL session_replication_role = replica", *emptied])]
