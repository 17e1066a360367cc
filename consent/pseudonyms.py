"""Identifiers as keyed hashes: to find somebody again of whom nothing else is kept.

HMAC-SHA-256 of `type:value` in canonical form, under a key that is not in the database, so that nobody who has the
database alone can try addresses. Keys have versions: an old one stays as long as hashes under it are to be found.
"""

import hmac
from typing import NamedTuple

from django.conf import settings


class Pseudonym(NamedTuple):
    """A keyed hash (32 bytes) and the version of its key."""

    version: int
    digest: bytes


def digest_under(key: bytes, type_name: str, value: str) -> bytes:
    """The hash of a canonical identifier; the type keeps namespaces apart."""
    return hmac.digest(key, f"{type_name}:{value}".encode(), "sha256")


def pseudonym(type_name: str, value: str) -> Pseudonym:
    """The hash under the newest key."""
    version = max(settings.SUPPRESSION_KEYS)
    return Pseudonym(version, digest_under(settings.SUPPRESSION_KEYS[version], type_name, value))


def pseudonyms(type_name: str, value: str) -> list[Pseudonym]:
    """The hashes under every key that is held, the newest first: for looking up."""
    return [
        Pseudonym(version, digest_under(settings.SUPPRESSION_KEYS[version], type_name, value))
        for version in sorted(settings.SUPPRESSION_KEYS, reverse=True)
    ]
