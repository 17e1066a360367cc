"""The supervisor: one foreground process that starts the whole service and ends all of it together.

It ends every child on Ctrl-C, on SIGTERM and when any one of them dies. A child of a child that dies (a web worker,
a worker of Celery's pool) is replaced by its parent. When the supervisor itself is killed, the kernel ends its
children, and the next start ends whatever is left.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import NoReturn

from cxprofiles.stack import StackError
from cxprofiles.stack.folder import DataFolder
from cxprofiles.stack.processes import spawn, stop
from cxprofiles.stack.servers import Servers, open_log, running_servers

REPOSITORY = Path(__file__).resolve().parent.parent.parent
READY_PATIENCE = 90.0
STOP_PATIENCE = 10.0
SECONDS_BETWEEN_LOOKS = 0.2
LAST_LINES = 15
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Options:
    """What `manage.py up` was asked for."""

    folder: DataFolder
    host: str
    port: int
    workers: int


@dataclass(slots=True)
class Stack:
    """The children of one running stack, by name, in the order in which they were started."""

    options: Options
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)


class Stopped(Exception):
    """The stack was asked to stop."""


def run(options: Options) -> None:
    """Start everything, say `ready`, and stay until asked to stop. Raises StackError when the stack ends by itself."""
    options.folder.create()
    hold = options.folder.hold()
    if hold is None:
        raise StackError(
            f"Another stack runs over {options.folder.path}: stop it first, or name another folder with --data-dir."
        )
    try:
        stop_on_signals()
        serve(options)
    except Stopped:
        say("stopped")
    finally:
        hold.release()


def serve(options: Options) -> NoReturn:
    """The life of one stack. It ends with an exception: `Stopped`, or a StackError that says which child died."""
    say(f"starting over {options.folder.path}")
    options.folder.ensure_secret_key()
    stack = Stack(options)
    with running_servers(options.folder, ours_only=False) as servers:
        stack.children.update(servers.processes())
        refuse_taken_port(options)
        environment = child_environment(options, servers)
        migrate(options.folder, servers, environment)
        replay_erasures(options.folder, servers, environment)
        with service_processes(stack, servers, environment):
            say("waiting for the service to answer")
            wait_until_ready(stack)
            options.folder.write_endpoints(replace(servers.endpoints, url=address(options)))
            print(f"ready {address(options)}", flush=True)
            while True:
                refuse_dead(stack)
                time.sleep(SECONDS_BETWEEN_LOOKS)


def child_environment(options: Options, servers: Servers) -> dict[str, str]:
    """What the service's processes are told: the settings that a deployment gives. The secret key stays in its file."""
    shutil.rmtree(options.folder.metrics, ignore_errors=True)
    options.folder.metrics.mkdir()
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cxprofiles.settings",
        "CXPROFILES_DATA_DIR": str(options.folder.path),
        "DATABASE_URL": servers.endpoints.database_url,
        "REDIS_URL": servers.endpoints.redis_url,
        "PROMETHEUS_MULTIPROC_DIR": str(options.folder.metrics),
    }


def migrate(folder: DataFolder, servers: Servers, environment: Mapping[str, str]) -> None:
    """Bring the database's tables up to date."""
    say("migrating the database")
    if not manage(["migrate", "--no-input"], folder, servers, environment):
        raise StackError("The database cannot be migrated; the lines above say why.")


def replay_erasures(folder: DataFolder, servers: Servers, environment: Mapping[str, str]) -> None:
    """Erase again what a restored backup holds of people who were erased since."""
    say("looking for erasures that the database does not know")
    if not manage(["replay_erasures"], folder, servers, environment):
        raise StackError("Nothing is served before the erasures are known; the lines above say what is wrong.")


def manage(words: list[str], folder: DataFolder, servers: Servers, environment: Mapping[str, str]) -> bool:
    """Run a command of manage.py to its end, and show the end of its log where it fails; whether it went well."""
    name = words[0]
    with open_log(folder, name) as log:
        child = spawn(
            [sys.executable, "manage.py", *words],
            log=log,
            end_with=signal.SIGTERM,
            environment=environment,
            keep_open=[servers.inherited],
            folder=REPOSITORY,
        )
        try:
            child.wait()
        finally:
            stop(child, signal.SIGTERM, STOP_PATIENCE)
    if child.returncode != 0:
        show_end_of_log(folder, name)
    return child.returncode == 0


