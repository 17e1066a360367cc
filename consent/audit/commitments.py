"""A commitment to identifiers: the log holds it, and only who has its salt can say whose it is. Pure."""

import os
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from consent.audit.canonical import canonical_json

SALT_BYTES = 32


class Commitment(NamedTuple):
    """The salt, which goes to the person alone, and the digest, which the log holds: 32 bytes each."""

    salt: bytes
    digest: bytes


def commit_to(identifiers: Iterable[tuple[str, str]]) -> Commitment:
    """Commit to (type, canonical value) pairs under a new salt, so that nobody can find them by trying addresses."""
    salt = os.urandom(SALT_BYTES)
    return Commitment(salt, commitment_of(salt, identifiers))


def commitment_of(salt: bytes, identifiers: Iterable[tuple[str, str]]) -> bytes:
    """SHA-256 over the salt and the sorted list of pairs in canonical JSON."""
    return sha256(salt + canonical_json([list(pair) for pair in sorted(set(identifiers))])).digest()
