"""Receipts under a signature: Ed25519 keys out of a secret, and JWS (RFC 7515) that anybody can check. Pure.

A private key is never stored: it follows from the deployment's secret and the key's number (HKDF, RFC 5869).
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

ALGORITHM = "Ed25519"  # RFC 9864; the older name EdDSA leaves open which curve
TYPE = "consent-receipt+jwt"
LONGEST_RECEIPT = 64 * 1024
HEADER = frozenset({"alg", "kid", "typ"})
PARTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")

Jwk = dict[str, Any]


class BadReceipt(ValueError):
    """The receipt is not what it should be; the text says in a sentence what is wrong."""


@lru_cache(maxsize=64)
def derive_key(secret: bytes, number: int) -> OKPKey:
    """The private key of this number. The same secret and number give the same key for ever."""
    info = b"cxprofiles receipt key %d" % number
    seed = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret)
    public = encode(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())
    parts = {"kty": "OKP", "crv": "Ed25519", "x": public}
    return OKPKey.import_key({**parts, "d": encode(seed), "kid": key_id(number, public)})


def key_id(number: int, public: str) -> str:
    """`rN-` and the first eight hexadecimal digits of the key's thumbprint (RFC 7638)."""
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}'
    return f"r{number}-{sha256(members.encode()).hexdigest()[:8]}"


def public_jwk(key: OKPKey) -> Jwk:
    """The public half, as it is stored and published."""
    content = key.as_dict(private=False)
    return {name: content[name] for name in ("kty", "crv", "x", "kid")} | {"use": "sig", "alg": ALGORITHM}


def derived_keys(secret: bytes, count: int) -> dict[str, list[Jwk]]:
    """A key set (RFC 7517) of the public halves of the first keys that a secret gives."""
    return {"keys": [public_jwk(derive_key(secret, number)) for number in range(1, count + 1)]}


def sign_receipt(content: Mapping[str, Any], key: OKPKey) -> str:
    """The content under a signature, in the compact serialisation."""
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}
    return jws.serialize_compact(header, msgspec.json.encode(content), key, algorithms=[ALGORITHM])


def verify_receipt(receipt: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """What a receipt says, once its signature is found good under one of the keys (a JWK set); else `BadReceipt`."""
    header = read_header(receipt)
    key = find_key(header, keys)
    try:
        signed = jws.deserialize_compact(receipt, key, algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        raise BadReceipt("The signature does not fit: this receipt was changed, or was never issued here.") from None
    return read_object(signed.payload, "What this receipt says is not a JSON object, so it is not a consent record.")


def read_header(receipt: str) -> dict[str, Any]:
    """The protected header of a receipt that may be one by its form; raises `BadReceipt`. Nothing is proven yet."""
    header = read_object(split(receipt)[0], "This is not a signed receipt: its header is not a JSON object.")
    if header.get("alg") != ALGORITHM:
        raise BadReceipt(f"This receipt is not signed with {ALGORITHM}, and no other algorithm is accepted.")
    if header.get("typ") != TYPE:
        raise BadReceipt("This is signed, but as something else than a consent receipt.")
    if header.keys() - HEADER:
        raise BadReceipt("The header of this receipt holds members that a consent receipt does not have.")
    return header


def split(receipt: str) -> list[bytes]:
    """The three parts, decoded; raises `BadReceipt`."""
    if len(receipt) > LONGEST_RECEIPT:
        raise BadReceipt(f"This is too long to be a receipt: more than {LONGEST_RECEIPT // 1024} KiB.")
    found = PARTS.fullmatch(receipt)
    if found is None:
        raise BadReceipt("This is not a signed receipt: that is three parts in base64url, with dots between them.")
    return [decode(part) for part in found.groups()]


def find_key(header: Mapping[str, Any], keys: Mapping[str, Any]) -> OKPKey:
    """The Ed25519 key that the header names; raises `BadReceipt`."""
    listed = keys.get("keys")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("kid") == header.get("kid") and one.get("crv") == "Ed25519":
            try:
                return OKPKey.import_key({name: one[name] for name in ("kty", "crv", "x", "kid")})
            except (JoseError, KeyError, ValueError, TypeError):
                break
    raise BadReceipt("No known key has signed this receipt: it is from another service, or from nobody.")


def read_content(receipt: str) -> dict[str, Any]:
    """What a receipt of our own says, without checking its signature."""
    return read_object(split(receipt)[1], "This receipt does not hold a JSON object.")


def find_receipt(text: str) -> str:
    """The receipt in what somebody pasted or uploaded: by itself, or as `receipt` in an answer of the API."""
    text = text.strip().removeprefix("\ufeff")
    if not text.startswith("{"):
        return "".join(text.split())
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text
    receipt = found.get("receipt") if isinstance(found, dict) else None
    return receipt if isinstance(receipt, str) else text


def read_object(data: bytes, otherwise: str) -> dict[str, Any]:
    """A JSON object; raises `BadReceipt` with the sentence that is given."""
    try:
        content = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise BadReceipt(otherwise) from None
    if not isinstance(content, dict):
        raise BadReceipt(otherwise)
    return content


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Base64url without padding, in its one canonical spelling: otherwise one receipt could be written in many ways."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        data = b""
    if encode(data) != text:
        raise BadReceipt("This is not a signed receipt: a part of it is not base64url.")
    return data
