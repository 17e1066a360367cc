"""Identifiers as California's Delete Request and Opt-out Platform (DROP) hashes them, to find whom it names. Pure.

Addresses are trimmed and in lower case, nothing else: dots and plus signs tell them apart. Of telephone numbers the
last ten digits count, or all where there are fewer.
"""

import base64
import hashlib
import re

EMAIL, PHONE = "email", "phone"
PHONE_DIGITS = 10
_NO_DIGIT = re.compile(r"[^0-9]")


def drop_hash(value: str, type: str = EMAIL) -> str:  # noqa: A002
    """SHA-256 of an `email` or a `phone`, in Base64 with padding. Raises `KeyError` for other types."""
    return base64.b64encode(hashlib.sha256(STANDARDISED[type](value).encode()).digest()).decode()


def _address(value: str) -> str:
    return value.strip().lower()


def _number(value: str) -> str:
    return _NO_DIGIT.sub("", value)[-PHONE_DIGITS:]


STANDARDISED = {EMAIL: _address, PHONE: _number}
