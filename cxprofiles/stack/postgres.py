"""The embedded PostgreSQL: one cluster in the data folder, reached through a unix socket only."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import psycopg

from cxprofiles.stack import StackError
from cxprofiles.stack.binaries import postgres_programs
from cxprofiles.stack.processes import Account, FolderHandle, spawn

USER = DATABASE = "cxprofiles"
PATIENCE = 30.0
LEAST_BUFFERS, MOST_BUFFERS = 128, 1024  # megabytes
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "min_wal_size": "256MB",
    # The first change of a page after a checkpoint logs the whole page, and events touch pages all over: so there are
    # few checkpoints, and no compression of the images, which would cost more than all else that an event costs here.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",
    # A file of the log that is not needed any more is removed, not used again: it holds rows of people who are erased.
    "wal_recycle": "off",
    "random_page_cost": "1.1",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # A statement and its parameters, and the detail of an error, hold personal data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
NOT_DURABLE: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """A server over one cluster folder. `start` returns when it answers; it ends with the process that started it."""

    def __init__(self, cluster: Path, run_dir: Path, account: Account, *, durable: bool = True) -> None:
        self.cluster = cluster
        self.run_dir = run_dir
        self.account = account
        self.settings = {**SETTINGS, "shared_buffers": shared_buffers(), **({} if durable else NOT_DURABLE)}
        self.programs = postgres_programs(account)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={self.run_dir}"

    def start(self, log: IO[bytes], keep_open: tuple[int, ...] = ()) -> None:
        """Create the cluster and the database where they are missing, and start the server.

        After a `kill -9` the dead server's processes linger for a second or two and hold its lock file and
        shared memory, so a start that ends at once is tried again.
        """
        self._prepare(log)
        deadline = time.monotonic() + PATIENCE
        while not self._try_start(log, keep_open):
            if time.monotonic() > deadline:
                raise StackError(f"PostgreSQL does not start over {self.cluster}: its log says why ({log.name}).")
            forget_foreign_pid(self.cluster)
            time.sleep(0.3)
        self._create_database()

    def stop(self) -> None:
        """End the server in order: open transactions are rolled back, everything committed is on disk."""
        if self.process is None or self.process.poll() is not None:
            return
        with FolderHandle(self.cluster) as handle:
            command = ["pg_ctl", "-D", handle.path, "-m", "fast", "-w", "-t", str(int(PATIENCE)), "stop"]
            self._run(command, handle, subprocess.DEVNULL)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def _prepare(self, log: IO[bytes]) -> None:
        """Make the cluster with initdb, if there is none yet."""
        if (self.cluster / "PG_VERSION").exists():
            self._refuse_other_version()
            return
        self.cluster.mkdir(mode=0o700, exist_ok=True)
        self.account.own(self.cluster)
        locale = ["--locale-provider=builtin"] if self._major_version() >= 17 else []
        with FolderHandle(self.cluster) as handle:
            command = [
                "initdb",
                "-D",
                handle.path,
                "-U",
                USER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                *locale,
                "--locale=C.UTF-8",
            ]
            done = self._run([*command, "--no-instructions"], handle, log)
        if done != 0:
            raise StackError(f"initdb cannot make a database in {self.cluster}: its log says why ({log.name}).")

    def _refuse_other_version(self) -> None:
        version = (self.cluster / "PG_VERSION").read_text().strip()
        if version != str(self._major_version()):
            raise StackError(
                f"{self.cluster} was made by PostgreSQL {version}, the programs are version {self._major_version()}: "
                "set PG_BIN_DIR to programs of the old version, or move the data with pg_dump."
            )

    def _major_version(self) -> int:
        said = subprocess.run([self.programs / "postgres", "--version"], capture_output=True, text=True, check=True)
        found = re.search(r"(\d+)", said.stdout)
        return int(found[1]) if found else 0

    def _run(self, command: list[str], handle: "FolderHandle", log: IO[bytes] | int) -> int:
        return subprocess.run(
            [self.programs / command[0], *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            check=False,
            pass_fds=[handle.descriptor],
            **self.account.popen_arguments(),
        ).returncode

    def _try_start(self, log: IO[bytes], keep_open: tuple[int, ...]) -> bool:
        """One start: True when the server answers, False when it ended instead."""
        with FolderHandle(self.cluster) as handle:
            command: list[str | Path] = [self.programs / "postgres", "-D", handle.path, "-k", self.run_dir]
            for name, value in self.settings.items():
                command += ["-c", f"{name}={value}"]
            self.process = spawn(
                command,
                log=log,
                end_with=signal.SIGINT,  # A fast shutdown.
                account=self.account,
                keep_open=[handle.descriptor, *keep_open],
                folder=Path("/"),
            )
        deadline = time.monotonic() + 10 * PATIENCE  # Recovery after a crash under load takes its time.
        while self.process.poll() is None:
            if self._answers():
                return True
            if time.monotonic() > deadline:
                raise StackError(f"PostgreSQL over {self.cluster} does not become ready: see its log ({log.name}).")
            time.sleep(0.05)
        return False

    def _answers(self) -> bool:
        asked = subprocess.run(
            [self.programs / "pg_isready", "-q", "-h", self.run_dir, "-U", USER, "-d", "postgres"], check=False
        )
        return asked.returncode == 0

    def _create_database(self) -> None:
        with psycopg.connect(host=str(self.run_dir), user=USER, dbname="postgres", autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")


def shared_buffers() -> str:
    """An eighth of the machine's memory, within bounds. What does not fit is copied in from the system each time."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return f"{max(LEAST_BUFFERS, min(MOST_BUFFERS, megabytes // 8))}MB"


def living_postmaster(cluster: Path) -> int | None:
    """The process that serves this cluster now. A recorded pid is believed only if that process works in the folder."""
    pid = recorded_pid(cluster)
    try:
        return pid if pid and Path(f"/proc/{pid}/cwd").samefile(cluster) else None
    except OSError:
        return None


def forget_foreign_pid(cluster: Path) -> None:
    """Remove a pid file that names a living process which is no server of this cluster.

    After a power cut the number may belong to anything; PostgreSQL would refuse to start for as long as that lives.
    """
    pid = recorded_pid(cluster)
    if pid is None or living_postmaster(cluster) is not None:
        return
    try:
        program = Path(f"/proc/{pid}/exe").readlink()
    except OSError:
        return
    if program.name.split(" ")[0] != "postgres":
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def recorded_pid(cluster: Path) -> int | None:
    """The process number in the cluster's pid file, true or not."""
    try:
        return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
