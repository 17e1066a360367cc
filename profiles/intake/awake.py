"""Whether workers are there, as Redis knows it: who works has a marker, and the sweep leaves word each second.

While Redis is away nobody knows, and nothing waits for it.
"""

import time
from functools import lru_cache
from typing import NamedTuple

import redis
from django.conf import settings

MOST_WAIT = 0.2  # seconds
SWEPT = "cxprofiles:swept"
SWEPT_LASTS = 600  # seconds
SLOTS = 2


class Workers(NamedTuple):
    """How many work now, and how many seconds ago one last looked at the inbox; None: not for a long time."""

    awake: int
    looked_seconds_ago: float | None


def marker(slot: int) -> str:
    """The key that stands while a worker works."""
    return f"cxprofiles:awake:{slot}"


def note_sweep() -> None:
    """Leave word that a worker looked at the inbox."""
    try:
        _redis().set(SWEPT, str(time.time()), ex=SWEPT_LASTS)
    except redis.RedisError:
        return


def look_at_workers() -> Workers | None:
    """How the workers are; None while Redis is away."""
    try:
        *markers, swept = _redis().mget([*(marker(slot) for slot in range(SLOTS)), SWEPT])
    except redis.RedisError:
        return None
    return Workers(sum(one is not None for one in markers), max(0.0, time.time() - float(swept)) if swept else None)


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=MOST_WAIT, socket_connect_timeout=MOST_WAIT, retry=None
    )
