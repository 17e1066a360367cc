"""The data folder of an embedded stack: what lies where, who holds it, and how to reach what runs over it."""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cxprofiles.stack import StackError

DEFAULT_DATA_DIR = ".data"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the servers of a running stack listen, and the folder that holds their sockets. `url`: of the service
    itself; empty where none runs over them."""

    database_url: str
    redis_url: str
    run_dir: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """One data folder. Reading from it never creates it."""

    path: Path

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics"

    def log(self, name: str) -> Path:
        """The log file of one process of the stack."""
        return self.logs / f"{name}.log"

    @property
    def processes_lock(self) -> Path:
        return self.path / "processes.lock"

    @property
    def _endpoints(self) -> Path:
        return self.path / "endpoints.json"

    @property
    def _secret_key(self) -> Path:
        return self.path / "secret_key"

    def create(self) -> None:
        """Make the folder, closed to others, where it does not exist; an existing one keeps its permissions."""
        try:
            if not self.path.exists():
                self.path.mkdir(mode=0o700, parents=True)
            self.logs.mkdir(exist_ok=True)
        except OSError as error:
            raise StackError(f"The data folder {self.path} cannot be written: {error.strerror}.") from None

    def hold(self) -> "Hold | None":
        """Take the folder for this process until the hold is released or the process dies; None if another has it."""
        return Hold.take(self.path / "lock")

    def write_endpoints(self, endpoints: Endpoints) -> None:
        """Record where the servers listen, for the commands that look for the running stack."""
        write_private(self._endpoints, json.dumps(asdict(endpoints)))

    def last_endpoints(self) -> Endpoints | None:
        """The endpoints recorded by the present or by the last stack, which may be dead."""
        try:
            return Endpoints(**json.loads(self._endpoints.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def forget_endpoints(self) -> None:
        """Take the record away: nothing listens any more."""
        self._endpoints.unlink(missing_ok=True)

    def running(self) -> Endpoints | None:
        """The endpoints of the stack that runs over this folder now; None if none does."""
        if not (self.path / "lock").exists():
            return None
        endpoints = self.last_endpoints()
        return endpoints if endpoints and Hold.is_taken(self.path / "lock") else None

    def secret_key(self) -> str | None:
        """The folder's own secret key, if one was made."""
        try:
            return self._secret_key.read_text().strip() or None
        except OSError:
            return None

    def ensure_secret_key(self) -> str:
        """The folder's secret key, made on first use and readable by its owner alone."""
        key = self.secret_key()
        if key is None:
            key = secrets.token_urlsafe(48)
            write_private(self._secret_key, key)
        return key


class Hold:
    """An exclusive lock on a file. It ends with the process, however that ends."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> "Hold | None":
        """Lock the file, creating it; None if another process has it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(descriptor)

    @staticmethod
    def is_taken(path: Path) -> bool:
        """Whether some process holds the file's lock. The probe is shared: two lookers are no holder to each other."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def release(self) -> None:
        os.close(self.descriptor)


def data_folder() -> DataFolder:
    """The data folder that the environment names (CXPROFILES_DATA_DIR), by default `.data` below the current folder."""
    return DataFolder(Path(os.environ.get("CXPROFILES_DATA_DIR") or DEFAULT_DATA_DIR).absolute())


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step by one that only its owner can read."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)
