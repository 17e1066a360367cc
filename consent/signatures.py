"""Receipts and other statements under a signature: Ed25519 keys out of a secret, and JWS (RFC 7515). Pure.

A private key is never stored: it follows from the deployment's secret and the key's number (HKDF, RFC 5869).
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
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
LONGEST_RECEIPT = 64 * 1024
HEADER = frozenset({"alg", "kid", "typ"})
PARTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")

Jwk = dict[str, Any]


class BadReceipt(ValueError):
    """What should be signed is not as it should be; the text says in a sentence what is wrong."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is signed: its `typ` in the header, how sentences name it and what it holds, and its most characters."""

    typ: str
    name: str
    full_name: str
    content: str
    longest: int = LONGEST_RECEIPT


RECEIPT = Kind("consent-receipt+jwt", "receipt", "consent receipt", "consent record")
TYPE = RECEIPT.typ


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


def sign(content: Mapping[str, Any], key: OKPKey, kind: Kind) -> str:
    """The content under a signature, in the compact serialisation."""
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": kind.typ}
    return jws.serialize_compact(header, msgspec.json.encode(content), key, algorithms=[ALGORITHM])


def sign_receipt(content: Mapping[str, Any], key: OKPKey) -> str:
    """The content as a signed receipt."""
    return sign(content, key, RECEIPT)


def verify(signed: str, keys: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """What is signed, once its signature is found good under one of the keys (a JWK set); else `BadReceipt`."""
    header = read_header(signed, kind)
    key = find_key(header, keys, kind)
    try:
        found = jws.deserialize_compact(signed, key, algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        raise BadReceipt(
            f"The signature does not fit: this {kind.name} was changed, or was never issued here."
        ) from None
    otherwise = f"What this {kind.name} says is not a JSON object, so it is not a {kind.content}."
    return read_object(found.payload, otherwise)


def verify_receipt(receipt: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """What a receipt says, as `verify` has it."""
    return verify(receipt, keys, RECEIPT)


def read_header(signed: str, kind: Kind = RECEIPT) -> dict[str, Any]:
    """The protected header of what may be signed by its form; raises `BadReceipt`. Nothing is proven yet."""
    unreadable = f"This is not a signed {kind.name}: its header is not a JSON object."
    header = read_object(split(signed, kind)[0], unreadable)
    if header.get("alg") != ALGORITHM:
        raise BadReceipt(f"This {kind.name} is not signed with {ALGORITHM}, and no other algorithm is accepted.")
    if header.get("typ") != kind.typ:
        raise BadReceipt(f"This is signed, but as something else than a {kind.full_name}.")
    if header.keys() - HEADER:
        raise BadReceipt(f"The header of this {kind.name} holds members that a {kind.full_name} does not have.")
    return header


def split(signed: str, kind: Kind = RECEIPT) -> list[bytes]:
    """The three parts, decoded; raises `BadReceipt`."""
    if len(signed) > kind.longest:
        raise BadReceipt(f"This is too long to be a {kind.name}: more than {kind.longest // 1024} KiB.")
    found = PARTS.fullmatch(signed)
    if found is None:
        raise BadReceipt(f"This is not a signed {kind.name}: that is three parts in base64url, with dots between them.")
    return [decode(part, kind) for part in found.groups()]


def find_key(header: Mapping[str, Any], keys: Mapping[str, Any], kind: Kind = RECEIPT) -> OKPKey:
    """The Ed25519 key that the header names; raises `BadReceipt`."""
    listed = keys.get("keys")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("kid") == header.get("kid") and one.get("crv") == "Ed25519":
            try:
                return OKPKey.import_key({name: one[name] for name in ("kty", "crv", "x", "kid")})
            except (JoseError, KeyError, ValueError, TypeError):
                break
    raise BadReceipt(f"No known key has signed this {kind.name}: it is from another service, or from nobody.")


def read_content(signed: str, kind: Kind = RECEIPT) -> dict[str, Any]:
    """What a receipt of our own, or something else that we signed, says, without checking its signature."""
    return read_object(split(signed, kind)[1], f"This {kind.name} does not hold a JSON object.")


def find_receipt(text: str, member: str = "receipt") -> str:
    """What is signed in what somebody pasted or uploaded: by itself, or as a member of an answer of the API."""
    text = text.strip().removeprefix("\ufeff")
    if not text.startswith("{"):
        return "".join(text.split())
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text
    receipt = found.get(member) if isinstance(found, dict) else None
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


def decode(text: str, kind: Kind = RECEIPT) -> bytes:
    """Base64url without padding, in its one canonical spelling: otherwise one receipt could be written in many ways."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        data = b""
    if encode(data) != text:
        raise BadReceipt(f"This is not a signed {kind.name}: a part of it is not base64url.")
    return data
