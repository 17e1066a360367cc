"""The certificate that OpenDSR answers and callbacks are signed with: the deployment's, or one made for trials."""

import fcntl
import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from django.conf import settings

from consent.protocols.x509 import Pair, Signer, load_signer, make_pair

FOLDER = "opendsr"
USUAL = "localhost"
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def find_signer(host: str = "") -> Signer:
    """What signs, read once a process; raises `BadPair` where the deployment's files do not fit together.

    Its domain is the deployment's; where none is set, it is the `host` that a request came to, if a certificate can be
    had for it: that is one of the given certificate's, or one of this service's own names.
    """
    if settings.OPENDSR_PRIVATE_KEY and settings.OPENDSR_CERTIFICATE:
        found = _given(settings.OPENDSR_PRIVATE_KEY, settings.OPENDSR_CERTIFICATE, settings.OPENDSR_DOMAIN)
        return found._replace(domain=host) if not settings.OPENDSR_DOMAIN and host in found.domains else found
    own = host if host in settings.ALLOWED_HOSTS and HOST.fullmatch(host) else USUAL
    return _made(settings.DATA_DIR.path / FOLDER, settings.OPENDSR_DOMAIN or own)


@lru_cache(maxsize=16)
def _given(key: Path, certificate: Path, domain: str) -> Signer:
    return load_signer(Pair(key.read_bytes(), certificate.read_bytes()), domain=domain)


@lru_cache(maxsize=16)
def _made(folder: Path, domain: str) -> Signer:
    """A pair that certifies itself, made once for a domain: whoever comes first makes it, all others read it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    held, certificate = folder / f"{domain}.key.pem", folder / f"{domain}.pem"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_valid(certificate):
            pair = make_pair(domain, now=datetime.now(UTC))
            _write(held, pair.key)
            _write(certificate, pair.certificate)
    return load_signer(Pair(held.read_bytes(), certificate.read_bytes()), domain=domain)


def _is_valid(certificate: Path) -> bool:
    with suppress(OSError, ValueError):
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc > datetime.now(UTC)
    return False


def _write(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)
