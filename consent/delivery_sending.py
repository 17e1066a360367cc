"""Sending what recipients are to be told: HTTP outside of any transaction, several at a time."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime

from django.db import connection

from consent.deliveries import Claimed, claim_due, note_answer
from consent.locks import Lock
from consent.outgoing import Answered, NotSent, post

AT_ONCE = 10
LARGEST_ANSWER = 4096
TRY_TO_BE_THE_ONE = f"SELECT pg_try_advisory_lock({Lock.DELIVERIES:d})"
STEP_BACK = f"SELECT pg_advisory_unlock({Lock.DELIVERIES:d})"


def send_due() -> int:
    """Send some of what is due; how many messages. None while another worker is about it.

    One worker at a time, so that recipients that do not answer hold up one worker at most, and what else is to be done
    goes on in the others.
    """
    if not _ask(TRY_TO_BE_THE_ONE):
        return 0
    try:
        return _send_round()
    finally:
        _ask(STEP_BACK)


def _send_round() -> int:
    claimed = claim_due(datetime.now(UTC))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sending = {pool.submit(_send, one): one for one in claimed}
        for done in as_completed(sending):
            note_answer(sending[done], done.result(), datetime.now(UTC))
    return len(claimed)


def _send(told: Claimed) -> Answered | NotSent:
    """Runs in a thread of its own and asks the database nothing."""
    if told.obstacle:
        return NotSent(told.obstacle)
    try:
        return post(told.url, told.body, told.headers, most=LARGEST_ANSWER)
    except NotSent as error:
        return error


def _ask(lock: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(lock)
        [answer] = cursor.fetchone()
    return bool(answer)
