"""The supervisor: all of the service starts, answers and ends together, whatever dies."""

import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cxprofiles.stack.folder import DataFolder
from cxprofiles.stack.servers import running_servers
from tests.e2e.processes import Process, descendants
from tests.e2e.running import REPOSITORY, Service, free_port, plain_environment, wait_until

pytestmark = pytest.mark.xdist_group("e2e")


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Service]:
    """A stack over a folder of its own, stopped at the end if it still runs."""
    stack = Service(tmp_path / "data")
    try:
        yield stack
        stack.stop()
    finally:
        stack.kill()


def status(stack: Service, path: str) -> int:
    """The status of a GET."""
    connection = HTTPConnection("127.0.0.1", stack.port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def up(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One more `manage.py up`, which is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "manage.py", "up", "--data-dir", str(folder), *arguments],
        cwd=REPOSITORY,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_service_starts_refuses_a_second_start_and_ends_with_all_its_processes(
    stack: Service, tmp_path: Path
) -> None:
    stack.start()
    assert status(stack, "/healthz") == 200
    assert status(stack, "/readyz") == 200

    second = up(stack.folder, "--port", "1")
    assert second.returncode == 1
    assert f"Another stack runs over {stack.folder}" in second.stderr

    crowded = up(tmp_path / "other", "--port", str(stack.port))
    assert crowded.returncode == 1
    assert f"Port {stack.port} on 127.0.0.1 cannot be used" in crowded.stderr

    key = (stack.folder / "secret_key").read_text()
    assert key not in stack.logs()
    assert not any(key in process.command for process in stack.processes())
    stack.stop()
    assert not (stack.folder / "endpoints.json").exists()


CHILDREN = {
    "postgres": ("postgres", "-D"),
    "valkey": ("valkey-server",),
    "web": ("granian",),
    "worker": ("celery", "worker"),
    "beat": ("celery.beat.Scheduler",),
}


@pytest.mark.slow
def test_the_death_of_any_one_ends_all_and_the_next_start_succeeds(stack: Service) -> None:
    for name, words in CHILDREN.items():
        stack.start()
        assert status(stack, "/readyz") == 200
        [child] = [process for process in stack.named(*words) if process.parent == stack.supervisor_pid]
        child.kill()
        assert stack.wait_for_end() == 1
        assert any(f"The process `{name}` was killed by SIGKILL, so the stack ends." in line for line in stack.lines)
        assert stack.survivors() == []
    stack.start()


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["web", "pool"])
def test_a_worker_that_dies_is_replaced(stack: Service, workers: str) -> None:
    def present() -> list[Process]:
        return stack.web_workers() if workers == "web" else stack.pool_workers()

    stack.start()
    wait_until(lambda: len(present()) == 2, "both workers are there")
    victim = present()[0]
    victim.kill()
    wait_until(lambda: len(present()) == 2 and victim not in present(), "another takes its place")
    wait_until(lambda: status(stack, "/readyz") == 200, "the service answers")


@pytest.mark.slow
def test_nothing_survives_the_supervisors_own_death_and_the_next_start_succeeds_at_once(stack: Service) -> None:
    stack.start()
    before = stack.processes()
    stack.kill_supervisor()
    stack.start()
    assert not any(process.alive() for process in before)
    assert status(stack, "/readyz") == 200


@pytest.mark.slow
def test_servers_that_are_given_replace_the_embedded_ones(tmp_path: Path) -> None:
    given = DataFolder(tmp_path / "given")
    given.create()
    with running_servers(given) as servers:
        port = free_port()
        stack = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port), "--data-dir", str(tmp_path / "data")],
            cwd=REPOSITORY,
            env={
                **plain_environment(),
                "DATABASE_URL": servers.endpoints.database_url,
                "REDIS_URL": servers.endpoints.redis_url,
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        assert stack.stdout is not None
        assert stack.stdout.readline() == f"ready http://127.0.0.1:{port}\n"
        commands = " ".join(process.command for process in descendants(stack.pid))
        stack.terminate()
        assert stack.wait(60) == 0
        stack.stdout.close()
    assert "granian" in commands
    assert "postgres" not in commands
    assert "valkey" not in commands
    assert not (tmp_path / "data" / "postgres").exists()