@contextmanager
def service_processes(stack: Stack, servers: Servers, environment: Mapping[str, str]) -> Iterator[None]:
    """Web, worker and beat, started now and ended together."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        for name, command, end_with in service_commands(stack.options):
            with open_log(stack.options.folder, name) as log:
                stack.children[name] = spawn(
                    command,
                    log=log,
                    end_with=end_with,
                    environment=environment,
                    keep_open=[servers.inherited],
                    folder=REPOSITORY,
                )
            started.append(stack.children[name])
        yield
    finally:
        for child in started:
            if child.poll() is None:
                child.terminate()
        for child in started:
            stop(child, signal.SIGTERM, STOP_PATIENCE)


def service_commands(options: Options) -> list[tuple[str, list[str], signal.Signals]]:
    """Name, command, and the signal that ends it when the supervisor is gone.

    Few threads a web worker, since each holds a connection to the database for as long as it lives.
    A worker that lost its supervisor drops its task at once (SIGQUIT): the task's transaction is undone, its rows wait.
    """
    web = (
        f"granian --interface wsgi --http 1 --no-ws --host {options.host} --port {options.port} "
        f"--workers {options.workers} --blocking-threads 4 --blocking-threads-idle-timeout 600 "
        "--respawn-failed-workers --workers-kill-timeout 5 --log-level warning --no-access-log "
        "cxprofiles.wsgi:application"
    )
    worker = (
        "celery --quiet -A cxprofiles.celery worker --concurrency 2 --loglevel WARNING "
        "--without-gossip --without-mingle --without-heartbeat"
    )
    beat = "celery --quiet -A cxprofiles.celery beat --loglevel WARNING --pidfile= --scheduler celery.beat.Scheduler"
    return [
        ("web", python_module(web), signal.SIGTERM),
        ("worker", python_module(worker), signal.SIGQUIT),
        ("beat", python_module(beat), signal.SIGTERM),
    ]


def python_module(command: str) -> list[str]:
    """A module's command line under this very interpreter."""
    return [sys.executable, "-m", *command.split(" ")]


def wait_until_ready(stack: Stack) -> None:
    """Return when /readyz answers 200."""
    deadline = time.monotonic() + READY_PATIENCE
    while not answers_ready(stack.options):
        refuse_dead(stack)
        if time.monotonic() > deadline:
            show_end_of_log(stack.options.folder, "web")
            raise StackError(f"The service does not become ready within {READY_PATIENCE:.0f} seconds.")
        time.sleep(0.1)


def answers_ready(options: Options) -> bool:
    """Whether /readyz says 200 now."""
    connection = HTTPConnection(reachable_host(options), options.port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def refuse_dead(stack: Stack) -> None:
    """Raise StackError, with the end of its log shown, if a child has ended."""
    for name, child in stack.children.items():
        code = child.poll()
        if code is None:
            continue
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        show_end_of_log(stack.options.folder, name)
        raise StackError(f"The process `{name}` {how}, so the stack ends. Its log: {stack.options.folder.log(name)}.")


def refuse_taken_port(options: Options) -> None:
    """Say now that the port cannot be had, rather than after everything else has started."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError as error:
            raise StackError(
                f"Port {options.port} on {options.host} cannot be used ({error.strerror}): choose another with --port."
            ) from None


def stop_on_signals() -> None:
    """Make the first Ctrl-C, SIGTERM or SIGHUP raise `Stopped`, and the next ones nothing: the end takes its time."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in STOPPING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        say("stopping")
        raise Stopped

    for number in STOPPING_SIGNALS:
        if number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
            continue  # Started under nohup, to stay when the terminal goes.
        signal.signal(number, interrupt)


def reachable_host(options: Options) -> str:
    """Where this machine reaches the service."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)  # noqa: S104  (a comparison)


def address(options: Options) -> str:
    """The service's URL on this machine."""
    host = reachable_host(options)
    return f"http://[{host}]:{options.port}" if ":" in host else f"http://{host}:{options.port}"


def show_end_of_log(folder: DataFolder, name: str) -> None:
    """Print the last lines of a child's log, so that nobody has to look for them."""
    with suppress(OSError):
        lines = folder.log(name).read_text(errors="replace").splitlines()[-LAST_LINES:]
        print("\n".join(f"{name}: {line}" for line in lines), file=sys.stderr)


def say(what: str) -> None:
    """Tell how far the start or the end has come."""
    print(f"cxprofiles: {what}", file=sys.stderr, flush=True)
