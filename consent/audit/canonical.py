"""JSON in the one form that hashes are taken of (RFC 8785). Pure."""

from hashlib import sha256
from typing import Any

import rfc8785


class NotCanonical(ValueError):
    """This value has no canonical form: it holds a number or a text that JSON cannot carry without loss."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def canonical_json(value: Any) -> bytes:
    """A JSON value as RFC 8785 writes it, in UTF-8; raises `NotCanonical`."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError):
        raise NotCanonical from None


def digest_of(value: Any) -> bytes:
    """SHA-256 of the canonical form: 32 bytes."""
    return sha256(canonical_json(value)).digest()
