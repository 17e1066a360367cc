"""The embedded servers: started, killed, crowded and moved to awkward places."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from django.db import connection

from cxprofiles.stack import StackError
from cxprofiles.stack.folder import DataFolder, Hold
from cxprofiles.stack.leftovers import claim_processes, holders
from cxprofiles.stack.postgres import Postgres
from cxprofiles.stack.processes import Account, server_account, spawn, stop
from cxprofiles.stack.servers import Servers, running_servers
from cxprofiles.stack.sockets import make_run_dir, remove_run_dir
from tests.e2e.processes import read_process, with_open
from tests.e2e.running import REPOSITORY, plain_environment, wait_until

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A data folder for servers of the test's own. Pytest's own folders are closed to others, as a home folder is."""
    return DataFolder(tmp_path / "data")


@contextmanager
def servers_over(folder: DataFolder) -> Iterator[Servers]:
    """Both servers, as a stack starts them."""
    folder.create()
    hold = folder.hold()
    assert hold is not None
    try:
        with running_servers(folder) as servers:
            yield servers
    finally:
        hold.release()


def ask(servers: Servers, statement: str) -> list[tuple[object, ...]]:
    """The rows that the statement gives; none for one that gives none."""
    with psycopg.connect(servers.endpoints.database_url) as session:
        cursor = session.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.mark.django_db
def test_the_tests_run_on_a_real_postgresql_without_waiting_for_the_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('listen_addresses')")
        assert cursor.fetchone() == ("off", "")


def test_the_tests_run_on_a_real_broker(broker: redis.Redis) -> None:
    assert broker.set("bell", "1", nx=True) is True
    assert broker.set("bell", "1", nx=True) is None


def test_servers_are_durable_private_and_end_in_order(folder: DataFolder) -> None:
    with servers_over(folder) as servers:
        assert ask(servers, "SELECT current_setting('fsync'), current_setting('listen_addresses')") == [("on", "")]
        assert ask(servers, "SELECT current_setting('log_min_error_statement')") == [("panic",)]
        assert Path(servers.endpoints.run_dir).stat().st_mode & 0o077 == 0
        assert folder.running() == servers.endpoints
        processes = list(servers.processes().values())
        assert len(processes) == 2
    assert [process.poll() is not None for process in processes] == [True, True]
    assert folder.running() is None
    assert not Path(servers.endpoints.run_dir).exists()
    assert with_open(folder.processes_lock) == []


def test_what_was_committed_survives_the_death_of_both_servers(folder: DataFolder) -> None:
    with servers_over(folder) as servers:
        ask(servers, "CREATE TABLE kept AS SELECT 1 AS one")
        for process in servers.processes().values():
            process.kill()
    with servers_over(folder) as servers:
        assert ask(servers, "SELECT one FROM kept") == [(1,)]


def test_a_pid_file_that_names_a_stranger_does_not_keep_the_server_from_starting(folder: DataFolder) -> None:
    with servers_over(folder):
        pass
    (folder.postgres / "postmaster.pid").write_text(f"{os.getpid()}\n{folder.postgres}\n1\n5432\n\n\n")
    with servers_over(folder) as servers:
        assert ask(servers, "SELECT 1") == [(1,)]


def test_a_data_folder_may_have_a_long_path_with_spaces_in_it(tmp_path: Path) -> None:
    with servers_over(DataFolder(tmp_path / "a long name with spaces" / ("x" * 120))) as servers:
        assert ask(servers, "SELECT 1") == [(1,)]
        with redis.Redis.from_url(servers.endpoints.redis_url) as client:
            assert client.ping() is True


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another user")
def test_roots_servers_run_as_nobody_below_a_closed_folder_and_change_nothing_above(folder: DataFolder) -> None:
    above = [parent for parent in folder.path.parents if parent.exists()]
    before = [(parent.stat().st_mode, parent.stat().st_uid) for parent in above]
    assert any(mode & 0o077 == 0 for mode, _ in before)
    with servers_over(folder) as servers:
        users = {Path(f"/proc/{process.pid}").stat().st_uid for process in servers.processes().values()}
    assert users == {server_account().user}
    assert [(parent.stat().st_mode, parent.stat().st_uid) for parent in above] == before
    assert folder.path.stat().st_mode & 0o077 == 0


def test_a_cluster_of_another_version_is_refused_with_a_sentence(folder: DataFolder) -> None:
    folder.create()
    folder.postgres.mkdir()
    (folder.postgres / "PG_VERSION").write_text("9\n")
    account = server_account()
    run_dir = make_run_dir(account)
    with pytest.raises(StackError, match="was made by PostgreSQL 9"), (folder.logs / "postgres.log").open("wb") as log:
        Postgres(folder.postgres, run_dir, account).start(log)
    remove_run_dir(run_dir)


def test_a_folder_is_held_by_one(folder: DataFolder) -> None:
    folder.create()
    hold = folder.hold()
    assert hold is not None
    assert folder.hold() is None
    assert folder.running() is None  # held, and nothing listens yet
    hold.release()
    again = folder.hold()
    assert again is not None
    again.release()


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(folder: DataFolder) -> None:
    assert folder.secret_key() is None
    folder.create()
    key = folder.ensure_secret_key()
    assert len(key) >= 32
    assert folder.ensure_secret_key() == key
    assert (folder.path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_process_that_an_earlier_stack_left_behind_is_ended(folder: DataFolder) -> None:
    folder.create()
    first = claim_processes(folder.processes_lock)
    with (folder.logs / "left.log").open("wb") as log:
        left = spawn(SLEEP, log=log, end_with=signal.SIGTERM, keep_open=[first.descriptor])
    first.release()
    assert holders(folder.processes_lock) == [left.pid]
    claim_processes(folder.processes_lock).release()
    left.wait()
    assert with_open(folder.processes_lock) == []


def test_a_child_does_not_outlive_its_parent(tmp_path: Path) -> None:
    program = (
        "import signal, sys; from cxprofiles.stack.processes import spawn\n"
        f"child = spawn({SLEEP!r}, log=open({str(tmp_path / 'log')!r}, 'wb'), end_with=signal.SIGTERM)\n"
        "print(child.pid, flush=True); child.wait()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=REPOSITORY, env=plain_environment(), stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = read_process(int(parent.stdout.readline()))
    assert child is not None
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not child.alive(), "the child ends")


def test_a_child_that_does_not_listen_is_ended_by_force_with_its_group(tmp_path: Path) -> None:
    deaf = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "os.fork(); print('up', flush=True); time.sleep(600)"
    )
    lock = tmp_path / "lock"
    hold = Hold.take(lock)
    assert hold is not None
    with (tmp_path / "log").open("wb") as log:
        child = spawn([sys.executable, "-c", deaf], log=log, end_with=signal.SIGTERM, keep_open=[hold.descriptor])
    hold.release()
    wait_until(lambda: (tmp_path / "log").read_text() == "up\nup\n", "both are up")
    began = time.monotonic()
    stop(child, signal.SIGTERM, patience=0.3)
    assert time.monotonic() - began < 5
    wait_until(lambda: with_open(lock) == [], "both are gone")


def test_no_account_is_changed_for_anyone_but_root() -> None:
    assert Account().popen_arguments() == {}


def test_a_command_without_a_stack_says_what_is_missing(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--data-dir", str(tmp_path / "none")],
        cwd=REPOSITORY,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert said.stderr == (
        f"cxprofiles: no stack runs over {tmp_path}/none, and DATABASE_URL is not set. "
        "Start one with `manage.py up`, name its folder with --data-dir, or set DATABASE_URL.\n"
    )
    assert list(tmp_path.iterdir()) == []
