"""Looks for values in all that is kept: every byte of a dump of the database, of the broker, of files."""

import base64
import binascii
import gzip
import json
import os
import re
import subprocess
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

from cxprofiles.stack.binaries import postgres_programs
from cxprofiles.stack.processes import Account

HEX = re.compile(rb"\\\\x((?:[0-9a-f]{2})+)")
BASE64 = re.compile(rb"[A-Za-z0-9_-]{24,}")


def found_in(haystack: bytes, needles: Collection[str]) -> set[str]:
    """Those of some values that are in it, however they are written there."""
    every = b"\n".join(readings(haystack)).lower()
    return {needle for needle in needles if any(spelt in every for spelt in spellings(needle))}


def spellings(needle: str) -> list[bytes]:
    """A value as it is, and as JSON may write it."""
    return [needle.encode().lower(), json.dumps(needle)[1:-1].encode().lower()]


def readings(haystack: bytes) -> Iterator[bytes]:
    """The bytes, and what they hold packed: as hexadecimal digits, as base64, compressed."""
    yield haystack
    for one in HEX.finditer(haystack):
        yield from unpacked(binascii.unhexlify(one[1]))
    for one in BASE64.finditer(haystack):
        try:
            yield base64.urlsafe_b64decode(one[0] + b"=" * (-len(one[0]) % 4))
        except binascii.Error:
            continue


def unpacked(raw: bytes) -> Iterator[bytes]:
    """Bytes of the database, and what they are compressed from."""
    yield raw
    try:
        yield gzip.decompress(raw)
    except (OSError, EOFError, zlib.error):
        return


def dump_of_database() -> bytes:
    """All of the database, as a backup would hold it."""
    given = connection.settings_dict
    command = [postgres_programs(Account()) / "pg_dump", "-U", given["USER"] or "cxprofiles", given["NAME"]]
    options = {"PGHOST": str(given["HOST"]), "PGPORT": str(given["PORT"] or 5432)}
    return subprocess.run(command, check=True, capture_output=True, env={**os.environ, **options}).stdout


def all_of_broker() -> bytes:
    """Every key of the broker with its value."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return b"\n".join(part for key in client.scan_iter() for part in (key, client.dump(key) or b""))


def files_of(folder: Path, *, without: Collection[str] = ()) -> bytes:
    """Every file of a folder, one after the other."""
    paths = (path for path in sorted(folder.rglob("*")) if path.relative_to(folder).parts[0] not in without)
    return b"\n".join(path.read_bytes() for path in paths if path.is_file() and not path.is_symlink())
