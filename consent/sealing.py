"""Sealing: what must be stored for a while and names a person, unreadable to whoever has only the database.

AES-256-GCM under a key that follows from a secret outside the database and from what the content is for, so that
content of one kind is never taken for another. A change of the secret makes what is sealed unreadable: all of it is
short-lived.
"""

import os

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = b"\x01"
NONCE_BYTES = 12


class Unsealable(ValueError):
    """This content was sealed under another secret, for another use, or was changed."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def seal(content: object, use: str, *, secret: bytes | None = None) -> bytes:
    """JSON content, or bytes as they are, sealed for a use. `secret` None: the deployment's."""
    plain = content if isinstance(content, bytes) else msgspec.json.encode(content)
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(_key(use, secret)).encrypt(nonce, plain, use.encode())


def unseal_bytes(sealed: bytes | memoryview, use: str, *, secret: bytes | None = None) -> bytes:
    """The bytes that `seal` was given; raises `Unsealable`."""
    held = bytes(sealed)
    if held[:1] != VERSION:
        raise Unsealable
    nonce, content = held[1 : 1 + NONCE_BYTES], held[1 + NONCE_BYTES :]
    try:
        return AESGCM(_key(use, secret)).decrypt(nonce, content, use.encode())
    except (InvalidTag, ValueError):
        raise Unsealable from None


def _key(use: str, secret: bytes | None) -> bytes:
    of = settings.SEALING_SECRET if secret is None else secret
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"cxprofiles seal " + use.encode()).derive(of)
