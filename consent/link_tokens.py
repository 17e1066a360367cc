"""Tokens of links: what opens a page for whoever has the link, and how it is found again without being stored."""

import hashlib
import hmac
from uuid import UUID

from django.conf import settings

from consent.signatures import encode


def derived_token(use: str, id: UUID) -> str:  # noqa: A002 - the product's word
    """The token of something's link: 256 bits that follow from a secret outside the database, so that it can be shown
    again, while whoever has only the database can make none. `use` keeps links of different things apart."""
    digest = hmac.digest(settings.SEALING_SECRET, f"cxprofiles {use} ".encode() + id.bytes, "sha256")
    return encode(digest)


def token_digest(token: str) -> bytes:
    """The SHA-256 that a token is found by. Any text has one, also what no token can be."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
