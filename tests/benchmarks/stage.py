"""What the benchmarks run on: a data folder that goes away, the embedded servers, and servers for HTTP over them."""

import gc
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from cxprofiles.stack.folder import DataFolder
from cxprofiles.stack.processes import spawn, stop
from cxprofiles.stack.servers import open_log, running_servers
from cxprofiles.stack.supervisor import REPOSITORY, Options, service_commands

WEB_WORKERS = 2
PATIENCE = 90.0
OUR_APPLICATION = "cxprofiles.wsgi:application"
FLOORS_APPLICATION = "tests.benchmarks.floors_wsgi:application"


class NotReady(Exception):
    """A server did not answer in time; its log, in the data folder, says why."""


@dataclass(slots=True)
class Stage:
    """The running servers and who may call them. `processes` are the roots whose CPU time is measured."""

    folder: DataFolder
    processes: dict[str, int]
    write_key: str = ""
    token: str = ""
    source_id: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class HttpServer:
    """A server that listens on this machine."""

    port: int
    pid: int


@contextmanager
def data_folder_that_goes() -> Iterator[DataFolder]:
    """A new data folder in the system's place for temporary files; deleted at the end."""
    path = Path(tempfile.mkdtemp(prefix="cxprofiles-bench-"))
    try:
        yield DataFolder(path / "data")
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def stage_over(folder: DataFolder) -> Iterator[Stage]:
    """The embedded servers as the service uses them (durable), with the service's tables, a source and a token.

    Django is set up in this process; child processes find the servers through the environment.
    """
    folder.create()
    hold = folder.hold()
    if hold is None:
        raise SystemExit(f"bench: another stack runs over {folder.path}.")
    folder.ensure_secret_key()
    with ExitStack() as stack:
        stack.callback(hold.release)
        servers = stack.enter_context(running_servers(folder))
        set_environment(folder, servers.endpoints.database_url, servers.endpoints.redis_url)
        set_up_django()
        roots = {name: process.pid for name, process in servers.processes().items()}
        yield with_callers(Stage(folder, roots))
        close_connections()


def set_environment(folder: DataFolder, database_url: str, redis_url: str) -> None:
    """What Django's settings read, here and in every child."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "cxprofiles.settings",
        "CXPROFILES_DATA_DIR": str(folder.path),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
    }


def set_up_django() -> None:
    """Django over the running database, its tables up to date."""
    from django.core.management import call_command

    start_django()
    lead_django_to(os.environ["DATABASE_URL"])
    call_command("migrate", verbosity=0)


def lead_django_to(database_url: str) -> None:
    """Let this process's models find a server that was started after Django had read its settings."""
    from django.db import connection

    from cxprofiles.settings import read_database_url

    connection.close()
    found = read_database_url(database_url)
    connection.settings_dict.update({name: value for name, value in found.items() if name != "OPTIONS"})


def start_django() -> None:
    """Make this process ready for models and settings, which it reads from the environment."""
    import django

    django.setup()


def start_loader() -> None:
    """Make this process ready to compute a part of the world, whose objects are in no cycle."""
    start_django()
    gc.disable()


def with_callers(stage: Stage) -> Stage:
    """The stage with a source and a token of its own."""
    from cxprofiles.tokens import create_token
    from profiles.models import Source
    from profiles.sources import SourceFields, create_source

    name = f"bench {secrets.token_hex(4)}"
    write_key = create_source(name=name, fields=SourceFields(channel="web", trust="server"), actor="system:bench")
    token = create_token(name=name, scopes=["recognise", "consent:write", "privacy", "admin"], actor="system:bench")
    return replace(stage, write_key=write_key, token=token, source_id=Source.objects.get(name=name).pk)


def close_connections() -> None:
    """This process holds no connection any more, so that the servers can stop."""
    from django.db import connections

    connections.close_all()


@contextmanager
def http_server(stage: Stage, name: str, application: str, ready_path: str) -> Iterator[HttpServer]:
    """The service's own web server, with its very options, in front of a WSGI application."""
    port = free_port()
    options = Options(stage.folder, "127.0.0.1", port, WEB_WORKERS)
    command = next(command for kind, command, _ in service_commands(options) if kind == "web")
    command = [application if part == OUR_APPLICATION else part for part in command]
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(metrics_folder(stage.folder, name))}
    with open_log(stage.folder, name) as log:
        child = spawn(command, log=log, end_with=signal.SIGTERM, environment=environment, folder=REPOSITORY)
    try:
        wait_for(child, port, ready_path, stage.folder.log(name))
        yield HttpServer(port, child.pid)
    finally:
        stop(child, signal.SIGTERM, 10)


def metrics_folder(folder: DataFolder, name: str) -> Path:
    """Where the workers of a web server keep their counters."""
    path = folder.metrics.with_name(f"metrics-{name}")
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    return path


@contextmanager
def full_stack(folder: DataFolder) -> Iterator[HttpServer]:
    """`manage.py up` over the data folder, as a user starts it."""
    port = free_port()
    command = [sys.executable, "manage.py", "up", "--port", str(port), "--data-dir", str(folder.path)]
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    with open_log(folder, "up") as log:
        child = spawn(command, log=log, end_with=signal.SIGTERM, environment=environment, folder=REPOSITORY)
    try:
        wait_for(child, port, "/readyz", folder.log("up"))
        yield HttpServer(port, child.pid)
    finally:
        stop(child, signal.SIGTERM, 30)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(child: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    """Return when the path answers 200; raises `NotReady`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and child.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise NotReady("\n".join(log.read_text(errors="replace").splitlines()[-15:]))
