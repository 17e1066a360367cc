"""When batches are taken apart. The rows of the inbox are the queue; Celery and Redis only wake the workers.

A marker in Redis says that a worker is awake and will look at the inbox again, so that posts need not send a task
each. Whoever sets the marker sends the task. A worker that finds the inbox empty takes the marker away and looks
once more, so a batch committed in between is not missed. Markers end by themselves, should a worker die; a sweep
on a timer finds what no wake-up reached, so a lost broker loses nothing.
"""

import logging
import time
from datetime import UTC, datetime
from functools import lru_cache

import redis
from celery import shared_task
from django.conf import settings
from django.db.utils import OperationalError
from kombu.exceptions import KombuError
from kombu.exceptions import OperationalError as BrokerError

from consent.erasure_log import ErasureLogBroken
from consent.suppression import SuppressionUnreadable
from profiles.figures.minutes import remove_old_minutes
from profiles.intake.awake import SLOTS, marker, note_sweep
from profiles.pipeline import EVENTS_A_TRANSACTION, batches_wait, take_batches

logger = logging.getLogger(__name__)

WORKERS = SLOTS
AWAKE_MILLISECONDS = 5000
LONGEST_DRAIN_SECONDS = 2.0  # then the task ends and rings again, so that a worker can be stopped under load
QUIET_SECONDS = 1.0  # how long no bell is tried after one failed
BROKER_SECONDS = 2.0  # a broker that takes longer to answer is away
RETRIES = 5

_quiet_until = 0.0


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS
    )


def ring(slot: int = 0) -> bool:
    """Wake a worker unless one is awake; True if a task was sent. Call it after the commit. Never raises."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return False
    try:
        if not _redis().set(marker(slot), b"1", nx=True, px=AWAKE_MILLISECONDS):
            return False
        drain.apply_async((slot,), retry=False, ignore_result=True)
    except (redis.RedisError, KombuError, BrokerError, OSError) as error:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        logger.warning("The broker is away (%s); the sweep will find the batches.", type(error).__name__)
        return False
    return True


@shared_task(name="intake.drain", ignore_result=True)
def drain(slot: int = 0) -> int:
    """Take batches until none wait; the number of events taken.

    Where nobody can tell who was erased, all wait: the marker stays, so that no bell rings, and the sweep tries again.
    """
    events = 0
    ends_at = time.monotonic() + LONGEST_DRAIN_SECONDS
    while time.monotonic() < ends_at:
        try:
            taken = _take_with_patience()
        except (SuppressionUnreadable, ErasureLogBroken) as error:
            logger.error("%s What was accepted waits.", error)
            return events
        events += taken
        if not taken:
            break
        _stay_awake(slot)
        if taken >= EVENTS_A_TRANSACTION and slot + 1 < WORKERS:
            ring(slot + 1)
    _sleep(slot)
    if batches_wait():
        ring(slot)
    return events


@shared_task(name="intake.sweep", ignore_result=True)
def sweep() -> None:
    """Take what no wake-up reached, here and now: a marker may stand whose worker died or was never told."""
    note_sweep()
    if batches_wait():
        drain()


@shared_task(name="intake.tidy", ignore_result=True)
def tidy() -> None:
    """Forget what became of events so long ago that nobody looks at it."""
    remove_old_minutes(datetime.now(UTC))


def _take_with_patience() -> int:
    """One transaction; another worker's deadlock or a short absence of the database is waited out."""
    for attempt in range(RETRIES):
        try:
            taken = take_batches()
        except OperationalError:
            if attempt == RETRIES - 1:
                raise
            time.sleep(0.05 * 2**attempt)
        else:
            return max(taken.events, taken.batches)
    return 0


def _stay_awake(slot: int) -> None:
    try:
        _redis().pexpire(marker(slot), AWAKE_MILLISECONDS)
    except redis.RedisError:
        logger.warning("The broker is away; the sweep will find the batches.")


def _sleep(slot: int) -> None:
    try:
        _redis().delete(marker(slot))
    except redis.RedisError:
        logger.warning("The broker is away; the marker ends by itself.")
