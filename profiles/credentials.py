"""Keys and tokens: made, checked for shape, and held only as their SHA-256. Pure: no Django, no database."""

import hashlib
import re
import secrets

WRITE_KEY_PREFIX = "cxw_"
TOKEN_PREFIX = "cxt_"  # noqa: S105 - no secret, only how all of them begin

# A write key travels as a Basic user name (no colon) and in a URL (no slash, question mark, hash or percent).
SHAPE = re.compile(r"[A-Za-z0-9._~+=@-]{1,200}")
SHORTEST_SAFE = 20


class BadKey(ValueError):
    """A key is 1 to 200 characters out of letters, digits and . _ ~ + = @ - (no spaces, no colon)."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class KeyInUse(ValueError):
    """This key is in use already; bring another one, or leave it out to have one made."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def new_key(prefix: str) -> str:
    """A key of 256 random bits, with a prefix by which scanners and people recognise it."""
    return prefix + secrets.token_urlsafe(32)


def new_secret() -> str:
    """A signing secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def checked_key(key: str) -> str:
    """The key that a deployment brings, if its shape will do; raises `BadKey`."""
    if not SHAPE.fullmatch(key):
        raise BadKey
    return key


def digest_of(key: str) -> bytes:
    """The SHA-256 of a key: all that is stored of it."""
    return hashlib.sha256(key.encode()).digest()


def hint_of(key: str) -> str:
    """The last four characters, so that people can tell keys apart; nothing of a short one."""
    return key[-4:] if len(key) >= SHORTEST_SAFE else ""
