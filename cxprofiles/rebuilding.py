"""Asking for a rebuild of what is stored, after a change of rules was committed."""

import logging

import redis
from kombu.exceptions import KombuError

from tasks.identity import rebuild

logger = logging.getLogger(__name__)

SCHEDULED = "scheduled"
NOT_NEEDED = "not needed"
POSTPONED = "postponed until the broker answers; manage.py rebuild_identity does it at once"


def ask_for_rebuild(needed: bool) -> str:
    """Send the task where a rebuild is needed; the answer says what became of it. Call it after the commit."""
    if not needed:
        return NOT_NEEDED
    try:
        rebuild.apply_async(retry=False, ignore_result=True)
    except (redis.RedisError, KombuError, OSError):
        logger.warning("The broker is away; a rebuild that is needed waits for it.")
        return POSTPONED
    return SCHEDULED
