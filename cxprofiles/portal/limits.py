"""How often something may be tried: counted in Redis by a keyed hash, so that no address stands there.

While Redis is away each process counts by itself, in bounded memory: the pages go on working, and nobody can send
messages without end (docs/adr/0026-proving-an-identifier.md).
"""

import hmac
import logging
import time
from functools import lru_cache
from typing import NamedTuple

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

PATIENCE = 1.0  # seconds
MOST_KEPT = 10_000

_own: dict[str, tuple[float, int]] = {}


class TooOften(Exception):
    """This was tried too often; it is possible again within the hour."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Limit(NamedTuple):
    """At most so many times in so many seconds."""

    name: str
    most: int
    seconds: int


def count(limit: Limit, subject: str) -> None:
    """Note one more try of a subject. Raises `TooOften`."""
    key = f"cxprofiles:limit:{limit.name}:{_hash(subject)}"
    try:
        tries = _count_in_redis(key, limit.seconds)
    except redis.RedisError as error:
        logger.warning("Redis is away (%s); tries are counted in this process alone.", type(error).__name__)
        tries = _count_here(key, limit.seconds)
    if tries > limit.most:
        raise TooOften


def _count_in_redis(key: str, seconds: int) -> int:
    pipe = _redis().pipeline()
    pipe.incr(key)
    pipe.expire(key, seconds, nx=True)
    return int(pipe.execute()[0])


def _count_here(key: str, seconds: int) -> int:
    now = time.monotonic()
    ends, tries = _own.get(key, (0.0, 0))
    if ends <= now:
        ends, tries = now + seconds, 0
    if key not in _own and len(_own) >= MOST_KEPT:
        _own.pop(next(iter(_own)))  # the one that was counted first
    _own[key] = ends, tries + 1
    return tries + 1


def _hash(subject: str) -> str:
    key = hmac.digest(settings.SECRET_KEY.encode(), b"cxprofiles limits", "sha256")
    return hmac.new(key, subject.encode("utf-8", "replace"), "sha256").hexdigest()


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
