"""How fast a source may send: a bucket of tokens per source, in Redis, shared by all processes.

While Redis is away nothing is limited: intake goes on (issue 2).
"""

import logging
import time
from collections.abc import Sequence

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

BURST_SECONDS = 2.0  # a full bucket holds what may be sent in so long
MOST_WAIT = 0.1  # seconds that a request gives Redis
REST_AFTER_FAILURE = 2.0  # seconds during which Redis is not asked again
HOUR = 3600  # seconds; what was refused is counted by hours, and remembered for this one and the one before

# The bucket as the one instant at which it will be full again (GCRA). A batch of more events than the bucket holds
# passes when the bucket is full, and its debt is waited for afterwards. Answers the microseconds to wait; 0: taken.
# Refusals alone are counted.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = full_at + math.min(cost, burst) - now - burst
if wait > 0 then
    redis.call('INCRBY', KEYS[2], ARGV[3])
    redis.call('EXPIRE', KEYS[2], 7200)
    return math.ceil(wait)
end
redis.call('SET', KEYS[1], string.format('%.0f', full_at + cost), 'PX', math.ceil((full_at + cost - now) / 1000) + 1000)
return 0
"""

_client: redis.Redis | None = None
_take: redis.commands.core.Script | None = None
_ask_again_at = 0.0


def seconds_to_wait(*, source_id: int, events_a_second: int, events: int) -> float:
    """Take so many events out of the source's bucket: 0.0, or the seconds until there is room for them."""
    global _ask_again_at
    if time.monotonic() < _ask_again_at:
        return 0.0
    cost = events * 1_000_000 / events_a_second
    try:
        wait = _script()(
            keys=[f"cxprofiles:rate:{source_id}", _refusals(source_id, int(time.time()) // HOUR)],
            args=[BURST_SECONDS * 1_000_000, cost, events],
        )
    except redis.RedisError:
        _ask_again_at = time.monotonic() + REST_AFTER_FAILURE
        logger.warning("Redis does not answer: the rates of sources are not limited meanwhile.")
        return 0.0
    return int(wait) / 1_000_000


def read_refused(source_ids: Sequence[int]) -> dict[int, int] | None:
    """How many events of each source were refused in this hour and the one before it; None while Redis is away."""
    if not source_ids:
        return {}
    hour = int(time.time()) // HOUR
    try:
        client = _script().registered_client
        held = client.mget([_refusals(source_id, at) for source_id in source_ids for at in (hour, hour - 1)])
    except redis.RedisError:
        return None
    counts = [int(one or 0) for one in held]
    return {source_id: sum(counts[2 * n : 2 * n + 2]) for n, source_id in enumerate(source_ids)}


def _refusals(source_id: int, hour: int) -> str:
    return f"cxprofiles:refused:{source_id}:{hour}"


def _script() -> "redis.commands.core.Script":
    global _client, _take
    if _take is None:
        _client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=MOST_WAIT, socket_connect_timeout=MOST_WAIT, retry=None
        )
        _take = _client.register_script(TAKE)
    return _take
