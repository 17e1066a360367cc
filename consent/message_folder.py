"""Where messages go while no server for them is set: files in a folder, which nobody but the operator reads."""

import logging
import secrets
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.policy import default as policy
from email.utils import getaddresses
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)

MAIL, TEXT = ".eml", ".txt"


def write_message(content: bytes, suffix: str) -> None:
    """Keep a message as a file under a random name. It has headers, `To` among them, and a body."""
    folder = Path(settings.MAIL_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(16)
    hidden = folder / f".{name}"
    hidden.write_bytes(content)
    hidden.rename(folder / f"{name}{suffix}")  # whoever looks sees whole files only
    logger.info("A message was written to the folder for mail, since no server for it is set.")


def forget_files(addresses: Iterable[str]) -> int:
    """Remove the files that are addressed to one of these; how many there were."""
    wanted = {address.casefold() for address in addresses}
    doomed = [path for path in _files() if wanted & _addressees(path)] if wanted else []
    for path in doomed:
        path.unlink(missing_ok=True)
    return len(doomed)


def _files() -> Iterator[Path]:
    folder = Path(settings.MAIL_FOLDER)
    return (path for path in (folder.iterdir() if folder.is_dir() else ()) if path.suffix in (MAIL, TEXT))


def _addressees(path: Path) -> set[str]:
    try:
        parsed = message_from_bytes(path.read_bytes(), policy=policy)
    except OSError:
        return set()  # another worker removed it
    return {address.casefold() for _, address in getaddresses([str(parsed.get("To", ""))])}
