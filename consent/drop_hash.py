"""E-mail addresses as California's Delete Request and Opt-out Platform (DROP) hashes them, to find whom its lists name.

Trimmed and in lower case, nothing else: dots and plus signs tell addresses apart. Pure.
"""

import base64
import hashlib


def drop_hash(email: str) -> str:
    """SHA-256 of an address, in Base64 with padding."""
    return base64.b64encode(hashlib.sha256(email.strip().lower().encode()).digest()).decode()
