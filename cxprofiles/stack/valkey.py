"""The embedded Valkey: the workers' bell and the rate limiter's memory, reached through a unix socket only."""

import signal
import subprocess
import time
from pathlib import Path
from typing import IO

import redis

from cxprofiles.stack import StackError
from cxprofiles.stack.binaries import valkey_program
from cxprofiles.stack.processes import Account, FolderHandle, spawn, stop

PATIENCE = 10.0


class Valkey:
    """A server over one folder, with an append-only file. It ends with the process that started it."""

    def __init__(self, folder: Path, run_dir: Path, account: Account) -> None:
        self.folder = folder
        self.socket = run_dir / "valkey.sock"
        self.account = account
        self.program = valkey_program(account)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def start(self, log: IO[bytes], keep_open: tuple[int, ...] = ()) -> None:
        """Start the server and return when it answers."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.account.own(self.folder)
        with FolderHandle(self.folder) as handle:
            self.process = spawn(
                self._command(handle.path),
                log=log,
                end_with=signal.SIGTERM,
                account=self.account,
                keep_open=[handle.descriptor, *keep_open],
                folder=Path("/"),
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise StackError(f"Valkey does not start over {self.folder}: its log says why ({log.name}).")
            time.sleep(0.03)

    def stop(self) -> None:
        """End the server in order, its append-only file complete."""
        if self.process is not None:
            stop(self.process, signal.SIGTERM, PATIENCE)

    def _command(self, folder: str) -> list[str | Path]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": folder,
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
        }
        return [self.program, *(part for name, value in settings.items() for part in (f"--{name}", value))]

    def _answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
